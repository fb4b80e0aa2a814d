"""A sketch in, the nearest photos out.

`rank` is the one ranking function: evaluation, demo, shell and benchmarks all call it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet.inference.embedder import Embedder, Embeddings
from sketchnet.metrics.ranking import nearest
from sketchnet.models.local_alignment import local_scores_numpy
from sketchnet.retrieval.gallery import AnyGallery, open_gallery
from sketchnet.retrieval.query import sketch_query

RERANK_DEPTH = 100  # photos that the second stage looks at (docs/experiments.md)
RERANK_WEIGHT = 0.7  # weight of the local score in their distance


def rank(
    query: Embeddings,
    gallery: Embeddings,
    k: int | None = None,
    *,
    rerank_depth: int = RERANK_DEPTH,
    mix: float = RERANK_WEIGHT,
) -> tuple[np.ndarray, np.ndarray]:
    """Order a gallery by its nearness to one query, as it is or mirrored, whichever is nearer.

    Stage one: d = squared Euclidean distance of the unit vectors, 0..4. Stage two reorders the
    nearest `rerank_depth`. Where both sides have local maps, by
    (1 - mix) * d + mix * 2 * (1 - local score), which has the same range; where the query carries a
    querybank, what that adds for hubs comes to it. The others keep their order behind them: their
    distances are those of stage one, moved up together by the least that puts none before the
    rerank_depth's last.

    Args:
        query: one row.
        gallery: N rows, anything with `nearest`, `vectors` and `maps`.
        k: how many to return; None: all.
        rerank_depth: how many stage two may reorder; N or more judges every photo by both stages, 0
            none.
        mix: 0 (vectors alone) to 1 (local scores alone), before the querybank.

    Returns:
        rows (k,) of the gallery, nearest first, and their distances (k,), never falling; what a
        querybank adds comes on top of 0..4.
    """
    k = len(gallery) if k is None else min(k, len(gallery))
    faces = [face.maps for face in (query, query.mirrored) if face and face.maps is not None]
    maps = gallery.maps if faces and mix > 0 else None
    if not (rerank_depth and len(gallery)) or (maps is None and query.querybank is None):
        return _nearest_either_way(query, gallery, k)

    rows, distances = _nearest_either_way(query, gallery, max(k, rerank_depth))
    near, rest = slice(None, rerank_depth), slice(rerank_depth, None)
    mixed = distances[near]
    if maps is not None:
        scores = local_scores_numpy(np.concatenate(faces), maps[rows[near]]).max(axis=0)
        mixed = (1 - mix) * mixed + mix * 2 * (1 - scores)
    if query.querybank is not None:
        mixed = mixed + query.querybank.penalties(gallery.vectors[rows[near]])
    order = nearest(mixed, len(mixed))
    mixed = mixed[order]
    behind = distances[rest]
    if len(behind):
        behind = np.maximum(behind + max(0.0, mixed[-1] - behind[0]), mixed[-1])
    rows = np.concatenate([rows[near][order], rows[rest]])
    return rows[:k], np.concatenate([mixed, behind]).astype(np.float32)[:k]


def _nearest_either_way(
    query: Embeddings, gallery: Embeddings, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return `gallery.nearest` by the nearer of the query and its mirror image."""
    rows, distances = gallery.nearest(query.vectors[0], k)
    if query.mirrored is None:
        return rows, distances
    others, theirs = gallery.nearest(query.mirrored.vectors[0], k)
    rows, distances = np.concatenate([rows, others]), np.concatenate([distances, theirs])
    order = np.lexsort((rows, distances))
    # The k nearest either way are among the k nearest each way; a row's nearer entry comes first.
    _, first = np.unique(rows[order], return_index=True)
    kept = order[np.sort(first)][:k]
    return rows[kept], distances[kept]


def rank_all(
    queries: Embeddings,
    gallery: Embeddings,
    *,
    rerank_depth: int = RERANK_DEPTH,
    mix: float = RERANK_WEIGHT,
) -> np.ndarray:
    """Return the distances of `rank` for Q queries, in the gallery's own order: (Q, N) float32.

    A query is ranked exactly as when it comes alone, so a loop and no second formula.
    """
    distances = np.empty((len(queries), len(gallery)), np.float32)
    for i in range(len(queries)):
        rows, found = rank(queries[i : i + 1], gallery, rerank_depth=rerank_depth, mix=mix)
        distances[i, rows] = found
    return distances


def similarity(distance: float | np.ndarray) -> Any:
    """Return 1 - distance / 2, held to 0..1: for people, who read a full bar as near.

    Between unit vectors it is their cosine, in two stages the same mix of cosine and local score,
    less half of what a querybank adds: 1 is hardly to be told from it, 0 has nothing in common.
    """
    return np.clip(1 - np.asarray(distance) / 2, 0.0, 1.0)


@dataclass(frozen=True)
class Match:
    """One photo found: its place from 1, its distance (`rank`) and similarity, its thumbnail."""

    id: str
    rank: int
    distance: float
    similarity: float
    picture: Path


class ShoeFinder:
    """Find the photos of a gallery that a sketch means."""

    def __init__(self, run: Path | str | Embedder, gallery: Path | str | AnyGallery) -> None:
        """Load the run and the gallery (`open_gallery`), either of which may be loaded already.

        Raises InputError where the gallery was made by another model or preparation.
        """
        if isinstance(gallery, Path | str):
            gallery = open_gallery(gallery)
        self.embedder = run if isinstance(run, Embedder) else Embedder(run)
        gallery.check_made_by(self.embedder.fingerprint)
        self.gallery = gallery

    def find(self, sketch: Any, k: int = 10, views: int = 10) -> list[Match]:
        """Return the k photos nearest to a sketch, nearest first.

        Args:
            sketch: a path, the bytes of a file, an array or PIL image (any size and polarity); or
                strokes as a list, `[[[x, y], …], …]`.
            views: 10, or 1 for speed.

        Raises InputError where it cannot be read or holds no ink.
        """
        return self.nearest(self.embed(sketch, views), k)

    def embed(self, sketch: Any, views: int = 10) -> Embeddings:
        """Return the embedding of one sketch, as `find` makes it: one row."""
        return sketch_query(self.embedder, sketch).embed(self.embedder, views)

    def more_like(self, photo_id: str, k: int = 10) -> list[Match]:
        """Return the k photos nearest to one of the gallery's own, itself left out."""
        row = self.gallery.row(photo_id)
        found = self.nearest(self.gallery.embeddings[[row]], k + 1)
        others = [match for match in found if match.id != photo_id][:k]
        return [
            Match(match.id, place, match.distance, match.similarity, match.picture)
            for place, match in enumerate(others, start=1)
        ]

    def nearest(self, query: Embeddings, k: int = 10) -> list[Match]:
        """Return the k photos nearest to an embedding of one row."""
        rows, distances = rank(query, self.gallery.embeddings, k)
        return [
            Match(
                self.gallery.ids[row],
                place,
                float(distance),
                float(similarity(distance)),
                self.gallery.picture(row),
            )
            for place, (row, distance) in enumerate(zip(rows, distances, strict=True), start=1)
        ]
