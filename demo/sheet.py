"""A shoe, opened: large, with everything that can be asked about it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

import cv2
import numpy as np

from sketchnet.strokes import Drawing

from . import cards, icons
from .session import Session
from .svg import drawing_svg

PACE = 0.7  # seconds from one stroke to the next, where the drawing is shown as it grew


def sheet(photo_id: str, picture: Path, near: str, session: Session, answer: str = "") -> str:
    """The opened shoe. `near` says how it ranks; `answer` is what was asked about it last."""
    name = escape(photo_id, quote=True)

    def button(act: str, label: str, pressed: bool | None = None) -> str:
        state = "" if pressed is None else f' aria-pressed="{str(pressed).lower()}"'
        return f'<button class="plain" data-act="{act}" data-id="{name}"{state}>{label}</button>'

    liked, disliked = photo_id in session.liked, photo_id in session.disliked
    questions = button("why", "Why this one?") if session.query or session.like else ""
    questions += button("strokes", "Which stroke helped?") if session.drawing else ""
    return (
        '<div class="veil" data-act="close"></div>'
        f'<section class="opened" role="dialog" aria-modal="true" aria-label="Shoe {name}">'
        f'<button class="shut" data-act="close" aria-label="Close">{icons.CROSS}</button>'
        f'<figure><img src="{cards.address(picture)}" alt="Shoe {name}"></figure>'
        f"<div><h2>{name}</h2><p>{escape(near)}</p>"
        f'<button class="go" data-act="more" data-id="{name}">More like this</button>'
        f"{button('trace', 'Trace it on the canvas')}"
        f"{button('like', 'Kept' if liked else 'Keep', liked)}"
        f"{button('dislike', 'Less like this', disliked)}{questions}</div>"
        f'<div class="answer" aria-live="polite">{answer}</div></section>'
    )


def because(drawn: np.ndarray, shown: np.ndarray) -> str:
    """The two heats of `sketchnet.why`, side by side."""
    return (
        '<div class="because">'
        f'<figure><img src="{data_uri(drawn)}" alt="Your drawing, warm where it matches"></figure>'
        f'<figure><img src="{data_uri(shown)}" alt="The shoe, warm where it matches"></figure>'
        "<p>Warm where the model finds the same lines in the same places.</p></div>"
    )


def steps(drawings: Sequence[Drawing], ranks: Sequence[int], total: int) -> str:
    """The drawing as it grew, stroke by stroke, each with the rank that the shoe had then."""
    gains = [0.0, *-np.diff(np.log(ranks))]  # from 200 to 20 is as much as from 20 to 2
    best = int(np.argmax(gains)) if max(gains) > 0 else None
    cells = "".join(
        f'<li{" class=best" * (number == best)} style="--step:{PACE * number:.1f}s">'
        f"{drawing_svg(drawing, late=len(drawing) - 1)}"
        f"<b>{rank:,}</b></li>"
        for number, (drawing, rank) in enumerate(zip(drawings, ranks, strict=True))
    )
    line = (
        "No stroke brought it nearer."
        if best is None
        else (f"Stroke {len(drawings[best])} helped most: to place {ranks[best]:,} of {total:,}.")
    )
    play = f'<button class="play" data-replay aria-label="Play again">{icons.PLAY}</button>'
    return f'<div class="steps"><ol class="replay">{cells}</ol><p>{play}{line}</p></div>'


def data_uri(picture: np.ndarray) -> str:
    """A picture (H, W, 3|4) uint8 RGB or RGBA as a PNG inside the page."""
    order = cv2.COLOR_RGBA2BGRA if picture.shape[2] == 4 else cv2.COLOR_RGB2BGR
    encoded = cv2.imencode(".png", cv2.cvtColor(picture, order))[1].tobytes()
    return f"data:image/png;base64,{base64.b64encode(encoded).decode()}"


def under_the_pen(lines: np.ndarray) -> str:
    """A shoe's lines to draw over; only the eye sees them, they never reach the query."""
    hide = '<button class="plain" data-hide>Hide tracing</button>'
    return f'<img src="{data_uri(lines)}" alt="">{hide}'
