"""Summary of a folder of doodles: file forms, counts of each category and split, problems."""

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
    """Counts of one category: each key_id once; the splits count recognized drawings only."""

    category: str
    drawings: int
    recognized: int
    train: int
    val: int
    test: int


@dataclass(frozen=True)
class Description:
    """Summary of a folder.

    Attributes:
        forms: (form, number of files).
        rows: the categories in alphabetical order.
        duplicates: number of doodles with a key_id that came before, in any file.
        problems: what was skipped, one line each.
        notes: what was read, but not as it stands, one line each.
    """

    forms: tuple[tuple[str, int], ...]
    rows: tuple[CategoryCounts, ...]
    duplicates: int
    problems: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def table(self, most: int = 30) -> list[tuple[str, ...]]:
        """The rows as text with a head and a row of sums; at most `most` categories are listed."""
        names = ("category", "drawings", "recognized", *SPLITS)
        lines = [tuple(str(getattr(row, name)) for name in names) for row in self.rows]
        if len(lines) > most:
            lines = [*lines[:most], (f"… {len(lines) - most} more", *[""] * 5)]
        sums = [str(sum(getattr(row, name) for row in self.rows)) for name in names[1:]]
        return [names, *lines, (f"{len(self.rows)} categories", *sums)]


def describe(directory: Path | str, seed: int = 0) -> Description | None:
    """Read all doodle files below a folder; memory is eight bytes a doodle.

    Args:
        directory: the folder.
        seed: of the splits.

    Returns: the summary, or None where no file is in a known form.
    Raises: InputError where the folder does not exist.
    """
    sources = find_sources(directory)
    if not sources:
        return None
    problems = Problems()
    # A doodle is identified by the hash that decides its split, negative if not recognized.
    hashes: dict[str, array[float]] = {}
    for source in sources:
        for item in source.read(problems):
            share = seeded_share(item.key_id, seed, "split")
            share = share if item.recognized else -1 - share
            hashes.setdefault(item.word, array("d")).append(share)
    rows, total = [], 0
    for word, found in sorted(hashes.items()):
        total += len(found)
        rows.append(_counts(word, np.unique(np.frombuffer(found))))
    distinct = sum(row.drawings for row in rows)
    forms = Counter(source.form for source in sources)
    return Description(
        tuple(forms.items()), tuple(rows), total - distinct, problems.skipped(), problems.notes()
    )


def _counts(word: str, shares: np.ndarray) -> CategoryCounts:
    recognized = shares[shares >= 0]
    splits = Counter(split_at(share) for share in recognized.tolist())
    return CategoryCounts(word, len(shares), len(recognized), *(splits[name] for name in SPLITS))
