"""Sketch or photo → the one form that networks see, for training, evaluation and demo alike.

A prepared picture is uint8 (canvas, canvas), white paper 255 and black ink 0: trimmed to its ink,
centred, its longest side 0.80 of the canvas, every line `canvas` / 48 wide.
"""

from __future__ import annotations

import cv2
import numpy as np

from sketchnet.edges import edge_map
from sketchnet.ink import ink_of, shrunk
from sketchnet.rasterizing import FILL, rasterize
from sketchnet.reading import read_picture
from sketchnet.redrawing import centred, ink_box, redraw
from sketchnet.strokes import Drawing, tidy
from sketchnet.views import canvas_for, centre_view, ten_views

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
    """The lines of an RGB photo (H, W, 3) uint8 as uint8 (canvas, canvas)."""
    return redraw(cv2.bitwise_not(edge_map(shrunk(photo))), canvas)


def prepare_rgb(photo: np.ndarray, canvas: int) -> np.ndarray:
    """The object of an RGB photo on white, (canvas, canvas, 3) uint8, placed like its edge map."""
    photo = shrunk(photo)
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
