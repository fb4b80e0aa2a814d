"""The file `catalogue.sqlite` of a gallery: fields, words and colours of its photos, by their ids.

fields    number, name, type
photos    number, id, f0, f1, …: one column for each field, NULL where a cell is empty
words     number to all text of a photo (FTS5), for searching
colours   id, digest of the thumbnail, palette and areas (float16, `imaging.colours`)

The file is written as a whole and only read while it is searched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sketchnet.imaging.colours import COLUMNS, PALETTE, ROWS, ShoeColours, half
from sketchnet.retrieval.catalogue.assign import Cell
from sketchnet.retrieval.catalogue.fields import TYPES, Field
from sketchnet.utils.atomic_files import write_atomically
from sketchnet.utils.errors import InputError
from sketchnet.utils.sqlite import sqlite3

FILE = "catalogue.sqlite"
APPLICATION, VERSION = 0x73_6B_6E_74, 1  # "sknt"
_TABLES = {"fields", "photos", "words", "colours"}


@dataclass(frozen=True)
class Content:
    """What a file holds.

    Attributes:
        cells: id to one value for each field (`Assigned.cells`).
        colours: id to the digest of the thumbnail and the colours found in it.
    """

    fields: tuple[Field, ...] = ()
    cells: Mapping[str, tuple[Cell, ...]] = field(default_factory=dict)
    colours: Mapping[str, tuple[str, ShoeColours]] = field(default_factory=dict)


def write_file(path: Path, content: Content) -> None:
    """Write the file in one step; the same content gives the same bytes."""
    connection = sqlite3.connect(":memory:")
    try:
        _fill(connection, content)
        connection.commit()
        connection.execute("VACUUM")
        data = connection.serialize()
    finally:
        connection.close()
    write_atomically(path, lambda file: file.write(data))


def _fill(connection: sqlite3.Connection, content: Content) -> None:
    columns = [f"f{number}" for number in range(len(content.fields))]
    connection.executescript(
        f"PRAGMA application_id={APPLICATION}; PRAGMA user_version={VERSION};"
        "CREATE TABLE fields (number INTEGER PRIMARY KEY, name TEXT, type TEXT);"
        f"CREATE TABLE photos ({', '.join(['number INTEGER PRIMARY KEY', 'id TEXT', *columns])});"
        "CREATE VIRTUAL TABLE words USING fts5(text, content='', prefix='2 3',"
        " tokenize='unicode61 remove_diacritics 2');"
        "CREATE TABLE colours (id TEXT PRIMARY KEY, digest TEXT, palette BLOB, areas BLOB);"
    )
    fields = [(number, f.name, f.type) for number, f in enumerate(content.fields)]
    connection.executemany("INSERT INTO fields VALUES (?, ?, ?)", fields)
    marks = ", ".join("?" * (2 + len(columns)))
    rows = [(number, name, *cells) for number, (name, cells) in enumerate(content.cells.items())]
    connection.executemany(f"INSERT INTO photos VALUES ({marks})", rows)
    searched = [number for number, f in enumerate(content.fields, 2) if f.type != "link"]
    connection.executemany(
        "INSERT INTO words (rowid, text) VALUES (?, ?)",
        [(row[0], searched_text([row[1], *(row[number] for number in searched)])) for row in rows],
    )
    connection.executemany(
        "INSERT INTO colours VALUES (?, ?, ?, ?)",
        [
            (name, digest, *(half(a).tobytes() for a in (found.palette, found.areas)))
            for name, (digest, found) in content.colours.items()
        ],
    )


def searched_text(cells: Sequence[Cell]) -> str:
    """Return the text of a photo that words are searched in: cells without links, and the id."""
    return " ".join(f"{c:g}" if isinstance(c, float) else c for c in cells if c is not None)


def open_file(path: Path) -> sqlite3.Connection:
    """Open the file for reading. Raises InputError where it is none of ours, or damaged."""
    if path.is_symlink() or not path.is_file():
        raise damaged(path, "it is not a regular file")
    try:
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
    except sqlite3.Error as error:
        raise damaged(path, str(error)) from None
    try:
        connection.execute("PRAGMA trusted_schema=OFF")
        numbers = [connection.execute(f"PRAGMA {n}").fetchone()[0] for n in _MARKS]
        if numbers != [*_MARKS.values()]:
            raise damaged(path, "it is no catalogue of this version")
        tables = {n: kind for n, kind in connection.execute("SELECT name, type FROM sqlite_master")}
        if any(tables.get(name) != "table" for name in _TABLES):
            raise damaged(path, "tables are missing")
    except sqlite3.Error as error:
        connection.close()
        raise damaged(path, str(error)) from None
    except InputError:
        connection.close()
        raise
    return connection


_MARKS = {"application_id": APPLICATION, "user_version": VERSION}


def read_fields(connection: sqlite3.Connection) -> tuple[Field, ...]:
    """Return the fields. Raises ValueError where they are none."""
    rows = connection.execute("SELECT name, type FROM fields ORDER BY number").fetchall()
    if not all(isinstance(name, str) and kind in TYPES for name, kind in rows):
        raise ValueError("its fields have no name or no type")
    return tuple(Field(name, kind) for name, kind in rows)


def read_colours(connection: sqlite3.Connection) -> dict[str, tuple[str, ShoeColours]]:
    """Return the colours of all photos. Raises ValueError where they have another form."""
    found = {}
    for name, digest, palette, areas in connection.execute("SELECT * FROM colours"):
        shapes = ((PALETTE, 4), (ROWS, COLUMNS, 4))
        arrays = [
            np.frombuffer(blob, "<f2").astype(np.float32).reshape(shape)
            for blob, shape in zip((palette, areas), shapes, strict=True)
        ]
        if not all(np.isfinite(array).all() for array in arrays):
            raise ValueError("its colours are not finite numbers")
        found[name] = (digest, ShoeColours(*arrays))
    return found


def read_file(path: Path) -> Content:
    """Return everything in the file; nothing where there is no file. Raises InputError."""
    if not path.exists():
        return Content()
    connection = open_file(path)
    try:
        fields = read_fields(connection)
        rows = connection.execute("SELECT * FROM photos ORDER BY number").fetchall()
        cells = {row[1]: tuple(row[2:]) for row in rows}
        return Content(fields, cells, read_colours(connection))
    except (sqlite3.Error, ValueError, TypeError) as error:
        raise damaged(path, str(error)) from None
    finally:
        connection.close()


def damaged(path: Path, reason: str) -> InputError:
    """Return the error for a file that cannot be used."""
    return InputError(
        "a catalogue of a gallery",
        f"{path}, which is damaged ({reason})",
        "delete the file and build the gallery again",
    )
