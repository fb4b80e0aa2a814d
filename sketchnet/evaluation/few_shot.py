"""Categories that a run has never seen, told by a few examples of each."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sketchnet.data.drawings import Drawings
from sketchnet.drawing_embedding import DrawingEmbedder
from sketchnet.errors import InputError
from sketchnet.metrics import knn_accuracy


@dataclass(frozen=True)
class FewShot:
    """Accuracy over the repeats: mean, standard deviation, and what was asked."""

    accuracy: float
    deviation: float
    n_queries: int
    n_categories: int
    shots: int
    repeats: int
    unseen: bool
    """Whether none of the categories is among those the run learnt."""


def few_shot(
    embedder: DrawingEmbedder,
    drawings: Drawings,
    *,
    shots: int = 10,
    k: int = 4,
    repeats: int = 20,
    seed: int = 0,
) -> FewShot:
    """Let `shots` drawings of each category answer for all others, by their k nearest.

    Each repeat draws other examples, seeded. `n_queries` is that of one repeat. Raises InputError
    where a category has no drawing left to ask about.
    """
    counts = drawings.counts()
    short = [drawings.categories[label] for label in np.flatnonzero(counts <= shots)]
    if short:
        raise InputError(
            f"expected more than {shots} drawings of each category; received at most as many of "
            f"{', '.join(short)}; leave them out or lower the shots"
        )
    vectors = embedder.answer(drawings.queries()).embeddings
    distances = np.maximum(2.0 - 2.0 * vectors @ vectors.T, 0.0)
    rng = np.random.default_rng(seed)
    scores = []
    for _ in range(repeats):
        lots = rng.random(len(drawings))
        # Within each label the rows with the smallest lots are the examples.
        order = np.lexsort((lots, drawings.labels))
        firsts = np.concatenate([[0], np.cumsum(counts)[:-1]])
        examples = order[(firsts[:, None] + np.arange(shots)).ravel()]
        asked = np.setdiff1d(np.arange(len(drawings)), examples)
        scores.append(
            knn_accuracy(
                distances[np.ix_(asked, examples)],
                drawings.labels[examples],
                drawings.labels[asked],
                min(k, len(examples)),
            )
        )
    return FewShot(
        accuracy=float(np.mean(scores)),
        deviation=float(np.std(scores)),
        n_queries=len(asked),
        n_categories=len(drawings.categories),
        shots=shots,
        repeats=repeats,
        unseen=not set(drawings.categories) & set(embedder.categories),
    )
