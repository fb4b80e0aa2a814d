"""Where the pixels of a photo, an edge map or a sketch come from."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np

from sketchnet.imaging.decode import read_picture


class PictureHalf(NamedTuple):
    """One half of a picture that shows a photo and its lines side by side."""

    path: Path
    side: Literal["left", "right"]


PictureSource = Path | PictureHalf | np.ndarray
"""A picture: its file, half of a file, or its pixels (uint8, (H, W) grey or (H, W, 3) RGB)."""


def load_picture(source: PictureSource, *, grey: bool = False, least: int = 0) -> np.ndarray:
    """Read a picture as uint8 (H, W) with `grey`, else (H, W, 3) RGB.

    Args:
        least: pixels of the longest side that suffice (`read_picture`).

    Raises: InputError where it cannot be read, as `read_picture`.
    """
    if not isinstance(source, PictureHalf):
        return read_picture(source, grey=grey, least=least)
    whole = read_picture(source.path, grey=grey, least=2 * least)
    middle = whole.shape[1] // 2
    return whole[:, :middle] if source.side == "left" else whole[:, middle:]


def file_of(source: PictureSource | None) -> Path | None:
    """Return the file that holds a picture, None where there is none."""
    if isinstance(source, PictureHalf):
        return source.path
    return source if isinstance(source, Path) else None
