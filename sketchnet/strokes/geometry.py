"""Geometry of a drawing's polylines: lengths, bounds, parts, scale, and numbers of points."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

Drawing = list[np.ndarray]

# These bound the time for any input; real drawings have a tenth of it.
_MAX_STEPS = 20_000
_PIECE = 2_048
_DOT = 1e-30  # extent of a drawing up to which it is a dot


def lengths_along(stroke: np.ndarray) -> np.ndarray:
    """The length of a stroke (n, 2) up to each of its points: (n,) float64."""
    steps = np.diff(np.asarray(stroke, np.float64), axis=0)
    return np.concatenate([[0.0], np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))])


def ink_length(drawing: Drawing) -> float:
    """The length of all strokes in the drawing's own unit; dots have length 0."""
    return float(sum(lengths_along(stroke)[-1] for stroke in drawing))


def partial_drawing(drawing: Drawing, completion: float) -> Drawing:
    """Cut a drawing at a completion level: the share of its stroke length, from 0 to 1.

    The cut may lie inside a segment. A dot counts as a thousandth of the whole length.
    """
    if not 0 <= completion <= 1:
        raise ValueError(f"expected a completion level from 0 to 1; received {completion}")
    if completion == 1 or not drawing:
        return list(drawing)
    lengths = np.array([lengths_along(stroke)[-1] for stroke in drawing])
    lengths = np.maximum(lengths, lengths.sum() / 1000 or 1.0)
    left = completion * lengths.sum()
    part: Drawing = []
    for stroke, length in zip(drawing, lengths, strict=True):
        if left <= 0:
            break
        part.append(stroke if left >= length else _cut(stroke, left))
        left -= length
    return part


def _cut(stroke: np.ndarray, length: float) -> np.ndarray:
    path = lengths_along(stroke)
    if length >= path[-1]:
        return stroke
    whole = int(np.searchsorted(path, length, side="right"))
    end = [[np.interp(length, path, stroke[:, 0]), np.interp(length, path, stroke[:, 1])]]
    return np.concatenate([stroke[:whole], np.array(end, np.float32)])


def stroke_snapshots(drawing: Drawing, most: int = 7) -> list[Drawing]:
    """Up to `most` parts that end with a stroke, evenly chosen; the last is the whole drawing."""
    count = len(drawing)
    stops = np.linspace(0, count, min(most, count) + 1)[1:].round().astype(int)
    return [drawing[:stop] for stop in stops]


def bounds(drawing: Drawing) -> tuple[np.ndarray, np.ndarray]:
    """The least and the greatest (x, y); raises ValueError for an empty drawing."""
    points = np.concatenate(drawing)
    return points.min(axis=0), points.max(axis=0)


def fit(drawing: Drawing, side: float = 255.0) -> Drawing:
    """Move the least coordinates to 0 and scale the longest side to `side`; a dot moves to 0, 0."""
    if not drawing:
        return []
    low, high = bounds(drawing)
    extent = float((high - low).max())
    # Below, the scale would overflow float32.
    scale = side / extent if extent > _DOT else 1.0
    return [((stroke - low) * scale).astype(np.float32) for stroke in drawing]


def resample(drawing: Drawing, spacing: float) -> Drawing:
    """Place points every `spacing` units along each stroke; its two ends are kept."""
    return [_resampled(stroke, spacing) for stroke in drawing]


def _resampled(stroke: np.ndarray, spacing: float) -> np.ndarray:
    path = lengths_along(stroke)
    if path[-1] == 0:
        return stroke[:1]
    at = np.append(np.arange(0, path[-1], spacing), path[-1])
    x, y = (np.interp(at, path, stroke[:, axis]) for axis in (0, 1))
    return np.column_stack([x, y]).astype(np.float32)


def simplify(drawing: Drawing, epsilon: float = 2.0) -> Drawing:
    """Simplify by Ramer, Douglas and Peucker: drop points within `epsilon` of the kept lines.

    The distance is to the infinite line through two kept points, as in the official Quick, Draw!
    files; `cv2.approxPolyDP` keeps other points. Of strokes longer than any in these files every
    2,048th point is kept as well, since the time grows with the square of the number of points.
    """
    return [stroke[_corners(stroke, epsilon)] for stroke in drawing]


def _corners(stroke: np.ndarray, epsilon: float) -> np.ndarray:
    points = stroke[:, 0] + 1j * stroke[:, 1].astype(np.float64)
    kept = np.zeros(len(points), bool)
    stops = [*range(0, len(points) - 1, _PIECE), len(points) - 1]
    kept[stops] = True
    pieces = list(pairwise(stops))
    while pieces:
        start, end = pieces.pop()
        if end - start < 2:
            continue
        along = points[end] - points[start]
        away = points[start + 1 : end] - points[start]
        off = np.abs((away * (along.conjugate() / abs(along))).imag) if along else np.abs(away)
        farthest = int(off.argmax())
        if off[farthest] > epsilon:
            corner = start + 1 + farthest
            kept[corner] = True
            pieces += [(start, corner), (corner, end)]
    return kept


def tidy(drawing: Drawing) -> Drawing:
    """Simplify a drawing as the official Quick, Draw! files are, without rounding to integers.

    Fit it into 0 … 255, resample it to one point a unit, then simplify it with epsilon 2. Every
    source of strokes goes through this function.
    """
    fitted = fit(drawing, 255.0)
    # Very long drawings are resampled more coarsely, to bound memory.
    return simplify(resample(fitted, max(1.0, ink_length(fitted) / _MAX_STEPS)), 2.0)
