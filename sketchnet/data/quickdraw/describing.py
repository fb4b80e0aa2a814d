"""What a folder of drawings holds: forms, drawings of each category and split, what is broken."""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sketchnet.data.hash_split import SPLITS, seeded_share, split_at
from sketchnet.data.quickdraw.items import Problems
from sketchnet.data.quickdraw.sources import find_sources


@dataclass(frozen=True)
class CategoryCounts:
    """One category: every key_id counted once, splits of the recognized drawings alone."""

    category: str
    drawings: int
    recognized: int
    train: int
    val: int
    test: int


@dataclass(frozen=True)
class Description:
    """`rows` in the order of their categories; `forms` as (form, number of files)."""

    forms: tuple[tuple[str, int], ...]
    rows: tuple[CategoryCounts, ...]
    duplicates: int
    """Doodles that were met once more, in the same file or another."""
    problems: tuple[str, ...]

    def table(self, most: int = 30) -> list[tuple[str, ...]]:
        """The rows as text under a head, at most so many of them, and their sum."""
        names = ("category", "drawings", "recognized", *SPLITS)
        lines = [tuple(str(getattr(row, name)) for name in names) for row in self.rows]
        if len(lines) > most:
            lines = [*lines[:most], (f"… {len(lines) - most} more", *[""] * 5)]
        sums = [str(sum(getattr(row, name) for row in self.rows)) for name in names[1:]]
        return [names, *lines, (f"{len(self.rows)} categories", *sums)]


def describe(directory: Path | str, seed: int = 0) -> Description | None:
    """Read everything below `directory` once; None where no file is in a known form.

    Holds eight bytes a drawing, whatever their size. Raises InputError where it is not there.
    """
    sources = find_sources(directory)
    if not sources:
        return None
    problems = Problems()
    # A drawing is known by the hash that also tells its split, negative if it was not recognized.
    hashes: dict[str, array[float]] = {}
    for source in sources:
        for item in source.read(problems):
            share = seeded_share(item.key_id, seed, "split")
            share = share if item.recognized else -1 - share
            hashes.setdefault(item.word, array("d")).append(share)
    rows, met = [], 0
    for word, found in sorted(hashes.items()):
        met += len(found)
        rows.append(_counts(word, np.unique(np.frombuffer(found))))
    distinct = sum(row.drawings for row in rows)
    forms = Counter(source.form for source in sources)
    return Description(tuple(forms.items()), tuple(rows), met - distinct, problems.messages())


def _counts(word: str, shares: np.ndarray) -> CategoryCounts:
    recognized = shares[shares >= 0]
    splits = Counter(split_at(share) for share in recognized.tolist())
    return CategoryCounts(word, len(shares), len(recognized), *(splits[name] for name in SPLITS))
