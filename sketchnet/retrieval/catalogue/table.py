"""Reads a table of fields: CSV, JSON lines or a sheet of Excel, from any program and person.

    file,title,brand,price,tags
    SKU-1.jpg,Red pump,Aria,89.90,new;leather

The encoding (UTF-8, UTF-16, cp1252) and the separator (comma, semicolon, tab) are found out. Cells
are text and nothing else: formulas are not computed, and markup stays as it is written.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sketchnet.data.pairs.text_lists import read_text
from sketchnet.utils.errors import InputError

NAME = "catalogue"
ENDINGS = (".csv", ".tsv", ".jsonl", ".xlsx")
MAX_ROWS, MAX_COLUMNS = 1_000_000, 100
MAX_CELL, MAX_NAME = 5_000, 60  # characters; longer cells are cut

_ADVICE = "save it again as CSV (UTF-8)"


@dataclass(frozen=True)
class Table:
    """The content of a file.

    Attributes:
        name: of the file, for messages.
        columns: names, each once.
        rows: the cells of each row, as many as columns, "" where empty.
        notes: what is odd about the file, one line each.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def table_beside(photos: Path) -> Path | None:
    """Return the file `catalogue.csv` (or .tsv, .jsonl, .xlsx) of a folder of photos, if any."""
    return next((p for e in ENDINGS if (p := photos / f"{NAME}{e}").is_file()), None)


def read_table(path: Path | str) -> Table:
    """Read a file. Raises InputError where it is missing, broken, too large or has no rows."""
    path = Path(path)
    reader = {".jsonl": _json_lines, ".xlsx": _sheet}.get(path.suffix.lower(), _csv)
    if not path.is_file():
        raise InputError(f"a table of fields ({', '.join(ENDINGS)})", f"{path}, which is no file")
    try:
        lines = reader(path)
        header = next(lines, None)
        if header is None:
            raise InputError("a table with a line of column names", f"{path.name}, which is empty")
        return _table(path.name, header, lines)
    except InputError:
        raise
    except (OSError, ValueError, csv.Error, RecursionError) as error:
        raise _broken(path, str(error) or type(error).__name__) from None


def _broken(path: Path, reason: str) -> InputError:
    return InputError("a readable table of fields", f"{path.name} ({reason})", _ADVICE)


def _table(name: str, header: Sequence[str], lines: Iterable[Sequence[str]]) -> Table:
    columns = _unique([clean(cell)[:MAX_NAME] for cell in header])
    if len(columns) > MAX_COLUMNS:
        raise InputError(f"at most {MAX_COLUMNS} columns", f"{len(columns):,} in {name}")
    used = [number for number, column in enumerate(columns) if column]
    if not used:
        raise InputError(
            "a table with a line of column names", f"{name}, whose first line has none"
        )
    rows: list[tuple[str, ...]] = []
    longer = cut = 0
    for line in lines:
        cells = [clean(cell) for cell in line]
        if not any(cells):
            continue
        if len(rows) == MAX_ROWS:
            raise InputError(f"at most {MAX_ROWS:,} rows", f"more in {name}", "split the file")
        longer += any(cells[len(columns) :])
        cut += any(len(cell) > MAX_CELL for cell in cells)
        cells += [""] * (len(columns) - len(cells))
        rows.append(tuple(cells[number][:MAX_CELL] for number in used))
    if not rows:
        raise InputError("a table with rows", f"{name}, which has none")
    notes = []
    if longer:
        notes.append(f"{name}: {longer:,} rows have more cells than there are columns")
    if cut:
        notes.append(f"{name}: cells of {cut:,} rows are cut after {MAX_CELL:,} characters")
    return Table(name, tuple(columns[number] for number in used), tuple(rows), tuple(notes))


def clean(cell: str) -> str:
    """Return a cell as one line without control characters."""
    text = cell if cell.isprintable() else "".join(c if c.isprintable() else " " for c in cell)
    return " ".join(text.split())


def _unique(names: Sequence[str]) -> list[str]:
    """Number the names that repeat; "" stays."""
    found: list[str] = []
    for name in names:
        new, number = name, 2
        while new and new in found:
            new, number = f"{name} {number}", number + 1
        found.append(new)
    return found


def _csv(path: Path) -> Iterator[list[str]]:
    text = read_text(path).lstrip("\ufeff")
    first, _, rest = text.partition("\n")
    if re.fullmatch(r"sep=.\s*", first):  # a line for Excel
        text, first = rest, rest.partition("\n")[0]
    bare = re.sub(r'"[^"]*"', "", first)
    separator = max(",;\t", key=bare.count)
    yield from csv.reader(io.StringIO(text, newline=""), delimiter=separator)


def _json_lines(path: Path) -> Iterator[list[str]]:
    objects: list[dict[str, Any]] = []
    for number, line in enumerate(read_text(path).lstrip("\ufeff").split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except ValueError as error:
            raise _broken(path, f"line {number}: {error}") from None
        if not isinstance(value, dict):
            raise _broken(path, f"line {number} is no object")
        objects.append(value)
    names = [*dict.fromkeys(name for value in objects for name in value)]
    if names:
        yield names
    for value in objects:
        yield [_json_cell(value.get(name)) for name in names]


def _json_cell(value: Any) -> str:
    if value is None or isinstance(value, dict):
        return ""
    if isinstance(value, list):
        return ";".join(_json_cell(each) for each in value)
    return str(value)


def _sheet(path: Path) -> Iterator[list[str]]:
    """The first sheet of an Excel file, with the results that its formulas had when saved."""
    try:
        from openpyxl import load_workbook
    except ImportError:
        raise InputError(
            "the package openpyxl, for tables of Excel",
            "none",
            "`pip install openpyxl`, or save the sheet as CSV",
        ) from None
    try:
        with closing(load_workbook(path, read_only=True, data_only=True)) as book:
            for line in book.worksheets[0].iter_rows(values_only=True, max_col=MAX_COLUMNS + 1):
                cells = ["" if cell is None else str(cell) for cell in line]
                while cells and not cells[-1]:  # every line is filled up to `max_col`
                    cells.pop()
                yield [cell.removesuffix(" 00:00:00") for cell in cells]
    except Exception as error:  # openpyxl raises errors of any type on broken files
        raise _broken(path, str(error) or type(error).__name__) from None
