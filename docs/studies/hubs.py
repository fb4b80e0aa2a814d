"""What it gives to put back photos that are near to everything, and by how much.

`PYTHONPATH=. python docs/studies/hubs.py DATA RUN [RUN …]`: each run, trained with a fold of its
own, is asked by the sketches of its validation shoes, as in `levers.py`, and has its own querybank,
of which each sketch is two vectors (it and its mirror image). Bold is what a search does.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from levers import SHOES
from trainings import spread

from sketchnet import metrics
from sketchnet.data.pairs import load_collections
from sketchnet.data.prepared import prepare_pairs
from sketchnet.embedding import Embedder
from sketchnet.evaluation.retrieval import split_of
from sketchnet.querybank import NEAREST, WEIGHT, Querybank
from sketchnet.search import rank_all

HEAD = ("acc@1", "acc@5", "acc@10", "mAP", "human triplets")


def banks(whole: Querybank) -> Iterator[tuple[str, Querybank | None]]:
    """What is compared: the search's own way, and one thing changed at a time."""
    yield "no querybank", None
    yield f"**{len(whole.vectors) // 2} sketches, the nearest {NEAREST}, weight {WEIGHT}**", whole
    for count in (32, 64, 128):
        yield f"{count} sketches", Querybank(whole.vectors[: 2 * count])
    for nearest in (3, 30):
        yield f"the nearest {nearest}", replace(whole, nearest=nearest)
    for weight in (0.2, 0.6, 0.8):
        yield f"weight {weight}", replace(whole, weight=weight)


def main(data: Path, runs: list[Path]) -> None:
    both = load_collections([data / name for name in SHOES])
    scores: dict[str, list[list[float]]] = defaultdict(list)
    asked = 0
    for run in runs:
        embedder = Embedder(run)
        if embedder.querybank is None:
            raise SystemExit(f"expected a run with a querybank; received {run}; train it anew")
        part = split_of(both, embedder.config, "val")
        pairs = prepare_pairs(part, embedder.canvas, progress=False)
        queries, gallery = embedder.sketches(pairs.sketches), embedder.photos(pairs.photos[:, 0])
        asked += len(queries)
        for name, bank in banks(embedder.querybank):
            distances = rank_all(replace(queries, querybank=bank), gallery, shortlist=len(gallery))
            ranks = metrics.ranks(distances, pairs.sketch_photo)
            sketch, positive, negative = pairs.triplets.T
            nearer, farther = distances[sketch, positive], distances[sketch, negative]
            scores[name].append(
                [metrics.acc_at(ranks, k) for k in (1, 5, 10)]
                + [metrics.mean_average_precision(ranks)]
                + [metrics.triplet_accuracy(nearer, farther)]
            )
    print(f"N = {asked:,} sketches, {len(runs)} runs; per cent, mean ± deviation over the runs\n")
    print(f"| | {' | '.join(HEAD)} |", "| --- |" + " --- |" * len(HEAD), sep="\n")
    for name, of_runs in scores.items():
        print(f"| {name} | {' | '.join(map(spread, 100 * np.transpose(of_runs)))} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(run) for run in sys.argv[2:]])
