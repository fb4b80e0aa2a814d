"""Retrieval and re-ranking: the one function that orders a gallery for a query.

Evaluation, validation during training, page, shell and benchmarks all rank with `Ranker`.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet.inference.embedder import Embedder, Embeddings
from sketchnet.metrics.ranking import nearest
from sketchnet.models.local_scores import RERANK_WEIGHT, local_scores_numpy
from sketchnet.retrieval.hubness import Querybank, load_querybank

RERANK_DEPTH = 100  # photos that are re-ranked (docs/experiments.md)


@dataclass(frozen=True)
class Ranker:
    """Orders a gallery by its distance from a query.

    Retrieval: d = squared Euclidean distance of the unit vectors, 0..4, from the query or its
    mirror image, whichever is nearer. Re-ranking reorders the nearest `depth` photos by
    (1 - weight) * d + weight * 2 * (1 - local score), which has the same range, where both sides
    have local maps, plus the photo's hubness penalty where the query is a sketch and there is a
    querybank. The other photos keep their order behind them: their distances are shifted together
    by the least amount that puts none of them before the last re-ranked one.

    Attributes:
        depth: photos that re-ranking may reorder. 0 = retrieval only; N or more = every photo.
        weight: weight of the local score, 0 (vectors only) to 1 (local scores only).
        hubness: sketches that estimate the hubness of photos, or None for no correction.
    """

    depth: int = RERANK_DEPTH
    weight: float = RERANK_WEIGHT
    hubness: Querybank | None = None

    def rank(
        self, query: Embeddings, gallery: Any, k: int | None = None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows of the k nearest photos and their distances.

        Args:
            query: one row.
            gallery: N rows: `Embeddings`, or anything with `nearest`, `vectors` and `maps`, such as
                `RestrictedEmbeddings`, whose wishes are added to every distance; or what ranks
                itself (`rank_inside`), in an engine.
            k: number of rows to return; None = all.

        Returns:
            rows (min(k, N),), nearest first, and their distances (min(k, N),) float32, never
            falling; the hubness penalty comes on top of 0..4.
        """
        k = len(gallery) if k is None else min(k, len(gallery))
        query_maps = [
            each.maps for each in (query, query.mirrored) if each and each.maps is not None
        ]
        maps = gallery.maps if query_maps and self.weight > 0 else None
        hubness = self.hubness if query.of_sketches else None
        if not (self.depth and len(gallery)) or (maps is None and hubness is None):
            return nearest_of_both_orientations(query, gallery, k)
        if getattr(gallery, "ranks_inside", False):
            return gallery.rank_inside(self, query, k)

        rows, distances = nearest_of_both_orientations(query, gallery, max(k, self.depth))
        first, rest = slice(None, self.depth), slice(self.depth, None)
        reranked = distances[first]
        if maps is not None:
            both = np.concatenate(query_maps)
            scores = local_scores_numpy(both, maps, rows=rows[first]).max(axis=0)
            added = gallery.added(rows[first]) if hasattr(gallery, "added") else 0
            reranked = (1 - self.weight) * (reranked - added) + self.weight * 2 * (1 - scores)
            reranked = reranked + added
        if hubness is not None:
            reranked = reranked + hubness.penalties_of(gallery.vectors, rows[first])
        order = nearest(reranked, len(reranked))
        reranked = reranked[order]
        behind = distances[rest]
        if len(behind):
            shift = max(0.0, reranked[-1] - behind[0])
            behind = np.maximum(behind + shift, reranked[-1])
        rows = np.concatenate([rows[first][order], rows[rest]])
        return rows[:k], np.concatenate([reranked, behind]).astype(np.float32)[:k]

    def rank_all(self, queries: Embeddings, gallery: Any) -> np.ndarray:
        """Return the distances of Q queries in the gallery's own order: (Q, N) float32.

        Each query is ranked exactly as when it comes alone.
        """
        distances = np.empty((len(queries), len(gallery)), np.float32)
        for i in range(len(queries)):
            rows, found = self.rank(queries[i : i + 1], gallery)
            distances[i, rows] = found
        return distances


def load_ranker(embedder: Embedder) -> Ranker:
    """The ranker of a run: the defaults, with the run's querybank where it has one.

    Raises InputError where the querybank is damaged.
    """
    if embedder.folder is None:
        return Ranker()
    return Ranker(hubness=load_querybank(Path(embedder.folder), embedder.config.embedding_size))


def nearest_of_both_orientations(
    query: Embeddings, gallery: Any, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return `gallery.nearest` by the nearer of the query and its mirror image."""
    orientations = [query.vectors] + ([query.mirrored.vectors] if query.mirrored else [])
    return gallery.nearest(np.concatenate(orientations), k)


def similarity(distance: float | np.ndarray) -> Any:
    """Return 1 - distance / 2, clipped to 0..1: what people read as similarity.

    Between unit vectors it is their cosine; after re-ranking it is the same weighted mean of cosine
    and local score, less half of the hubness penalty.
    """
    return np.clip(1 - np.asarray(distance) / 2, 0.0, 1.0)
