"""Brings the catalogue of a gallery up to date, without embedding anything."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sketchnet.data.pairs.collection import Photo
from sketchnet.imaging.colours import ShoeColours, half, shoe_colours
from sketchnet.imaging.decode import read_picture
from sketchnet.retrieval.catalogue.assign import Assigned, Cell, Named, assign
from sketchnet.retrieval.catalogue.fields import Field, FieldType
from sketchnet.retrieval.catalogue.file import FILE, Content, read_file, write_file
from sketchnet.retrieval.catalogue.table import Table
from sketchnet.utils.progress import in_parallel


@dataclass(frozen=True)
class Report:
    """What an update found: the fields, and what a person should know, one line each."""

    fields: tuple[Field, ...] = ()
    lines: tuple[str, ...] = ()


def update_file(
    folder: Path,
    photos: Sequence[Named],
    picture: Callable[[int], Path],
    table: Table | None,
    kept: Collection[str] = (),
) -> Report:
    """Write the catalogue of a gallery: its colours, and the fields of a table.

    Args:
        folder: of the gallery.
        photos: row by row.
        picture: the thumbnail of a row. Its colours are found anew where it has changed.
        table: new fields; None = those that are there stay.
        kept: ids of photos that the table does not concern: they keep what they have.

    Raises InputError where the table does not fit the gallery.
    """
    path = folder / FILE
    before = read_file(path)
    fields, cells = before.fields, before.cells
    lines: tuple[str, ...] = ()
    if table is not None:
        found = assign(table, [photo for photo in photos if photo.id not in kept])
        others = {name: row for name, row in before.cells.items() if name in kept}
        fields, cells = _merged(found, before.fields, others)
        lines = found.lines
    colours = in_parallel(
        lambda row: _colours(picture(row), before, photos[row].id), range(len(photos))
    )
    by_id = {photo.id: each for photo, each in zip(photos, colours, strict=True)}
    digests = [{name: each[0] for name, each in c.items()} for c in (before.colours, by_id)]
    if (fields, cells, digests[1]) != (before.fields, before.cells, digests[0]):
        write_file(path, Content(fields, cells, by_id))
    return Report(fields, lines)


def _merged(
    new: Assigned, fields: Sequence[Field], cells: Mapping[str, tuple[Cell, ...]]
) -> tuple[tuple[Field, ...], Mapping[str, tuple[Cell, ...]]]:
    """Join new rows with others; a field that has two types becomes text."""
    if not cells:
        return new.fields, new.cells
    types: dict[str, FieldType] = {field.name: field.type for field in new.fields}
    for field in fields:
        is_same = types.setdefault(field.name, field.type) == field.type
        types[field.name] = field.type if is_same else "text"
    merged: dict[str, tuple[Cell, ...]] = {}
    for own, rows in ((new.fields, new.cells), (fields, cells)):
        for photo_id, row in rows.items():
            by_name = {field.name: cell for field, cell in zip(own, row, strict=True)}
            merged[photo_id] = tuple(_as(kind, by_name.get(name)) for name, kind in types.items())
    return tuple(Field(name, kind) for name, kind in types.items()), merged


def _as(kind: FieldType, cell: Cell) -> Cell:
    if kind == "text" and isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else str(cell)
    return cell


def _colours(picture: Path, before: Content, photo_id: str) -> tuple[str, ShoeColours]:
    digest = hashlib.sha256(picture.read_bytes()).hexdigest()[:16]
    known = before.colours.get(photo_id)
    if known and known[0] == digest:
        return known
    found = shoe_colours(read_picture(picture))
    return digest, ShoeColours(half(found.palette), half(found.areas))


def table_of(photos: Sequence[Photo], name: str) -> Table | None:
    """Return the further columns of a list of photos as a table; None where there are none."""
    columns = list(dict.fromkeys(column for photo in photos for column in photo.fields))
    if not columns:
        return None
    rows = [(photo.id, *(photo.fields.get(column, "") for column in columns)) for photo in photos]
    return Table(name, ("id", *columns), tuple(rows))
