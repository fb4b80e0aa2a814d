"""A drawing as its pen made it: anything list-like → strokes ⇄ the sequence forms.

A drawing is a list of strokes; a stroke is one pen-down polyline, float32 (n, 2), n ≥ 1, x to the
right and y down. A stroke of one point is a dot. Their geometry lives in `polylines`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from sketchnet.strokes.geometry import (
    Drawing,
    bounds,
    first_share,
    fit,
    ink_length,
    resample,
    simplify,
    stroke_ends,
    tidy,
)
from sketchnet.utils.errors import InputError

__all__ = [
    "Drawing",
    "as_drawing",
    "bounds",
    "first_share",
    "fit",
    "from_quickdraw",
    "from_stroke3",
    "from_stroke5",
    "ink_length",
    "resample",
    "simplify",
    "stroke_ends",
    "thinned",
    "tidy",
    "to_stroke3",
    "to_stroke5",
]

MAX_STROKES = 2_000
MAX_POINTS = 100_000
MAX_COORDINATE = 1e6


def as_drawing(strokes: Any) -> Drawing:
    """Turn anything list-like into a checked `Drawing`.

    A stroke is a list of points `[[x, y], …]` (columns after the second, such as times, are
    ignored) or, as in the official Quick, Draw! files, `[[x, …], [y, …]]` with or without times.
    A stroke with two or three rows and more than three columns, or a single one, can only be the
    official form, and then the whole drawing is read so; where every stroke is small enough to be
    either, points are taken (`from_quickdraw` is the function for files known to be official).

    Points that are not finite and strokes that have no points are dropped, coordinates are clipped
    to ±1e6, and what exceeds 2,000 strokes or 100,000 points is thinned evenly.

    Raises InputError where the shape is none of these.
    """
    tables = [_table(stroke, number) for number, stroke in enumerate(_listed(strokes))]
    tables = [table for table in tables if table.size]
    official = [_surely_official(table) for table in tables]
    points = [table.shape[0] not in (2, 3) for table in tables]
    if any(official) and any(points):
        raise InputError(
            "all strokes in one form",
            "points [[x, y], …] and official [[x, …], [y, …]] strokes in one drawing",
            "convert them to one of the two",
        )
    if any(official):
        return _checked(table[:2].T for table in tables)
    return _checked(table[:, :2] for table in tables)


def from_quickdraw(drawing: Any) -> Drawing:
    """Read the official `[[[x, …], [y, …](, [t, …])], …]` form; raises InputError on another."""
    tables = [_table(stroke, number) for number, stroke in enumerate(_listed(drawing))]
    for number, table in enumerate(tables):
        if table.size and table.shape[0] not in (2, 3):
            raise InputError(
                f"stroke {number} as [[x, …], [y, …]] or with a list of times",
                f"{table.shape[0]} lists",
                "read it with as_drawing",
            )
    return _checked(table[:2].T for table in tables if table.size)


def _listed(strokes: Any) -> list[Any]:
    if isinstance(strokes, str | bytes | dict) or not isinstance(strokes, Iterable):
        raise InputError(
            "a list of strokes",
            type(strokes).__name__,
            "give [[[x, y], …], …], one inner list a stroke",
        )
    return list(strokes)


def _table(stroke: Any, number: int) -> np.ndarray:
    try:
        table = np.asarray(stroke, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(
            f"stroke {number} as a table of numbers",
            str(error).lower(),
            "give each point as [x, y]",
        ) from None
    if table.size == 0:
        return np.empty((0, 2))
    if table.ndim != 2 or (table.shape[1] < 2 and table.shape[0] not in (2, 3)):
        raise InputError(
            f"stroke {number} as points (n, 2) or lists (2, n)",
            f"shape {table.shape}",
            "give a list of strokes, each a list of [x, y]",
        )
    return table


def _surely_official(table: np.ndarray) -> bool:
    return table.shape[0] in (2, 3) and (table.shape[1] > 3 or table.shape[1] == 1)


def _checked(tables: Iterable[np.ndarray]) -> Drawing:
    drawing = []
    for table in tables:
        stroke = table[np.isfinite(table).all(axis=1)]
        if len(stroke):
            drawing.append(stroke.clip(-MAX_COORDINATE, MAX_COORDINATE).astype(np.float32))
    return thinned(drawing)


def thinned(drawing: Drawing) -> Drawing:
    """The drawing, evenly thinned to 2,000 strokes and 100,000 points where it has more."""
    if len(drawing) > MAX_STROKES:
        drawing = [drawing[i] for i in _evenly(len(drawing), MAX_STROKES)]
    total = sum(map(len, drawing))
    if total > MAX_POINTS:
        # Both ends of a stroke stay, hence the rounding down and the two points kept aside.
        share = (MAX_POINTS - 2 * len(drawing)) / total
        drawing = [s[_evenly(len(s), min(len(s), 2 + int(len(s) * share)))] for s in drawing]
    return drawing


def _evenly(count: int, chosen: int) -> np.ndarray:
    """`chosen` of the indices 0 … count-1, evenly spread, first and last among them."""
    return np.linspace(0, count - 1, chosen).round().astype(int)


def to_stroke3(drawing: Drawing) -> np.ndarray:
    """Offsets (N, 3) float32: Δx, Δy, and 1 where the pen is lifted after the point.

    The first row counts from the origin, so `from_stroke3` gives the drawing back: exactly where
    coordinates are whole numbers, otherwise to float32 rounding. (Ha and Eck, 2017.)
    """
    if not drawing:
        return np.empty((0, 3), np.float32)
    points = np.concatenate(drawing)
    lifted = np.zeros(len(points), np.float32)
    lifted[np.cumsum([len(stroke) for stroke in drawing]) - 1] = 1
    offsets = np.diff(points, axis=0, prepend=np.zeros((1, 2), np.float32))
    return np.column_stack([offsets, lifted]).astype(np.float32)


def from_stroke3(sequence: np.ndarray) -> Drawing:
    """The drawing of a stroke-3 sequence (N, 3); a last stroke that was never lifted counts.

    What is not finite is dropped and what is too much is thinned, as in `as_drawing`.
    """
    sequence = np.asarray(sequence)
    if sequence.ndim != 2 or sequence.shape[1] != 3:
        raise InputError(
            "stroke-3 rows (Δx, Δy, pen lifted)",
            f"shape {sequence.shape}",
            "convert stroke-5 with from_stroke5",
        )
    with np.errstate(invalid="ignore", over="ignore"):
        points = np.cumsum(sequence[:, :2], axis=0, dtype=np.float64)
    ends = np.flatnonzero(sequence[:, 2] > 0.5) + 1
    return _checked(np.split(points, ends))


def to_stroke5(stroke3: np.ndarray, length: int) -> np.ndarray:
    """Rows (length, 5) float32: Δx, Δy, and one-hot pen down, pen up, end.

    Short sequences are padded by end rows (0, 0, 0, 0, 1), long ones are cut. (Ha and Eck, 2017.)
    """
    kept = np.asarray(stroke3, np.float32)[:length]
    rows = np.zeros((length, 5), np.float32)
    rows[: len(kept), :2] = kept[:, :2]
    rows[: len(kept), 2] = 1 - kept[:, 2]
    rows[: len(kept), 3] = kept[:, 2]
    rows[len(kept) :, 4] = 1
    return rows


def from_stroke5(stroke5: np.ndarray) -> np.ndarray:
    """The stroke-3 rows (N, 3) before the first end row."""
    stroke5 = np.asarray(stroke5, np.float32)
    ends = np.flatnonzero(stroke5[:, 4] > 0.5)
    return stroke5[: ends[0] if len(ends) else len(stroke5)][:, [0, 1, 3]]
