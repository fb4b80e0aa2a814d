"""Which views of a picture to average, and the re-ranking weight.

`python docs/studies/views.py DATA RUNS NAME` evaluates the runs RUNS/NAME-0, NAME-1, … of
`compare_presets.py` or `ablations.py`, one per fold, without hubness correction (`hubness.py`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from compare_rankings import compare

from sketchnet.data.pairs.prepare import PreparedPairs
from sketchnet.imaging.views import ten_views
from sketchnet.inference.embedder import Embedder
from sketchnet.models.local_scores import local_scores_numpy

RERANK_WEIGHTS = (0.0, 0.5, 0.7, 0.85)
CENTRE, CENTRE_MIRRORED = 4, 9  # of the ten views; the last five are mirror images


def embed_views(embedder: Embedder, prepared: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
    """Vectors (N, 10, E) of the ten views, and for each view the maps (N, h, w, c)."""
    size, canvas = embedder.config.size, embedder.canvas
    views = np.stack([ten_views(picture, size) for picture in prepared])
    margin = (canvas - size) // 2
    vectors, maps = [], []
    for view in range(10):
        framed = np.full((len(prepared), canvas, canvas), 255, np.uint8)
        framed[:, margin : margin + size, margin : margin + size] = views[:, view]
        found = embedder.sketches(framed, views=1)
        vectors.append(found.vectors)
        maps.append(found.maps)
    return np.stack(vectors, axis=1), maps


def unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def rankings(embedder: Embedder, pairs: PreparedPairs) -> Iterator[tuple[str, np.ndarray]]:
    """Distances for each kind of average and each re-ranking weight."""
    queries, query_maps = embed_views(embedder, pairs.sketches)
    photos, photo_maps = embed_views(embedder, pairs.photos[:, 0])
    mirrored, mirrored_maps = np.roll(photos, 5, axis=1), photo_maps[5:] + photo_maps[:5]

    def mean_of_five(vectors: np.ndarray, first: int) -> np.ndarray:
        return unit(vectors[:, first : first + 5].mean(axis=1))

    def better_orientation(photo_vectors: np.ndarray) -> np.ndarray:
        key = mean_of_five(photo_vectors, 0).T
        return np.maximum(mean_of_five(queries, 0) @ key, mean_of_five(queries, 5) @ key)

    def better_local(maps: list[np.ndarray]) -> np.ndarray:
        return np.maximum(
            local_scores_numpy(query_maps[CENTRE], maps[CENTRE]),
            local_scores_numpy(query_maps[CENTRE_MIRRORED], maps[CENTRE]),
        )

    as_drawn = local_scores_numpy(query_maps[CENTRE], photo_maps[CENTRE])
    rows = {
        "mean of ten views": (unit(queries.mean(1)) @ unit(photos.mean(1)).T, as_drawn),
        "centre view": (queries[:, CENTRE] @ photos[:, CENTRE].T, as_drawn),
        "mean of five views": (mean_of_five(queries, 0) @ mean_of_five(photos, 0).T, as_drawn),
        "**five views, better of both orientations**": (
            better_orientation(photos),
            better_local(photo_maps),
        ),
        "the same, all photos mirrored": (
            better_orientation(mirrored),
            better_local(mirrored_maps),
        ),
    }
    for name, (cosine, local) in rows.items():
        for weight in RERANK_WEIGHTS:
            distances = (1 - weight) * 2 * (1 - cosine) + weight * 2 * (1 - local)
            yield f"{name}, {weight}", distances


if __name__ == "__main__":
    compare(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], rankings)
