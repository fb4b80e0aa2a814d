"""Which views to average, and how much the local score should count.

`PYTHONPATH=. python docs/studies/views.py RUN DATA`: DATA holds qmul_v1/shoes and shoe_304x3; asked
are the sketches of the run's validation shoes in both. Prints a table in Markdown.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from sketchnet import metrics
from sketchnet.alignment import local_scores_numpy
from sketchnet.data.pairs import load_collections
from sketchnet.data.prepared import prepare_pairs
from sketchnet.embedding import Embedder
from sketchnet.evaluation.retrieval import split_of
from sketchnet.views import ten_views

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


def local(queries: np.ndarray, keys: np.ndarray) -> np.ndarray:
    return np.stack([local_scores_numpy(one, keys) for one in queries])


def main(run: str, data: Path) -> None:
    embedder = Embedder(run)
    both = load_collections([data / "qmul_v1" / "shoes", data / "shoe_304x3"])
    pairs = prepare_pairs(split_of(both, embedder.config, "val"), embedder.canvas, progress=False)
    queries, query_maps = every_view(embedder, pairs.sketches)
    photos, photo_maps = every_view(embedder, pairs.photos[:, 0])
    turned, turned_maps = np.roll(photos, 5, axis=1), photo_maps[5:] + photo_maps[:5]

    def five(vectors: np.ndarray, start: int) -> np.ndarray:
        return unit(vectors[:, start : start + 5].mean(axis=1))

    as_drawn = local(query_maps[4], photo_maps[4])
    either = np.maximum(as_drawn, local(query_maps[9], photo_maps[4]))
    other_way = np.maximum(
        local(query_maps[4], turned_maps[4]), local(query_maps[9], turned_maps[4])
    )

    def nearer(photo_vectors: np.ndarray) -> np.ndarray:
        key = five(photo_vectors, 0).T
        return np.maximum(five(queries, 0) @ key, five(queries, 5) @ key)

    rows = {
        "mean of ten views": (unit(queries.mean(1)) @ unit(photos.mean(1)).T, as_drawn),
        "centre view": (queries[:, 4] @ photos[:, 4].T, as_drawn),
        "mean of five views": (five(queries, 0) @ five(photos, 0).T, as_drawn),
        "**mean of five, either way round**": (nearer(photos), either),
        "the same, all photos mirrored": (nearer(turned), other_way),
    }
    print(f"N = {len(queries)} sketches among {len(photos)} photos\n")
    print("| vectors | mix | acc@1 / 5 / 10 | mAP | human triplets |")
    print("| --- | --- | --- | --- | --- |")
    sketch, positive, negative = pairs.triplets.T
    for name, (cosine, scores) in rows.items():
        for mix in MIXES:
            distances = (1 - mix) * 2 * (1 - cosine) + mix * 2 * (1 - scores)
            ranks = metrics.ranks(distances, pairs.sketch_photo)
            first = " / ".join(f"{metrics.acc_at(ranks, k):.1%}" for k in (1, 5, 10))
            human = metrics.triplet_accuracy(
                distances[sketch, positive], distances[sketch, negative]
            )
            precision = metrics.mean_average_precision(ranks)
            print(f"| {name} | {mix} | {first} | {precision:.3f} | {human:.1%} |")


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
