"""Categories told by a few examples of each, such as a run has never seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet.data.doodles import Doodles
from sketchnet.data.quickdraw import load_doodles
from sketchnet.inference.doodle_embedder import DoodleEmbedder
from sketchnet.metrics.ranking import knn_accuracy
from sketchnet.utils.errors import InputError

NEIGHBOURS = 4
REPEATS = 20


@dataclass(frozen=True)
class FewShot:
    """Accuracy over the repeats, mean and standard deviation, and how many are asked in each."""

    accuracy: float
    deviation: float
    n_queries: int


def evaluate_few_shot(
    run: Path | str,
    data: Sequence[Path],
    split: str,
    shots: int,
    *,
    categories: Sequence[str] | None = None,
    per_category: int | None = None,
    recognized_only: bool = False,
) -> dict[str, Any]:
    """Put the question of `few_shot` to a run, about the drawings of one split of `data`.

    Returns:
        accuracy and deviation over the repeats; n queries in each; what was asked; and `learnt`,
        those of the categories that the run was trained on: none, where the score is to tell how
        its representation serves the unseen.
    """
    drawings = load_doodles(
        data, categories, per_category, recognized_only=recognized_only, split=split
    )
    embedder = DoodleEmbedder(run)
    found = few_shot(embedder, drawings, shots=shots)
    learnt = [name for name in drawings.categories if name in embedder.categories]
    return {
        "task": "few_shot",
        "split": split,
        "n": found.n_queries,
        "n_categories": len(drawings.categories),
        "accuracy": found.accuracy,
        "deviation": found.deviation,
        "shots": shots,
        "k": NEIGHBOURS,
        "repeats": REPEATS,
        "unseen": not learnt,
        "learnt": learnt,
        "categories": list(drawings.categories),
        "skipped": list(drawings.problems),
    }


def few_shot(
    embedder: DoodleEmbedder,
    drawings: Doodles,
    *,
    shots: int = 10,
    k: int = NEIGHBOURS,
    repeats: int = REPEATS,
    seed: int = 0,
) -> FewShot:
    """Let `shots` drawings of each category answer for all others, by their k nearest.

    Each repeat draws other examples, seeded. Raises InputError where a category has no drawing
    left to ask about, or is alone.
    """
    counts = drawings.counts()
    if shots < 1:
        raise InputError("at least 1 example of each category", shots)
    if len(counts) < 2:
        raise InputError("at least 2 categories to tell apart", len(counts))
    short = [drawings.categories[label] for label in np.flatnonzero(counts <= shots)]
    if short:
        raise InputError(
            f"more than {shots} drawings of each category",
            f"at most as many of {', '.join(short)}",
            "leave them out or lower the shots",
        )
    vectors = embedder.predict(drawings.queries()).embeddings
    firsts = np.cumsum(counts) - counts
    rng = np.random.default_rng(seed)
    scores = []
    for _ in range(repeats):
        # Within each label the rows with the smallest lots are the examples.
        order = np.lexsort((rng.random(len(drawings)), drawings.labels))
        examples = order[(firsts[:, None] + np.arange(shots)).ravel()]
        asked = np.setdiff1d(order, examples)
        scores.append(
            knn_accuracy(
                2.0 - 2.0 * vectors[asked] @ vectors[examples].T,
                drawings.labels[examples],
                drawings.labels[asked],
                min(k, len(examples)),
            )
        )
    return FewShot(float(np.mean(scores)), float(np.std(scores)), len(asked))
