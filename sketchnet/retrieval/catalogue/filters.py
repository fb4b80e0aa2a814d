"""What restricts a search: conditions on the fields, on the colours and on the ids of photos.

As JSON, all conditions hold together:

    {"fields": {"brand": ["Aria", "Nord"], "tags": {"all": ["vegan"], "any": ["new", "sale"]},
                "price": {"min": 50, "max": 120}, "released": {"min": "2024-01-31"}},
     "text": "red boot", "ids": ["boot-00010"], "colours": [{"colour": "#b01e28", "least": 0.2}]}
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sketchnet.imaging.colours import NAMED_COLOURS, Colour, colour_of, hexadecimal
from sketchnet.retrieval.catalogue.fields import Field, date_of
from sketchnet.utils.errors import InputError

LEAST_SHARE = 0.2  # of the body of a shoe that has a wished colour
MAX_VALUES = 10_000  # in one condition
MAX_TEXT = 1_000  # characters
Place = tuple[float, float, float, float]


@dataclass(frozen=True)
class OneOf:
    """The value of a category is one of these."""

    field: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class HasTags:
    """The tags hold all of `all`, and one or more of `any` where it is not empty."""

    field: str
    all: tuple[str, ...] = ()
    any: tuple[str, ...] = ()


@dataclass(frozen=True)
class Within:
    """A number, or a date such as "2024-01-31", lies between two ends, which belong to it.

    None = no end.
    """

    field: str
    least: float | str | None = None
    most: float | str | None = None


@dataclass(frozen=True)
class WishedColour:
    """A colour that the body of a shoe should have.

    Attributes:
        colour: red, green, blue, 0..255.
        least: share of the body, 0..1, that a filter asks for.
        place: left, top, right, bottom as shares of the box around the shoe; None = anywhere.
    """

    colour: Colour
    least: float = LEAST_SHARE
    place: Place | None = None


@dataclass(frozen=True)
class Filters:
    """Conditions that hold together; without any, every photo is left.

    Attributes:
        text: words that all occur in the fields, as whole words or as prefixes.
        ids: only these photos; None = all.
    """

    one_of: tuple[OneOf, ...] = ()
    tags: tuple[HasTags, ...] = ()
    within: tuple[Within, ...] = ()
    text: str = ""
    ids: tuple[str, ...] | None = None
    colours: tuple[WishedColour, ...] = ()

    def __bool__(self) -> bool:
        return self != Filters()


def parse_filters(
    value: Filters | str | Mapping[str, Any] | None, fields: Sequence[Field]
) -> Filters:
    """Read filters from JSON, as text or as an object, for a gallery with these fields.

    Raises InputError for unknown fields and for conditions that do not fit the type of a field.
    """
    if isinstance(value, Filters):
        value = filters_json(value)
    if value is None or value == "":
        return Filters()
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise InputError("filters as JSON", _short(value), 'such as {"text": "red"}') from None
    if value is None:
        return Filters()
    names = ("fields", "text", "ids", "colours")
    given = _object(value, "filters", names)
    types = {field.name: field for field in fields}
    conditions: dict[type, list[Any]] = {OneOf: [], HasTags: [], Within: []}
    for name, condition in _object(given.get("fields") or {}, "fields").items():
        if name not in types:
            known = ", ".join(types) or "none"
            raise InputError(f"a field of the gallery ({known})", _short(name))
        if condition is not None:
            found = _condition(types[name], condition)
            conditions[type(found)].append(found)
    return Filters(
        tuple(conditions[OneOf]),
        tuple(conditions[HasTags]),
        tuple(conditions[Within]),
        checked_text(given.get("text"), "text"),
        None if given.get("ids") is None else _texts(given["ids"], "ids"),
        parse_colours(given.get("colours")),
    )


def filters_json(filters: Filters) -> dict[str, Any]:
    """Return filters as the object that `parse_filters` reads."""
    fields: dict[str, Any] = {each.field: list(each.values) for each in filters.one_of}
    fields |= {each.field: {"all": [*each.all], "any": [*each.any]} for each in filters.tags}
    fields |= {each.field: {"min": each.least, "max": each.most} for each in filters.within}
    found: dict[str, Any] = {"fields": fields} if fields else {}
    if filters.text:
        found["text"] = filters.text
    if filters.ids is not None:
        found["ids"] = list(filters.ids)
    if filters.colours:
        found["colours"] = [
            {"colour": hexadecimal(each.colour), "least": each.least}
            | ({"place": list(each.place)} if each.place else {})
            for each in filters.colours
        ]
    return found


def parse_colours(value: Any) -> tuple[WishedColour, ...]:
    """Read wished colours: a list of names or `#rrggbb`, or of objects with colour, least, place.

    Raises InputError for anything else.
    """
    if value is None or value == "":
        return ()
    if isinstance(value, str) or not isinstance(value, Sequence) or len(value) > 20:
        raise InputError("a list of at most 20 colours", _short(value))
    return tuple(map(_wished, value))


def _wished(value: Any) -> WishedColour:
    if isinstance(value, WishedColour):
        return value
    if isinstance(value, str):
        value = {"colour": value}
    given = _object(value, "a colour", ("colour", "least", "place"))
    colour = colour_of(given.get("colour"))
    if colour is None:
        known = ", ".join(NAMED_COLOURS)
        raise InputError(f"a colour as #rrggbb or one of {known}", _short(given.get("colour")))
    least = _number(given.get("least", LEAST_SHARE), "least")
    place = given.get("place")
    if place is not None:
        if isinstance(place, str) or not isinstance(place, Sequence) or len(place) != 4:
            raise InputError("place = [left, top, right, bottom]", _short(place))
        left, top, right, bottom = (_number(side, "place") for side in place)
        if not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
            raise InputError("a place within 0..1, left to right and top to bottom", _short(place))
        place = (left, top, right, bottom)
    if not 0 <= least <= 1:
        raise InputError("least from 0 to 1", _short(least))
    return WishedColour(colour, least, place)


def _condition(field: Field, value: Any) -> OneOf | HasTags | Within:
    what = f"the field {field.name!r} ({field.type})"
    if field.type == "category":
        return OneOf(field.name, _texts(value, what))
    if field.type == "tags":
        if not isinstance(value, Mapping):
            return HasTags(field.name, (), _texts(value, what))
        given = _object(value, what, ("all", "any"))
        return HasTags(
            field.name,
            _texts(given.get("all") or [], what),
            _texts(given.get("any") or [], what),
        )
    if field.type in ("number", "date"):
        given = _object(value, what, ("min", "max"))
        parse = _number if field.type == "number" else _date
        ends = [None if (end := given.get(n)) is None else parse(end, what) for n in ("min", "max")]
        return Within(field.name, *ends)
    raise InputError("a category, tags, a number or a date to filter by", what, "use text instead")


def _object(value: Any, what: str, names: Sequence[str] | None = None) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        form = f" with {', '.join(names)}" if names else ""
        raise InputError(f"{what}: an object{form}", _short(value))
    unknown = [name for name in value if names is not None and name not in names]
    if names and unknown:
        raise InputError(f"{what}: {', '.join(names)}", _short(", ".join(map(str, unknown))))
    return value


def _texts(value: Any, what: str) -> tuple[str, ...]:
    values = [value] if isinstance(value, str) else value
    if not isinstance(values, list | tuple) or len(values) > MAX_VALUES:
        raise InputError(f"{what}: a list of texts", _short(value))
    if not all(isinstance(each, str) for each in values):
        raise InputError(f"{what}: a list of texts", _short(value))
    return tuple(dict.fromkeys(values))


def _number(value: Any, what: str) -> float:
    try:
        is_number = isinstance(value, int | float | str) and not isinstance(value, bool)
        number = float(value) if is_number else math.nan
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"{what}: a number", _short(value))
    return number


def _date(value: Any, what: str) -> str:
    found = date_of(value) if isinstance(value, str) else None
    if found is None:
        raise InputError(f"{what}: a date such as 2024-01-31", _short(value))
    return found


def checked_text(value: Any, what: str) -> str:
    """Return words to search for. Raises InputError where they are no text, or far too long."""
    if value is None:
        return ""
    if not isinstance(value, str) or len(value) > MAX_TEXT:
        raise InputError(f"{what} of at most {MAX_TEXT:,} characters", _short(value))
    return value.strip()


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= 80 else f"{text[:80]}…"
