"""Labelled drawings in memory, tidied, ready to train on, to search and to redraw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from sketchnet.data.hash_split import SPLITS, split_of
from sketchnet.strokes.formats import Drawing, first_share
from sketchnet.strokes.packed import PackedDrawings
from sketchnet.utils.errors import InputError


@dataclass(frozen=True, eq=False)
class Doodles:
    """N drawings of C categories.

    drawings: N tidied drawings on 0 … 255; the empty drawing where there is only a picture.
    labels: (N,) int32, index into `categories`.
    key_ids: N names, all different.
    bitmaps: the (28, 28) uint8 pictures of the rows that have no strokes.
    problems: what was skipped, a line each.
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
            raise ValueError(f"expected as many drawings as labels and key_ids; received {lengths}")
        n_categories = len(self.categories)
        if len(self.labels) and not 0 <= self.labels.min() <= self.labels.max() < n_categories:
            raise ValueError("expected labels that index the categories")

    def __len__(self) -> int:
        return len(self.labels)

    def counts(self) -> np.ndarray:
        """(C,) int: drawings of each category."""
        return np.bincount(self.labels, minlength=len(self.categories))

    def queries(self, share: float = 1.0) -> list[Drawing | np.ndarray]:
        """What each row asks: its strokes, up to `share` of the ink, or a picture, always whole."""
        return [
            self.bitmaps[row] if row in self.bitmaps else first_share(drawing, share)
            for row, drawing in enumerate(self.drawings)
        ]

    def take(self, rows: np.ndarray | Sequence[int]) -> Doodles:
        """The given rows in the given order, with the same categories and labels."""
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
        """The parts `train`, `val`, `test` that are named; `all` is everything."""
        unknown = sorted(set(names) - {*SPLITS, "all"})
        if unknown:
            raise InputError("the split train, val, test or all", f"{unknown[0]!r}")
        if "all" in names:
            return self
        return self.take([r for r, key in enumerate(self.key_ids) if split_of(key, seed) in names])

    def only(self, categories: Sequence[str]) -> Doodles:
        """The drawings of `categories`, labelled anew in their order."""
        unknown = sorted(set(categories) - set(self.categories))
        if unknown:
            raise InputError(
                f"categories among the {len(self.categories)} of these drawings",
                f"also {', '.join(unknown)}",
            )
        relabel = np.full(len(self.categories), -1, np.int32)
        for new, category in enumerate(categories):
            relabel[self.categories.index(category)] = new
        kept = self.take(np.flatnonzero(relabel[self.labels] >= 0))
        return replace(kept, labels=relabel[kept.labels], categories=tuple(categories))

    def without(self, categories: Sequence[str]) -> Doodles:
        """The drawings of all other categories, labelled anew."""
        return self.only([category for category in self.categories if category not in categories])
