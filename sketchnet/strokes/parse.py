"""Read nested lists or arrays of numbers as a checked drawing of bounded size."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

import numpy as np

from sketchnet.strokes.geometry import Drawing
from sketchnet.utils.errors import InputError

MAX_STROKES = 2_000
MAX_POINTS = 100_000
MAX_COORDINATE = 1e6

Form = Literal["auto", "points", "official"]


def as_drawing(strokes: Any, form: Form = "auto") -> Drawing:
    """Turn anything list-like into a checked `Drawing`.

    A stroke is a list of points `[[x, y], …]` or, as in the official Quick, Draw! files, a list of
    coordinates `[[x, …], [y, …]]`; a third value or list, such as times, is ignored. With `auto`
    the shape decides for the whole drawing, by this rule:

    - A stroke of two or three lists with one or more than three numbers each is official.
    - A stroke of one or more than three lists is points.
    - A drawing in which every stroke could be either (two or three lists of two or three numbers)
      is points. `stroke_form` finds such drawings.

    Points that are not finite and strokes without points are left out. A drawing with coordinates
    beyond ±1e6 is moved and scaled into that range. More than 2,000 strokes or 100,000 points are
    thinned evenly.

    Args:
        strokes: a list of strokes.
        form: how to read a stroke; `auto` as above.

    Returns: (n, 2) float32 strokes, n ≥ 1.
    Raises: InputError where the shape is none of these, or strokes of both forms are mixed.
    """
    tables = _tables(strokes)
    if form == "auto":
        form = "official" if _shape_of(tables) == "official" else "points"
    return checked_strokes(_points_of(table, form, n) for n, table in enumerate(tables))


def from_quickdraw(drawing: Any, report: Callable[[str], None] | None = None) -> Drawing:
    """Read the official form `[[[x, …], [y, …](, [t, …])], …]`: `as_drawing(…, "official")`.

    Args:
        drawing: a list of strokes.
        report: called with a short text where the coordinates had to be moved into range.

    Raises: InputError for another form.
    """
    tables = _tables(drawing)
    strokes = (_points_of(table, "official", n) for n, table in enumerate(tables))
    return checked_strokes(strokes, report)


def stroke_form(strokes: Any) -> Literal["points", "official", "ambiguous"]:
    """Tell which form the strokes are in by their shape, as `as_drawing` does with `auto`.

    `ambiguous` is a drawing in which every stroke has two or three lists of two or three numbers.

    Raises: InputError where the shape is neither, or strokes of both forms are mixed.
    """
    return _shape_of(_tables(strokes))


def checked_strokes(
    strokes: Iterable[np.ndarray], report: Callable[[str], None] | None = None
) -> Drawing:
    """Float32 strokes (n, 2) without points that are not finite, in range and of bounded number."""
    finite = (stroke[np.isfinite(stroke).all(axis=1)] for stroke in strokes)
    kept = [stroke for stroke in finite if len(stroke)]
    if any(np.abs(stroke).max() > MAX_COORDINATE for stroke in kept):
        kept = _moved_into_range(kept)
        if report is not None:
            report("coordinates beyond 1,000,000, moved into range")
    return thinned([stroke.astype(np.float32) for stroke in kept])


def thinned(drawing: Drawing) -> Drawing:
    """The drawing, evenly thinned to 2,000 strokes and 100,000 points where it has more."""
    if len(drawing) > MAX_STROKES:
        drawing = [drawing[i] for i in _evenly(len(drawing), MAX_STROKES)]
    total = sum(map(len, drawing))
    if total > MAX_POINTS:
        # Both ends of each stroke are kept, hence the reserve of two points.
        share = (MAX_POINTS - 2 * len(drawing)) / total
        drawing = [s[_evenly(len(s), min(len(s), 2 + int(len(s) * share)))] for s in drawing]
    return drawing


def _tables(strokes: Any) -> list[np.ndarray]:
    """The strokes as float64 tables of two dimensions, without the empty ones."""
    if isinstance(strokes, str | bytes | dict) or not isinstance(strokes, Iterable):
        raise InputError(
            "a list of strokes",
            type(strokes).__name__,
            "give [[[x, y], …], …], one inner list a stroke",
        )
    tables = [_table(stroke, number) for number, stroke in enumerate(strokes)]
    return [table for table in tables if table.size]


def _table(stroke: Any, number: int) -> np.ndarray:
    try:
        table = np.asarray(stroke, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(
            f"stroke {number} as a table of numbers",
            str(error).lower(),
            "give each point as [x, y]",
        ) from None
    if table.size and (table.ndim != 2 or not (_can_be_points(table) or _can_be_official(table))):
        raise InputError(
            f"stroke {number} as points (n, 2) or lists (2, n)",
            f"shape {table.shape}",
            "give a list of strokes, each a list of [x, y]",
        )
    return table


def _can_be_points(table: np.ndarray) -> bool:
    return table.shape[1] >= 2


def _can_be_official(table: np.ndarray) -> bool:
    return table.shape[0] in (2, 3)


def _shape_of(tables: list[np.ndarray]) -> Literal["points", "official", "ambiguous"]:
    is_official = any(_can_be_official(t) and t.shape[1] not in (2, 3) for t in tables)
    is_points = any(not _can_be_official(t) for t in tables)
    if is_official and is_points:
        raise InputError(
            "all strokes in one form",
            "points [[x, y], …] and official [[x, …], [y, …]] strokes in one drawing",
            "convert them to one of the two",
        )
    if is_official:
        return "official"
    return "points" if is_points or not tables else "ambiguous"


def _points_of(table: np.ndarray, form: Form, number: int) -> np.ndarray:
    """The points (n, 2) of a stroke in this form."""
    if form == "points" and _can_be_points(table):
        return table[:, :2]
    if form == "official" and _can_be_official(table):
        return table[:2].T
    if form == "official":
        raise InputError(
            f"stroke {number} as [[x, …], [y, …]] or with a list of times",
            f"{table.shape[0]} lists",
            'for points, read it with as_drawing(…, "points")',
        )
    raise InputError(
        f"stroke {number} as points [[x, y], …]",
        f"lists of {table.shape[1]} number",
        'for [[x, …], [y, …]], read it with as_drawing(…, "official")',
    )


def _moved_into_range(strokes: list[np.ndarray]) -> list[np.ndarray]:
    """Move the median point to 0, 0, scale nine tenths of the points to ±1e5, clip to ±1e6.

    A drawing far away or far too large keeps its shape. Where only a few points are out of range,
    nothing is moved and they are clipped: they must not shrink the drawing to nothing.
    """
    strokes = [stroke.clip(-1e30, 1e30) for stroke in strokes]  # so that differences are finite
    points = np.concatenate(strokes)
    middle = np.median(points, axis=0)
    extent = float(np.quantile(np.abs(points - middle).max(axis=1), 0.9))
    scale = min(1.0, 0.1 * MAX_COORDINATE / extent) if extent > 0 else 1.0
    if scale == 1 and np.abs(middle).max() <= MAX_COORDINATE / 2:
        middle = np.zeros(2)
    limits = -MAX_COORDINATE, MAX_COORDINATE
    return [((stroke - middle) * scale).clip(*limits) for stroke in strokes]


def _evenly(count: int, chosen: int) -> np.ndarray:
    """`chosen` of the indices 0 … count-1, evenly spread, first and last among them."""
    return np.linspace(0, count - 1, chosen).round().astype(int)
