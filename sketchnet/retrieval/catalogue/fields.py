"""The type of a column: found from its cells, which stay text where they are of no other type."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args
from urllib.parse import urlsplit

FieldType = Literal["number", "category", "tags", "text", "link", "date"]
TYPES: tuple[str, ...] = get_args(FieldType)

MAX_CATEGORIES = 200  # values of one column
MAX_CATEGORY = 60  # characters of one of them, or of a tag
MAX_LINK = 2_000  # characters
_ENOUGH = 0.9  # share of a column's cells that are of its type; the others stay text
_CATEGORY_NAMES = frozenset(
    ["brand", "category", "class", "collection", "color", "colour", "condition", "designer",
     "gender", "kind", "line", "maker", "manufacturer", "material", "pattern", "season", "shape",
     "size", "style", "type", "vendor"]
)  # fmt: skip
_TEXT_NAMES = frozenset(["title", "name", "description", "text", "note", "notes", "comment"])
_TAG_NAMES = frozenset(["tag", "tags", "keyword", "keywords", "labels"])
_CURRENCY = re.compile(r"^(?:[€$£¥]|EUR|USD|GBP|CHF)\s*|\s*(?:[€$£¥%]|EUR|USD|GBP|CHF)$")
_SPACE = r"[ '’]"
_NUMBERS = (  # form, what separates thousands, the decimal mark
    (re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?"), "", "."),
    (re.compile(r"[+-]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?"), ",", "."),
    (re.compile(r"[+-]?[1-9]\d{0,2}(?:(?:\.\d{3})+,\d+|(?:\.\d{3}){2,})"), r"\.", ","),
    (re.compile(rf"[+-]?[1-9]\d{{0,2}}(?:{_SPACE}\d{{3}})+(?:[.,]\d+)?"), _SPACE, ","),
    (re.compile(r"[+-]?\d+,\d+"), "", ","),
)
_DATES = (
    re.compile(r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})(?:[-/.](?P<day>\d{1,2}))?"),
    re.compile(r"(?P<day>\d{1,2})[./](?P<month>\d{1,2})[./](?P<year>\d{4})"),
)
_ROLES = {
    "title": ("title", "name", "product", "label", "description"),
    "price": ("price", "cost", "rrp", "preis", "prix"),
}


@dataclass(frozen=True)
class Field:
    """One column of a catalogue: its name and its type."""

    name: str
    type: FieldType


def find_type(name: str, cells: Sequence[str]) -> FieldType:
    """Return the type of a column.

    Args:
        name: of the column; it decides where the cells do not.
        cells: all that are not empty.

    A column is of links, dates or numbers where at least 9 in 10 of its cells are, of tags where
    they are separated by `;`, of categories where their values repeat.
    """
    word = name.casefold().strip()
    if not cells:
        return "text"
    for kind, parse in (("link", link_of), ("date", date_of), ("number", number_of)):
        if sum(parse(cell) is not None for cell in cells) >= _ENOUGH * len(cells):
            return kind  # type: ignore[return-value]
    if sum(link_of(cell) is not None for cell in cells) >= len(cells) / 2:
        return "link"
    parts = [tags_of(cell) for cell in cells]
    if word in _TAG_NAMES or _are_tags(cells, parts):
        return "tags"
    values = set(cells)
    is_short = len(values) <= MAX_CATEGORIES and max(map(len, values)) <= MAX_CATEGORY
    repeats = len(values) <= len(cells) / 2 and word not in _TEXT_NAMES
    return "category" if is_short and (repeats or word in _CATEGORY_NAMES) else "text"


def _are_tags(cells: Sequence[str], parts: Sequence[tuple[str, ...]]) -> bool:
    """Whether cells hold short words between `;` that occur again and again."""
    every = [tag for tags in parts for tag in tags]
    return (
        any(";" in cell for cell in cells)
        and max(map(len, every), default=MAX_CATEGORY + 1) <= MAX_CATEGORY
        and len(set(every)) <= len(every) / 2
    )


def number_of(text: str) -> float | None:
    """Read a number, with a currency or %, with points or commas; None where it is none.

    `3.90`, `3,90`, `1,234`, `1,234.50`, `1.234,50` and `1 234,50` are numbers; `1.234` is a little
    more than one. Codes such as `0042` are text.
    """
    bare = _CURRENCY.sub("", text.strip())
    if len(bare) > 30 or re.fullmatch(r"[+-]?0\d+", bare) or not bare.replace("’", "'").isascii():
        return None
    for form, group, point in _NUMBERS:
        if form.fullmatch(bare):
            plain = re.sub(group, "", bare) if group else bare
            number = float(plain.replace(point, "."))
            return number if math.isfinite(number) else None
    return None


def date_of(text: str) -> str | None:
    """Read a date such as 2024-01-31, 2024-01 or 31.1.2024 as 2024-01-31; None where it is none.

    31/1/2024 is read with the day first.
    """
    for form in _DATES:
        if found := form.fullmatch(text.strip()):
            parts = {name: int(value or 1) for name, value in found.groupdict().items()}
            try:
                return date(parts["year"], parts["month"], parts["day"]).isoformat()
            except ValueError:
                return None
    return None


def link_of(text: str) -> str | None:
    """Return an http(s) address; None for anything else, such as `javascript:` or a local file."""
    address = text.strip()
    if len(address) > MAX_LINK or not address.isprintable() or re.search(r"[\s<>\"'\\]", address):
        return None
    try:
        parts = urlsplit(address)
        is_link = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return None
    return address if is_link and "@" not in parts.netloc else None


def tags_of(text: str) -> tuple[str, ...]:
    """Return the tags of a cell, each once, in their order."""
    return tuple(dict.fromkeys(filter(None, (part.strip() for part in text.split(";")))))


def role_of(fields: Sequence[Field], role: Literal["title", "price", "link"]) -> Field | None:
    """Return the field that is the title, the price or the link of a photo, by name or type."""
    if role == "link":
        return next((field for field in fields if field.type == "link"), None)
    wanted = ("number",) if role == "price" else ("text", "category")
    named = {f.name.casefold(): f for f in reversed(fields) if f.type in wanted}
    return next((named[name] for name in _ROLES[role] if name in named), None)
