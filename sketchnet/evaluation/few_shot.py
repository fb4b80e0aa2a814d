"""Few-shot evaluation: classify drawings by a few examples of each category.

It measures the embedding on categories that the run may never have seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet.data.doodles import Doodles
from sketchnet.data.quickdraw import load_doodles
from sketchnet.inference.doodle_embedder import DoodleEmbedder
from sketchnet.metrics.classification import knn_accuracy
from sketchnet.utils.errors import InputError

NEIGHBOURS = 4
REPEATS = 20


@dataclass(frozen=True)
class FewShotScore:
    """Accuracy over random choices of the examples.

    Attributes:
        accuracy: mean over the choices, 0..1.
        std: standard deviation over the choices.
        n_queries: drawings classified with each choice.
    """

    accuracy: float
    std: float
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
    """Score a run by `few_shot` on the drawings of one split of `data`.

    Args:
        run: directory or shipped name of a doodle run.
        data, categories, per_category, recognized_only: as for `load_doodles`.
        split: train, val, test or all.
        shots: examples per category.

    Returns:
        accuracy and std over the repeats; n queries in each; shots, k and repeats; `trained_on`,
        the categories among the evaluated ones that the run was trained on, and `unseen`, true
        where there are none; skipped files.

    Raises:
        InputError: no such run or drawings, or too few drawings of a category.
    """
    drawings = load_doodles(
        data, categories, per_category, recognized_only=recognized_only, split=split
    )
    embedder = DoodleEmbedder(run)
    score = few_shot(embedder, drawings, shots=shots)
    trained_on = [name for name in drawings.categories if name in embedder.categories]
    return {
        "task": "few_shot",
        "split": split,
        "n": score.n_queries,
        "n_categories": len(drawings.categories),
        "accuracy": score.accuracy,
        "std": score.std,
        "shots": shots,
        "k": NEIGHBOURS,
        "repeats": REPEATS,
        "unseen": not trained_on,
        "trained_on": trained_on,
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
) -> FewShotScore:
    """Classify drawings by their k nearest among `shots` random examples of each category.

    Args:
        embedder: the run.
        drawings: labelled drawings; those that are not examples are the queries.
        shots: examples per category.
        k: number of neighbours.
        repeats: number of random choices of the examples.
        seed: seed of the choices.

    Raises:
        InputError: fewer than two categories, or a category has no drawing besides its examples.
    """
    counts = drawings.counts()
    if shots < 1:
        raise InputError("at least 1 example of each category", shots)
    if len(counts) < 2:
        raise InputError("at least 2 categories", len(counts))
    short = [drawings.categories[label] for label in np.flatnonzero(counts <= shots)]
    if short:
        raise InputError(
            f"more than {shots} drawings of each category",
            f"at most as many of {', '.join(short)}",
            "leave them out or lower --few-shot",
        )
    vectors = embedder.predict(drawings.queries()).embeddings
    first_rows = np.cumsum(counts) - counts
    rng = np.random.default_rng(seed)
    scores = []
    for _ in range(repeats):
        # Sorted by label and at random within each label; the first rows of a label are examples.
        order = np.lexsort((rng.random(len(drawings)), drawings.labels))
        examples = order[(first_rows[:, None] + np.arange(shots)).ravel()]
        queries = np.setdiff1d(order, examples)
        scores.append(
            knn_accuracy(
                2.0 - 2.0 * vectors[queries] @ vectors[examples].T,
                drawings.labels[examples],
                drawings.labels[queries],
                min(k, len(examples)),
            )
        )
    return FewShotScore(float(np.mean(scores)), float(np.std(scores)), len(queries))
