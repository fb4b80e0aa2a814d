"""What the row of filters does: every change searches again."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import gradio as gr

from sketchnet.imaging.colours import NAMED_COLOURS
from sketchnet.retrieval.catalogue.filters import (
    Filters,
    HasTags,
    OneOf,
    WishedColour,
    checked_text,
    parse_filters,
)
from sketchnet.utils.errors import InputError

from . import cards
from .filter_row import CHANGED, COLOURS, filter_row
from .narrowed import narrow_again, narrowed
from .session import SHOWN, Session
from .shoe_search import ShoeSearch


class Narrow:
    """Builds the row inside the open Blocks."""

    def __init__(self, search: ShoeSearch, gallery: str) -> None:
        self.search = search
        start = self.row(Session(gallery)) if gallery in search.finders else ""
        self.view = cards.html(start, elem_id="filters", js=CHANGED)

    def row(self, session: Session) -> str:
        """The row for the conditions of a session; "" where the gallery has no fields."""
        if session.gallery not in self.search.finders:
            return ""
        finder = self.search.finder(session)
        if not finder.fields:
            return ""
        facets = finder.gallery.catalogue.facets(self.search.filters(session))
        return filter_row(
            facets,
            session.filters,
            session.only_kept,
            session.facet,
            session.wishes,
            narrowed(session),
        )

    def act(self, event: gr.EventData, session: Session) -> dict[Any, Any]:
        """Change a condition or a wish. What comes from the browser is checked."""
        name, given = str(event._data.get("act")), str(event._data.get("id"))
        if name == "clear":
            session.clear_filters()
        elif name == "kept":
            session.only_kept = not session.only_kept
        else:
            field, *values = _read(given)
            if name in ("text", "colour", "only"):
                _wish(session, name, field, values[0])
            else:
                changed = self._changed(session, name, field, values)
                session.filters = parse_filters(changed, self.search.finder(session).fields)
            session.facet = field
        session.shown = SHOWN
        return {self.view: self.row(session)}

    def restore(self, session: Session, given: Any) -> dict[Any, Any]:
        """Set again what a link or the browser has stored. Raises InputError for anything else."""
        narrow_again(session, given, self.search.finder(session).fields)
        return {self.view: self.row(session)}

    def _changed(self, session: Session, name: str, field: str, values: list[str]) -> Filters:
        filters = session.filters
        types = {each.name: each.type for each in self.search.finder(session).fields}
        if name == "range" and types.get(field) in ("number", "date"):
            ends = {side: end for side, end in zip(("min", "max"), values, strict=True) if end}
            fields = self.search.finder(session).fields
            (within,) = parse_filters({"fields": {field: ends}}, fields).within
            others = tuple(each for each in filters.within if each.field != field)
            return replace(filters, within=(*others, within) if ends else others)
        if name == "chip" and types.get(field) == "category":
            before = next((each.values for each in filters.one_of if each.field == field), ())
            chosen = _toggled(before, values[0])
            rest = tuple(each for each in filters.one_of if each.field != field)
            return replace(filters, one_of=(*rest, OneOf(field, chosen)) if chosen else rest)
        if name == "chip" and types.get(field) == "tags":
            had = next((each.all for each in filters.tags if each.field == field), ())
            tags = _toggled(had, values[0])
            left = tuple(each for each in filters.tags if each.field != field)
            return replace(filters, tags=(*left, HasTags(field, tags)) if tags else left)
        raise InputError("a field of this gallery", "another one", "reload the page")


def _wish(session: Session, name: str, field: str, value: str) -> None:
    """Change the words or the colours: what is wished stays a wish, a condition a condition."""
    filters, wishes = session.filters, session.wishes
    what = "colours" if field == COLOURS else "text"
    if name == "only":
        asked, wished = getattr(filters, what), getattr(wishes, what)
        session.filters = replace(filters, **{what: wished})
        session.wishes = replace(wishes, **{what: asked})
    elif name == "colour" and field == COLOURS and value in NAMED_COLOURS:
        wish, place = WishedColour(NAMED_COLOURS[value]), filters if filters.colours else wishes
        kept = tuple(each for each in place.colours if each != wish)
        colours = (*kept, wish) if wish not in place.colours else kept
        _put(session, bool(filters.colours), colours=colours)
    elif name == "text" and field == "text":
        _put(session, bool(filters.text), text=checked_text(value, "text"))
    else:
        raise InputError("words, or a colour of the palette", "others", "reload the page")


def _put(session: Session, as_filter: bool, **changed: Any) -> None:
    if as_filter:
        session.filters = replace(session.filters, **changed)
    else:
        session.wishes = replace(session.wishes, **changed)


def _toggled(values: tuple[str, ...], value: str) -> tuple[str, ...]:
    if value in values:
        return tuple(each for each in values if each != value)
    return (*values, value)


def _read(given: str) -> list[str]:
    """The name of a field and the values, as the browser sends them."""
    try:
        values = json.loads(given)
        parts = [str(each) for each in values]
    except (ValueError, TypeError, RecursionError):
        parts = []
    if not 2 <= len(parts) <= 3:
        raise InputError("a field and its values", "something else", "reload the page")
    return parts
