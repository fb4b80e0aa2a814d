"""Scores of predicted categories: accuracy, the five likeliest, calibration, at completion levels.

They are among the categories that both the drawings and the run have: probabilities of the others
are left out, and the rest add up to 1 again. Partial drawings are cut at 25, 50 and 75 % of the
stroke length; scale and position come from the drawn part only. Pictures without strokes count at
100 % only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sketchnet.data.doodles import Doodles
from sketchnet.evaluation.doodle_evaluation import Reliability
from sketchnet.inference.doodle_embedder import DoodleEmbedder, Predictions
from sketchnet.inference.predict import Modality
from sketchnet.metrics.classification import expected_calibration_error, reliability

COMPLETION_PERCENT = (25, 50, 75, 100)
LIKELIEST = 5


@dataclass(frozen=True, eq=False)
class CategoryScores:
    """The outcome of `score_categories` for N drawings.

    Attributes:
        hits: which drawings are right, (N,) bool, by key of the report: accuracy@25 …, top5,
            picture_only, strokes_only. Fewer than N where strokes lack.
        calibration_errors: expected calibration error, 0 to 1, by key of the report:
            calibration_error of the finished drawings, calibration_error@25 … of partial ones.
        predicted: (N,) int, predicted labels of the finished drawings.
        reliability: confidence, accuracy and number of predictions in each bin, by completion level
            in percent.
    """

    hits: dict[str, np.ndarray]
    calibration_errors: dict[str, float]
    predicted: np.ndarray
    reliability: dict[int, Reliability]


def score_categories(
    embedder: DoodleEmbedder, drawings: Doodles, predictions: Mapping[Modality, Predictions]
) -> CategoryScores:
    """Score the predicted categories of drawings.

    Args:
        embedder: the run, which predicts for partial drawings.
        drawings: N drawings, all of categories that the run has.
        predictions: predictions for the finished drawings by modality.
    """
    columns = [embedder.categories.index(name) for name in drawings.categories]
    with_strokes = np.array([i for i in range(len(drawings)) if i not in drawings.bitmaps], int)
    hits = {}
    probabilities, labels = {}, {}
    if len(with_strokes):
        part = drawings.take(with_strokes)
        for percent in COMPLETION_PERCENT[:-1]:
            partial = embedder.predict(part.queries(percent / 100))
            probabilities[percent] = among(partial.probabilities, columns)
            labels[percent] = part.labels
        for modality, found in predictions.items():
            if modality != "both":
                predicted = among(found.probabilities, columns)[with_strokes].argmax(axis=1)
                hits[f"{modality}_only"] = predicted == part.labels
    probabilities[100] = among(predictions["both"].probabilities, columns)
    labels[100] = drawings.labels
    for percent, each in probabilities.items():
        hits[f"accuracy@{percent}"] = each.argmax(axis=1) == labels[percent]
    likeliest = np.argsort(-probabilities[100], axis=1, kind="stable")[:, :LIKELIEST]
    hits["top5"] = (likeliest == drawings.labels[:, None]).any(axis=1)
    errors = {
        "calibration_error" + (f"@{percent}" if percent < 100 else ""): (
            expected_calibration_error(probabilities[percent], labels[percent])
        )
        for percent in reversed(probabilities)
    }
    return CategoryScores(
        hits,
        errors,
        probabilities[100].argmax(axis=1),
        {percent: reliability(probabilities[percent], labels[percent]) for percent in labels},
    )


def among(probabilities: np.ndarray, columns: list[int]) -> np.ndarray:
    """(N, C) probabilities → (N, len(columns)) of these categories, each row adding up to 1."""
    chosen = probabilities[:, columns].astype(np.float64)
    sums = chosen.sum(axis=1, keepdims=True)
    # A row can be 0 where the network is certain of another category: then it favours none.
    return np.where(sums > 0, chosen / np.maximum(sums, 1e-300), 1 / len(columns))
