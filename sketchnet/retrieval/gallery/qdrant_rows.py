"""Ids, vectors and maps of a collection by row: fetched when they are used."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Sequence
from typing import Any

import numpy as np

from sketchnet.inference.embedder import Embeddings
from sketchnet.models.coded_cells import photo_map
from sketchnet.retrieval.gallery.qdrant_ranking import CELLS, VECTOR, rank_inside

MAX_CACHED_IDS = 100_000


class Ids(Sequence[str]):
    """Ids by row; those of the last results are cached."""

    def __init__(self, gallery: Any) -> None:
        self.gallery = gallery
        self.known: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self.gallery)

    def __getitem__(self, row: Any) -> Any:
        found = self.known.get(int(row))
        return self.gallery.fetch([row], payload="id")[0].payload["id"] if found is None else found

    def cache(self, points: Sequence[Any]) -> None:
        if len(self.known) > MAX_CACHED_IDS:
            self.known = {}
        self.known |= {point.id: point.payload["id"] for point in points}


class RemoteEmbeddings:
    """The part of `Embeddings` that a search needs; everything is fetched when it is used."""

    def __init__(self, gallery: Any, size: int) -> None:
        self.gallery = gallery
        self.vectors = _Column(gallery, (size,))
        self.maps = _Column(gallery, gallery.map_shape) if gallery.map_shape else None

    def __len__(self) -> int:
        return len(self.gallery)

    def __getitem__(self, rows: Any) -> Embeddings:
        return Embeddings(self.vectors[rows], None if self.maps is None else self.maps[rows])

    @property
    def ranks_inside(self) -> bool:
        return self.gallery.form > 1

    def rank_inside(self, ranker: Any, query: Embeddings, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return what `Ranker.rank` does, by one request (`qdrant_ranking`)."""
        self.gallery.check_count(max(k, ranker.depth))
        return rank_inside(self.gallery, ranker, query, min(k, len(self)))

    def nearest(self, queries: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return rows and squared distances of the k nearest, as `Embeddings.nearest` does.

        Raises InputError for more than `MAX_NEIGHBOURS`.
        """
        gallery, k = self.gallery, min(k, len(self))
        if not k:
            return np.empty(0, np.intp), np.empty(0, np.float32)
        scores: dict[int, float] = {}  # the k nearest to either query are among these
        for query in queries:
            for point in gallery.neighbours(query, k):
                scores[point.id] = max(point.score, scores.get(point.id, -1.0))
        rows = np.array(list(scores), np.intp)
        squared = np.maximum(2 - 2 * np.array(list(scores.values()), np.float32), 0)
        order = np.lexsort((rows, squared))[:k]
        return rows[order], squared[order]


class _Column:
    """Vectors or maps by row; only the indexed rows are fetched."""

    def __init__(self, gallery: Any, shape: tuple[int, ...]) -> None:
        self.gallery = gallery
        self.shape = (len(gallery), *shape)

    def __len__(self) -> int:
        return len(self.gallery)

    def __getitem__(self, rows: Any) -> np.ndarray:
        maps, named = len(self.shape) == 4, self.gallery.form > 1
        if maps and named:
            points = self.gallery.fetch(rows, payload="lengths", vectors=[CELLS])
            return np.array([self._map_of(point) for point in points], np.float16).reshape(
                -1, *self.shape[1:]
            )
        if maps:
            points = self.gallery.fetch(rows, payload="map")
            content = b"".join(b64decode(point.payload["map"]) for point in points)
            return np.frombuffer(content, np.float16).reshape(-1, *self.shape[1:])
        points = self.gallery.fetch(rows, vectors=[VECTOR] if named else True)
        found = [point.vector[VECTOR] if named else point.vector for point in points]
        return np.array(found, np.float32).reshape(-1, *self.shape[1:])

    def _map_of(self, point: Any) -> np.ndarray:
        lengths = np.frombuffer(b64decode(point.payload["lengths"]), np.float16)
        cells = np.array(point.vector[CELLS], np.float32)
        return photo_map(cells, lengths.reshape(self.shape[1:3]), self.shape[3])
