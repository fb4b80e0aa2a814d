"""Columns of a catalogue in memory: which rows meet a condition, and what the rows left hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from sketchnet.retrieval.catalogue.fields import Field, tags_of
from sketchnet.retrieval.catalogue.filters import HasTags, OneOf, Within

MAX_CHOICES = 50  # values of a field that a facet lists


@dataclass(frozen=True)
class Choice:
    """A value and the number of photos that have it."""

    value: str
    count: int


@dataclass(frozen=True)
class Facet:
    """What the photos left have in one field.

    Attributes:
        choices: values of a category or tags, the most frequent first, 50 at most.
        least, most: ends of the numbers, or of dates such as "2024-01-31"; None where there are
            none.
    """

    field: Field
    choices: tuple[Choice, ...] = ()
    least: float | str | None = None
    most: float | str | None = None


class WordColumn:
    """A category or tags: any number of words for a row."""

    def __init__(self, field: Field, cells: Sequence[Any]) -> None:
        """`cells`: one for each row of the gallery, text or None."""
        self.field, self.length = field, len(cells)
        split = tags_of if field.type == "tags" else lambda text: (text,)
        pairs = [(row, word) for row, cell in enumerate(cells) if cell for word in split(cell)]
        self.words = [word for word, _ in Counter(word for _, word in pairs).most_common()]
        codes = {word: code for code, word in enumerate(self.words)}
        self.rows = np.array([row for row, _ in pairs], np.intp)
        self.codes = np.array([codes[word] for _, word in pairs], np.intp)

    def mask(self, condition: OneOf | HasTags) -> np.ndarray:
        """Return which rows (N,) meet a condition."""
        if isinstance(condition, OneOf):
            return self._having(condition.values)
        found = np.ones(self.length, bool)
        for tag in condition.all:
            found &= self._having([tag])
        return found & self._having(condition.any) if condition.any else found

    def _having(self, words: Sequence[str]) -> np.ndarray:
        wanted = [code for code, word in enumerate(self.words) if word in set(words)]
        found = np.zeros(self.length, bool)
        found[self.rows[np.isin(self.codes, wanted)]] = True
        return found

    def facet(self, mask: np.ndarray) -> Facet:
        """Count the words of the rows (N,) bool."""
        counts = np.bincount(self.codes[mask[self.rows]], minlength=len(self.words))
        order = [code for code in np.argsort(-counts, kind="stable")[:MAX_CHOICES] if counts[code]]
        choices = tuple(Choice(self.words[code], int(counts[code])) for code in order)
        return Facet(self.field, choices)


class NumberColumn:
    """Numbers or dates, one for a row at most; a cell of text is in no range."""

    def __init__(self, field: Field, cells: Sequence[Any]) -> None:
        self.field = field
        self.numbers = np.array([self._number(cell) for cell in cells], np.float64)

    def _number(self, value: Any) -> float:
        if self.field.type == "number":
            return float(value) if isinstance(value, int | float) else np.nan
        try:
            return float(date.fromisoformat(value).toordinal())
        except (TypeError, ValueError):
            return np.nan

    def mask(self, condition: Within) -> np.ndarray:
        """Return which rows (N,) meet a condition."""
        found = np.isfinite(self.numbers)
        if condition.least is not None:
            found &= self.numbers >= self._number(condition.least)
        if condition.most is not None:
            found &= self.numbers <= self._number(condition.most)
        return found

    def facet(self, mask: np.ndarray) -> Facet:
        """Return the ends of the rows (N,) bool."""
        numbers = self.numbers[mask & np.isfinite(self.numbers)]
        if not len(numbers):
            return Facet(self.field)
        ends = float(numbers.min()), float(numbers.max())
        if self.field.type == "number":
            return Facet(self.field, (), *ends)
        return Facet(self.field, (), *(date.fromordinal(int(end)).isoformat() for end in ends))


Column = WordColumn | NumberColumn


def column_of(field: Field, cells: Sequence[Any]) -> Column | None:
    """Return the column of a field; None for text and links, which only the words search."""
    if field.type in ("category", "tags"):
        return WordColumn(field, cells)
    return NumberColumn(field, cells) if field.type in ("number", "date") else None
