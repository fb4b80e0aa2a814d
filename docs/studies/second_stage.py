"""What the second stage could do at test time: window, both directions, small moves of the query.

`PYTHONPATH=. python docs/studies/second_stage.py RUN DATA`: DATA holds qmul_v1/shoes, shoe_304x3
and ShoeV2; asked are the sketches of the run's validation shoes in the first two. Every row mixes a
local score into the same first stage, by the weight of the product. A second table tells how many
photos it must look at, with the photos of ShoeV2 as distractors. Prints Markdown.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from sketchnet import metrics
from sketchnet.alignment import local_scores_numpy
from sketchnet.data.pairs import load_collection, load_collections
from sketchnet.data.prepared import PreparedPairs, prepare_pairs
from sketchnet.embedding import Embedder, Embeddings
from sketchnet.evaluation.retrieval import split_of
from sketchnet.search import MIX, rank_all

PIXELS, SCALE = 3, 0.05


def moved(prepared: np.ndarray, across: float, down: float, scale: float) -> np.ndarray:
    """Prepared pictures (N, C, C), each shifted by pixels and scaled about its middle."""
    middle = (prepared.shape[1] - 1) / 2
    matrix = np.array([[scale, 0, middle * (1 - scale) + across],
                       [0, scale, middle * (1 - scale) + down]])  # fmt: skip
    return np.stack([cv2.warpAffine(p, matrix, p.shape[::-1], borderValue=255) for p in prepared])


def scores(distances: np.ndarray, pairs: PreparedPairs) -> list[float]:
    """acc@1, 5, 10, mAP and the accuracy on human triplets, from distances (Q, N)."""
    sketch, positive, negative = pairs.triplets.T
    ranks = metrics.ranks(distances, pairs.sketch_photo)
    human = metrics.triplet_accuracy(distances[sketch, positive], distances[sketch, negative])
    accuracies = [metrics.acc_at(ranks, k) for k in (1, 5, 10)]
    return [*accuracies, metrics.mean_average_precision(ranks), human]


def cells(distances: np.ndarray, pairs: PreparedPairs) -> str:
    """The `scores` as cells of a table."""
    *accuracies, precision, human = scores(distances, pairs)
    return f"{' / '.join(f'{one:.1%}' for one in accuracies)} | {precision:.3f} | {human:.1%}"


def without_bank(embedder: Embedder, sketches: np.ndarray, views: int = 10) -> Embeddings:
    """Embed sketches to be asked by both stages alone: what is done about hubs is in `hubs.py`."""
    return replace(embedder.sketches(sketches, views), querybank=None)


def shortlists(embedder: Embedder, pairs: PreparedPairs, others: Path) -> None:
    """Print the table of shortlists."""
    more = prepare_pairs(load_collection(others), embedder.canvas, progress=False)
    photos = np.concatenate([pairs.photos[:, 0], more.photos[:, 0]])
    queries, gallery = without_bank(embedder, pairs.sketches, 1), embedder.photos(photos, 1)
    print(f"\nN = {len(queries)} sketches among {len(gallery)} photos, one view\n")
    print("| the nearest | acc@1 / 5 / 10 | mAP |", "| --- | --- | --- |", sep="\n")
    for shortlist in (0, 50, 100, 200, 400, len(gallery)):
        ranks = metrics.ranks(rank_all(queries, gallery, shortlist=shortlist), pairs.sketch_photo)
        accuracies = " / ".join(f"{metrics.acc_at(ranks, k):.1%}" for k in (1, 5, 10))
        print(f"| {shortlist} | {accuracies} | {metrics.mean_average_precision(ranks):.3f} |")


def main(run: str, data: Path) -> None:
    embedder = Embedder(run)
    both = load_collections([data / "qmul_v1" / "shoes", data / "shoe_304x3"])
    pairs = prepare_pairs(split_of(both, embedder.config, "val"), embedder.canvas, progress=False)
    variants(embedder, pairs)
    shortlists(embedder, pairs, data / "ShoeV2")


def variants(embedder: Embedder, pairs: PreparedPairs) -> None:
    """Print the table of local scores."""
    queries, gallery = without_bank(embedder, pairs.sketches), embedder.photos(pairs.photos[:, 0])
    first = rank_all(queries, gallery, shortlist=0)

    def maps(pictures: np.ndarray) -> np.ndarray:
        found = embedder.sketches(pictures, 1).maps
        if found is None:
            raise SystemExit("expected a run with local maps; received one without")
        return found

    own = maps(pairs.sketches)
    keys = gallery.maps
    moves = [(x, y, 1.0) for x in (-PIXELS, 0, PIXELS) for y in (-PIXELS, 0, PIXELS)]
    scales = [(0.0, 0.0, 1 + s) for s in (-SCALE, 0.0, SCALE)]

    def best(places: list[tuple[float, float, float]]) -> np.ndarray:
        pictures = (moved(pairs.sketches, *place) for place in places)
        return np.max([local_scores_numpy(maps(picture), keys) for picture in pictures], axis=0)

    def mutual() -> np.ndarray:
        back = local_scores_numpy(np.asarray(keys, np.float32), own)
        return (local_scores_numpy(own, keys) + back.T) / 2

    rows: dict[str, Callable[[], np.ndarray | None]] = {
        "first stage alone": lambda: None,
        "same cell": lambda: local_scores_numpy(own, keys, 0),
        "**one cell around**": lambda: local_scores_numpy(own, keys, 1),
        "two cells around": lambda: local_scores_numpy(own, keys, 2),
        "one cell, sketch to photo and back": mutual,
        f"one cell, best of nine places ({PIXELS} pixels)": lambda: best(moves),
        f"one cell, best of three sizes ({SCALE:.0%})": lambda: best(scales),
    }
    print(f"N = {len(pairs.sketches)} sketches among {len(pairs.photos)} photos\n")
    print("| local score | acc@1 / 5 / 10 | mAP | human triplets | times as long |")
    print("| --- | --- | --- | --- | --- |")
    unit = 0.0
    for name, score in rows.items():
        began = time.perf_counter()
        scores = score()
        seconds = time.perf_counter() - began
        unit = seconds if "**" in name else unit
        distances = first if scores is None else (1 - MIX) * first + MIX * 2 * (1 - scores)
        slower = f"{seconds / unit:.1f}" if unit else ""
        print(f"| {name} | {cells(distances, pairs)} | {slower} |")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
