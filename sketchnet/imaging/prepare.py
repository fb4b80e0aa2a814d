"""Sketch or photo → the one form that networks see, for training, evaluation and demo alike.

A prepared picture is uint8 (canvas, canvas), white paper 255 and black ink 0: trimmed to its ink,
centred, its longest side 0.80 of the canvas, every line `canvas` / 48 wide.
"""

from __future__ import annotations

import cv2
import numpy as np

from sketchnet.imaging.decode import read_picture
from sketchnet.imaging.edges import SIDE, edge_map
from sketchnet.imaging.ink import ink_of, resized
from sketchnet.imaging.line_width import centred, ink_box, redraw
from sketchnet.imaging.views import canvas_for, centre_view, ten_views
from sketchnet.strokes.formats import Drawing, tidy
from sketchnet.strokes.rasterize import FILL, rasterize

__all__ = [
    "PREPARATION_VERSION",
    "canvas_for",
    "centre_view",
    "prepare_edge_map",
    "prepare_photo",
    "prepare_rgb",
    "prepare_sketch",
    "rasterize",
    "read_picture",
    "ten_views",
]

PREPARATION_VERSION = 1  # what was prepared under another number is not comparable

_MARGIN = 0.06  # of the object's longest side, kept around it


def prepare_sketch(sketch: np.ndarray | Drawing, canvas: int) -> np.ndarray:
    """A sketch, picture (H, W[, 3]) uint8 or drawing, as uint8 (canvas, canvas).

    Either polarity, photographed paper and any line width arrive alike; blank paper is white.
    """
    if isinstance(sketch, np.ndarray):
        return redraw(ink_of(sketch), canvas)
    return rasterize(tidy(sketch), canvas)


def prepare_edge_map(edges: np.ndarray, canvas: int) -> np.ndarray:
    """A published edge map (H, W[, 3]) uint8, dark on light, as uint8 (canvas, canvas)."""
    return redraw(ink_of(edges), canvas)


def prepare_photo(photo: np.ndarray, canvas: int) -> np.ndarray:
    """The lines of a photo (H, W, 3) RGB uint8 as uint8 (canvas, canvas)."""
    return redraw(cv2.bitwise_not(edge_map(_framed(photo))), canvas)


def prepare_rgb(photo: np.ndarray, canvas: int) -> np.ndarray:
    """The object of a photo (H, W, 3) RGB uint8 on white, (canvas, canvas, 3), placed alike."""
    photo = _framed(photo)
    box = ink_box(cv2.bitwise_not(edge_map(photo)))
    if box is None:
        return np.full((canvas, canvas, 3), 255, np.uint8)
    scale = FILL * canvas / max(box[2:])
    if scale < 1:
        photo = cv2.blur(photo, (round(1 / scale),) * 2)  # sampling alone would alias
    return cv2.warpAffine(
        photo, centred(box, canvas, scale), (canvas, canvas),
        borderMode=cv2.BORDER_CONSTANT, borderValue=(255, 255, 255),
    )  # fmt: skip


def _framed(photo: np.ndarray) -> np.ndarray:
    """The object with a margin, longest side 256: photos of any size show the same detail."""
    if photo.ndim == 2:
        photo = cv2.cvtColor(photo, cv2.COLOR_GRAY2RGB)
    small = resized(photo, SIDE)
    box = ink_box(cv2.bitwise_not(edge_map(small)))
    if box is None:
        return small
    scale = max(photo.shape[:2]) / max(small.shape[:2])
    x, y, width, height = (scale * value for value in box)
    margin = _MARGIN * max(width, height)
    left, top = max(0, int(x - margin)), max(0, int(y - margin))
    return resized(photo[top : int(y + height + margin), left : int(x + width + margin)], SIDE)
