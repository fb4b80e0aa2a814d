"""One doodle as named fields, as JSON and CSV files have it: word, key_id, recognized, drawing."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from sketchnet.data.quickdraw.items import DoodleItem, content_key
from sketchnet.strokes.formats import from_quickdraw

LONGEST_NAME = 100  # characters of a word or a key_id
_FALSE = {"false", "f", "no", "n", "0", "0.0"}

BROKEN = (ValueError, TypeError, RecursionError)
"""The exceptions of `item_from_record` for a broken record; InputError is a ValueError."""


def item_from_record(
    record: Any, content: bytes, word: str, report: Callable[[str], None]
) -> DoodleItem:
    """Read the official fields of one doodle.

    Args:
        record: a dict of the fields; `drawing` is a list, or its JSON text.
        content: the bytes of the record; they name a doodle without key_id.
        word: the category of a record without `word`.
        report: called with a short text where the drawing was changed to be readable.

    Raises: `BROKEN`.
    """
    if not isinstance(record, dict):
        raise ValueError("no object of named fields")
    strokes = record.get("drawing")
    if isinstance(strokes, str):  # the documented type; CSV files and some exports have it
        strokes = json.loads(strokes)
    if not isinstance(strokes, list):
        raise ValueError("no drawing")
    key_id = record.get("key_id")
    return DoodleItem(
        key_id=content_key(content) if key_id in (None, "") else _name(key_id),
        word=_name(record.get("word") or word),
        drawing=from_quickdraw(strokes, report),
        recognized=is_recognized(record.get("recognized")),
        timestamp=_seconds(record.get("timestamp")),
    )


def is_recognized(value: Any) -> bool:
    """Read the field `recognized` as a boolean, a number or text; without a value it is true."""
    if isinstance(value, str):
        return value.strip().lower() not in _FALSE
    if isinstance(value, bool | int | float):
        return math.isnan(value) or value != 0
    return True


def _name(value: Any) -> str:
    """A word or a key_id as printable text of bounded length."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    name = value.strip() if isinstance(value, str) else str(value)
    if name.endswith(".0") and name[:-2].isdecimal():  # an integer that went through a float column
        name = name[:-2]
    if not (isinstance(value, str | int) and 0 < len(name) <= LONGEST_NAME and name.isprintable()):
        raise ValueError("no name")
    return name


def _seconds(text: Any) -> float | None:
    """ "2017-03-08 21:12:07.26604 UTC" in seconds since 1970; None where it is not a time."""
    try:
        return datetime.fromisoformat(text.removesuffix(" UTC")).replace(tzinfo=UTC).timestamp()
    except (AttributeError, ValueError, OverflowError):
        return None
