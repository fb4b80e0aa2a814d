"""Which row of a table belongs to which photo of a gallery."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sketchnet.data.pairs.file_names import PICTURE_ENDINGS, folded, id_of
from sketchnet.data.pairs.text_lists import parts_of
from sketchnet.retrieval.catalogue.fields import Field, date_of, find_type, link_of, number_of
from sketchnet.retrieval.catalogue.table import Table
from sketchnet.utils.errors import InputError

_FILE = ("file", "filename", "file name", "file_name", "photo", "image", "picture", "path")
_ID = ("id", "photo_id", "photo id")
MAX_NAMES = 5  # that one line lists

Cell = str | float | None


@dataclass(frozen=True)
class Named:
    """What a table may call a photo: its id, and all its ids and files."""

    id: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Assigned:
    """The fields of the photos of a gallery.

    Attributes:
        fields: the columns, without the one that names the photos.
        cells: id to one value for each field: a number, a text, or None where the cell is empty.
        lines: what a person should know: unknown files, photos without a row, odd cells.
    """

    fields: tuple[Field, ...]
    cells: Mapping[str, tuple[Cell, ...]]
    lines: tuple[str, ...] = ()


def assign(table: Table, photos: Sequence[Named]) -> Assigned:
    """Give every photo its row. Of several rows for one photo the first counts.

    Raises InputError where no column names photos, or none of its entries is a photo.
    """
    find = _Finder(photos)
    key = _key_column(table, find)
    entries = [row[key] for row in table.rows]
    found = [find(entry) for entry in entries]
    if not any(found):
        raise InputError(
            f"photos of the gallery in the column {table.columns[key]!r}",
            f"none among {len(entries):,} in {table.name} ({entries[0]!r}, …)",
            "name the files, or the ids of the photos",
        )
    rows: dict[str, int] = {}
    for number, photo_id in enumerate(found):
        if photo_id is not None:
            rows.setdefault(photo_id, number)
    columns = [n for n in range(len(table.columns)) if n != key]
    lines = [*table.notes, *_lines(table.name, entries, found, rows, photos)]
    fields, values = [], []
    for column in columns:
        texts = [table.rows[number][column] for number in rows.values()]
        field = Field(
            table.columns[column], find_type(table.columns[column], [*filter(None, texts)])
        )
        fields.append(field)
        values.append([_cell(field, text) for text in texts])
        lines += _odd_cells(table.name, field, texts, values[-1])
    cells = dict(zip(rows, zip(*values, strict=True), strict=True)) if values else {}
    return Assigned(tuple(fields), cells, tuple(lines))


def _cell(field: Field, text: str) -> Cell:
    """The value that is kept: of another type than its column a cell stays text."""
    if not text:
        return None
    if field.type == "number":
        number = number_of(text)
        return text if number is None else number
    if field.type == "date":
        return date_of(text) or text
    return text


def _odd_cells(name: str, field: Field, cells: Sequence[str], values: Sequence[Cell]) -> list[str]:
    if field.type == "link":
        odd = [cell for cell in cells if cell and link_of(cell) is None]
        what = "no http(s) links: left out"
    elif field.type == "number":
        odd = [value for value in values if isinstance(value, str)]
        what = "no numbers: shown, but in no range"
    elif field.type == "date":
        odd = [cell for cell in cells if cell and date_of(cell) is None]
        what = "no dates: shown, but in no range"
    else:
        return []
    return [f"{name}: {len(odd):,} of {field.name!r} are {what} ({_some(odd)})"] if odd else []


def _lines(
    name: str,
    entries: Sequence[str],
    found: Sequence[str | None],
    rows: Mapping[str, int],
    photos: Sequence[Named],
) -> list[str]:
    unknown = [entry for entry, photo_id in zip(entries, found, strict=True) if photo_id is None]
    twice = [photo_id for photo_id, n in Counter(filter(None, found)).items() if n > 1]
    without = [photo.id for photo in photos if photo.id not in rows]
    lines = [f"{name}: {len(rows):,} of {len(photos):,} photos have a row"]
    if unknown:
        lines.append(f"{name}: {len(unknown):,} rows name no photo ({_some(unknown)})")
    if without:
        lines.append(f"{name}: {len(without):,} photos have no row ({_some(without)})")
    if twice:
        lines.append(f"{name}: {len(twice):,} photos have several rows ({_some(twice)}): the first")
    return lines


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(name[:60] or "empty" for name in names[:MAX_NAMES])
    return f"{shown}, …" if len(names) > MAX_NAMES else shown


def _key_column(table: Table, find: _Finder) -> int:
    """Return the number of the column that names the photos."""
    names = [folded(column) for column in table.columns]
    known = [number for word in (*_FILE, *_ID) for number, name in enumerate(names) if name == word]
    for number in (*known, 0):
        cells = [row[number] for row in table.rows if row[number]]
        if any(map(find, cells)):
            return number
        if number not in known and sum(map(_is_file, cells)) > len(cells) / 2:
            return number
    if known:
        return known[0]
    raise InputError(
        "a column file or id, or a first column of file names",
        f"{table.name} with the columns {', '.join(table.columns[:10])}",
        "name the column of the photos file",
    )


def _is_file(entry: str) -> bool:
    return entry.lower().endswith(tuple(PICTURE_ENDINGS))


class _Finder:
    """Photos by their id, their path, or their file's name where only one has it."""

    def __init__(self, photos: Sequence[Named]) -> None:
        self.exact: dict[str, str] = {}
        self.paths: dict[tuple[str, ...], str] = {}
        last: dict[str, set[str]] = {}
        for photo in reversed(photos):
            for name in (*photo.names, photo.id):
                self.exact[name] = photo.id
                for parts in _forms(name):
                    self.paths[parts] = photo.id
                    last.setdefault(parts[-1], set()).add(photo.id)
        self.names = {name: next(iter(ids)) for name, ids in last.items() if len(ids) == 1}

    def __call__(self, entry: str) -> str | None:
        """Return the id of the photo that an entry of a table names; None where there is none."""
        if found := self.exact.get(entry):
            return found
        for parts in _forms(entry):
            if found := self.paths.get(parts) or self.names.get(parts[-1]):
                return found
        return None


def _forms(entry: str) -> list[tuple[str, ...]]:
    """A path in normal form, with its ending and without."""
    parts = tuple(map(folded, parts_of(entry)))
    if not parts:
        return []
    forms = [parts]
    if _is_file(entry):
        forms.append((*parts[:-1], id_of(parts[-1])))
    return forms
