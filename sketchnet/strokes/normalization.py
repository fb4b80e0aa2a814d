"""Offsets of the pen, brought to mean 0 and deviation 1 before a network reads them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from sketchnet.strokes.formats import Drawing, to_stroke3

Pair = tuple[float, float]


@dataclass(frozen=True)
class StrokeNormalization:
    """Mean and deviation of Δx and Δy over the training drawings, tidied on 0 … 255.

    `start` is where the pen is taken to stand before the first point. The defaults are those
    published with *Representation Learning for Sketches using Combined Representations*.
    """

    mean: Pair = (0.04, -0.67)
    deviation: Pair = (34.53, 26.54)
    start: Pair = (122.5, 122.5)

    def __post_init__(self) -> None:
        for name in ("mean", "deviation", "start"):  # JSON has lists
            pair = tuple(float(value) for value in getattr(self, name))
            if len(pair) != 2 or not np.isfinite(pair).all():
                raise ValueError(f"expected {name} as two finite numbers; received {pair}")
            object.__setattr__(self, name, pair)
        if min(self.deviation) <= 0:
            raise ValueError(f"expected deviations above 0; received {self.deviation}")

    @classmethod
    def fit(cls, drawings: Iterable[Drawing]) -> StrokeNormalization:
        """The mean and deviation of the given drawings; the published ones where there are none."""
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
        """Rows (N, 3) float32: normalised Δx and Δy, and 1 where the pen is lifted."""
        rows = _offsets(drawing, self.start)
        rows[:, :2] = (rows[:, :2] - np.array(self.mean)) / np.array(self.deviation)
        return rows


def _offsets(drawing: Drawing, start: Pair) -> np.ndarray:
    rows = to_stroke3(drawing)
    rows[:1, :2] -= np.array(start, np.float32)
    return rows
