"""Labelled doodles in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from sketchnet.data.hash_split import SPLITS, split_of
from sketchnet.strokes.formats import Drawing, partial_drawing
from sketchnet.strokes.packed import PackedDrawings
from sketchnet.utils.errors import InputError


@dataclass(frozen=True, eq=False)
class Doodles:
    """A labelled set of N doodles in C categories.

    Attributes:
        drawings: N drawings, simplified on 0 … 255 (`tidy`); empty where there is only a picture.
        labels: (N,) int32, index into `categories`.
        categories: C words.
        key_ids: N different names.
        bitmaps: (H, W) uint8 pictures of the rows that have no strokes, mostly 28×28.
        problems: what was skipped in the files, one line each.
    """

    drawings: PackedDrawings
    labels: np.ndarray
    categories: tuple[str, ...]
    key_ids: tuple[str, ...]
    bitmaps: dict[int, np.ndarray] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        lengths = {len(self.drawings), len(self.labels), len(self.key_ids)}
        if len(lengths) != 1:
            raise ValueError(
                f"expected drawings, labels and key_ids of one length; received {lengths}"
            )
        n_categories = len(self.categories)
        if len(self.labels) and not 0 <= self.labels.min() <= self.labels.max() < n_categories:
            raise ValueError(f"expected labels below {n_categories}; received others")

    def __len__(self) -> int:
        return len(self.labels)

    def counts(self) -> np.ndarray:
        """The number of doodles in each category: (C,) int."""
        return np.bincount(self.labels, minlength=len(self.categories))

    def queries(self, completion: float = 1.0) -> list[Drawing | np.ndarray]:
        """Each row as a network input: its strokes up to a completion level, or its picture."""
        return [
            self.bitmaps[row] if row in self.bitmaps else partial_drawing(drawing, completion)
            for row, drawing in enumerate(self.drawings)
        ]

    def take(self, rows: np.ndarray | Sequence[int]) -> Doodles:
        """The given rows in that order, with the same categories and labels."""
        rows = np.asarray(rows, np.int64)
        return replace(
            self,
            drawings=self.drawings.take(rows),
            labels=self.labels[rows],
            key_ids=tuple(self.key_ids[row] for row in rows),
            bitmaps={
                new: self.bitmaps[old]
                for new, old in enumerate(rows.tolist())
                if old in self.bitmaps
            },
        )

    def split(self, *names: str, seed: int = 0) -> Doodles:
        """The union of the named splits `train`, `val` and `test`; `all` is everything.

        Raises: InputError for another name.
        """
        unknown = sorted(set(names) - {*SPLITS, "all"})
        if unknown:
            raise InputError("the split train, val, test or all", f"{unknown[0]!r}")
        if "all" in names:
            return self
        return self.take([r for r, key in enumerate(self.key_ids) if split_of(key, seed) in names])

    def only(self, categories: Sequence[str]) -> Doodles:
        """The doodles of `categories`, relabelled in their order.

        Raises: InputError for a category that is not there.
        """
        unknown = sorted(set(categories) - set(self.categories))
        if unknown:
            raise InputError(
                f"categories among the {len(self.categories)} of these doodles",
                ", ".join(unknown),
            )
        relabel = np.full(len(self.categories), -1, np.int32)
        for new, category in enumerate(categories):
            relabel[self.categories.index(category)] = new
        kept = self.take(np.flatnonzero(relabel[self.labels] >= 0))
        return replace(kept, labels=relabel[kept.labels], categories=tuple(categories))

    def without(self, categories: Sequence[str]) -> Doodles:
        """The doodles of all other categories, relabelled."""
        return self.only([category for category in self.categories if category not in categories])


def joined(first: Doodles, second: Doodles) -> Doodles:
    """The rows of both, which have the same categories and different key_ids."""
    offset = len(first)
    return replace(
        first,
        drawings=PackedDrawings.of([*first.drawings, *second.drawings]),
        labels=np.concatenate([first.labels, second.labels]),
        key_ids=first.key_ids + second.key_ids,
        bitmaps=first.bitmaps | {offset + row: each for row, each in second.bitmaps.items()},
    )
