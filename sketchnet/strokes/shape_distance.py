"""Shape distance of two drawings by their ink alone, without a network."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from sketchnet.strokes.formats import Drawing, bounds, ink_length, resample

# Measured on real drawings: one tenth of the pairs within a category have a smaller distance.
SAME_STYLE = 0.047
_POINTS = 96


def ink_points(drawing: Drawing) -> np.ndarray:
    """About 96 points (n, 2), evenly spaced along all strokes, in a box of side 1 about 0, 0."""
    if not drawing:
        return np.zeros((0, 2), np.float32)
    spacing = max(ink_length(drawing) / _POINTS, 1e-6)
    points = np.concatenate(resample(drawing, spacing))
    low, high = bounds(drawing)
    return (points - (low + high) / 2) / max(float((high - low).max()), 1e-6)


def style_distance(first: np.ndarray, second: np.ndarray) -> float:
    """The chamfer distance of two sets of ink points (n, 2) and (m, 2). (Barrow et al., 1977.)

    It is the mean distance of a point to the nearest one of the other drawing, in sides of the
    drawing: from 0 (the same lines) to about 0.5, and infinite where one is empty. The order and
    direction of strokes do not matter; a mirrored drawing has another style.
    """
    if not len(first) or not len(second):
        return float("inf")
    squares = np.square(first).sum(axis=1)[:, None] + np.square(second).sum(axis=1)
    squared = np.maximum(squares - 2 * first @ second.T, 0)
    there, back = (np.sqrt(squared.min(axis=axis)).mean() for axis in (1, 0))
    return float(there + back) / 2


def same_style(first: Drawing, second: Drawing) -> bool:
    """Whether two drawings are as similar as the closest tenth of the pairs of a category."""
    return style_distance(ink_points(first), ink_points(second)) <= SAME_STYLE


def distinct_styles(drawings: Iterable[Drawing], k: int) -> list[int]:
    """Indices of up to `k` drawings of different styles; of a style the first one is kept.

    Drawings behind the k-th are not read.
    """
    chosen: list[int] = []
    points: list[np.ndarray] = []
    for row, drawing in enumerate(drawings):
        own = ink_points(drawing)
        if all(style_distance(own, other) > SAME_STYLE for other in points):
            chosen.append(row)
            points.append(own)
        if len(chosen) == k:
            break
    return chosen
