"""Bitmaps as training pictures: redrawn from traced lines, and none that shows a held-out drawing.

A bitmap of 28 pixels enlarged is a blot beside a drawing made from strokes. Its lines, traced and
drawn again with the usual pen, look like one, and can be augmented stroke by stroke.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from sketchnet.data.doodles import Doodles
from sketchnet.imaging.vectorize import vectorize
from sketchnet.strokes.formats import Drawing, tidy
from sketchnet.strokes.packed import PackedDrawings
from sketchnet.strokes.rasterize import rasterize

_TRACED_SIDE = 224  # px; the bitmap is enlarged to it before its lines are traced
_COMPARED_SIDE = 28
_SAME = 0.93  # correlation of two blurred pictures above which they show the same drawing


def traced(bitmap: np.ndarray) -> Drawing:
    """The lines of a bitmap (H, W) uint8, dark on white, as strokes on 0 … 255; [] for none."""
    scale = _TRACED_SIDE / max(bitmap.shape)
    enlarged = cv2.resize(bitmap, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    return tidy(vectorize(enlarged))


def with_traced_bitmaps(doodles: Doodles) -> Doodles:
    """The same doodles, with the traced lines as the drawing of each row that has a bitmap.

    The rows keep their bitmap, which says that the order of these lines is unknown.
    """
    drawings = list(doodles.drawings)
    for row, bitmap in doodles.bitmaps.items():
        drawings[row] = traced(bitmap)
    return Doodles(
        PackedDrawings.of(drawings),
        doodles.labels,
        doodles.categories,
        doodles.key_ids,
        doodles.bitmaps,
        doodles.problems,
    )


def without_copies(doodles: Doodles, held_out: Doodles) -> Doodles:
    """Leave out the bitmaps that show a drawing of `held_out`.

    The published bitmaps are pictures of the published drawings, without their key_ids: one of them
    may show a drawing that is held out for evaluation. Bitmaps are compared with the held-out
    drawings of their category by the correlation of blurred pictures of 28 pixels. Simple figures,
    such as circles, all look alike, and most of their bitmaps are left out too.

    Args:
        doodles: to train on.
        held_out: with the same categories.
    """
    copies: list[int] = []
    rows = np.array(sorted(doodles.bitmaps), np.int64)
    for label in np.unique(doodles.labels[rows]):
        of_label = rows[doodles.labels[rows] == label]
        others = [
            drawing
            for drawing, other in zip(held_out.drawings, held_out.labels, strict=True)
            if other == label and drawing
        ]
        if others:
            pictures = _compared(doodles.bitmaps[row] for row in of_label.tolist())
            drawn = _compared(rasterize(each, 112, width=7) for each in others)
            copies += of_label[(pictures @ drawn.T).max(axis=1) > _SAME].tolist()
    return doodles.take(np.setdiff1d(np.arange(len(doodles)), copies)) if copies else doodles


def _compared(pictures: Iterable[np.ndarray]) -> np.ndarray:
    """Pictures cropped to their ink, blurred and standardised: (N, 784) float32 unit vectors."""
    rows = []
    for picture in pictures:
        ink = 255 - picture
        x, y, width, height = cv2.boundingRect((ink > 60).astype(np.uint8))
        side = max(width, height, 1)
        square = np.zeros((side, side), np.uint8)
        top, left = (side - height) // 2, (side - width) // 2
        square[top : top + height, left : left + width] = ink[y : y + height, x : x + width]
        small = cv2.resize(square, (_COMPARED_SIDE,) * 2, interpolation=cv2.INTER_AREA)
        vector = cv2.GaussianBlur(small, (0, 0), 1.2).astype(np.float32).ravel()
        vector -= vector.mean()
        rows.append(vector / max(float(np.linalg.norm(vector)), 1e-6))
    return np.stack(rows)
