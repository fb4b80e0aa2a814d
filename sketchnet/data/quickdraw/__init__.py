"""Quick, Draw! doodles: readers of all published forms, download, and summaries."""

from sketchnet.data.hash_split import split_of
from sketchnet.data.quickdraw.load import load_doodles
from sketchnet.data.quickdraw.summary import Description, describe

__all__ = ["Description", "describe", "load_doodles", "split_of"]
