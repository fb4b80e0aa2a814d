"""Ablation of the re-ranking: window, map, cell weights, shifted queries, galleries, depth.

`python docs/studies/reranking.py DATA RUNS NAME` evaluates the runs RUNS/NAME-0, NAME-1, … of
`compare_presets.py` or `ablations.py`, one per fold, without hubness correction (`hubness.py`). The
rows of the first table mix a local score into the same retrieval distances, with the package's
weight. The second table is of galleries with several renderings per photo, the third of re-rank
depths, with the photos of ShoeV2 as distractors.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from compare_rankings import compare

from sketchnet.data.pairs.load import load_collection
from sketchnet.data.pairs.prepare import PreparedPairs, prepare_pairs
from sketchnet.data.redraw import extract_strokes, redraw_sketch
from sketchnet.imaging.prepare import prepare_sketch
from sketchnet.inference.embedder import Embedder
from sketchnet.models.local_scores import RERANK_WEIGHT, local_scores_numpy
from sketchnet.retrieval.ranker import Ranker

SHIFT, SCALE, REDRAWN = 3, 0.05, 6
SHIFTS = [(x, y, 1.0) for x in (-SHIFT, 0, SHIFT) for y in (-SHIFT, 0, SHIFT)]
SCALES = [(0.0, 0.0, 1 + change) for change in (-SCALE, 0.0, SCALE)]
DEPTHS = (0, 50, 100, 200, 400)


def transform(prepared: np.ndarray, right: float, down: float, scale: float) -> np.ndarray:
    """Prepared pictures (N, C, C), shifted by pixels and scaled about their centre."""
    centre = (prepared.shape[1] - 1) / 2
    matrix = np.array([[scale, 0, centre * (1 - scale) + right],
                       [0, scale, centre * (1 - scale) + down]])  # fmt: skip
    return np.stack([cv2.warpAffine(p, matrix, p.shape[::-1], borderValue=255) for p in prepared])


def half_resolution(maps: np.ndarray) -> np.ndarray:
    """Maps (N, h, w, c) with half as many cells per side: means of two by two cells."""
    n, height, width, size = maps.shape
    blocks = maps.astype(np.float32).reshape(n, height // 2, 2, width // 2, 2, size)
    return blocks.mean(axis=(2, 4))


def equal_weights(maps: np.ndarray) -> np.ndarray:
    """Maps whose cells all have length 1, except the blank ones."""
    lengths = np.linalg.norm(maps.astype(np.float32), axis=-1, keepdims=True)
    return np.where(lengths > 0.01, maps / np.maximum(lengths, 1e-6), 0.0)


def local_scores(
    embedder: Embedder, pairs: PreparedPairs
) -> Iterator[tuple[str, np.ndarray | None]]:
    """Variants of the local score (Q, N) in -1..1; None for no re-ranking."""

    def maps(pictures: np.ndarray) -> np.ndarray:
        found = embedder.sketches(pictures, 1).maps
        if found is None:
            raise SystemExit("expected runs with local maps; received one without")
        return found

    def best(transforms: list[tuple[float, float, float]]) -> np.ndarray:
        pictures = (transform(pairs.sketches, *each) for each in transforms)
        return np.max([local_scores_numpy(maps(picture), keys) for picture in pictures], axis=0)

    own, keys = maps(pairs.sketches), maps(pairs.photos[:, 0])
    sketch_to_photo = local_scores_numpy(own, keys)
    photo_to_sketch = local_scores_numpy(keys, own).T
    yield "no re-ranking", None
    yield "same cell (window 0)", local_scores_numpy(own, keys, 0)
    yield "**cells at most one apart (window 1)**", sketch_to_photo
    yield "cells at most two apart (window 2)", local_scores_numpy(own, keys, 2)
    half = half_resolution(own), half_resolution(keys)
    yield "map of half the resolution, window 0", local_scores_numpy(*half, 0)
    yield "map of half the resolution, window 1", local_scores_numpy(*half)
    yield "equal weight for all cells with ink", local_scores_numpy(equal_weights(own), keys)
    both = (sketch_to_photo + photo_to_sketch) / 2
    yield "mean of sketch-to-photo and photo-to-sketch", both
    yield f"best of nine shifts of the query ({SHIFT} pixels)", best(SHIFTS)
    yield f"best of three scales of the query ({SCALE:.0%})", best(SCALES)


def by_local_score(embedder: Embedder, pairs: PreparedPairs) -> Iterator[tuple[str, np.ndarray]]:
    """Re-ranked distances for each of the `local_scores`."""
    queries, gallery = embedder.sketches(pairs.sketches), embedder.photos(pairs.photos[:, 0])
    retrieval = Ranker(depth=0).rank_all(queries, gallery)
    for name, local in local_scores(embedder, pairs):
        if local is None:
            yield name, retrieval
        else:
            yield name, (1 - RERANK_WEIGHT) * retrieval + RERANK_WEIGHT * 2 * (1 - local)


def by_renderings(embedder: Embedder, pairs: PreparedPairs) -> Iterator[tuple[str, np.ndarray]]:
    """Mean distances to several renderings of every photo."""
    queries, photos = embedder.sketches(pairs.sketches), pairs.photos[:, 0]

    def distances(pictures: list[np.ndarray]) -> np.ndarray:
        gallery = embedder.photos(np.stack(pictures))
        return Ranker(depth=len(pictures)).rank_all(queries, gallery)

    def redraw(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        strokes = extract_strokes(picture)
        return prepare_sketch(redraw_sketch(strokes, rng), len(picture)) if strokes else picture

    cross = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))
    line_widths = [
        distances([cv2.addWeighted(photo, 0.5, change(photo, cross), 0.5, 0) for photo in photos])
        for change in (cv2.dilate, cv2.erode)
    ]
    redrawn = [
        distances([redraw(photo, rng) for photo in photos])
        for rng in map(np.random.default_rng, range(REDRAWN))
    ]
    own = distances([*photos])
    yield "**one rendering**", own
    yield "and with thinner and thicker lines", np.mean([own, *line_widths], axis=0)
    name = f"and redrawn {REDRAWN} times by the redraw augmentation, half and half"
    yield name, (own + np.mean(redrawn, axis=0)) / 2


def main(data: Path, runs: Path, name: str) -> None:
    distractors = load_collection(data / "ShoeV2")

    def by_depth(embedder: Embedder, pairs: PreparedPairs) -> Iterator[tuple[str, np.ndarray]]:
        more = prepare_pairs(distractors, embedder.canvas, progress=False)
        photos = np.concatenate([pairs.photos[:, 0], more.photos[:, 0]])
        queries, gallery = embedder.sketches(pairs.sketches, 1), embedder.photos(photos, 1)
        for depth in DEPTHS:
            yield f"{depth}", Ranker(depth=depth).rank_all(queries, gallery)

    for rankings in (by_local_score, by_renderings, by_depth):
        compare(data, runs, name, rankings)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
