"""Which views to average, and how much the local score should count.

`PYTHONPATH=. python docs/studies/views.py DATA RUNS NAME`: the runs RUNS/NAME-0, NAME-1, … of
`paper_and_best.py` or `levers.py` are asked as there, without what is done about hubs (`hubs.py`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from asking import compare

from sketchnet.data.pairs.prepare import PreparedPairs
from sketchnet.imaging.views import ten_views
from sketchnet.inference.embedder import Embedder
from sketchnet.models.local_alignment import local_scores_numpy

MIXES = (0.0, 0.5, 0.7, 0.85)


def every_view(embedder: Embedder, prepared: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
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


def ways(embedder: Embedder, pairs: PreparedPairs) -> Iterator[tuple[str, np.ndarray]]:
    """Distances for every kind of vectors and every weight of the local score."""
    queries, query_maps = every_view(embedder, pairs.sketches)
    photos, photo_maps = every_view(embedder, pairs.photos[:, 0])
    turned, turned_maps = np.roll(photos, 5, axis=1), photo_maps[5:] + photo_maps[:5]

    def five(vectors: np.ndarray, start: int) -> np.ndarray:
        return unit(vectors[:, start : start + 5].mean(axis=1))

    def nearer(photo_vectors: np.ndarray) -> np.ndarray:
        key = five(photo_vectors, 0).T
        return np.maximum(five(queries, 0) @ key, five(queries, 5) @ key)

    as_drawn = local_scores_numpy(query_maps[4], photo_maps[4])
    either = np.maximum(as_drawn, local_scores_numpy(query_maps[9], photo_maps[4]))
    other_way = np.maximum(
        local_scores_numpy(query_maps[4], turned_maps[4]),
        local_scores_numpy(query_maps[9], turned_maps[4]),
    )
    rows = {
        "mean of ten views": (unit(queries.mean(1)) @ unit(photos.mean(1)).T, as_drawn),
        "centre view": (queries[:, 4] @ photos[:, 4].T, as_drawn),
        "mean of five views": (five(queries, 0) @ five(photos, 0).T, as_drawn),
        "**mean of five, either way round**": (nearer(photos), either),
        "the same, all photos mirrored": (nearer(turned), other_way),
    }
    for name, (cosine, scores) in rows.items():
        for mix in MIXES:
            yield f"{name}, {mix}", (1 - mix) * 2 * (1 - cosine) + mix * 2 * (1 - scores)


if __name__ == "__main__":
    compare(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], ways)
