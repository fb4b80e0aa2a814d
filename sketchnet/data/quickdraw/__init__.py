"""Quick, Draw! in every form in which it is published."""

from sketchnet.data.hash_split import split_of
from sketchnet.data.quickdraw.describing import Description, describe
from sketchnet.data.quickdraw.loading import load_doodles

__all__ = ["Description", "describe", "load_doodles", "split_of"]
