"""HTML of the results and the messages around them. Every text that comes in is escaped."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

import gradio as gr

from sketchnet.retrieval.catalogue.fields import Field, role_of
from sketchnet.retrieval.search import Match
from sketchnet.utils.errors import InputError

from . import icons
from .thumbnails import version


def file_url(picture: Path | str) -> str:
    """The URL of a picture for an HTML attribute; relative, so that it works behind a proxy.

    It changes with the file, so that the browser may keep the picture (`thumbnails`).
    """
    known = version(Path(picture))
    return escape(f"gradio_api/file={quote(str(picture))}{f'?v={known}' * bool(known)}", quote=True)


def grid(
    matches: Sequence[Match],
    liked: Iterable[str] = (),
    disliked: Iterable[str] = (),
    fields: Sequence[Field] = (),
    query: int = 0,
) -> str:
    """The similar shoes, most similar first, with title and price if the gallery has `fields`.

    `query`, the number of the query, tells the browser which of two results is newer (`live.js`).
    """
    liked, disliked = set(liked), set(disliked)
    cards = (
        card(match, match.id in liked, match.id in disliked, caption(match.fields, fields))
        for match in matches
    )
    return f'<ol class="shoes" data-query="{query}">{"".join(cards)}</ol>'


def card(match: Match, liked: bool = False, disliked: bool = False, below: str = "") -> str:
    """One shoe with its similarity as a bar and the buttons Keep and Not this; `below` is HTML."""
    name, percent = escape(match.id, quote=True), as_percent(match.similarity)
    return (
        f'<li class="shoe{" liked" * liked}{" disliked" * disliked}" data-id="{name}">'
        f'<button class="look" data-act="open" data-id="{name}" title="{name}" '
        f'aria-label="Shoe {name}, rank {match.rank}, similarity {percent} %">'
        f'<img src="{file_url(match.picture)}" alt="" draggable="false"></button>'
        f'<div class="thumbs">{_thumb("like", name, liked, icons.HEART, "Keep")}'
        f"{_thumb('dislike', name, disliked, icons.CROSS, 'Not this')}</div>"
        f'<div class="similarity" title="Similarity {percent} %"><i style="width:{percent}%"></i>'
        f"</div>{below}</li>"
    )


def title_of(values: Mapping[str, Any], fields: Sequence[Field]) -> str:
    """The title of a shoe in the catalogue; "" where it has none."""
    field = role_of(fields, "title")
    return shown(values[field.name]) if field is not None and field.name in values else ""


def caption(values: Mapping[str, Any], fields: Sequence[Field]) -> str:
    """Title and price of a shoe; "" where the gallery has neither."""
    title, price = role_of(fields, "title"), role_of(fields, "price")
    parts = [
        f"<{tag}>{escape(shown(values[field.name]))}</{tag}>"
        for tag, field in (("span", title), ("b", price))
        if field is not None and field.name in values
    ]
    return f'<p class="caption">{" ".join(parts)}</p>' if parts else ""


def shown(value: Any) -> str:
    """A field as text: 89.9 is 89.90, since most are prices, and 26.0 is 26."""
    if isinstance(value, float):
        return f"{value:,.0f}" if value.is_integer() else f"{value:,.2f}"
    return ", ".join(value) if isinstance(value, list) else str(value)


def as_percent(similarity: float) -> int:
    """A similarity as a whole number from 0 to 100."""
    return round(100 * min(1.0, max(0.0, similarity)))


def _thumb(act: str, name: str, pressed: bool, icon: str, label: str) -> str:
    return (
        f'<button data-act="{act}" data-id="{name}" aria-pressed="{str(pressed).lower()}" '
        f'aria-label="{label}" title="{label}">{icon}</button>'
    )


def placeholder(title: str, text: str, below: str = "") -> str:
    """A title and a sentence where results will be; `below` is HTML that follows them."""
    words = f"<h3>{escape(title)}</h3><p>{escape(text)}</p>"
    return f'<div class="placeholder">{words}</div>{below}'


def notice(error: InputError) -> str:
    """An input error: first what to do about it, then in smaller text what was wrong."""
    if error.fix:
        title, detail = error.fix, f"expected {error.expected}; received {error.received}"
    else:
        title, detail = f"expected {error.expected}", f"received {error.received}"
    return (
        f'<div class="notice" role="alert"><b>{escape(_sentence(title))}</b>'
        f"<span>{escape(_sentence(detail))}</span></div>"
    )


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def status(title: str, detail: str = "", back: bool = False) -> str:
    """The line above the results: what they are and how many, and the way back to the drawing."""
    button = '<button class="link" data-act="back">Back to the drawing</button>' * back
    return f'<p class="status"><b>{escape(title)}</b> <span>{escape(detail)}</span>{button}</p>'


def html(value: str = "", elem_id: str | None = None, js: str = "") -> gr.HTML:
    """A `gr.HTML` whose elements with `data-act` and `data-id` all trigger its event `act`."""
    script = TRIGGER_ACT + (part(elem_id) if elem_id else "") + js
    return gr.HTML(value, elem_id=elem_id, apply_default_css=False, js_on_load=script)


def part(elem_id: str) -> str:
    """The `js_on_load` by which live answers (`live.js`) may change a `gr.HTML`."""
    return f"window.sketchnet.part('{elem_id}', props, element, watch);"


TRIGGER_ACT = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-act]');
  if (button) trigger('act', { act: button.dataset.act, id: button.dataset.id || '' });
});
"""
