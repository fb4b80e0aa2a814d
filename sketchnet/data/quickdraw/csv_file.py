"""`.csv` as in Kaggle's Doodle Recognition Challenge: a drawing a row, as JSON text in a column.

The columns there are `countrycode, drawing, key_id, recognized, timestamp, word`; the test file has
neither `recognized` nor `word`.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from sketchnet.data.quickdraw.items import DoodleItem, Problems
from sketchnet.data.quickdraw.ndjson import note_encoding
from sketchnet.data.quickdraw.records import BROKEN, item_from_record
from sketchnet.data.quickdraw.text_files import (
    LONGEST_LINE,
    UNREADABLE,
    numbered_lines,
    open_text,
)

COLUMN = "drawing"
_DELIMITERS = (",", ";", "\t")


def read_csv(path: Path, word: str, problems: Problems) -> Iterator[DoodleItem]:
    """Yield the drawings of a file one by one; memory does not depend on its length.

    Args:
        path: the file, plain or gzip, with a head of column names.
        word: the category of rows that have none.
        problems: receives the rows that cannot be read, which are skipped.
    """
    # The csv module refuses fields of more than 128 kB by default; raw drawings are longer.
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST_LINE))
    try:
        with open_text(path) as (file, encoding):
            note_encoding(path, encoding, problems)
            yield from _rows(file, path, word, problems)
    except UNREADABLE:
        problems.add(path, "rest of a broken or cut off gzip file")


def _rows(file: BinaryIO, path: Path, word: str, problems: Problems) -> Iterator[DoodleItem]:
    names, delimiter = _head(file)
    rows = csv.reader(_text_lines(file, path, problems), delimiter=delimiter)
    for number in itertools.count(1):
        where = f"row {number}"
        try:
            record = dict(zip(names, next(rows), strict=True))
            report = partial(problems.note, path, where=where)
            content = record.get(COLUMN, "").encode("utf-8", "replace")
            item = item_from_record(record, content, word, report)
        except StopIteration:
            return
        except (csv.Error, *BROKEN):
            problems.add(path, "broken row", where)
            continue
        if item.drawing:
            yield item
        else:
            problems.add(path, "empty drawing", where)


def holds_column(file: BinaryIO) -> bool:
    """Whether the first line of a text names a column `drawing`."""
    names, _ = _head(file)
    return COLUMN in names


def _head(file: BinaryIO) -> tuple[list[str], str]:
    """The names of the columns, and what separates them."""
    _, line = next(numbered_lines(file), (0, b""))
    text = (line or b"").decode("utf-8-sig", "replace")
    heads = {d: [cell.strip().strip('"').lower() for cell in text.split(d)] for d in _DELIMITERS}
    delimiter = next((d for d in _DELIMITERS if COLUMN in heads[d]), ",")
    return heads[delimiter], delimiter


def _text_lines(file: BinaryIO, path: Path, problems: Problems) -> Iterator[str]:
    for number, line in numbered_lines(file):
        if line is None:
            problems.add(path, "line too long", f"line {number + 1}")
        else:
            yield line.decode("utf-8", "replace") + "\n"
