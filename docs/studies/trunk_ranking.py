"""How the vectors, the local scores and a hubness correction of the pretrained trunk should mix.

`python docs/studies/trunk_ranking.py DATA RUNS NAME` evaluates the runs RUNS/NAME-0, NAME-1, … of
`compare_presets.py`, one per fold, with one view and all photos re-ranked: among the photos of the
fold, and among these and the photos of ShoeV2. No training is needed.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np
from ablations import TARGET
from reranking import half_resolution
from training_grid import mean_and_deviation
from trunk_ablations import DISTRACTORS

from sketchnet.data.pairs.prepare import prepare_pairs
from sketchnet.data.pairs.training_split import training_split
from sketchnet.evaluation.embedded_split import EmbeddedSplit, embed_split
from sketchnet.metrics import ranking
from sketchnet.models.local_scores import RERANK_WEIGHT, local_scores_numpy
from sketchnet.retrieval.hubness import Querybank, build_querybank
from sketchnet.retrieval.ranker import Ranker

WEIGHTS = (0.0, 0.3, 0.5, RERANK_WEIGHT, 0.85, 1.0)
HUBNESS = (0.2, 0.4, 0.8)
QUERYBANK = 256  # sketches
SCORES = ("acc@1", "acc@10", "mAP")


def querybank(found: EmbeddedSplit, target: list[Path]) -> Querybank:
    """The one that a training on the other folds would keep."""
    split = training_split(target, fold=found.embedder.config.fold)
    pairs = prepare_pairs(
        split.train,
        found.embedder.canvas,
        photo_input=found.embedder.config.photo_input,
        line_width=found.embedder.config.line_width,
        progress=False,
    )
    bank = build_querybank(found.embedder, pairs, frozenset(pairs.photo_ids), QUERYBANK)
    assert bank is not None
    return bank


def rankings(found: EmbeddedSplit, bank: Querybank) -> Iterator[tuple[str, np.ndarray]]:
    """Rows of the table, and distances (Q, N)."""
    vectors = Ranker(depth=0).rank_all(found.queries, found.gallery)
    penalties = bank.penalties(found.gallery.vectors)
    maps = [found.queries.maps, found.queries.mirrored.maps, found.gallery.maps]
    *queries, keys = (np.asarray(each, np.float32) for each in maps)
    *halves, half_keys = (half_resolution(each) for each in (*queries, keys))

    def local(queries: list[np.ndarray], keys: np.ndarray, window: int = 1) -> np.ndarray:
        scores = [local_scores_numpy(each, keys, window) for each in queries]
        return 2 * (1 - np.max(scores, axis=0))

    own = local(queries, keys)
    for weight in WEIGHTS:
        yield f"local scores weigh {weight}", (1 - weight) * vectors + weight * own
    mix = (1 - RERANK_WEIGHT) * vectors + RERANK_WEIGHT * own
    wide = (1 - RERANK_WEIGHT) * vectors + RERANK_WEIGHT * local(queries, keys, 2)
    yield f"{RERANK_WEIGHT}, cells at most two apart", wide
    yield (
        f"{RERANK_WEIGHT}, and 0.3 of a map of half the resolution",
        mix + 0.3 * local(halves, half_keys),
    )
    for weight in HUBNESS:
        yield f"{RERANK_WEIGHT}, hubness {weight}", mix + weight / bank.weight * penalties


def main(data: Path, runs: Path, name: str) -> None:
    target = [data / folder for folder in TARGET]
    rows: dict[str, list[list[float]]] = {}
    for fold in count():
        run = runs / f"{name}-{fold}"
        if not run.is_dir():
            break
        found = embed_split(run, target, "val", views=1, distractors=data / DISTRACTORS)
        for row, distances in rankings(found, querybank(found, target)):
            scores = []
            for photos in (len(found.own), len(found.gallery)):
                ranks = ranking.ranks(distances[:, :photos], found.pairs.sketch_photo)
                scores += [ranking.acc_at(ranks, 1), ranking.acc_at(ranks, 10)]
                scores.append(ranking.mean_average_precision(ranks))
            rows.setdefault(row, []).append(scores)
        print(f"{run.name}: {len(found.queries)} sketches", file=sys.stderr)
    print(f"| | {' | '.join(SCORES)} | {' | '.join(f'far {each}' for each in SCORES)} |")
    print("| --- |" + " --- |" * 2 * len(SCORES))
    for row, folds in rows.items():
        cells = map(mean_and_deviation, 100 * np.transpose(folds))
        print(f"| {row} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
