"""Shoes as HTML: the grid of answers and what stands around it. All that comes in is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from . import icons


def address(picture: Path | str) -> str:
    """Where the page serves a file from, fit for an attribute; relative, to hold behind a proxy."""
    return escape(f"gradio_api/file={quote(str(picture))}", quote=True)


def grid(matches: Sequence[Any], liked: Iterable[str] = (), disliked: Iterable[str] = ()) -> str:
    """The nearest shoes, best first, each with its similarity bar and two thumbs."""
    liked, disliked = set(liked), set(disliked)
    cards = (card(match, match.id in liked, match.id in disliked) for match in matches)
    return f'<ol class="shoes">{"".join(cards)}</ol>'


def card(match: Any, liked: bool = False, disliked: bool = False) -> str:
    """One shoe. `match` has id, rank from 1, similarity 0..1 and picture (a path)."""
    name, percent = escape(match.id, quote=True), round(100 * min(1.0, max(0.0, match.similarity)))
    return (
        f'<li class="shoe{" liked" * liked}{" disliked" * disliked}" data-id="{name}">'
        f'<button class="look" data-act="open" data-id="{name}" title="{name}" '
        f'aria-label="Shoe {name}, number {match.rank}, {percent} % close">'
        f'<img src="{address(match.picture)}" alt="" draggable="false"></button>'
        f'<div class="thumbs">{_thumb("like", name, liked, icons.HEART, "Keep")}'
        f"{_thumb('dislike', name, disliked, icons.CROSS, 'Less like this')}</div>"
        f'<div class="similarity" title="{percent} % close"><i style="width:{percent}%"></i></div>'
        "</li>"
    )


def _thumb(act: str, name: str, pressed: bool, icon: str, label: str) -> str:
    return (
        f'<button data-act="{act}" data-id="{name}" aria-pressed="{str(pressed).lower()}" '
        f'aria-label="{label}" title="{label}">{icon}</button>'
    )


def placeholder(title: str, line: str, below: str = "") -> str:
    """What stands where answers will be: a title, a sentence, and HTML to go on with."""
    words = f"<h3>{escape(title)}</h3><p>{escape(line)}</p>"
    return f'<div class="placeholder">{words}</div>{below}'


def notice(line: str) -> str:
    """What to do about something that went wrong, then quietly what it was.

    `line` is of the kind `expected …; received …; do …`.
    """
    wrong, _, remedy = line.rpartition("; ")
    first, rest = (f"{part[:1].upper()}{part[1:]}." for part in (remedy, wrong))
    detail = f"<span>{escape(rest)}</span>" * bool(wrong)
    return f'<div class="notice" role="alert"><b>{escape(first)}</b>{detail}</div>'


def status(line: str, detail: str = "", back: bool = False) -> str:
    """The line above the shoes: what these are, and quietly how they came about."""
    button = '<button class="link" data-act="back">Back to the drawing</button>' * back
    return f'<p class="status"><b>{escape(line)}</b> <span>{escape(detail)}</span>{button}</p>'


def html(value: str = "", elem_id: str | None = None, js: str = "") -> Any:
    """A `gr.HTML` whose buttons with `data-act` (and `data-id`) all fire its one event `act`."""
    import gradio as gr

    return gr.HTML(value, elem_id=elem_id, apply_default_css=False, js_on_load=CLICKS + js)


CLICKS = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-act]');
  if (button) trigger('act', { act: button.dataset.act, id: button.dataset.id || '' });
});
"""
