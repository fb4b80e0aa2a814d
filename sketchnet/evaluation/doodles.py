"""Evaluation of a doodle run: accuracy of partial and finished drawings, kNN, random triplets.

Accuracy and calibration are described in `category_scores`. Neighbours (k = 1, 3, 4, 5) are
searched in the run's gallery of training drawings, restricted to the evaluated categories with
equally many of each; a drawing is never its own neighbour. A triplet is a drawing, another one of
its category and one of a different category, chosen at random, ten per drawing.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet import runs
from sketchnet.data.doodles import Doodles
from sketchnet.data.quickdraw import load_doodles
from sketchnet.evaluation.category_scores import COMPLETION_PERCENT, score_categories
from sketchnet.evaluation.doodle_evaluation import DoodleEvaluation
from sketchnet.evaluation.doodle_report import draw_doodle_report
from sketchnet.inference.doodle_embedder import DoodleEmbedder
from sketchnet.metrics.bootstrap import bootstrap_interval
from sketchnet.metrics.classification import knn_predict
from sketchnet.retrieval.doodle_gallery import GALLERY_FILE, DoodleGallery, load_doodle_gallery
from sketchnet.utils.errors import InputError

NEIGHBOURS = (1, 3, 4, 5)
TRIPLETS_PER_ANCHOR = 10


def evaluate_doodles(
    run: Path | str,
    data: Sequence[Path],
    split: str = "test",
    *,
    categories: Sequence[str] | None = None,
    per_category: int | None = None,
    recognized_only: bool = False,
    pictures: Path | None = None,
) -> dict[str, Any]:
    """Score a run on the drawings of one split of `data`; see `load_doodles`, `score_doodles`."""
    drawings = load_doodles(
        data, categories, per_category, recognized_only=recognized_only, split=split
    )
    return score_doodles(run, drawings, split=split, pictures=pictures)


def score_doodles(
    run: Path | str | DoodleEmbedder,
    drawings: Doodles,
    *,
    split: str,
    gallery: DoodleGallery | None = None,
    pictures: Path | None = None,
) -> dict[str, Any]:
    """Score a run on labelled drawings.

    Args:
        run: directory or shipped name of a run, or an embedder; then pass its `gallery`.
        drawings: the labelled drawings.
        split: their split, for the report.
        gallery: training drawings for kNN; None = the run's own.
        pictures: directory to draw the report into.

    Returns:
        n, accuracy@25 … accuracy@100, top5, knn@1 …, triplet_accuracy; `picture_only` and
        `strokes_only`, the accuracy of a network of two branches with one input only; `intervals`,
        a 95 % bootstrap interval of each; `calibration_error` and, of partial drawings,
        `calibration_error@25` …, 0 to 1; the run's `temperature`; description of the gallery;
        skipped drawings and the reasons; `unknown`, number of drawings in categories that the run
        was not trained on.

    Raises:
        InputError: the run was trained on none of the categories.
    """
    began = time.monotonic()
    embedder = run if isinstance(run, DoodleEmbedder) else DoodleEmbedder(run)
    folder = None if isinstance(run, DoodleEmbedder) else runs.resolve_run(run)
    if gallery is None and folder is not None:
        gallery = _load_gallery(folder, embedder)
    known, unknown = _split_by_known_categories(drawings, embedder)
    predictions = embedder.predict_by_modality(known.queries())
    finished = predictions["both"]

    categories = score_categories(embedder, known, predictions)
    hits = dict(categories.hits)
    neighbours = gallery.balanced(known.categories) if gallery is not None else None
    if neighbours is not None and len(neighbours):
        hits |= _knn_hits(finished.embeddings, known, neighbours)
    else:
        neighbours = None
    anchors, right = random_triplets(finished.embeddings, known.labels)

    report = {
        "task": "quickdraw",
        "split": split,
        "n": len(known),
        "n_categories": len(known.categories),
        **_scores(hits, anchors, right),
        **categories.calibration_errors,
        "temperature": embedder.temperature,
        "gallery": _describe_gallery(neighbours),
        "categories": list(known.categories),
        "unknown": unknown,
        "skipped": list(known.problems),
        "seconds": round(time.monotonic() - began, 1),
    }
    if pictures:
        evaluation = DoodleEvaluation(
            known, predictions, categories.predicted, categories.reliability
        )
        draw_doodle_report(report, evaluation, folder / runs.HISTORY if folder else None, pictures)
    return report


def random_triplets(
    embeddings: np.ndarray,
    labels: np.ndarray,
    per_anchor: int = TRIPLETS_PER_ANCHOR,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """Choose random triplets among N embedded drawings and score them.

    A triplet is right where d(anchor, positive) < d(anchor, negative); a tie is wrong. Drawings
    without another one of their category, or without one of a different category, are no anchors.

    Args:
        embeddings: (N, E).
        labels: (N,) int.
        per_anchor: triplets per drawing.
        seed: seed of the choice.

    Returns:
        The anchors (T,) int, rows of `embeddings`, and whether each triplet is right, (T,) 0 or 1.
    """
    rng = np.random.default_rng(seed)
    rows = {label: np.flatnonzero(labels == label) for label in np.unique(labels)}
    anchors, positives, negatives = [], [], []
    for anchor, label in enumerate(labels):
        same_label = rows[label]
        if len(same_label) < 2 or len(same_label) == len(labels):
            continue
        positives.append(rng.choice(same_label[same_label != anchor], per_anchor))
        # Draw again until the category differs; few tries, since no category has nearly all.
        drawn = rng.integers(len(labels), size=per_anchor)
        while (same := labels[drawn] == label).any():
            drawn[same] = rng.integers(len(labels), size=int(same.sum()))
        negatives.append(drawn)
        anchors.append(np.full(per_anchor, anchor))
    if not anchors:
        return np.zeros(0, int), np.zeros(0)
    a, p, n = (np.concatenate(each) for each in (anchors, positives, negatives))
    d_pos, d_neg = (np.square(embeddings[a] - embeddings[other]).sum(axis=1) for other in (p, n))
    return a, (d_pos < d_neg).astype(float)


def _split_by_known_categories(
    drawings: Doodles, embedder: DoodleEmbedder
) -> tuple[Doodles, dict[str, int]]:
    """The drawings of categories that the run has, and the numbers of drawings of the others."""
    counts = dict(zip(drawings.categories, drawings.counts().tolist(), strict=True))
    known = [name for name, n in counts.items() if n and name in embedder.categories]
    unknown = {name: n for name, n in counts.items() if n and name not in embedder.categories}
    if not known:
        raise InputError(
            f"drawings of the run's {len(embedder.categories)} categories",
            ", ".join(unknown) or "none",
            "train a run on these categories",
        )
    return drawings.only(known), unknown


def _knn_hits(
    embeddings: np.ndarray, drawings: Doodles, gallery: DoodleGallery
) -> dict[str, np.ndarray]:
    """Which drawings the k nearest of the gallery classify correctly, by score: (N,) bool."""
    distances = gallery.squared_distances(embeddings)
    row_of = {key: row for row, key in enumerate(gallery.key_ids)}
    for query, key in enumerate(drawings.key_ids):
        if key in row_of:
            distances[query, row_of[key]] = np.inf  # a drawing is not its own neighbour
    return {
        f"knn@{k}": knn_predict(distances, gallery.labels, min(k, len(gallery))) == drawings.labels
        for k in NEIGHBOURS
    }


def _scores(hits: Mapping[str, np.ndarray], anchors: np.ndarray, right: np.ndarray) -> dict:
    """The scores by name, None where a score does not apply, and their intervals."""
    names = [*(f"accuracy@{p}" for p in COMPLETION_PERCENT), "top5"]
    names += [f"knn@{k}" for k in NEIGHBOURS]
    intervals = {name: bootstrap_interval(hit.astype(float)) for name, hit in hits.items()}
    if len(right):
        # The triplets of one drawing are correlated: the bootstrap resamples drawings.
        intervals["triplet_accuracy"] = bootstrap_interval(right, groups=anchors)
    return {
        **{name: float(hits[name].mean()) if name in hits else None for name in names},
        "triplet_accuracy": float(right.mean()) if len(right) else None,
        **{name: float(hit.mean()) for name, hit in hits.items() if name not in names},
        "n_triplets": len(right),
        "intervals": intervals,
    }


def _load_gallery(folder: Path, embedder: DoodleEmbedder) -> DoodleGallery | None:
    if not (folder / GALLERY_FILE).is_file():
        return None
    gallery = load_doodle_gallery(folder / GALLERY_FILE)
    gallery.check_made_by(embedder.fingerprint)
    return gallery


def _describe_gallery(gallery: DoodleGallery | None) -> dict[str, int] | None:
    if gallery is None:
        return None
    counts = np.bincount(gallery.labels, minlength=len(gallery.categories))
    return {
        "n": len(gallery),
        "per_category": int(counts.max()),
        "categories_without": int((counts == 0).sum()),
    }
