"""The catalogue of a gallery while it is searched: filters, counts, words and colours, row by row.

What filters need is in memory; the cells that are shown and the words stay in the file, which is
opened once and never written: a program that updates it puts another file in its place.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping, Sequence
from functools import cached_property, lru_cache, reduce
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from sketchnet.imaging.colour_names import SHADES, named
from sketchnet.imaging.colours import COLUMNS, NAMED_COLOURS, PALETTE, ROWS
from sketchnet.retrieval.catalogue.colour_share import share_of_colour, shares_of_names
from sketchnet.retrieval.catalogue.columns import Choice, Column, column_of
from sketchnet.retrieval.catalogue.facets import Facets
from sketchnet.retrieval.catalogue.fields import Field, link_of, tags_of
from sketchnet.retrieval.catalogue.file import damaged, open_file, read_colours, read_fields
from sketchnet.retrieval.catalogue.filters import LEAST_SHARE, Filters, WishedColour
from sketchnet.retrieval.catalogue.words import words_of
from sketchnet.utils.sqlite import sqlite3

Value = str | float | list[str]


class Catalogue:
    """Fields and colours of the N photos of a gallery.

    Attributes:
        fields: in the order of the columns; () where the gallery has none.
        palettes: (N, 5, 4), areas: (N, 6, 8, 4) float32 (`imaging.colours`), zero where unknown.
    """

    def __init__(self, path: Path, rows: Mapping[str, int], length: int) -> None:
        """Open the catalogue of a gallery.

        Args:
            path: the file, which may be missing.
            rows: every name of every photo to its row.
            length: number of photos.

        Raises InputError where the file is damaged.
        """
        self.path, self.rows, self.length = path, rows, length
        self.fields: tuple[Field, ...] = ()
        self.columns: dict[str, Column] = {}
        self.palettes = np.zeros((length, PALETTE, 4), np.float32)
        self.areas = np.zeros((length, ROWS, COLUMNS, 4), np.float32)
        self._numbers = np.full(length, -1, np.int64)  # of the rows in the file
        self._row_of = np.empty(0, np.int64)
        self._lock = Lock()
        self._file: sqlite3.Connection | None = None
        if path.exists() or path.is_symlink():
            self._file = open_file(path)
            weakref.finalize(self, self._file.close)
            try:
                self._load(self._file)
            except (sqlite3.Error, ValueError, TypeError, OverflowError) as error:
                raise damaged(path, str(error)) from None
        self._share = lru_cache(maxsize=64)(self._compute_share)

    def _load(self, file: sqlite3.Connection) -> None:
        self.fields = read_fields(file)
        found = file.execute("SELECT * FROM photos ORDER BY number").fetchall()
        if any(len(row) != 2 + len(self.fields) for row in found):
            raise ValueError("its photos have another number of fields")
        self._row_of = np.full(1 + max((row[0] for row in found), default=-1), -1, np.int64)
        cells: list[Sequence[Any]] = [()] * self.length
        for number, photo_id, *values in found:
            row = self.rows.get(photo_id)
            if row is not None:
                self._numbers[row], self._row_of[number], cells[row] = number, row, values
        for place, field in enumerate(self.fields):
            column = column_of(field, [each[place] if each else None for each in cells])
            if column is not None:
                self.columns[field.name] = column
        for photo_id, (_, colours) in read_colours(file).items():
            row = self.rows.get(photo_id)
            if row is not None:
                self.palettes[row], self.areas[row] = colours.palette, colours.areas

    def __len__(self) -> int:
        return self.length

    def values(self, row: int) -> dict[str, Value]:
        """Return the fields of a photo in their order, without the empty ones.

        A number is a float, tags are a list, a date is such as "2024-01-31"; everything else is
        text, which people wrote: it may hold markup. A cell of the type link that is no http(s)
        address is left out.
        """
        if self._file is None or self._numbers[row] < 0:
            return {}
        with self._lock:
            found = self._file.execute(
                "SELECT * FROM photos WHERE number = ?", (int(self._numbers[row]),)
            ).fetchone()
        pairs = zip(self.fields, found[2:], strict=True)
        values = {field.name: shown(field, cell) for field, cell in pairs if cell is not None}
        return {name: value for name, value in values.items() if value is not None}

    def having_word(self, word: str) -> np.ndarray:
        """Return which photos (N,) bool have a word in their fields, or one that begins with it."""
        found = np.zeros(self.length, bool)
        if self._file is not None:
            with self._lock:
                numbers = self._file.execute(
                    "SELECT rowid FROM words WHERE words MATCH ?", (f'"{word}"*',)
                ).fetchall()
            rows = self._row_of[np.array(numbers, np.intp).ravel()]
            found[rows[rows >= 0]] = True
        return found

    def share_of(self, wish: WishedColour) -> np.ndarray:
        """Return how much of each photo, or of the place, has a wished colour: (N,) 0..1."""
        return self._share(wish.colour, wish.place)

    @cached_property
    def _shares_of_names(self) -> np.ndarray:
        return np.ascontiguousarray(shares_of_names(self.palettes).T)

    def _compute_share(self, colour: Any, place: Any) -> np.ndarray:
        name = named(colour)
        if place is None and name is not None:
            return self._shares_of_names[[*SHADES].index(name)]
        return share_of_colour(self.palettes, self.areas, WishedColour(colour, place=place))

    def mask(self, filters: Filters) -> np.ndarray:
        """Return which photos (N,) bool meet all conditions."""
        return reduce(np.logical_and, self._masks(filters).values(), np.ones(self.length, bool))

    def _masks(self, filters: Filters) -> dict[tuple[str, str], np.ndarray]:
        """The mask of each condition, by its kind and the name of its field."""
        masks: dict[tuple[str, str], np.ndarray] = {}
        conditions: tuple[Any, ...] = (*filters.one_of, *filters.tags, *filters.within)
        for condition in conditions:
            masks["field", condition.field] = self.columns[condition.field].mask(condition)
        for word in words_of(filters.text):
            masks["word", word] = self.having_word(word)
        if filters.ids is not None:
            rows = [self.rows[photo_id] for photo_id in filters.ids if photo_id in self.rows]
            masks["ids", ""] = np.isin(np.arange(self.length), rows)
        for number, wish in enumerate(filters.colours):
            masks["colour", str(number)] = self.share_of(wish) >= max(wish.least, 1e-6)
        return masks

    def facets(self, filters: Filters = Filters()) -> Facets:  # noqa: B008 (it is frozen)
        """Count what the photos left have.

        Each field is counted over the photos that all other conditions leave: choosing one brand
        does not hide the others. Tags that must all be there do count.
        """
        masks = self._masks(filters)
        left = reduce(np.logical_and, masks.values(), np.ones(self.length, bool))
        must = {condition.field for condition in filters.tags if condition.all}
        facets = []
        for name, column in self.columns.items():
            mask = left
            if ("field", name) in masks and name not in must:
                others = [each for key, each in masks.items() if key != ("field", name)]
                mask = reduce(np.logical_and, others, np.ones(self.length, bool))
            facets.append(column.facet(mask))
        colours = []
        for name, colour in NAMED_COLOURS.items():
            has = self.share_of(WishedColour(colour)) >= LEAST_SHARE
            if count := int(np.count_nonzero(has & left)):
                colours.append(Choice(name, count))
        colours.sort(key=lambda choice: -choice.count)
        return Facets(int(np.count_nonzero(left)), tuple(facets), tuple(colours))


def shown(field: Field, cell: Any) -> Value | None:
    """Return a cell as people and programs see it (`Catalogue.values`); None = left out."""
    if field.type == "number" and isinstance(cell, int | float):
        return float(cell)
    if isinstance(cell, list):
        return [str(each) for each in cell]
    if field.type == "tags":
        return list(tags_of(str(cell)))
    if field.type == "link":
        return link_of(str(cell))
    return str(cell)
