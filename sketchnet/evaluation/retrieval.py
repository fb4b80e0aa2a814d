"""Evaluation of a retrieval run: sketches of a split queried against the photos of that split.

Sketches and photos are prepared, embedded and ranked by the same functions as on the page.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.data.pairs.collection import SPLITS, Collection
from sketchnet.data.pairs.load import load_collection, load_collections, with_validation
from sketchnet.data.pairs.prepare import PreparedPairs, prepare_pairs
from sketchnet.data.partial_sketch import partial_sketch
from sketchnet.evaluation.retrieval_report import draw_retrieval_report
from sketchnet.inference.embedder import Embedder, Embeddings
from sketchnet.metrics import ranking
from sketchnet.metrics.bootstrap import bootstrap_interval
from sketchnet.retrieval.ranker import Ranker, load_ranker
from sketchnet.runs import HISTORY
from sketchnet.utils.errors import InputError

FIRST = (1, 5, 10)
COMPLETION_PERCENT = (25, 50, 75)
EdgeMaps = Literal["computed", "provided"]


def evaluate_retrieval(
    run: Path | str | Embedder,
    directories: Sequence[Path],
    split: str = "test",
    *,
    edge_maps: EdgeMaps = "computed",
    views: int = 10,
    fold: int | None = None,
    distractors: Path | None = None,
    pictures: Path | None = None,
) -> dict[str, Any]:
    """Score a run on the sketches of one split against all photos of that split.

    Args:
        run: directory or shipped name of a run, or its embedder.
        directories: data directories of any layout, merged.
        split: train, val, test or all. Where the data have no validation split, `train` and `val`
            are the two sides of the cut that the run was trained with.
        edge_maps: compute the edge maps from the photos, as the page does, or use those that the
            dataset provides.
        views: 10, or 1.
        fold: validation fold, if not that of the run.
        distractors: a directory of photos that join the gallery and are never the right answer.
        pictures: a directory to draw the report into.

    Returns:
        n_queries, n_gallery, n_distractors, acc@1, acc@5, acc@10, map, percentile;
        triplet_accuracy (None where the data have no human triplets) with n_triplets; acc@10@25,
        @50, @75 (partial sketches at these percentages of the stroke length, one view), where
        `partial_by` says how the sketches were cut: by strokes, by regions where a sketch has no
        strokes, or how many of each. `intervals` holds a 95 % bootstrap interval of each score,
        resampled by photo, `retrieval_only` the same scores without re-ranking; `photos` says what
        the photo branch received. Triplets are decided by re-ranked distances of all photos.

    Raises InputError where the split has no sketches.
    """
    began = time.monotonic()
    collection = load_collections(directories)  # a wrong folder is reported before Keras is loaded
    others = load_collection(distractors) if distractors else None
    embedder = run if isinstance(run, Embedder) else Embedder(run)
    ranker = load_ranker(embedder)
    part = split_of(collection, embedder.config, split, fold)
    pairs = _prepared(part, embedder, edge_maps)
    if not len(pairs.sketches):
        raise InputError(
            "readable sketches",
            f"{len(part.sketches)} that are not ({pairs.problems[0]})",
            "look with `python -m sketchnet.data`",
        )
    queries = embedder.sketches(pairs.sketches, views)
    own = embedder.photos(pairs.photos[:, 0], views)
    gallery = own if others is None else _with_distractors(own, others, embedder, edge_maps, views)

    distances = ranker.rank_all(queries, gallery)
    ranks = ranking.ranks(distances, pairs.sketch_photo)
    scores, intervals = _scores(ranks, pairs, len(gallery))
    for percent, partial in _partial_ranks(embedder, ranker, pairs, gallery).items():
        name = f"acc@10@{percent}"
        scores[name] = ranking.acc_at(partial, 10)
        intervals[name] = _interval(partial <= 10, pairs.sketch_photo)
    every_photo = replace(ranker, depth=len(own))
    triplets, triplet_interval = _triplets(pairs, queries, own, every_photo)
    retrieval_only = replace(ranker, depth=0)
    first_ranks = ranking.ranks(retrieval_only.rank_all(queries, gallery), pairs.sketch_photo)
    report = {
        "task": "retrieval",
        "split": split,
        "photos": _photo_side(part, embedder.config, edge_maps),
        "views": views,
        "n_queries": len(queries),
        "n_gallery": len(gallery),
        "n_distractors": len(gallery) - len(own),
        **scores,
        "partial_by": _partial_by(pairs),
        "triplet_accuracy": triplets,
        "n_triplets": len(pairs.triplets),
        "intervals": {**intervals, "triplet_accuracy": triplet_interval},
        "retrieval_only": {
            **_scores(first_ranks, pairs, len(gallery))[0],
            "triplet_accuracy": _triplets(pairs, queries, own, retrieval_only)[0],
        },
        "skipped": list(pairs.problems),
        "seconds": round(time.monotonic() - began, 1),
    }
    if pictures:
        sources = {photo.id: photo for photo in part.photos}
        draw_retrieval_report(
            report,
            distances=distances[:, : len(own)],
            ranks=ranks,
            true_rows=pairs.sketch_photo,
            sketches=pairs.sketches,
            sketch_ids=pairs.sketch_ids,
            photos=[sources[photo_id] for photo_id in pairs.photo_ids],
            history=_history(embedder),
            folder=pictures,
        )
    return report


def ranking_scores(
    embedder: Embedder, ranker: Ranker, pairs: PreparedPairs, views: int = 1
) -> dict[str, float]:
    """acc@1, acc@10 and mAP of all sketches among all photos: what validation reports."""
    queries = embedder.sketches(pairs.sketches, views)
    gallery = embedder.photos(pairs.photos[:, 0], views)
    ranks = ranking.ranks(ranker.rank_all(queries, gallery), pairs.sketch_photo)
    return {
        "acc@1": ranking.acc_at(ranks, 1),
        "acc@10": ranking.acc_at(ranks, 10),
        "map": ranking.mean_average_precision(ranks),
    }


def split_of(
    collection: Collection, config: RetrievalConfig, split: str, fold: int | None = None
) -> Collection:
    """Return one split, cut as for the training of `config`; raises InputError where it is empty.

    A run that was trained on everything (`validate` off) has no validation split of its own.
    """
    if config.validate or fold is not None:
        collection = with_validation(collection, fold=config.fold if fold is None else fold)
    part = collection.subset(split)
    if not part.sketches:
        found = {name: len(collection.subset(name).sketches) for name in SPLITS}
        listed = ", ".join(f"{name} ({n} sketches)" for name, n in found.items() if n)
        raise InputError(
            f"sketches in the split {split!r}",
            "none",
            f"name one with --split: {listed or 'these data hold photos only'}",
        )
    return part


def _prepared(part: Collection, embedder: Embedder, edge_maps: EdgeMaps) -> PreparedPairs:
    return prepare_pairs(
        part,
        embedder.canvas,
        photo_input=embedder.config.photo_input,
        edge_maps=edge_maps,
        line_width=embedder.config.line_width,
    )


def _with_distractors(
    own: Embeddings, others: Collection, embedder: Embedder, edge_maps: EdgeMaps, views: int
) -> Embeddings:
    """The gallery `own` followed by the photos of another collection."""
    photos = _prepared(replace(others, sketches=(), triplets=()), embedder, edge_maps).photos
    found = embedder.photos(photos[:, 0], views)
    maps = None
    if own.maps is not None and found.maps is not None:
        maps = np.concatenate([own.maps, found.maps])
    return Embeddings(np.concatenate([own.vectors, found.vectors]), maps)


def _scores(
    ranks: np.ndarray, pairs: PreparedPairs, n_gallery: int
) -> tuple[dict[str, float], dict[str, tuple[float, float]]]:
    """Return the scores and their intervals, by name."""
    scores = {f"acc@{k}": ranking.acc_at(ranks, k) for k in FIRST}
    scores["map"] = ranking.mean_average_precision(ranks)
    scores["percentile"] = ranking.mean_percentile(ranks, n_gallery)
    of_query: dict[str, np.ndarray] = {f"acc@{k}": ranks <= k for k in FIRST}
    of_query["map"] = 1 / ranks
    of_query["percentile"] = (n_gallery - ranks) / max(n_gallery - 1, 1)
    # Sketches of one photo are not independent: the bootstrap resamples photos.
    intervals = {name: _interval(of_query[name], pairs.sketch_photo) for name in scores}
    return scores, intervals


def _interval(values: np.ndarray, groups: np.ndarray) -> tuple[float, float]:
    return bootstrap_interval(np.asarray(values, float), groups=groups)


def _triplets(
    pairs: PreparedPairs, queries: Embeddings, gallery: Embeddings, ranker: Ranker
) -> tuple[float | None, tuple[float, float] | None]:
    """Return the accuracy on human triplets and its interval."""
    if not len(pairs.triplets):
        return None, None
    distances = ranker.rank_all(queries, gallery)
    sketch, positive, negative = pairs.triplets.T
    d_pos, d_neg = distances[sketch, positive], distances[sketch, negative]
    # One sketch has about a hundred triplets: the bootstrap resamples sketches.
    return ranking.triplet_accuracy(d_pos, d_neg), _interval(d_pos < d_neg, sketch)


def _partial_ranks(
    embedder: Embedder, ranker: Ranker, pairs: PreparedPairs, gallery: Embeddings
) -> dict[int, np.ndarray]:
    """Return the ranks of partial sketches by completion level in percent of the stroke length.

    Scale and position come from the drawn part only. One view, as on the page while a person draws.
    """
    found = {}
    line_width = embedder.config.line_width
    for percent in COMPLETION_PERCENT:
        parts = [
            # Seeded by the sketch: the region that is visible at 25 % is visible at 50 % too.
            partial_sketch(whole, drawing, percent / 100, np.random.default_rng(row), line_width)
            for row, (whole, drawing) in enumerate(zip(pairs.sketches, pairs.drawings, strict=True))
        ]
        queries = embedder.sketches(np.stack(parts), 1)
        found[percent] = ranking.ranks(ranker.rank_all(queries, gallery), pairs.sketch_photo)
    return found


def _partial_by(pairs: PreparedPairs) -> str:
    """How partial sketches were cut: strokes, regions, or how many of each."""
    strokes = sum(drawing is not None for drawing in pairs.drawings)
    if strokes in (0, len(pairs.drawings)):
        return "strokes" if strokes else "regions"
    return f"strokes {strokes}, regions {len(pairs.drawings) - strokes}"


def _photo_side(part: Collection, config: RetrievalConfig, edge_maps: EdgeMaps) -> str:
    """What the photo branch received: computed, provided, rgb, or how many of each."""
    computed = "rgb" if config.photo_input == "rgb" else "computed"
    names = (computed, "provided") if edge_maps == "computed" else ("provided", computed)
    wanted = "photo" if edge_maps == "computed" else "edges"
    found = sum(getattr(photo, wanted) is not None for photo in part.photos)
    if found == len(part.photos):
        return names[0]
    return names[1] if not found else f"{names[0]} {found}, {names[1]} {len(part.photos) - found}"


def _history(embedder: Embedder) -> Path | None:
    history = embedder.folder / HISTORY if embedder.folder else None
    return history if history and history.is_file() else None
