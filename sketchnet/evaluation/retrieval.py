"""Evaluation of a retrieval run: sketches of a split queried against the photos of that split.

Sketches and photos are prepared, embedded and ranked by the same functions as on the page.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet.data.pairs.prepare import PreparedPairs
from sketchnet.data.partial_sketch import partial_sketch
from sketchnet.evaluation.embedded_split import EdgeMaps, EmbeddedSplit, embed_split
from sketchnet.evaluation.retrieval_report import draw_retrieval_report
from sketchnet.inference.embedder import Embedder
from sketchnet.metrics import ranking
from sketchnet.metrics.bootstrap import bootstrap_interval
from sketchnet.retrieval.ranker import Ranker
from sketchnet.runs import HISTORY

FIRST = (1, 5, 10)
COMPLETION_PERCENT = (25, 50, 75)

Scores = dict[str, float]
Intervals = dict[str, tuple[float, float]]


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
        @50, @75 (partial sketches at these percentages of the stroke length, one view), m@A and m@B
        over these and the whole sketch, where `partial_by` says how the sketches were cut: by
        strokes, by regions where a sketch has no strokes, or how many of each. `intervals` holds a
        95 % bootstrap interval of each score, resampled by photo, `retrieval_only` the same scores
        without re-ranking; `photos` says what the photo branch received. Triplets are decided by
        re-ranked distances of all photos.

    Raises InputError where the split has no sketches.
    """
    began = time.monotonic()
    found = embed_split(
        run,
        directories,
        split,
        edge_maps=edge_maps,
        views=views,
        fold=fold,
        distractors=distractors,
    )
    distances = found.ranker.rank_all(found.queries, found.gallery)
    ranks = ranking.ranks(distances, found.pairs.sketch_photo)
    report = {
        "task": "retrieval",
        "split": split,
        "photos": found.photo_side,
        "views": views,
        "n_queries": len(found.queries),
        "n_gallery": len(found.gallery),
        "n_distractors": len(found.gallery) - len(found.own),
        **_report_scores(found, ranks),
        "skipped": list(found.pairs.problems),
        "seconds": round(time.monotonic() - began, 1),
    }
    if pictures:
        draw_retrieval_report(
            report,
            distances=distances,
            ranks=ranks,
            true_rows=found.pairs.sketch_photo,
            sketches=found.pairs.sketches,
            sketch_ids=found.pairs.sketch_ids,
            photos=found.photos,
            history=_history(found.embedder),
            folder=pictures,
        )
    return report


def ranking_scores(
    embedder: Embedder, ranker: Ranker, pairs: PreparedPairs, views: int = 1
) -> Scores:
    """acc@1, acc@10 and mAP of all sketches among all photos: what validation reports."""
    queries = embedder.sketches(pairs.sketches, views)
    gallery = embedder.photos(pairs.photos[:, 0], views)
    ranks = ranking.ranks(ranker.rank_all(queries, gallery), pairs.sketch_photo)
    return {
        "acc@1": ranking.acc_at(ranks, 1),
        "acc@10": ranking.acc_at(ranks, 10),
        "map": ranking.mean_average_precision(ranks),
    }


def _report_scores(found: EmbeddedSplit, ranks: np.ndarray) -> dict[str, Any]:
    """All scores of the report, with their intervals."""
    pairs = found.pairs
    scores, intervals = _scores(ranks, pairs, len(found.gallery))
    partial, partial_intervals = _partial_scores(found, ranks)
    every_photo = replace(found.ranker, depth=len(found.own))
    triplets, triplet_interval = _triplets(found, every_photo)
    retrieval_only = replace(found.ranker, depth=0)
    distances = retrieval_only.rank_all(found.queries, found.gallery)
    first_ranks = ranking.ranks(distances, pairs.sketch_photo)
    return {
        **scores,
        **partial,
        "partial_by": _partial_by(pairs),
        "triplet_accuracy": triplets,
        "n_triplets": len(pairs.triplets),
        "intervals": {**intervals, **partial_intervals, "triplet_accuracy": triplet_interval},
        "retrieval_only": {
            **_scores(first_ranks, pairs, len(found.gallery))[0],
            "triplet_accuracy": _triplets(found, retrieval_only)[0],
        },
    }


def _scores(ranks: np.ndarray, pairs: PreparedPairs, n_gallery: int) -> tuple[Scores, Intervals]:
    scores = {f"acc@{k}": ranking.acc_at(ranks, k) for k in FIRST}
    scores["map"] = ranking.mean_average_precision(ranks)
    scores["percentile"] = ranking.mean_percentile(ranks, n_gallery)
    of_query: dict[str, np.ndarray] = {f"acc@{k}": ranks <= k for k in FIRST}
    of_query["map"] = 1 / ranks
    of_query["percentile"] = (n_gallery - ranks) / max(n_gallery - 1, 1)
    # Sketches of one photo are not independent: the bootstrap resamples photos.
    intervals = {name: _interval(of_query[name], pairs.sketch_photo) for name in scores}
    return scores, intervals


def _partial_scores(found: EmbeddedSplit, whole_ranks: np.ndarray) -> tuple[Scores, Intervals]:
    """acc@10 of partial sketches, and m@A and m@B over them and the whole sketches.

    Scale and position come from the drawn part only. One view, as on the page while a person draws.
    """
    scores: Scores = {}
    intervals: Intervals = {}
    pairs, line_width = found.pairs, found.embedder.config.line_width
    levels = []
    for percent in COMPLETION_PERCENT:
        parts = [
            # Seeded by the sketch: the region that is visible at 25 % is visible at 50 % too.
            partial_sketch(whole, drawing, percent / 100, np.random.default_rng(row), line_width)
            for row, (whole, drawing) in enumerate(zip(pairs.sketches, pairs.drawings, strict=True))
        ]
        queries = found.embedder.sketches(np.stack(parts), 1)
        distances = found.ranker.rank_all(queries, found.gallery)
        ranks = ranking.ranks(distances, pairs.sketch_photo)
        scores[f"acc@10@{percent}"] = ranking.acc_at(ranks, 10)
        intervals[f"acc@10@{percent}"] = _interval(ranks <= 10, pairs.sketch_photo)
        levels.append(ranks)
    by_level = np.stack([*levels, whole_ranks], axis=1)
    scores["m@A"] = ranking.m_at_a(by_level, len(found.gallery))
    scores["m@B"] = ranking.m_at_b(by_level)
    behind = (len(found.gallery) - by_level) / max(len(found.gallery) - 1, 1)
    intervals["m@A"] = _interval(behind.mean(axis=1), pairs.sketch_photo)
    intervals["m@B"] = _interval((1 / by_level).mean(axis=1), pairs.sketch_photo)
    return scores, intervals


def _triplets(
    found: EmbeddedSplit, ranker: Ranker
) -> tuple[float | None, tuple[float, float] | None]:
    """Return the accuracy on human triplets and its interval."""
    if not len(found.pairs.triplets):
        return None, None
    distances = ranker.rank_all(found.queries, found.own)
    sketch, positive, negative = found.pairs.triplets.T
    d_pos, d_neg = distances[sketch, positive], distances[sketch, negative]
    # One sketch has about a hundred triplets: the bootstrap resamples sketches.
    return ranking.triplet_accuracy(d_pos, d_neg), _interval(d_pos < d_neg, sketch)


def _interval(values: np.ndarray, groups: np.ndarray) -> tuple[float, float]:
    return bootstrap_interval(np.asarray(values, float), groups=groups)


def _partial_by(pairs: PreparedPairs) -> str:
    """How partial sketches were cut: strokes, regions, or how many of each."""
    strokes = sum(drawing is not None for drawing in pairs.drawings)
    if strokes in (0, len(pairs.drawings)):
        return "strokes" if strokes else "regions"
    return f"strokes {strokes}, regions {len(pairs.drawings) - strokes}"


def _history(embedder: Embedder) -> Path | None:
    history = embedder.folder / HISTORY if embedder.folder else None
    return history if history and history.is_file() else None
