"""`.ndjson` and `.jsonl`: one drawing a line, simplified (x, y) or raw (x, y, t)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from sketchnet.data.quickdraw.items import DoodleItem, Problems
from sketchnet.data.quickdraw.records import BROKEN, item_from_record
from sketchnet.data.quickdraw.text_files import UNREADABLE, numbered_lines, open_text


def read_ndjson(path: Path, word: str, problems: Problems) -> Iterator[DoodleItem]:
    """Yield the drawings of a file one by one; memory does not depend on its length.

    Args:
        path: the file, plain or gzip.
        word: the category of lines that have none.
        problems: receives the lines that cannot be read, which are skipped; so is a last line that
            was cut off.
    """
    try:
        with open_text(path) as (file, encoding):
            note_encoding(path, encoding, problems)
            for number, line in numbered_lines(file):
                where = f"line {number}"
                if line is None:
                    problems.add(path, "line too long", where)
                    continue
                try:
                    report = partial(problems.note, path, where=where)
                    item = item_from_record(json.loads(line), line, word, report)
                except BROKEN:
                    problems.add(path, "broken line", where)
                    continue
                if item.drawing:
                    yield item
                else:
                    problems.add(path, "empty drawing", where)
    except UNREADABLE:
        problems.add(path, "rest of a broken or cut off gzip file")


def note_encoding(path: Path, encoding: str, problems: Problems) -> None:
    """Note a text that is not UTF-8."""
    if not encoding.startswith("utf-8"):
        problems.note(path, f"text in {encoding.upper()}")


def holds_times(file: BinaryIO) -> bool:
    """Whether the first valid line of a text is raw: its strokes have times beside x and y."""
    for _, line in numbered_lines(file):
        try:
            return len(json.loads(line or b"")["drawing"][0]) == 3
        except (LookupError, TypeError, ValueError, RecursionError):
            continue
    return False
