"""Partial sketches: what a sketch looks like at a completion level, while it is being drawn.

The completion level is the share of the whole stroke length, from 0 to 1.
"""

from __future__ import annotations

import cv2
import numpy as np

from sketchnet.imaging.prepare import prepare_sketch
from sketchnet.strokes.formats import Drawing, partial_drawing, stroke_snapshots
from sketchnet.strokes.rasterize import LINE

WHITE = 255
MIN_DOODLE_COMPLETION = 0.15


def partial_sketch(
    whole: np.ndarray,
    drawing: Drawing | None,
    completion: float,
    rng: np.random.Generator,
    line_width: float = LINE,
) -> np.ndarray:
    """Cut a prepared sketch at a completion level, and prepare the part again.

    The sketch is cut along its strokes where `drawing` has them, else by regions
    (`partial_picture`). Scale and position come from the drawn part only, since a live query knows
    no more. Where the part contains no lines, the whole sketch is returned.

    Args:
        whole: prepared sketch (C, C) uint8.
        completion: share of the stroke length, 0..1.
        line_width: of the result, as a fraction of its side.

    Returns:
        (C, C) uint8.
    """
    if drawing is None and completion >= 1:
        return whole
    part: np.ndarray | Drawing
    if drawing is None:
        part = partial_picture(whole, completion, rng)
    else:
        part = partial_drawing(drawing, completion)
    picture = prepare_sketch(part, len(whole), line_width)
    return whole if picture.min() == WHITE else picture


def partial_picture(
    prepared: np.ndarray, completion: float, rng: np.random.Generator
) -> np.ndarray:
    """Keep about `completion` (0..1) of the ink of a (C, C) picture, on one side of a wavy border.

    Pictures have no stroke order. People mostly draw region by region, so one region is kept and
    the rest becomes white. The scale is unchanged: prepare the result again, as a live query is.
    """
    rows, columns = np.nonzero(prepared < 128)
    if len(rows) == 0 or completion >= 1:
        return prepared
    side = prepared.shape[0]
    angle = rng.uniform(0, 2 * np.pi)
    border = np.cos(angle) * np.arange(side)[None, :] + np.sin(angle) * np.arange(side)[:, None]
    waves = rng.normal(0.0, 0.1 * side, (4, 4)).astype(np.float32)
    border = border + cv2.resize(waves, (side, side), interpolation=cv2.INTER_CUBIC)
    limit = np.quantile(border[rows, columns], completion)
    return np.where(border <= limit, prepared, np.uint8(WHITE))


def random_partial_drawing(drawing: Drawing, rng: np.random.Generator) -> Drawing:
    """Cut a drawing at the end of a stroke, or at a completion level of 0.15 to 1.

    Both have a chance of one half; which stroke, or which level, is uniform.
    """
    if rng.random() < 0.5 and len(drawing) > 1:
        snapshots = stroke_snapshots(drawing)
        return snapshots[int(rng.integers(len(snapshots)))]
    return partial_drawing(drawing, float(rng.uniform(MIN_DOODLE_COMPLETION, 1.0)))
