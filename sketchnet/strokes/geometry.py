"""Geometry of a drawing's polylines: lengths, bounds, parts, scale, and numbers of points."""

from __future__ import annotations

import numpy as np

from sketchnet.utils.compiled import compiled

Drawing = list[np.ndarray]

# These bound the time for any input; real drawings have a tenth of it.
_MAX_STEPS = 20_000
_PIECE = 2_048
_DOT = 1e-30  # extent of a drawing up to which it is a dot


def lengths_along(stroke: np.ndarray) -> np.ndarray:
    """The length of a stroke (n, 2) up to each of its points: (n,) float64; n is 1 or more."""
    return _lengths_along(_points_of(stroke))


def _points_of(stroke: np.ndarray) -> np.ndarray:
    """A stroke in the one layout (n, 2) float64 that the loops are compiled for."""
    return np.ascontiguousarray(stroke[:, :2], np.float64)


@compiled()
def _lengths_along(stroke):
    path = np.zeros(max(len(stroke), 1))
    for i in range(1, len(stroke)):
        x, y = stroke[i] - stroke[i - 1]
        path[i] = path[i - 1] + np.hypot(x, y)
    return path


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
    points = [_points_of(stroke) for stroke in drawing]
    return [_resampled(stroke, _lengths_along(stroke), float(spacing)) for stroke in points]


@compiled()
def _resampled(stroke, path, spacing):
    """`resample` of one stroke (n, 2) float64: (m, 2) float32, with the steps of `np.interp`.

    `path`: (n,) its `lengths_along`.
    """
    if not len(stroke):
        return np.empty((0, 2), np.float32)
    length = path[-1]
    count = int(np.ceil(length / spacing))
    points = np.empty((count + 1, 2), np.float32)
    points[count] = stroke[-1] if length > 0 else stroke[0]
    start = 0  # of the segment
    for n in range(count):
        at = n * spacing
        if at >= length:  # by rounding
            points[n] = stroke[-1]
            continue
        while path[start + 1] <= at:
            start += 1
        for axis in range(2):
            change = stroke[start + 1, axis] - stroke[start, axis]
            slope = change / (path[start + 1] - path[start])
            points[n, axis] = slope * (at - path[start]) + stroke[start, axis]
    return points


def simplify(drawing: Drawing, epsilon: float = 2.0) -> Drawing:
    """Simplify by Ramer, Douglas and Peucker: drop points within `epsilon` of the kept lines.

    The distance is to the infinite line through two kept points, as in the official Quick, Draw!
    files; `cv2.approxPolyDP` keeps other points. Of strokes longer than any in these files every
    2,048th point is kept as well, since the time grows with the square of the number of points.
    """
    return [stroke[_corners(_points_of(stroke), float(epsilon))] for stroke in drawing]


@compiled()
def _corners(stroke, epsilon):
    """Which points of a stroke (n, 2) float64 are kept: (n,) bool."""
    last = len(stroke) - 1
    kept = np.zeros(len(stroke), np.bool_)
    kept[::_PIECE] = True
    kept[last:] = True
    pieces = [(start, min(start + _PIECE, last)) for start in range(0, last, _PIECE)]
    while pieces:
        start, end = pieces.pop()
        x, y = stroke[start]
        right, down = stroke[end, 0] - x, stroke[end, 1] - y
        length = np.hypot(right, down)
        farthest, most = start, -1.0
        for i in range(start + 1, end):
            along, across = stroke[i, 0] - x, stroke[i, 1] - y
            if length > 0:
                off = abs(across * (right / length) - along * (down / length))
            else:
                off = np.hypot(along, across)
            if off > most:
                farthest, most = i, off
        if most > epsilon:
            kept[farthest] = True
            pieces.append((start, farthest))
            pieces.append((farthest, end))
    return kept


def tidy(drawing: Drawing) -> Drawing:
    """Simplify a drawing as the official Quick, Draw! files are, without rounding to integers.

    Fit it into 0 … 255, resample it to one point a unit, then simplify it with epsilon 2. Every
    source of strokes goes through this function.
    """
    fitted = fit(drawing, 255.0)
    # Very long drawings are resampled more coarsely, to bound memory.
    return simplify(resample(fitted, max(1.0, ink_length(fitted) / _MAX_STEPS)), 2.0)
