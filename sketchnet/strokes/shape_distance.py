"""How alike two drawings are in shape, told by their ink alone: no network has a say in it."""

from __future__ import annotations

import numpy as np

from sketchnet.strokes.formats import Drawing, bounds, ink_length, resample

# Measured on real drawings: the closest tenth of the pairs within a category are nearer than this.
SAME_STYLE = 0.047
_POINTS = 96


def ink_points(drawing: Drawing) -> np.ndarray:
    """About 96 points (n, 2), evenly along all ink, in a box of longest side 1 about 0, 0."""
    if not drawing:
        return np.zeros((0, 2), np.float32)
    spacing = max(ink_length(drawing) / _POINTS, 1e-6)
    points = np.concatenate(resample(drawing, spacing))
    low, high = bounds(drawing)
    return (points - (low + high) / 2) / max(float((high - low).max()), 1e-6)


def style_distance(first: np.ndarray, second: np.ndarray) -> float:
    """The chamfer distance of two sets of ink points (n, 2) and (m, 2).

    How far a point of one lies from the nearest of the other on average, in sides of the drawing,
    from 0 (the same lines) to about 0.5; infinite where one is empty. Strokes may come in another
    order or direction, and a mirrored drawing is another style. (Barrow et al., 1977.)
    """
    if not len(first) or not len(second):
        return float("inf")
    squares = np.square(first).sum(axis=1)[:, None] + np.square(second).sum(axis=1)
    squared = np.maximum(squares - 2 * first @ second.T, 0)
    there, back = (np.sqrt(squared.min(axis=axis)).mean() for axis in (1, 0))
    return float(there + back) / 2


def same_style(first: Drawing, second: Drawing) -> bool:
    """Whether two drawings are as alike as the closest tenth of the pairs of one category."""
    return style_distance(ink_points(first), ink_points(second)) <= SAME_STYLE


def distinct_styles(drawings: list[Drawing], k: int) -> list[int]:
    """Up to `k` of the given drawings, none drawn like another; the earlier one is kept."""
    chosen: list[int] = []
    points: list[np.ndarray] = []
    for row, drawing in enumerate(drawings):
        if len(chosen) == k:
            break
        own = ink_points(drawing)
        if all(style_distance(own, other) > SAME_STYLE for other in points):
            chosen.append(row)
            points.append(own)
    return chosen
