"""The detail view of one shoe: a large photo, its rank, its actions and explanations."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet.retrieval.catalogue.fields import Field, link_of
from sketchnet.strokes.formats import Drawing

from . import cards, icons
from .data_uri import png_uri
from .session import Session
from .svg import drawing_svg

STEP_SECONDS = 0.7  # from one stroke to the next, where the drawing is replayed


def detail(
    photo_id: str,
    picture: Path,
    line: str,
    session: Session,
    below: str = "",
    has_file: bool = False,
    title: str = "",
) -> str:
    """The detail view.

    Args:
        photo_id: id of the shoe.
        picture: its thumbnail.
        line: its rank and similarity in words.
        session: determines which buttons are pressed and which are shown.
        below: HTML of an explanation, below everything else.
        has_file: whether the photo itself can be shown.
        title: of the shoe in the catalogue, which heads the view in place of the id.
    """
    name, head = escape(photo_id, quote=True), escape(title or photo_id, quote=True)
    below_head = f"{name} · " if title else ""

    def button(act: str, label: str, pressed: bool | None = None) -> str:
        state = "" if pressed is None else f' aria-pressed="{str(pressed).lower()}"'
        return f'<button class="plain" data-act="{act}" data-id="{name}"{state}>{label}</button>'

    liked, disliked = photo_id in session.liked, photo_id in session.disliked
    questions = button("why", "Why this one?") if session.query or session.like else ""
    questions += button("original", "Photo at its size") if has_file else ""
    questions += button("strokes", "Which stroke helped?") if session.drawing else ""
    return (
        '<div class="backdrop" data-act="close"></div>'
        f'<section class="opened" role="dialog" aria-modal="true" aria-label="Shoe {head}">'
        f'<button class="close" data-act="close" aria-label="Close">{icons.CROSS}</button>'
        f'<figure><img src="{cards.file_url(picture)}" alt="Shoe {head}"></figure>'
        f"<div><h2>{head}</h2><p>{below_head}{escape(line)}</p>"
        f'<button class="primary" data-act="more" data-id="{name}">More like this</button>'
        f"{button('like', 'Kept' if liked else 'Keep', liked)}"
        f"{button('dislike', 'Not this', disliked)}"
        f"{questions}{button('trace', 'Trace on canvas')}</div>"
        f'<div class="below" aria-live="polite">{below}</div></section>'
    )


def fields(values: Mapping[str, Any], kinds: Sequence[Field]) -> str:
    """The fields of a shoe as a list, with its link; "" where it has none."""
    types = {field.name: field.type for field in kinds}
    rows = "".join(
        f"<dt>{escape(name)}</dt><dd>{_field(value, types.get(name, 'text'))}</dd>"
        for name, value in values.items()
    )
    return f'<dl class="fields">{rows}</dl>' if rows else ""


def _field(value: Any, kind: str) -> str:
    text = escape(cards.shown(value), quote=True)
    if kind != "link" or link_of(str(value)) is None:
        return text
    return f'<a href="{text}" target="_blank" rel="noopener noreferrer nofollow">{text}</a>'


def explanation(query: np.ndarray, photo: np.ndarray) -> str:
    """The heat maps of `retrieval.explain` side by side, cropped to what either of them shows.

    Args:
        query, photo: (H, W, 3) uint8 of one size.
    """

    def figure(picture: np.ndarray, label: str) -> str:
        height, width = picture.shape[:2]  # given, so that the layout need not wait for the image
        size = f'width="{width}" height="{height}"'
        return f'<figure><img {size} src="{png_uri(picture)}" alt="{label}"></figure>'

    query, photo = _cropped(query, photo)
    return (
        f'<div class="explanation">{figure(query, "Your drawing, orange where it matches")}'
        f"{figure(photo, 'The shoe, orange where it matches')}"
        "<p>Orange: the model finds the same lines in the same places.</p></div>"
    )


def strokes(
    drawings: Sequence[Drawing], ranks: Sequence[int], total: int, limit: int = sys.maxsize
) -> str:
    """The drawing after each stroke with the rank that the shoe had then.

    Args:
        drawings: partial sketches, each with more strokes than the one before.
        ranks: from 1, one for each; a curve below the drawings shows them, rank 1 at the top.
        total: number of photos in the gallery.
        limit: number of photos that were ranked; a higher rank means that it is beyond.
    """
    gains = [0.0, *-np.diff(np.log(ranks))]  # from 200 to 20 counts as much as from 20 to 2
    best = int(np.argmax(gains)) if max(gains) > 0 else None
    cells = "".join(
        f'<li{" class=best" * (number == best)} style="--step:{STEP_SECONDS * number:.1f}s">'
        f"{drawing_svg(drawing, new=len(drawing) - 1)}"
        f"<b>{_rank(rank, limit)}</b></li>"
        for number, (drawing, rank) in enumerate(zip(drawings, ranks, strict=True))
    )
    if best is None:
        line = "No stroke improved the rank."
    else:
        line = (
            f"Stroke {len(drawings[best])} helped most: from rank {_rank(ranks[best - 1], limit)} "
            f"to {_rank(ranks[best], limit)} of {total:,}."
        )
    play = f'<button class="play" data-replay aria-label="Replay">{icons.PLAY}</button>'
    timing = f"--count:{len(drawings)};--lasts:{STEP_SECONDS * len(drawings):.1f}s"
    return (
        f'<div class="steps"><div class="timeline" style="{timing}"><ol class="replay">{cells}</ol>'
        f"{_curve(ranks)}</div><p>{play}{line}</p></div>"
    )


def _rank(rank: int, limit: int) -> str:
    return f"{rank:,}" if rank <= limit else f"{limit:,}+"


def _curve(ranks: Sequence[int]) -> str:
    """The ranks as a line on a logarithmic scale, each point under the middle of its drawing."""
    depths = np.log(ranks) / max(float(np.log(max(ranks))), 1e-6)
    points = [f"{number + 0.5} {0.1 + 0.8 * depth:.3f}" for number, depth in enumerate(depths)]
    dots = "".join(f"M{point}h0" for point in points)
    return (
        f'<svg class="curve" viewBox="0 0 {len(ranks)} 1" preserveAspectRatio="none" '
        f'aria-hidden="true"><path d="M{"L".join(points)}"/><path class="dots" d="{dots}"/></svg>'
    )


def _cropped(*pictures: np.ndarray, margin: int = 12) -> list[np.ndarray]:
    """Crop pictures (H, W, 3) uint8 of one size to the rows where one of them is not white."""
    rows = np.flatnonzero(np.min([each.min(axis=(1, 2)) for each in pictures], axis=0) < 250)
    if not len(rows):
        return list(pictures)
    return [each[max(0, rows[0] - margin) : rows[-1] + 1 + margin] for each in pictures]


def tracing(lines: np.ndarray) -> str:
    """The lines of a shoe to draw over, (H, W, 4) uint8 RGBA. They are not part of the query."""
    hide = '<button class="plain" data-hide>Hide tracing</button>'
    return f'<img src="{png_uri(lines)}" alt="">{hide}'
