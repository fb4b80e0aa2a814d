"""What a retrieval run is worth: sketches of a split asked of the photos of that split.

Sketches and photos are prepared, embedded and ranked by the same functions as in the demo.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.data.pairs.collection import SPLITS, Collection
from sketchnet.data.pairs.load import load_collections, with_validation
from sketchnet.data.pairs.prepare import PreparedPairs, prepare_pairs
from sketchnet.data.partial_sketch import beginning
from sketchnet.inference.embedder import Embedder, Embeddings
from sketchnet.metrics import ranking
from sketchnet.retrieval.search import rank_all
from sketchnet.runs import HISTORY
from sketchnet.utils.errors import InputError

FIRST = (1, 5, 10)
PERCENT_DRAWN = (25, 50, 75)


def evaluate_retrieval(
    run: Path | str | Embedder,
    directories: Sequence[Path],
    split: str = "test",
    *,
    edge_maps: Literal["computed", "provided"] = "computed",
    views: int = 10,
    fold: int | None = None,
    pictures: Path | None = None,
) -> dict[str, Any]:
    """Score a run on the sketches of one split against all photos of that split.

    Args:
        run: a run's folder or shipped name, or an embedder loaded already.
        directories: data folders of any layout, merged.
        split: train, val, test or all. Where the data have no validation split, `train` and `val`
            are the two sides of the cut that the run was trained with.
        edges: prepare photos our way, as the demo does, or take the published edge maps.
        views: 10, or 1.
        fold: another fold than the run's own.
        pictures: a folder to draw the report into.

    Returns:
        n_queries, n_gallery, acc@1, acc@5, acc@10, map, percentile; triplet_accuracy (None where
        the data hold no human triplets) with n_triplets; acc@10@25, @50, @75 (percent of the ink
        drawn, one view), which `begun` says in what order: by strokes, by regions where a sketch
        has none, or how many of which. `intervals` holds a 95 % bootstrap
        interval for each, drawn by photo, `stage_one` the same scores by the vectors alone;
        `photos` says what the photo side saw. A triplet's distances are those of both stages for
        every photo.

    Raises InputError where the split has no sketches.
    """
    began = time.monotonic()
    collection = load_collections(directories)  # a wrong folder is told before Keras is loaded
    embedder = run if isinstance(run, Embedder) else Embedder(run)
    part = split_of(collection, embedder.config, split, fold)
    pairs = prepare_pairs(
        part, embedder.canvas, photo_input=embedder.config.photo_input, edge_maps=edge_maps
    )
    if not len(pairs.sketches):
        raise InputError(
            "readable sketches",
            f"{len(part.sketches)} that are not ({pairs.problems[0]})",
            "look with `python -m sketchnet.data`",
        )
    queries = embedder.sketches(pairs.sketches, views)
    gallery = embedder.photos(pairs.photos[:, 0], views)

    distances = rank_all(queries, gallery)
    ranks = ranking.ranks(distances, pairs.sketch_photo)
    scores, intervals = _scores(ranks, pairs)
    for percent, early in _early_ranks(embedder, pairs, gallery).items():
        name = f"acc@10@{percent}"
        scores[name] = ranking.acc_at(early, 10)
        intervals[name] = _interval(early <= 10, pairs.sketch_photo)
    triplets, triplet_interval = _triplets(pairs, queries, gallery, len(gallery))
    by_vectors = ranking.ranks(rank_all(queries, gallery, rerank_depth=0), pairs.sketch_photo)
    report = {
        "task": "retrieval",
        "split": split,
        "photos": _photo_side(part, embedder.config, edges),
        "views": views,
        "n_queries": len(queries),
        "n_gallery": len(gallery),
        **scores,
        "begun": _begun(pairs),
        "triplet_accuracy": triplets,
        "n_triplets": len(pairs.triplets),
        "intervals": {**intervals, "triplet_accuracy": triplet_interval},
        "stage_one": {
            **_scores(by_vectors, pairs)[0],
            "triplet_accuracy": _triplets(pairs, queries, gallery, rerank_depth=0)[0],
        },
        "skipped": list(pairs.problems),
        "seconds": round(time.monotonic() - began, 1),
    }
    if pictures:
        from sketchnet.evaluation.retrieval_report import draw_retrieval_report

        sources = {photo.id: photo for photo in part.photos}
        draw_retrieval_report(
            report,
            distances=distances,
            ranks=ranks,
            true_rows=pairs.sketch_photo,
            sketches=pairs.sketches,
            sketch_ids=pairs.sketch_ids,
            photos=[sources[photo_id] for photo_id in pairs.photo_ids],
            history=_history(embedder),
            folder=pictures,
        )
    return report


def split_of(
    collection: Collection, config: RetrievalConfig, split: str, fold: int | None = None
) -> Collection:
    """Return one split, cut as for the training of `config`; raises InputError where it is empty.

    A run that was trained on everything (`validate` off) has no validation part of its own.
    """
    if config.validate or fold is not None:
        collection = with_validation(collection, fold=config.fold if fold is None else fold)
    part = collection.subset(split)
    if not part.sketches:
        there = {name: len(collection.subset(name).sketches) for name in SPLITS}
        listed = ", ".join(f"{name} ({n} sketches)" for name, n in there.items() if n)
        raise InputError(
            f"sketches in the split {split!r}",
            "none",
            f"name one with --split: {listed or 'these data hold photos alone'}",
        )
    return part


def _scores(
    ranks: np.ndarray, pairs: PreparedPairs
) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    """Return the scores and their intervals, by name."""
    n_gallery = len(pairs.photos)
    scores = {f"acc@{k}": ranking.acc_at(ranks, k) for k in FIRST}
    scores["map"] = ranking.mean_average_precision(ranks)
    scores["percentile"] = ranking.mean_percentile(ranks, n_gallery)
    of_query: dict[str, np.ndarray] = {f"acc@{k}": ranks <= k for k in FIRST}
    of_query["map"] = 1 / ranks
    of_query["percentile"] = (n_gallery - ranks) / max(n_gallery - 1, 1)
    # Sketches of one photo are not independent: the interval draws photos.
    intervals = {name: _interval(of_query[name], pairs.sketch_photo) for name in scores}
    return scores, intervals


def _interval(values: np.ndarray, groups: np.ndarray) -> tuple[float, float]:
    return ranking.bootstrap_interval(np.asarray(values, float), groups=groups)


def _triplets(
    pairs: PreparedPairs, queries: Embeddings, gallery: Embeddings, rerank_depth: int
) -> tuple[float | None, tuple[float, float] | None]:
    """Return the accuracy on human triplets and its interval; stage two judges so many photos."""
    if not len(pairs.triplets):
        return None, None
    distances = rank_all(queries, gallery, rerank_depth=rerank_depth)
    sketch, positive, negative = pairs.triplets.T
    d_pos, d_neg = distances[sketch, positive], distances[sketch, negative]
    # One sketch has a hundred triplets: it is sketches, not triplets, that are drawn.
    return ranking.triplet_accuracy(d_pos, d_neg), _interval(d_pos < d_neg, sketch)


def _early_ranks(
    embedder: Embedder, pairs: PreparedPairs, gallery: Embeddings
) -> dict[int, np.ndarray]:
    """Return ranks by percent of the ink drawn; scale and place come from the drawn part alone.

    One view, with which the page asks too while somebody draws.
    """
    found = {}
    for percent in PERCENT_DRAWN:
        parts = [
            # Seeded by the sketch: what a region shows at 25 % it shows at 50 % too.
            beginning(whole, drawing, percent / 100, np.random.default_rng(row))
            for row, (whole, drawing) in enumerate(zip(pairs.sketches, pairs.drawings, strict=True))
        ]
        queries = embedder.sketches(np.stack(parts), 1)
        found[percent] = ranking.ranks(rank_all(queries, gallery), pairs.sketch_photo)
    return found


def _begun(pairs: PreparedPairs) -> str:
    """Say in what order sketches are drawn: strokes, regions, or how many of which."""
    strokes = sum(drawing is not None for drawing in pairs.drawings)
    if strokes in (0, len(pairs.drawings)):
        return "strokes" if strokes else "regions"
    return f"strokes {strokes}, regions {len(pairs.drawings) - strokes}"


def _photo_side(part: Collection, config: RetrievalConfig, edges: str) -> str:
    """Say what the photo branch saw: ours, published, rgb, or how many of which."""
    if config.photo_input == "rgb":
        return "rgb"
    other = "published" if edges == "ours" else "ours"
    wanted = "photo" if edges == "ours" else "edges"
    there = sum(getattr(photo, wanted) is not None for photo in part.photos)
    if there == len(part.photos):
        return edges
    return other if there == 0 else f"{edges} {there}, {other} {len(part.photos) - there}"


def _history(embedder: Embedder) -> Path | None:
    history = embedder.folder / HISTORY if embedder.folder else None
    return history if history and history.is_file() else None
