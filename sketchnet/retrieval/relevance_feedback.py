"""Relevance feedback: liked photos attract the query, disliked photos repel it (Rocchio, 1971)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from sketchnet.inference.embedder import Embeddings
from sketchnet.retrieval.ranker import Ranker
from sketchnet.retrieval.search import ShoeFinder
from sketchnet.strokes.formats import Drawing
from sketchnet.utils.errors import InputError

POSITIVE_WEIGHT, NEGATIVE_WEIGHT = 0.75, 0.25  # the usual weights of text retrieval


def rocchio(
    query: np.ndarray,
    liked: np.ndarray,
    disliked: np.ndarray,
    positive_weight: float = POSITIVE_WEIGHT,
    negative_weight: float = NEGATIVE_WEIGHT,
) -> np.ndarray:
    """Move a query towards the mean of the liked vectors and away from the mean of the disliked.

    Args:
        query: (E,), a unit vector, or zero where there is no query but the liked vectors.
        liked, disliked: (n, E) unit vectors each, n ≥ 0.

    Returns:
        (E,) float32 of unit length, or zero where everything cancels.
    """
    moved = query.astype(np.float32)
    if len(liked):
        moved = moved + positive_weight * liked.mean(axis=0)
    if len(disliked):
        moved = moved - negative_weight * disliked.mean(axis=0)
    return moved / max(float(np.linalg.norm(moved)), 1e-12)


def apply_feedback(
    finder: ShoeFinder, query: Embeddings | None, liked: Sequence[str], disliked: Sequence[str]
) -> Embeddings:
    """Return the query moved by liked and disliked photos of the finder's gallery.

    Only the vector moves. The local map stays that of the sketch: a liked photo says which kind of
    shoe is wanted, the drawing still says which lines. Without a query the liked photos are it.

    Raises InputError where there is neither query nor liked photo, and for an unknown id.
    """
    if query is None and not liked:
        raise InputError("a drawing or a liked shoe", "neither", "draw one or keep one")
    vectors = finder.gallery.embeddings.vectors
    rows = [[finder.gallery.row(photo_id) for photo_id in ids] for ids in (liked, disliked)]

    def moved(start: Embeddings) -> Embeddings:
        vector = rocchio(start.vectors[0], vectors[rows[0]], vectors[rows[1]])
        mirrored = None if start.mirrored is None else moved(start.mirrored)
        return replace(start, vectors=vector[None], mirrored=mirrored)

    return moved(query or Embeddings(np.zeros((1, vectors.shape[1]), np.float32)))


def ranks_by_stroke(
    finder: ShoeFinder,
    drawings: Iterable[Drawing],
    photo_id: str,
    views: int = 1,
    limit: int | None = None,
) -> list[int]:
    """Return the rank (from 1) of one photo for each of the drawings.

    Given the partial sketches of a drawing, it shows which stroke helped. Ties count against the
    photo. With a `limit` only so many photos are ranked; any rank beyond is limit + 1.
    """
    row, gallery = finder.gallery.row(photo_id), finder.gallery.embeddings
    return [
        rank_of(finder.ranker, finder.embed(drawing, views), gallery, row, limit)
        for drawing in drawings
    ]


def rank_of(
    ranker: Ranker, query: Embeddings, gallery: Embeddings, row: int, limit: int | None = None
) -> int:
    """Return the number of gallery rows at least as near to the query as `row`, itself included.

    With a `limit` only so many rows are ranked; any rank beyond is limit + 1.
    """
    rows, distances = ranker.rank(query, gallery, limit)
    found = distances[rows == row]
    return int(np.sum(distances <= found[0])) if len(found) else len(rows) + 1
