"""The row above the results that narrows them down: words, chips with counts, and ranges.

It is empty where the gallery has no fields.
"""

from __future__ import annotations

import json
from html import escape
from typing import Any

from sketchnet.imaging.colours import NAMED_COLOURS, hexadecimal
from sketchnet.retrieval.catalogue.columns import Choice, Facet
from sketchnet.retrieval.catalogue.facets import Facets
from sketchnet.retrieval.catalogue.filters import Filters

from .wishes import Wishes

COLOURS = "colours"  # the name of the facet of colours: no field is called so in the row
CHANGED = """
watch('value', () => {
  const stored = element.querySelector('[data-filters]')?.dataset.filters ?? '';
  window.sketchnet.store('visit', 'filters', stored);
  document.dispatchEvent(new CustomEvent('sketchnet:filters'));
});
document.addEventListener('click', ({ target }) => {
  if (element.contains(target)) return;
  for (const open of element.querySelectorAll('details[open]')) open.open = false;
});
element.addEventListener('change', (event) => {
  const box = event.target.closest('[data-filter]');
  if (!box) return;
  const values = [...box.querySelectorAll('input')].map((each) => each.value);
  trigger('act', { act: box.dataset.filter, id: JSON.stringify([box.dataset.field, ...values]) });
});
"""


def filter_row(
    facets: Facets,
    filters: Filters,
    only_kept: bool,
    opened: str = "",
    wishes: Wishes = Wishes(),  # noqa: B008 (it is frozen)
    stored: str = "",
) -> str:
    """The row.

    Words and colours bring shoes to the front, or, pressed "Only these", leave out all others.

    Args:
        facets: what the photos left have.
        filters: the conditions that are set.
        only_kept: whether only the shoes of the tray are searched.
        opened: name of the facet whose chips are shown.
        wishes: the words and colours that are no conditions.
        stored: what the browser stores of all this (`narrowed`).
    """
    parts = [f'<i hidden data-filters="{escape(stored, quote=True)}"></i>']
    parts.append(_text(filters.text or wishes.text))
    if filters.text or wishes.text:
        parts.append(_only("text", bool(filters.text)))
    for facet in facets.fields:
        name, content = facet.field.name, ""
        if facet.field.type in ("category", "tags"):
            chosen = _chosen(filters, name)
            content = _chips("chip", name, facet.choices, chosen)
            parts.append(_facet(name, content, bool(chosen), name == opened))
        else:
            is_set = any(each.field == name for each in filters.within)
            parts.append(_facet(name, _range(facet, filters), is_set, name == opened))
    colours = (*filters.colours, *wishes.colours)
    if facets.colours or colours:
        named = {colour: name for name, colour in NAMED_COLOURS.items()}
        chosen = tuple(named[wish.colour] for wish in colours if wish.colour in named)
        content = _chips("colour", COLOURS, facets.colours, chosen)
        content += _only(COLOURS, bool(filters.colours)) if colours else ""
        parts.append(_facet("palette", content, bool(chosen), opened == COLOURS))
    parts.append(_button("kept", "Only what I kept", only_kept))
    if filters or only_kept or wishes:
        left = f"{facets.total:,} left" if filters or only_kept else ""
        parts.append(f'<span class="left">{left}</span>{_button("clear", "Clear")}')
    return f'<div class="filters" role="group" aria-label="Narrow down">{"".join(parts)}</div>'


def _chosen(filters: Filters, name: str) -> tuple[str, ...]:
    values = [value for each in filters.one_of if each.field == name for value in each.values]
    return (*values, *(tag for each in filters.tags if each.field == name for tag in each.all))


def _text(text: str) -> str:
    return (
        '<label data-filter="text" data-field="text"><input type="search" placeholder="Words" '
        f'aria-label="Words in the fields" maxlength="200" value="{escape(text, quote=True)}">'
        "</label>"
    )


def _facet(name: str, content: str, is_set: bool, is_open: bool) -> str:
    return (
        f'<details name="facet"{" class=set" * is_set}{" open" * is_open}>'
        f"<summary>{escape(name)}</summary><div>{content}</div></details>"
    )


def _chips(act: str, field: str, choices: tuple[Choice, ...], chosen: tuple[str, ...]) -> str:
    """The chips of a field; what is chosen stays, also where nothing of it is left."""
    counts = {choice.value: choice.count for choice in choices}
    values = [*counts, *(value for value in chosen if value not in counts)]
    return "".join(
        _chip(act, field, value, counts.get(value, 0), value in chosen) for value in values
    )


def _chip(act: str, field: str, value: str, count: int, pressed: bool) -> str:
    name = escape(json.dumps([field, value]), quote=True)
    swatch = ""
    if act == "colour":
        swatch = f'<i style="background:{hexadecimal(NAMED_COLOURS[value])}"></i>'
    return (
        f'<button class="chip" data-act="{act}" data-id="{name}" '
        f'aria-pressed="{str(pressed).lower()}">{swatch}{escape(value)}<small>{count:,}</small></button>'
    )


def _button(act: str, label: str, pressed: bool | None = None) -> str:
    state = "" if pressed is None else f' aria-pressed="{str(pressed).lower()}"'
    return f'<button class="chip" data-act="{act}"{state}>{label}</button>'


def _only(field: str, pressed: bool) -> str:
    """The switch between first these, and only these."""
    name = escape(json.dumps([field, ""]), quote=True)
    return (
        f'<button class="chip only" data-act="only" data-id="{name}" '
        f'aria-pressed="{str(pressed).lower()}" title="Leave out all others">Only these</button>'
    )


def _range(facet: Facet, filters: Filters) -> str:
    """Two boxes for the ends; the ends of what is left stand in them in grey."""
    name = escape(facet.field.name, quote=True)
    kind = "number" if facet.field.type == "number" else "date"
    ends: list[Any] = [None, None]
    for each in filters.within:
        if each.field == facet.field.name:
            ends = [each.least, each.most]
    boxes = " – ".join(
        f'<input type="{kind}" step="any" aria-label="{name}, {word}" '
        f'placeholder="{_shown(hint)}" value="{_shown(end)}">'
        for word, end, hint in zip(("from", "to"), ends, (facet.least, facet.most), strict=True)
    )
    return f'<span data-filter="range" data-field="{name}">{boxes}</span>'


def _shown(value: float | str | None) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else escape(str(value), quote=True)
