"""The fields of a photo in the payload of its point, and the filters that search them.

The metadata of the collection hold `fields`, a list of name and type; number i of it is, in the
payload, `f<i>`: the cell, tags as a list, and for numbers and dates `n<i>`: a number. `words` holds
every word of the cells and its prefixes, `c_<name>` the share of each named colour, and `digest`
what tells whether all this has changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from typing import Any

from sketchnet.imaging.colours import NAMED_COLOURS
from sketchnet.retrieval.catalogue.catalogue import Catalogue
from sketchnet.retrieval.catalogue.fields import TYPES, Field
from sketchnet.retrieval.catalogue.filters import Filters, WishedColour
from sketchnet.retrieval.catalogue.words import all_words, words_of
from sketchnet.utils.errors import InputError

MAX_PREFIX = 24  # letters of a prefix of a word


def fields_of(metadata: Any) -> tuple[Field, ...]:
    """Return the fields that the metadata of a collection name. Raises ValueError."""
    pairs = [(each["name"], each["type"]) for each in metadata.get("fields", ())]
    if not all(isinstance(name, str) and kind in TYPES for name, kind in pairs):
        raise ValueError("its fields have no name or no type")
    return tuple(Field(name, kind) for name, kind in pairs)


def joined_fields(known: Sequence[Field], new: Sequence[Field]) -> tuple[Field, ...]:
    """Return known fields, then new ones: several galleries may be pushed into one collection."""
    types = {field.name: field for field in (*new, *known)}
    names = dict.fromkeys(field.name for field in (*known, *new))
    return tuple(types[name] for name in names)


def payload_of(
    catalogue: Catalogue, row: int, photo_id: str, fields: Sequence[Field]
) -> dict[str, Any]:
    """Return the payload of the fields and colours of one photo."""
    values = catalogue.values(row)
    payload: dict[str, Any] = {}
    text = [photo_id]
    for number, field in enumerate(fields):
        value = values.get(field.name)
        if value is None:
            continue
        payload[f"f{number}"] = value
        if field.type == "number" and isinstance(value, float):
            payload[f"n{number}"] = value
        if field.type == "date" and (ordinal := _ordinal(value)) is not None:
            payload[f"n{number}"] = ordinal
        if field.type != "link":
            text += value if isinstance(value, list) else [_written(value)]
    payload["words"] = sorted(
        {word[:end] for word in all_words(" ".join(text)) for end in _prefix_ends(word)}
    )
    for name, colour in NAMED_COLOURS.items():
        share = float(catalogue.share_of(WishedColour(colour))[row])
        if share:
            payload[f"c_{name}"] = round(share, 5)
    content = json.dumps([payload, [field.name for field in fields]], sort_keys=True)
    return payload | {"digest": hashlib.sha256(content.encode()).hexdigest()[:16]}


def _prefix_ends(word: str) -> list[int]:
    return [*range(1, min(len(word), MAX_PREFIX) + 1), len(word)]


def _written(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _ordinal(value: Any) -> float | None:
    try:
        return float(date.fromisoformat(value).toordinal())
    except (TypeError, ValueError):
        return None


def filter_of(filters: Filters, fields: Sequence[Field], but: str = "") -> Any:
    """Return the filter of Qdrant that does the same.

    Args:
        but: name of a field whose own conditions are left out.

    Raises InputError for a colour without a name, or at a place: the payload does not know it.
    """
    from qdrant_client import models

    number = {field.name: n for n, field in enumerate(fields)}
    must: list[Any] = []

    def match(key: str, values: Sequence[str]) -> Any:
        if not values:
            return models.HasIdCondition(has_id=[])
        return models.FieldCondition(key=key, match=models.MatchAny(any=list(values)))

    for one in filters.one_of:
        if one.field != but:
            must.append(match(f"f{number[one.field]}", one.values))
    for tags in filters.tags:
        key = f"f{number[tags.field]}"
        must += [match(key, [tag]) for tag in tags.all]
        if tags.any and (tags.field != but or tags.all):
            must.append(match(key, tags.any))
    for within in filters.within:
        if within.field != but:
            ends = [_end(end) for end in (within.least, within.most)]
            between = models.Range(gte=ends[0], lte=ends[1])
            if ends == [None, None]:
                between = models.Range(gte=-1e300)
            must.append(models.FieldCondition(key=f"n{number[within.field]}", range=between))
    must += [match("words", [word]) for word in words_of(filters.text)]
    if filters.ids is not None:
        must.append(match("id", filters.ids))
    for wish in filters.colours:
        least = max(wish.least, 1e-5)
        key = f"c_{colour_name(wish)}"
        must.append(models.FieldCondition(key=key, range=models.Range(gte=least)))
    return models.Filter(must=must) if must else None


def _end(value: float | str | None) -> float | None:
    return value if value is None or isinstance(value, float | int) else _ordinal(value)


def colour_name(wish: WishedColour) -> str:
    """Return the name of a wished colour. Raises InputError where it has none, or a place."""
    found = [name for name, colour in NAMED_COLOURS.items() if colour == wish.colour]
    if wish.place is not None or not found:
        raise InputError(
            f"one of {', '.join(NAMED_COLOURS)}, anywhere on the shoe",
            "another colour, or one at a place",
            "a gallery in a folder knows all colours, one in Qdrant the named ones",
        )
    return found[0]
