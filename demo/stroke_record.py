"""Strokes as JSON: what the canvas of the browser sends, and what it draws by itself.

Anybody can send anything, so a record is checked before it is used.
"""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from sketchnet.strokes.formats import Drawing, fit
from sketchnet.strokes.parse import Form, stroke_form
from sketchnet.utils.errors import InputError

CANVAS_SIZE = 800  # width and height of the canvas in its own units
MAX_CHARACTERS = 2_000_000
MAX_STROKES, MAX_POINTS = 2_000, 100_000
MAX_COORDINATE = 1e6
FORM = "[[[x, …], [y, …]], …]"


def on_canvas(drawing: Drawing, fill: float = 0.72) -> str:
    """The drawing centred on the canvas, as the JSON that `canvas.js` draws by itself."""
    strokes = fit(drawing, CANVAS_SIZE * fill)
    if not strokes:
        return "[]"
    corner = (CANVAS_SIZE - np.concatenate(strokes).max(axis=0)) / 2
    rows = [np.round(stroke + corner, 1).T.tolist() for stroke in strokes]
    return json.dumps(rows, separators=(",", ":"))


def read_strokes(text: str | None) -> Drawing:
    """Read the record of the canvas; an empty text is an empty drawing.

    Args:
        text: JSON in the official Quick, Draw! form `[[[x, …], [y, …], …], …]`, one entry a
            stroke; a third row (times) is ignored.

    Raises InputError for anything else.
    """
    return _checked(_load(text)) if text else []


def parse_strokes(value: Any, form: Form = "auto") -> Drawing:
    """Read the strokes that another program sends.

    Args:
        value: JSON text, or the lists themselves; None or empty for no strokes.
        form: `official`, as in the files of Quick, Draw!: `[[[x, …], [y, …]], …]`; `points`:
            `[[[x, y], …], …]`; `auto`: told apart by the shape.

    Raises InputError for anything else, and where the shape does not tell the two forms apart.
    """
    if value is None or value == "":
        return []
    record = _load(value) if isinstance(value, str) else value
    _check_count(record)
    shape = stroke_form(record) if form == "auto" else form
    if shape == "ambiguous":
        raise InputError(
            "strokes whose form is clear from their shape",
            "only strokes of two or three points, which can be read in two ways",
            "add form=points for [[x, y], …], or form=official for [[x, …], [y, …]]",
        )
    return _checked(_rows(record) if shape == "points" else record)


def _rows(record: list[Any]) -> list[Any]:
    """Strokes of points `[[x, y], …]` as rows `[[x, …], [y, …]]`."""
    try:
        return [[[point[axis] for point in stroke] for axis in (0, 1)] for stroke in record]
    except (TypeError, LookupError):
        raise InputError(
            "each stroke as points [[x, y], …]", "another form", "send [[[x, y], …], …]"
        ) from None


def _load(text: str) -> Any:
    if len(text) > MAX_CHARACTERS:
        raise InputError(
            f"strokes of at most {MAX_CHARACTERS:,} characters",
            f"{len(text):,}",
            "draw less, or send a picture",
        )
    try:
        return json.loads(text, parse_constant=float)
    except (ValueError, RecursionError):
        raise InputError(f"strokes as JSON {FORM}", "something else", f"send {FORM}") from None


def _check_count(record: Any) -> None:
    if not isinstance(record, list) or len(record) > MAX_STROKES:
        raise InputError(
            f"a list of at most {MAX_STROKES:,} strokes", _describe(record), f"send {FORM}"
        )


def _checked(record: Any) -> Drawing:
    """The drawing of a record in the official form."""
    _check_count(record)
    drawing = [_stroke(rows, number) for number, rows in enumerate(record, start=1)]
    points = sum(len(stroke) for stroke in drawing)
    if points > MAX_POINTS:
        raise InputError(f"at most {MAX_POINTS:,} points", f"{points:,}", "simplify the drawing")
    return drawing


def _stroke(rows: Any, number: int) -> np.ndarray:
    well_formed = (
        isinstance(rows, list)
        and 2 <= len(rows) <= 3
        and all(isinstance(row, list) for row in rows)
        and 1 <= len(rows[0]) == len(rows[1])
        and all(_is_coordinate(value) for row in rows[:2] for value in row)
    )
    if not well_formed:
        raise InputError(
            f"stroke {number} as [[x, …], [y, …]] with equally many finite numbers",
            _describe(rows),
            f"send {FORM}",
        )
    return np.asarray(rows[:2], np.float32).T.copy()  # (n, 2)


def _is_coordinate(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and abs(value) <= MAX_COORDINATE and math.isfinite(value)


def _describe(value: Any) -> str:
    return f"a list of {len(value):,}" if isinstance(value, list) else type(value).__name__
