"""What a drawing run is worth: categories while it is drawn, neighbours, triplets."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet import runs
from sketchnet.data.doodles import Doodles
from sketchnet.data.quickdraw import load_doodles
from sketchnet.evaluation.scored import Scored
from sketchnet.inference.doodle_embedder import DoodleEmbedder, Predictions
from sketchnet.metrics import ranking
from sketchnet.retrieval.doodle_gallery import FILE, DoodleGallery, load_doodle_gallery
from sketchnet.utils.errors import InputError

PERCENT_DRAWN = (25, 50, 75, 100)
NEIGHBOURS = (1, 3, 4, 5)
TRIPLETS_EACH = 10


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

    Accuracy is among the categories that the drawings hold and the run knows, at 25, 50, 75 and
    100 % of the ink; scale and place come from the drawn part alone, pictures without strokes
    count at 100 % only. The neighbours (k = 1, 3, 4, 5) are sought in the run's gallery of
    training drawings, cut to these categories and equally many of each, never a drawing itself.
    A triplet is a drawing, another of its category and one of a different category, drawn by lot,
    ten for each drawing.

    Args:
        run: a run's folder or shipped name, or an embedder with its `gallery`.
        split: named in the report.
        pictures: a folder to draw the report into.

    Returns:
        n, accuracy@25 … accuracy@100, knn@1 …, triplet_accuracy; `picture_only` and
        `strokes_only`, the accuracy when a network of two branches sees one input alone;
        `intervals`, a 95 % bootstrap interval of each; what was asked, of which gallery; and the
        drawings left out, with the reason.

    Raises InputError where the run knows none of the categories.
    """
    began = time.monotonic()
    embedder = run if isinstance(run, DoodleEmbedder) else DoodleEmbedder(run)
    if gallery is None and not isinstance(run, DoodleEmbedder):
        gallery = _gallery_of(runs.resolve_run(run), embedder)
    known, unknown = _known(drawings, embedder)
    columns = [embedder.categories.index(name) for name in known.categories]

    def told(answers: Predictions) -> np.ndarray:
        return answers.probabilities[:, columns].argmax(axis=1)

    hits: dict[str, np.ndarray] = {}
    by_input = embedder.predict_by_input(known.queries())
    finished, predicted = by_input["both"], told(by_input["both"])
    stroked = np.array([row for row in range(len(known)) if row not in known.bitmaps], int)
    if len(stroked):
        part = known.take(stroked)
        for percent in PERCENT_DRAWN[:-1]:
            early = embedder.predict(part.queries(percent / 100))
            hits[f"accuracy@{percent}"] = told(early) == part.labels
        for use, answers in by_input.items():
            if use != "both":
                hits[f"{use}_only"] = told(answers)[stroked] == part.labels
    hits["accuracy@100"] = predicted == known.labels

    near = gallery.balanced(known.categories) if gallery is not None else None
    near = near if near is not None and len(near) else None
    distances = None if near is None else _distances(finished.embeddings, known, near)
    if near is not None and distances is not None:
        for k in NEIGHBOURS:
            votes = ranking.knn_predict(distances, near.labels, min(k, len(near)))
            hits[f"knn@{k}"] = votes == known.labels
    anchors, right = triplets(finished.embeddings, known.labels)

    names = [*(f"accuracy@{p}" for p in PERCENT_DRAWN), *(f"knn@{k}" for k in NEIGHBOURS)]
    report: dict[str, Any] = {
        "task": "quickdraw",
        "split": split,
        "n": len(known),
        "n_categories": len(known.categories),
        **{name: float(hits[name].mean()) if name in hits else None for name in names},
        "triplet_accuracy": float(right.mean()) if len(right) else None,
        **{name: float(hits[name].mean()) for name in hits if name not in names},
        "n_triplets": len(right),
        "gallery": _describe(near),
        "categories": list(known.categories),
        "intervals": {
            **{name: ranking.bootstrap_interval(hit.astype(float)) for name, hit in hits.items()},
            **(
                {"triplet_accuracy": ranking.bootstrap_interval(right, groups=anchors)}
                if len(right)
                else {}
            ),
        },
        "unknown": unknown,
        "skipped": list(known.problems),
        "seconds": round(time.monotonic() - began, 1),
    }
    if pictures:
        from sketchnet.evaluation.doodle_report import draw_doodle_report

        scored = Scored(known, by_input, predicted)
        history = None if isinstance(run, DoodleEmbedder) else runs.resolve_run(run) / runs.HISTORY
        draw_doodle_report(report, scored, history, pictures)
    return report


def triplets(
    embeddings: np.ndarray, labels: np.ndarray, each: int = TRIPLETS_EACH, seed: int = 0
) -> tuple[np.ndarray, np.ndarray]:
    """Seeded triplets among N embedded drawings: their anchors (T,) and who is right (T,) 0 or 1.

    Right is d(anchor, positive) < d(anchor, negative); a tie is wrong. A drawing without another
    of its category, or without one of a different category, is no anchor.
    """
    rng = np.random.default_rng(seed)
    rows = {label: np.flatnonzero(labels == label) for label in np.unique(labels)}
    anchors, positives, negatives = [], [], []
    for anchor, label in enumerate(labels):
        own = rows[label]
        if len(own) < 2 or len(own) == len(labels):
            continue
        others = own[own != anchor]
        positives.append(rng.choice(others, each))
        # By lot until it is of another category; few tries, since no category is nearly all.
        drawn = rng.integers(len(labels), size=each)
        while (same := labels[drawn] == label).any():
            drawn[same] = rng.integers(len(labels), size=int(same.sum()))
        negatives.append(drawn)
        anchors.append(np.full(each, anchor))
    if not anchors:
        return np.zeros(0, int), np.zeros(0)
    a, p, n = (np.concatenate(each) for each in (anchors, positives, negatives))
    d_pos, d_neg = (np.square(embeddings[a] - embeddings[other]).sum(axis=1) for other in (p, n))
    return a, (d_pos < d_neg).astype(float)


def _known(drawings: Doodles, embedder: DoodleEmbedder) -> tuple[Doodles, dict[str, int]]:
    """The drawings whose categories the run can answer, and how many of which others there are."""
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


def _gallery_of(folder: Path, embedder: DoodleEmbedder) -> DoodleGallery | None:
    if not (folder / FILE).is_file():
        return None
    gallery = load_doodle_gallery(folder / FILE)
    gallery.check_made_by(embedder.fingerprint)
    return gallery


def _distances(vectors: np.ndarray, asked: Doodles, gallery: DoodleGallery) -> np.ndarray:
    distances = gallery.squared_distances(vectors)
    rows = {key: row for row, key in enumerate(gallery.key_ids)}
    for query, key in enumerate(asked.key_ids):
        if key in rows:
            distances[query, rows[key]] = np.inf  # nobody is a neighbour of their own
    return distances


def _describe(gallery: DoodleGallery | None) -> dict[str, int] | None:
    if gallery is None:
        return None
    counts = np.bincount(gallery.labels, minlength=len(gallery.categories))
    return {
        "n": len(gallery),
        "per_category": int(counts.max()),
        "categories_without": int((counts == 0).sum()),
    }
