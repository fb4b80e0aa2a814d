"""What a sketch looks like while it is still being drawn."""

from __future__ import annotations

import cv2
import numpy as np

from sketchnet.imaging.prepare import prepare_sketch
from sketchnet.strokes.formats import Drawing, first_share

WHITE = 255


def beginning(
    whole: np.ndarray, drawing: Drawing | None, share: float, rng: np.random.Generator
) -> np.ndarray:
    """The first `share` (0..1) of a prepared sketch (C, C), prepared again: uint8 (C, C).

    By the order of its strokes where `drawing` has them, else by regions (`partial_picture`). Scale
    and place come from what is drawn: a live query knows no more. Where nothing of thin lines is
    left it is the whole sketch.
    """
    if drawing is None and share >= 1:
        return whole
    drawn = partial_picture(whole, share, rng) if drawing is None else first_share(drawing, share)
    picture = prepare_sketch(drawn, len(whole))
    return whole if picture.min() == WHITE else picture


def partial_picture(prepared: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Keep about `share` (0..1) of the ink of a (C, C) picture, on one side of a wavy front.

    Rasters hold no stroke order; people mostly draw region by region, so a region stays.
    The rest is white; the scale is untouched: prepare it again, as a live query would be.
    """
    rows, columns = np.nonzero(prepared < 128)
    if len(rows) == 0 or share >= 1:
        return prepared
    side = prepared.shape[0]
    angle = rng.uniform(0, 2 * np.pi)
    front = np.cos(angle) * np.arange(side)[None, :] + np.sin(angle) * np.arange(side)[:, None]
    waves = rng.normal(0.0, 0.1 * side, (4, 4)).astype(np.float32)
    front = front + cv2.resize(waves, (side, side), interpolation=cv2.INTER_CUBIC)
    limit = np.quantile(front[rows, columns], share)
    return np.where(front <= limit, prepared, np.uint8(WHITE))
