"""The sketchpad and the order of its strokes.

`gr.Sketchpad` gives pixels only, and to hand them over it uploads three pictures a stroke, which
takes longer than the search. So nothing reads it: `canvas.js` listens beside it, keeps every stroke
as it is drawn, and the page sends this record. Here it is checked: anybody can send anything.
"""

from __future__ import annotations

import json
import math
from typing import Any

import numpy as np

from sketchnet.strokes.formats import Drawing, fit
from sketchnet.utils.errors import InputError

SIDE = 800  # of the paper, in its own units; shown smaller, so that the pad's hard edges look soft
PEN, ERASER = 4, 20  # radii on that paper
MOST_CHARACTERS = 2_000_000
MOST_STROKES, MOST_POINTS = 2_000, 100_000
FARTHEST = 1e6


def sketchpad() -> Any:
    """A white square, a black pen and an eraser; everything else is switched off."""
    import gradio as gr

    return gr.Sketchpad(
        type="numpy",
        image_mode="L",
        canvas_size=(SIDE, SIDE),
        fixed_canvas=True,
        layers=False,
        transforms=(),
        sources=(),
        buttons=[],
        brush=gr.Brush(default_size=PEN, colors=["#000000"], color_mode="fixed"),
        eraser=gr.Eraser(default_size=ERASER),
        show_label=False,
        container=False,
        elem_id="pad",
    )


def ink() -> Any:
    """What brings the record to Python: its event `ink` fires after every change of the paper."""
    import gradio as gr

    return gr.HTML(
        js_on_load="document.addEventListener('sketchnet:ink', () => trigger('ink'))",
        visible="hidden",
        elem_id="ink",
    )


RECORD = "(ink, ...rest) => window.sketchnet.busy(window.sketchnet.record(), ...rest)"
"""The `js` of every event whose first input is `ink()`: it fills in the newest record."""


def on_canvas(drawing: Drawing, fill: float = 0.72) -> str:
    """The drawing in the middle of the paper, as the JSON that `canvas.js` draws by itself."""
    strokes = fit(drawing, SIDE * fill)
    if not strokes:
        return "[]"
    corner = (SIDE - np.concatenate(strokes).max(axis=0)) / 2
    rows = [np.round(stroke + corner, 1).T.tolist() for stroke in strokes]
    return json.dumps(rows, separators=(",", ":"))


def read_strokes(text: str | None) -> Drawing:
    """The drawing in a record of strokes, empty where there is none.

    `text` is JSON in the official Quick, Draw! form, `[[[x, …], [y, …], …], …]`, one entry a
    stroke; a third row (times) is not kept. Raises InputError for anything else.
    """
    if not text:
        return []
    if len(text) > MOST_CHARACTERS:
        raise InputError(
            f"strokes of at most {MOST_CHARACTERS:,} characters",
            f"{len(text):,}",
            "draw less, or send a picture",
        )
    try:
        record = json.loads(text, parse_constant=float)
    except (ValueError, RecursionError):
        raise InputError(
            "strokes as JSON [[[x, …], [y, …]], …]",
            "something else",
            "send the official Quick, Draw! form",
        ) from None
    if not isinstance(record, list) or len(record) > MOST_STROKES:
        raise InputError(
            f"a list of at most {MOST_STROKES:,} strokes",
            _kind(record),
            "send [[[x, …], [y, …]], …]",
        )
    drawing = [_stroke(rows, number) for number, rows in enumerate(record, start=1)]
    points = sum(len(stroke) for stroke in drawing)
    if points > MOST_POINTS:
        raise InputError(f"at most {MOST_POINTS:,} points", f"{points:,}", "simplify the drawing")
    return drawing


def _stroke(rows: Any, number: int) -> np.ndarray:
    well_formed = (
        isinstance(rows, list)
        and 2 <= len(rows) <= 3
        and all(isinstance(row, list) for row in rows)
        and 1 <= len(rows[0]) == len(rows[1])
        and all(_is_place(value) for row in rows[:2] for value in row)
    )
    if not well_formed:
        raise InputError(
            f"stroke {number} as [[x, …], [y, …]] with equally many finite numbers",
            _kind(rows),
            "send the official Quick, Draw! form",
        )
    return np.asarray(rows[:2], np.float32).T.copy()  # (n, 2)


def _is_place(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and abs(value) <= FARTHEST and math.isfinite(value)


def _kind(value: Any) -> str:
    return f"a list of {len(value):,}" if isinstance(value, list) else type(value).__name__
