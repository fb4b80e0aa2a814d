"""What the second stage could do at test time: window, map, weights, both ways, moved queries.

`PYTHONPATH=. python docs/studies/second_stage.py DATA RUNS NAME`: the runs RUNS/NAME-0, NAME-1, …
of `paper_and_best.py` or `levers.py` are asked as there, without what is done about hubs
(`hubs.py`). Every row mixes a local score into the same first stage, by the weight of the product.
A second table is of galleries that hold several looks of a photo, a third one tells how many photos
the second stage must look at, with those of ShoeV2 as distractors.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from asking import compare

from sketchnet.data.pairs.load import load_collection
from sketchnet.data.pairs.prepare import PreparedPairs, prepare_pairs
from sketchnet.data.redraw import extract_strokes, redraw_sketch
from sketchnet.imaging.prepare import prepare_sketch
from sketchnet.inference.embedder import Embedder, Embeddings
from sketchnet.models.local_alignment import local_scores_numpy
from sketchnet.retrieval.search import RERANK_WEIGHT, rank_all

PIXELS, SCALE, HANDS = 3, 0.05, 6
MOVES = [(x, y, 1.0) for x in (-PIXELS, 0, PIXELS) for y in (-PIXELS, 0, PIXELS)]
SCALES = [(0.0, 0.0, 1 + each) for each in (-SCALE, 0.0, SCALE)]


def moved(prepared: np.ndarray, across: float, down: float, scale: float) -> np.ndarray:
    """Prepared pictures (N, C, C), each shifted by pixels and scaled about its middle."""
    middle = (prepared.shape[1] - 1) / 2
    matrix = np.array([[scale, 0, middle * (1 - scale) + across],
                       [0, scale, middle * (1 - scale) + down]])  # fmt: skip
    return np.stack([cv2.warpAffine(p, matrix, p.shape[::-1], borderValue=255) for p in prepared])


def halved(maps: np.ndarray) -> np.ndarray:
    """Maps (N, h, w, c) of half as many cells a side: the mean of two by two."""
    n, height, width, size = maps.shape
    fours = maps.astype(np.float32).reshape(n, height // 2, 2, width // 2, 2, size)
    return fours.mean(axis=(2, 4))


def unweighted(maps: np.ndarray) -> np.ndarray:
    """Maps whose cells, but the blank ones, all count the same."""
    lengths = np.linalg.norm(maps.astype(np.float32), axis=-1, keepdims=True)
    return np.where(lengths > 0.01, maps / np.maximum(lengths, 1e-6), 0.0)


def without_bank(embedder: Embedder, sketches: np.ndarray, views: int = 10) -> Embeddings:
    """Embed sketches to be asked by both stages alone."""
    return replace(embedder.sketches(sketches, views), querybank=None)


def local_scores(
    embedder: Embedder, pairs: PreparedPairs
) -> Iterator[tuple[str, np.ndarray | None]]:
    """What is compared: sketches (Q) against photos (N), in -1..1."""

    def maps(pictures: np.ndarray) -> np.ndarray:
        found = embedder.sketches(pictures, 1).maps
        if found is None:
            raise SystemExit("expected runs with local maps; received one without")
        return found

    def best(places: list[tuple[float, float, float]]) -> np.ndarray:
        pictures = (moved(pairs.sketches, *place) for place in places)
        return np.max([local_scores_numpy(maps(picture), keys) for picture in pictures], axis=0)

    own, keys = maps(pairs.sketches), maps(pairs.photos[:, 0])
    there = local_scores_numpy(own, keys)
    yield "first stage alone", None
    yield "same cell", local_scores_numpy(own, keys, 0)
    yield "**one cell around**", there
    yield "two cells around", local_scores_numpy(own, keys, 2)
    yield "half as many cells a side, same cell", local_scores_numpy(halved(own), halved(keys), 0)
    yield "half as many cells a side, one around", local_scores_numpy(halved(own), halved(keys))
    yield "every cell counts the same", local_scores_numpy(unweighted(own), keys)
    yield "sketch to photo and back", (there + local_scores_numpy(keys, own).T) / 2
    yield f"best of nine places ({PIXELS} pixels)", best(MOVES)
    yield f"best of three sizes ({SCALE:.0%})", best(SCALES)


def mixed(embedder: Embedder, pairs: PreparedPairs) -> Iterator[tuple[str, np.ndarray]]:
    """Distances by both stages, for each of the `local_scores`."""
    queries, gallery = without_bank(embedder, pairs.sketches), embedder.photos(pairs.photos[:, 0])
    first = rank_all(queries, gallery, rerank_depth=0)
    for way, local in local_scores(embedder, pairs):
        yield (
            way,
            first
            if local is None
            else (1 - RERANK_WEIGHT) * first + RERANK_WEIGHT * 2 * (1 - local),
        )


def looks(embedder: Embedder, pairs: PreparedPairs) -> Iterator[tuple[str, np.ndarray]]:
    """Mean distances to several looks of every photo, which cost a query nothing but space."""
    queries, photos = without_bank(embedder, pairs.sketches), pairs.photos[:, 0]

    def to(pictures: list[np.ndarray]) -> np.ndarray:
        return rank_all(queries, embedder.photos(np.stack(pictures)), rerank_depth=len(pictures))

    def by_hand(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        lines = extract_strokes(picture)
        return prepare_sketch(redraw_sketch(lines, rng), len(picture)) if lines else picture

    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    widths = [
        to([cv2.addWeighted(photo, 0.5, change(photo, cross), 0.5, 0) for photo in photos])
        for change in (cv2.dilate, cv2.erode)
    ]
    hands = [
        to([by_hand(photo, rng) for photo in photos])
        for rng in map(np.random.default_rng, range(HANDS))
    ]
    own = to([*photos])
    yield "photos as they are", own
    yield "and with thinner and thicker lines", np.mean([own, *widths], axis=0)
    yield f"and as {HANDS} hands draw them, half and half", (own + np.mean(hands, axis=0)) / 2


def main(data: Path, runs: Path, name: str) -> None:
    others = load_collection(data / "ShoeV2")

    def shortlists(embedder: Embedder, pairs: PreparedPairs) -> Iterator[tuple[str, np.ndarray]]:
        more = prepare_pairs(others, embedder.canvas, progress=False)
        photos = np.concatenate([pairs.photos[:, 0], more.photos[:, 0]])
        queries, gallery = without_bank(embedder, pairs.sketches, 1), embedder.photos(photos, 1)
        for rerank_depth in (0, 50, 100, 200, 400):
            yield (
                f"the nearest {rerank_depth}",
                rank_all(queries, gallery, rerank_depth=rerank_depth),
            )

    compare(data, runs, name, mixed)
    compare(data, runs, name, looks)
    compare(data, runs, name, shortlists)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
