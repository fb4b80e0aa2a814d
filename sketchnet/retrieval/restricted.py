"""The embeddings of a gallery, seen through filters and wishes: what `Ranker` ranks instead."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sketchnet.inference.embedder import Embeddings
from sketchnet.metrics.ranking import nearest
from sketchnet.models.unit_distances import squared_distances

_DENSE = 0.25  # share of the rows from which on all distances are computed: copying costs as much


@dataclass(frozen=True, eq=False)
class RestrictedEmbeddings:
    """Some rows of the embeddings of a gallery; rows keep their numbers.

    Attributes:
        embeddings: of the whole gallery.
        rows: (n,) those that are left, rising; None = all.
        extra: (N,) float32 that wishes add to the distances of all rows; None = nothing.
    """

    embeddings: Embeddings
    rows: np.ndarray | None = None
    extra: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.embeddings) if self.rows is None else len(self.rows)

    @property
    def vectors(self) -> np.ndarray:
        """Of the whole gallery."""
        return self.embeddings.vectors

    @property
    def maps(self) -> np.ndarray | None:
        """Of the whole gallery."""
        return self.embeddings.maps

    def added(self, rows: np.ndarray) -> Any:
        """Return what is added to the distances of these rows."""
        return 0.0 if self.extra is None else self.extra[rows]

    def nearest(self, queries: np.ndarray | None, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return as `Embeddings.nearest`, of the rows left; None = ranked by the wishes alone."""
        vectors, rows = self.vectors, self.rows
        if queries is None:
            distances = np.zeros(len(self), np.float32)
        elif rows is not None and len(rows) < _DENSE * len(vectors):
            distances = squared_distances(vectors[rows], queries)
        else:
            distances = squared_distances(vectors, queries)
            distances = distances if rows is None else distances[rows]
        numbers = np.arange(len(vectors)) if rows is None else rows
        distances = distances + self.added(numbers)
        first = nearest(distances, k)
        return numbers[first], distances[first]
