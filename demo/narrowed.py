"""How the results are narrowed down, as one JSON text: for a reload, and for a link.

    {"filters": {…}, "text": "red", "colours": ["#be262a"], "kept": true}

`filters` is what `/find` takes. The text comes back from a browser, and may be anything.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from sketchnet.imaging.colours import hexadecimal
from sketchnet.retrieval.catalogue.fields import Field
from sketchnet.retrieval.catalogue.filters import (
    checked_text,
    filters_json,
    parse_colours,
    parse_filters,
)
from sketchnet.utils.errors import InputError

from .session import Session
from .wishes import Wishes


def narrowed(session: Session) -> str:
    """Return the filters and wishes of a session; "" where there are none."""
    found: dict[str, Any] = {}
    if session.filters:
        found["filters"] = filters_json(session.filters)
    if session.wishes.text:
        found["text"] = session.wishes.text
    if session.wishes.colours:
        found["colours"] = [hexadecimal(wish.colour) for wish in session.wishes.colours]
    if session.only_kept:
        found["kept"] = True
    return json.dumps(found, separators=(",", ":")) if found else ""


def narrow_again(session: Session, given: Any, fields: tuple[Field, ...]) -> None:
    """Set the filters and wishes that `narrowed` returned; None = nothing is changed.

    Raises InputError for anything else, and for fields that the gallery does not have.
    """
    if given is None:
        return
    if not isinstance(given, Mapping):
        raise InputError("filters of this page", "something else", "set the filters again")
    filters = parse_filters(given.get("filters"), fields)
    wishes = Wishes(checked_text(given.get("text"), "text"), parse_colours(given.get("colours")))
    session.filters, session.wishes = filters, wishes
    session.only_kept = given.get("kept") is True
