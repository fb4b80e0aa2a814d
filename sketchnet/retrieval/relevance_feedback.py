"""Predictions that follow a person's taste: towards the shoes they like, away from the others."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from sketchnet.inference.embedder import Embeddings
from sketchnet.retrieval.search import ShoeFinder, rank
from sketchnet.strokes.formats import Drawing
from sketchnet.utils.errors import InputError

POSITIVE_WEIGHT, NEGATIVE_WEIGHT = 0.75, 0.25  # the weights that text retrieval settled on


def rocchio(
    query: np.ndarray,
    liked: np.ndarray,
    disliked: np.ndarray,
    towards: float = POSITIVE_WEIGHT,
    away: float = NEGATIVE_WEIGHT,
) -> np.ndarray:
    """Move a query towards the mean of what is liked and away from the mean of what is not.

    Args:
        query: (E,), a unit vector; or zero, where there is nothing but taste to go by.
        liked, disliked: (n, E) unit vectors each, n ≥ 0.

    Returns:
        (E,) float32 of unit length, or zero where everything cancels out. (Rocchio, 1971.)
    """
    moved = query.astype(np.float32)
    if len(liked):
        moved = moved + towards * liked.mean(axis=0)
    if len(disliked):
        moved = moved - away * disliked.mean(axis=0)
    return moved / max(float(np.linalg.norm(moved)), 1e-12)


def apply_feedback(
    finder: ShoeFinder, query: Embeddings | None, liked: Sequence[str], disliked: Sequence[str]
) -> Embeddings:
    """Return the query moved by the liked and disliked photos of the finder's gallery.

    Its map stays the sketch's own: a photo that is liked says what kind of shoe, the drawing
    still says which lines. Without a query the liked photos are the query.

    Raises InputError where there is neither, or for an id that is not in the gallery.
    """
    if query is None and not liked:
        raise InputError("a drawing or a liked shoe", "neither", "draw or like one")
    vectors = finder.gallery.embeddings.vectors
    rows = [[finder.gallery.row(photo_id) for photo_id in ids] for ids in (liked, disliked)]

    def moved(start: Embeddings) -> Embeddings:
        vector = rocchio(start.vectors[0], vectors[rows[0]], vectors[rows[1]])
        return replace(
            start, vectors=vector[None], mirrored=start.mirrored and moved(start.mirrored)
        )

    return moved(query or Embeddings(np.zeros((1, vectors.shape[1]), np.float32)))


def ranks_by_stroke(
    finder: ShoeFinder, drawings: Iterable[Drawing], photo_id: str, views: int = 1
) -> list[int]:
    """Return the rank (1 is best) of one photo for each of the drawings, one after the other.

    Given the beginnings of a drawing it tells which stroke helped. Ties count against the photo.
    """
    row = finder.gallery.row(photo_id)
    return [
        rank_of(finder.embed(drawing, views), finder.gallery.embeddings, row)
        for drawing in drawings
    ]


def rank_of(query: Embeddings, gallery: Embeddings, row: int) -> int:
    """Return the number of gallery rows at least as near to the query as `row`, itself included."""
    rows, distances = rank(query, gallery)
    return int(np.sum(distances <= distances[rows == row][0]))
