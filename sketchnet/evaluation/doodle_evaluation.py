"""The outcome of a doodle evaluation, which scores, tables and pictures share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from sketchnet.data.doodles import Doodles
from sketchnet.inference.doodle_embedder import Predictions
from sketchnet.inference.predict import Modality

Reliability = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Mean confidence, accuracy and number of predictions of each bin, as `metrics.reliability`."""


@dataclass(frozen=True, eq=False)
class DoodleEvaluation:
    """One evaluation of N drawings.

    Attributes:
        drawings: the evaluated drawings with their labels.
        predictions: predictions for the finished drawings by modality: `both`, and for a network of
            two branches also `picture` and `strokes`.
        predicted: (N,) int, labels predicted with `both`.
        reliability: by completion level in percent.
    """

    drawings: Doodles
    predictions: Mapping[Modality, Predictions]
    predicted: np.ndarray
    reliability: Mapping[int, Reliability] = field(default_factory=dict)
