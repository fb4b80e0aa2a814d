"""`.ndjson`: a drawing a line, simplified (x, y) or raw (x, y, t)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from sketchnet.data.quickdraw.items import DoodleItem, Problems, content_key
from sketchnet.strokes.formats import from_quickdraw
from sketchnet.utils.errors import InputError

LONGEST_LINE = 1 << 22  # bytes; the longest published line is under a million
LONGEST_NAME = 100  # characters of a word or a key_id


def read_ndjson(path: Path, word: str, problems: Problems) -> Iterator[DoodleItem]:
    """Yield the drawings of `path` one by one, whatever its length.

    `word` is the category of lines that do not say theirs. Lines that cannot be read are noted in
    `problems` and skipped; so is a last line that was cut off.
    """
    with path.open("rb") as file:
        for number, line in _lines(file):
            where = f"line {number}"
            if line is None:
                problems.add(path, "line too long", where)
                continue
            try:
                item = _item(json.loads(line), line, word)
            except (InputError, ValueError, TypeError, RecursionError):
                problems.add(path, "broken line", where)
                continue
            if item.drawing:
                yield item
            else:
                problems.add(path, "empty drawing", where)


def holds_times(path: Path) -> bool:
    """Whether the first sound line is raw: its strokes have times beside x and y."""
    with path.open("rb") as file:
        for _, line in _lines(file):
            try:
                return len(json.loads(line or b"")["drawing"][0]) == 3
            except (LookupError, TypeError, ValueError, RecursionError):
                continue
    return False


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Numbered lines that hold anything; None stands for one too long to be a drawing."""
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if not line.endswith(b"\n") and len(line) == LONGEST_LINE:
            while line and not line.endswith(b"\n"):
                line = file.readline(LONGEST_LINE)
            yield number, None
        elif line := line.strip():
            yield number, line


def _item(found: Any, line: bytes, word: str) -> DoodleItem:
    if not isinstance(found, dict):
        raise ValueError("not an object")
    strokes = found.get("drawing")
    if isinstance(strokes, str):  # the documented type; some exports do write it so
        strokes = json.loads(strokes)
    if not isinstance(strokes, list):
        raise ValueError("no drawing")
    key_id = found.get("key_id")
    return DoodleItem(
        key_id=content_key(line) if key_id in (None, "") else _name(key_id),
        word=_name(found.get("word") or word),
        drawing=from_quickdraw(strokes),
        recognized=found.get("recognized", True) is not False,
        timestamp=_seconds(found.get("timestamp")),
    )


def _name(found: Any) -> str:
    """A word or a key as text that can be hashed, printed and kept in a file name's length."""
    name = found.strip() if isinstance(found, str) else str(found)
    if not (isinstance(found, str | int) and 0 < len(name) <= LONGEST_NAME and name.isprintable()):
        raise ValueError("no name")
    return name


def _seconds(text: Any) -> float | None:
    """ "2017-03-08 21:12:07.26604 UTC" in seconds since 1970; None where it is not a time."""
    try:
        return datetime.fromisoformat(text.removesuffix(" UTC")).replace(tzinfo=UTC).timestamp()
    except (AttributeError, ValueError):
        return None
