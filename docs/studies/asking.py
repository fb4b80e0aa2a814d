"""Runs of several folds, each asked by the sketches of its validation shoes, in some ways that are
to be compared: what the studies of test time have in common.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from levers import SHOES
from trainings import spread

from sketchnet.data.pairs.load import load_collections
from sketchnet.data.pairs.prepare import PreparedPairs, prepare_pairs
from sketchnet.evaluation.retrieval import split_of
from sketchnet.inference.embedder import Embedder
from sketchnet.metrics import ranking

HEAD = ("acc@1", "acc@5", "acc@10", "mAP", "human triplets")

Ways = Callable[[Embedder, PreparedPairs], Iterable[tuple[str, np.ndarray]]]
"""The ways' names, each with its distances (Q, N) of the sketches to the photos, and maybe more."""


def compare(data: Path, runs: Path, name: str, ways: Ways) -> None:
    """Print a table in Markdown of the runs `runs/name-0`, `name-1`, …: a row for each way.

    `data` holds the folders of `levers.SHOES`.
    """
    both = load_collections([data / folder for folder in SHOES])
    found: dict[str, list[list[float]]] = defaultdict(list)
    asked = 0
    for run in sorted(runs.glob(f"{name}-[0-9]")):
        embedder = Embedder(run)
        part = split_of(both, embedder.config, "val")
        pairs = prepare_pairs(part, embedder.canvas, progress=False)
        asked += len(pairs.sketches)
        for way, distances in ways(embedder, pairs):
            found[way].append(scores(distances, pairs))
    if not found:
        raise SystemExit(f"expected runs {name}-0, {name}-1, … in {runs}; found none")
    print(f"\nN = {asked:,} sketches; per cent, mean ± deviation over the runs\n")
    print_rows({way: map(spread, 100 * np.transpose(each)) for way, each in found.items()})


def scores(distances: np.ndarray, pairs: PreparedPairs) -> list[float]:
    """acc@1, 5, 10, mAP and the accuracy on human triplets, from distances (Q, N)."""
    sketch, positive, negative = pairs.triplets.T
    ranks = ranking.ranks(distances, pairs.sketch_photo)
    human = ranking.triplet_accuracy(distances[sketch, positive], distances[sketch, negative])
    accuracies = [ranking.acc_at(ranks, k) for k in (1, 5, 10)]
    return [*accuracies, ranking.mean_average_precision(ranks), human]


def print_rows(rows: dict[str, Iterable[str]]) -> None:
    """A table in Markdown, of cells under `HEAD`."""
    print(f"| | {' | '.join(HEAD)} |", "| --- |" + " --- |" * len(HEAD), sep="\n")
    for name, cells in rows.items():
        print(f"| {name} | {' | '.join(cells)} |")
