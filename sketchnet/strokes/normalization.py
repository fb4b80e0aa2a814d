"""Normalisation of pen offsets to mean 0 and standard deviation 1."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sketchnet.strokes.formats import Drawing, to_stroke3

Pair = tuple[float, float]


@dataclass(frozen=True)
class StrokeNormalization:
    """Mean and standard deviation of the offsets Δx and Δy over the training drawings.

    The defaults are those published with *Representation Learning for Sketches using Combined
    Representations*, for drawings simplified on 0 … 255.

    Attributes:
        mean: of Δx and of Δy.
        deviation: standard deviation of Δx and of Δy, above 0.
        start: position (x, y) of the pen before the first point.
    """

    mean: Pair = (0.04, -0.67)
    deviation: Pair = (34.53, 26.54)
    start: Pair = (122.5, 122.5)

    def __post_init__(self) -> None:
        for name in ("mean", "deviation", "start"):  # JSON gives lists
            pair = tuple(float(value) for value in getattr(self, name))
            if len(pair) != 2 or not np.isfinite(pair).all():
                raise ValueError(f"expected {name} as two finite numbers; received {pair}")
            object.__setattr__(self, name, pair)
        if min(self.deviation) <= 0:
            raise ValueError(f"expected standard deviations above 0; received {self.deviation}")

    @classmethod
    def fit(cls, drawings: Iterable[Drawing]) -> StrokeNormalization:
        """Fit the mean and the standard deviation; without drawings they are the published ones."""
        count, total, squares = 0, np.zeros(2), np.zeros(2)
        for drawing in drawings:
            offsets = _offsets(drawing, cls.start)[:, :2].astype(np.float64)
            count += len(offsets)
            total += offsets.sum(axis=0)
            squares += np.square(offsets).sum(axis=0)
        if not count:
            return cls()
        mean = total / count
        deviation = np.sqrt(np.maximum(squares / count - np.square(mean), 0))
        deviation = np.where(deviation > 0, deviation, 1.0)
        return cls((mean[0], mean[1]), (deviation[0], deviation[1]))

    def apply(self, drawing: Drawing) -> np.ndarray:
        """Normalised stroke-3 rows: (N, 3) float32, Δx, Δy, and 1 where the pen is lifted."""
        rows = _offsets(drawing, self.start)
        rows[:, :2] = (rows[:, :2] - np.array(self.mean)) / np.array(self.deviation)
        return rows


def _offsets(drawing: Drawing, start: Pair) -> np.ndarray:
    rows = to_stroke3(drawing)
    rows[:1, :2] -= np.array(start, np.float32)
    return rows
