"""Calibrate the probabilities of a doodle run, so that 60 % means right six times in ten.

The logits are divided by one number, the temperature (Guo et al., *On calibration of modern neural
networks*, ICML 2017). It changes no ranking: accuracy stays the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax

from sketchnet.data.doodles import Doodles
from sketchnet.inference.doodle_embedder import (
    TEMPERATURES,
    DoodleEmbedder,
    save_temperature,
    softmax,
)
from sketchnet.metrics.classification import expected_calibration_error
from sketchnet.utils.errors import InputError

COMPLETION_LEVELS = (0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Calibration:
    """The outcome of `calibrate_run`.

    Attributes:
        temperature: the fitted one.
        error_before, error_after: expected calibration error with the earlier temperature and with
            this one, 0 to 1, over all drawings at all completion levels.
        n: number of predictions, each drawing once per completion level.
    """

    temperature: float
    error_before: float
    error_after: float
    n: int


def fit_temperature(logits: np.ndarray, labels: np.ndarray) -> float:
    """The temperature with the smallest mean negative log likelihood.

    Args:
        logits: (N, C).
        labels: (N,) int in 0..C-1.

    Returns a number within `TEMPERATURES`. Raises InputError where there are no predictions.
    """
    if not len(logits):
        raise InputError("drawings to fit a temperature on", "none")
    logits, rows = np.asarray(logits, np.float64), np.arange(len(labels))

    def negative_log_likelihood(log_temperature: float) -> float:
        scaled = log_softmax(logits / np.exp(log_temperature), axis=1)
        return float(-scaled[rows, labels].mean())

    found = minimize_scalar(
        negative_log_likelihood, bounds=tuple(np.log(TEMPERATURES)), method="bounded"
    )
    return float(np.clip(np.exp(found.x), *TEMPERATURES))


def calibrate_run(run: Path, drawings: Doodles) -> Calibration:
    """Fit the temperature of a run on labelled drawings, finished and partial, and save it.

    Args:
        run: directory of a doodle run; its `drawings.json` is written.
        drawings: drawings that the run was not trained on. Those of categories that it lacks are
            left out; pictures without strokes count as finished.

    Raises InputError where no drawing of the run's categories is left.
    """
    embedder = DoodleEmbedder(run)
    logits, labels = outputs_at_completion_levels(embedder, drawings)
    temperature = fit_temperature(logits, labels)
    before, after = (
        expected_calibration_error(softmax(logits / each), labels)
        for each in (embedder.temperature, temperature)
    )
    save_temperature(run, temperature)
    return Calibration(temperature, before, after, len(labels))


def outputs_at_completion_levels(
    embedder: DoodleEmbedder, drawings: Doodles
) -> tuple[np.ndarray, np.ndarray]:
    """Logits (N, C) and labels (N,) of the drawings at each of `COMPLETION_LEVELS`.

    The labels are indices into the categories of the run.
    """
    known = [name for name in drawings.categories if name in embedder.categories]
    drawings = drawings.only(known)
    if not len(drawings):
        raise InputError(
            f"drawings of the run's {len(embedder.categories)} categories",
            "none",
            "name data that the run was trained on, whose validation split is used",
        )
    columns = np.array([embedder.categories.index(name) for name in known])
    with_strokes = drawings.take(
        [row for row in range(len(drawings)) if row not in drawings.bitmaps]
    )
    parts = [with_strokes.queries(level) for level in COMPLETION_LEVELS[:-1]]
    labels = [columns[with_strokes.labels]] * len(parts) + [columns[drawings.labels]]
    logits = [embedder.outputs(queries)[1] for queries in (*parts, drawings.queries())]
    return np.concatenate(logits), np.concatenate(labels)
