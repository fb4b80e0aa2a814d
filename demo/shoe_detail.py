"""A shoe, opened: large, with everything that can be asked about it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

import cv2
import numpy as np

from sketchnet.strokes.formats import Drawing

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
    """Both heat maps of `retrieval.explain`, side by side, cropped to what is drawn in either."""

    def figure(picture: np.ndarray, words: str) -> str:
        height, width = picture.shape[:2]  # told, so that the page need not wait to lay it out
        size = f'width="{width}" height="{height}"'
        return f'<figure><img {size} src="{data_uri(picture)}" alt="{words}"></figure>'

    drawn, shown = _trimmed(drawn, shown)
    return (
        f'<div class="because">{figure(drawn, "Your drawing, warm where it matches")}'
        f"{figure(shown, 'The shoe, warm where it matches')}"
        "<p>Warm where the model finds the same lines in the same places.</p></div>"
    )


def steps(drawings: Sequence[Drawing], ranks: Sequence[int], total: int) -> str:
    """The drawing as it grew, stroke by stroke, each with the rank that the shoe had then.

    `ranks` count from 1; under the drawings they stand as a curve, the first place at its top.
    """
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
    lasts = f"--count:{len(drawings)};--lasts:{PACE * len(drawings):.1f}s"
    return (
        f'<div class="steps"><div class="along" style="{lasts}"><ol class="replay">{cells}</ol>'
        f"{_curve(ranks)}</div><p>{play}{line}</p></div>"
    )


def _curve(ranks: Sequence[int]) -> str:
    """The ranks as a line on a logarithmic scale, each under the middle of its drawing."""
    depths = np.log(ranks) / max(float(np.log(max(ranks))), 1e-6)
    points = [f"{number + 0.5} {0.1 + 0.8 * depth:.3f}" for number, depth in enumerate(depths)]
    dots = "".join(f"M{point}h0" for point in points)
    return (
        f'<svg class="curve" viewBox="0 0 {len(ranks)} 1" preserveAspectRatio="none" '
        f'aria-hidden="true"><path d="M{"L".join(points)}"/><path class="dots" d="{dots}"/></svg>'
    )


def _trimmed(*pictures: np.ndarray, margin: int = 12) -> list[np.ndarray]:
    """Pictures (H, W, 3) uint8 of one size, cut to the rows where one of them is not white."""
    rows = np.flatnonzero(np.min([each.min(axis=(1, 2)) for each in pictures], axis=0) < 250)
    if not len(rows):
        return list(pictures)
    return [each[max(0, rows[0] - margin) : rows[-1] + 1 + margin] for each in pictures]


def data_uri(picture: np.ndarray) -> str:
    """A picture (H, W, 3|4) uint8 RGB or RGBA as a PNG inside the page."""
    order = cv2.COLOR_RGBA2BGRA if picture.shape[2] == 4 else cv2.COLOR_RGB2BGR
    encoded = cv2.imencode(".png", cv2.cvtColor(picture, order))[1].tobytes()
    return f"data:image/png;base64,{base64.b64encode(encoded).decode()}"


def under_the_pen(lines: np.ndarray) -> str:
    """A shoe's lines to draw over; only the eye sees them, they never reach the query."""
    hide = '<button class="plain" data-hide>Hide tracing</button>'
    return f'<img src="{data_uri(lines)}" alt="">{hide}'
