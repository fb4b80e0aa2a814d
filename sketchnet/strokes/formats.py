"""The forms of a drawing: strokes, stroke-3 and stroke-5 sequences; all names for drawings.

A drawing is a list of strokes; a stroke is one pen-down polyline, float32 (n, 2), n ≥ 1, x to the
right and y down. A stroke of one point is a dot. `parse` reads nested lists, `geometry` measures.
"""

from __future__ import annotations

import numpy as np

from sketchnet.strokes.geometry import (
    Drawing,
    bounds,
    fit,
    ink_length,
    partial_drawing,
    resample,
    simplify,
    stroke_snapshots,
    tidy,
)
from sketchnet.strokes.parse import (
    MAX_COORDINATE,
    MAX_POINTS,
    MAX_STROKES,
    Form,
    as_drawing,
    checked_strokes,
    from_quickdraw,
    stroke_form,
    thinned,
)
from sketchnet.utils.errors import InputError

__all__ = [
    "MAX_COORDINATE",
    "MAX_POINTS",
    "MAX_STROKES",
    "Drawing",
    "Form",
    "as_drawing",
    "bounds",
    "fit",
    "from_quickdraw",
    "from_stroke3",
    "from_stroke5",
    "ink_length",
    "partial_drawing",
    "resample",
    "simplify",
    "stroke_form",
    "stroke_snapshots",
    "thinned",
    "tidy",
    "to_stroke3",
    "to_stroke5",
]


def to_stroke3(drawing: Drawing) -> np.ndarray:
    """Write a drawing as offsets: Δx, Δy, and 1 where the pen is lifted after the point.

    The first row counts from the origin, so `from_stroke3` gives the drawing back: exactly where
    coordinates are whole numbers, otherwise to float32 rounding. (Ha and Eck, 2017.)

    Returns: (N, 3) float32.
    """
    if not drawing:
        return np.empty((0, 3), np.float32)
    points = np.concatenate(drawing)
    lifted = np.zeros(len(points), np.float32)
    lifted[np.cumsum([len(stroke) for stroke in drawing]) - 1] = 1
    offsets = np.diff(points, axis=0, prepend=np.zeros((1, 2), np.float32))
    return np.column_stack([offsets, lifted]).astype(np.float32)


def from_stroke3(sequence: np.ndarray) -> Drawing:
    """Read a stroke-3 sequence (N, 3): Δx, Δy, and 1 where the pen is lifted after the point.

    A pen column on another scale is read by half of its largest value. Rows of zeros at the end are
    padding. A last stroke that is never lifted counts. Numbers that are not finite and excess are
    treated as in `as_drawing`.

    Raises: InputError for another shape.
    """
    sequence = np.asarray(sequence)
    if sequence.ndim != 2 or sequence.shape[1] != 3:
        raise InputError(
            "stroke-3 rows (Δx, Δy, pen lifted)",
            f"shape {sequence.shape}",
            "convert stroke-5 with from_stroke5",
        )
    used = np.flatnonzero(np.any(sequence != 0, axis=1))
    sequence = sequence[: used[-1] + 1 if len(used) else 1]
    with np.errstate(invalid="ignore", over="ignore"):
        points = np.cumsum(sequence[:, :2], axis=0, dtype=np.float64)
    pen = np.nan_to_num(sequence[:, 2].astype(np.float64))
    largest = pen.max(initial=0.0)
    is_lifted = (pen > largest / 2) & (largest > 0)
    return checked_strokes(np.split(points, np.flatnonzero(is_lifted) + 1))


def to_stroke5(stroke3: np.ndarray, length: int) -> np.ndarray:
    """Write stroke-3 rows as stroke-5: Δx, Δy, and one-hot pen down, pen up, end.

    Short sequences are padded by end rows (0, 0, 0, 0, 1), long ones are cut. (Ha and Eck, 2017.)

    Returns: (length, 5) float32.
    """
    kept = np.asarray(stroke3, np.float32)[:length]
    rows = np.zeros((length, 5), np.float32)
    rows[: len(kept), :2] = kept[:, :2]
    rows[: len(kept), 2] = 1 - kept[:, 2]
    rows[: len(kept), 3] = kept[:, 2]
    rows[len(kept) :, 4] = 1
    return rows


def from_stroke5(stroke5: np.ndarray) -> np.ndarray:
    """Read stroke-5 rows (M, 5): the stroke-3 rows (N, 3) before the first end row.

    The largest of the three pen columns is the state, so that they may be probabilities.
    """
    stroke5 = np.asarray(stroke5, np.float32)
    state = stroke5[:, 2:].argmax(axis=1)
    ends = np.flatnonzero(state == 2)
    kept = slice(ends[0] if len(ends) else len(stroke5))
    return np.column_stack([stroke5[kept, :2], state[kept] == 1]).astype(np.float32)
