"""Several rankings of the same runs over all folds: what the test-time studies share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
from ablations import TARGET
from training_grid import mean_and_deviation

from sketchnet.data.pairs.load import load_collections
from sketchnet.data.pairs.prepare import PreparedPairs, prepare_pairs
from sketchnet.evaluation.embedded_split import split_of
from sketchnet.inference.embedder import Embedder
from sketchnet.metrics import ranking

COLUMNS = ("acc@1", "acc@5", "acc@10", "mAP", "triplets")

Rankings = Callable[[Embedder, PreparedPairs], Iterable[tuple[str, np.ndarray]]]
"""Names of the rankings, each with its distances (Q, N) of the sketches to the photos; N may exceed
the photos of the pairs."""


def compare(data: Path, runs: Path, name: str, rankings: Rankings) -> None:
    """Print a Markdown table with a row per ranking, of the runs `runs/name-0`, `name-1`, ….

    `data` holds the folders `ablations.TARGET`.
    """
    target = load_collections([data / folder for folder in TARGET])
    found: dict[str, list[list[float]]] = defaultdict(list)
    n_queries = 0
    for run in sorted(runs.glob(f"{name}-[0-9]")):
        embedder = Embedder(run)
        part = split_of(target, embedder.config, "val")
        pairs = prepare_pairs(
            part,
            embedder.canvas,
            photo_input=embedder.config.photo_input,
            line_width=embedder.config.line_width,
            progress=False,
        )
        n_queries += len(pairs.sketches)
        for ranking_name, distances in rankings(embedder, pairs):
            found[ranking_name].append(scores(distances, pairs))
    if not found:
        raise SystemExit(f"expected runs {name}-0, {name}-1, … in {runs}; found none")
    print(f"\nN = {n_queries:,} sketches; per cent, mean ± standard deviation over the runs\n")
    print_table(
        {
            ranking_name: map(mean_and_deviation, 100 * np.transpose(rows))
            for ranking_name, rows in found.items()
        }
    )


def scores(distances: np.ndarray, pairs: PreparedPairs) -> list[float]:
    """The values of `COLUMNS`, as fractions, of distances (Q, N); NaN without human triplets."""
    sketch, nearer, farther = pairs.triplets.T
    ranks = ranking.ranks(distances, pairs.sketch_photo)
    triplets = float("nan")
    if len(pairs.triplets):
        triplets = ranking.triplet_accuracy(distances[sketch, nearer], distances[sketch, farther])
    accuracies = [ranking.acc_at(ranks, k) for k in (1, 5, 10)]
    return [*accuracies, ranking.mean_average_precision(ranks), triplets]


def print_table(rows: dict[str, Iterable[str]]) -> None:
    """Print a Markdown table of cells under `COLUMNS`."""
    print(f"| | {' | '.join(COLUMNS)} |", "| --- |" + " --- |" * len(COLUMNS), sep="\n")
    for name, cells in rows.items():
        print(f"| {name} | {' | '.join(cells)} |")
