"""Geometry of a drawing's polylines: lengths, bounds, parts, scale, and numbers of points."""

from __future__ import annotations

from itertools import accumulate, pairwise

import numpy as np

from sketchnet.utils.compiled import compiled

Drawing = list[np.ndarray]

# These bound the time for any input; real drawings have a tenth of it.
_MAX_STEPS = 20_000
_PIECE = 2_048
_DOT = 1e-30  # extent of a drawing up to which it is a dot


def lengths_along(stroke: np.ndarray) -> np.ndarray:
    """The length of a stroke (n, 2) up to each of its points: (n,) float64; n is 1 or more."""
    return _lengths_along(*_joined([stroke]))


def _joined(drawing: Drawing) -> tuple[np.ndarray, np.ndarray]:
    """All points (n, 2) float64, and where each stroke ends among them.

    The one layout of the compiled loops: a call for each stroke would take longer than its work.
    """
    if not drawing:
        return np.empty((0, 2)), np.empty(0, np.int64)
    points = np.concatenate([stroke[:, :2] for stroke in drawing], dtype=np.float64)
    return points, _stops(drawing)


def _stops(drawing: Drawing) -> np.ndarray:
    return np.array([*accumulate(map(len, drawing))], np.int64)


def _divided(points: np.ndarray, stops: np.ndarray) -> list[np.ndarray]:
    """What belongs to each of the strokes that end at `stops`."""
    return [points[start:stop] for start, stop in pairwise((0, *stops.tolist()))]


@compiled()
def _lengths_along(points, stops):
    path = np.zeros(len(points))
    start = 0
    for stop in stops:
        for i in range(start + 1, stop):
            x, y = points[i] - points[i - 1]
            path[i] = path[i - 1] + np.hypot(x, y)
        start = stop
    return path


def ink_length(drawing: Drawing) -> float:
    """The length of all strokes in the drawing's own unit; dots have length 0."""
    points, stops = _joined(drawing)
    return _total(_lengths_along(points, stops), stops)


def _total(path: np.ndarray, stops: np.ndarray) -> float:
    """The length of all strokes, of which none is without points."""
    return float(path[stops - 1].sum())


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
    axes = np.ascontiguousarray(np.concatenate(drawing).T)  # along which NumPy reduces faster
    return axes.min(axis=1), axes.max(axis=1)


def fit(drawing: Drawing, side: float = 255.0) -> Drawing:
    """Move the least coordinates to 0 and scale the longest side to `side`; a dot moves to 0, 0."""
    if not drawing:
        return []
    low, high = bounds(drawing)
    extent = float((high - low).max())
    # Below, the scale would overflow float32.
    scale = side / extent if extent > _DOT else 1.0
    points = (np.concatenate(drawing) - low) * scale
    return _divided(points.astype(np.float32), _stops(drawing))


def resample(drawing: Drawing, spacing: float) -> Drawing:
    """Place points every `spacing` units along each stroke; its two ends are kept."""
    points, stops = _joined(drawing)
    path = _lengths_along(points, stops)
    return _divided(*_resampled(points, stops, path, float(spacing)))


@compiled()
def _resampled(points, stops, path, spacing):
    """Points float32 and stops of `resample`, with the steps of `np.interp`.

    `path`: (n,) the `lengths_along` of all strokes.
    """
    new_stops = np.zeros(len(stops), np.int64)
    start = total = 0
    for s, stop in enumerate(stops):
        if stop > start:
            total += int(np.ceil(path[stop - 1] / spacing)) + 1
        new_stops[s] = total
        start = stop
    found = np.empty((total, 2), np.float32)
    start = first = 0
    for s, stop in enumerate(stops):
        if stop == start:  # a stroke without points
            continue
        length, last = path[stop - 1], new_stops[s] - 1
        for n in range(first, last):
            at = (n - first) * spacing
            if at >= length:  # by rounding
                found[n] = points[stop - 1]
                continue
            while path[start + 1] <= at:
                start += 1
            for axis in range(2):
                change = points[start + 1, axis] - points[start, axis]
                slope = change / (path[start + 1] - path[start])
                found[n, axis] = slope * (at - path[start]) + points[start, axis]
        found[last] = points[stop - 1] if length > 0 else points[start]
        start, first = stop, new_stops[s]
    return found, new_stops


def simplify(drawing: Drawing, epsilon: float = 2.0) -> Drawing:
    """Simplify by Ramer, Douglas and Peucker: drop points within `epsilon` of the kept lines.

    The distance is to the infinite line through two kept points, as in the official Quick, Draw!
    files; `cv2.approxPolyDP` keeps other points. Of strokes longer than any in these files every
    2,048th point is kept as well, since the time grows with the square of the number of points.
    """
    points, stops = _joined(drawing)
    kept = _divided(_corners(points, stops, float(epsilon)), stops)
    return [stroke[corners] for stroke, corners in zip(drawing, kept, strict=True)]


@compiled()
def _corners(points, stops, epsilon):
    """Which points are kept: (n,) bool."""
    kept = np.zeros(len(points), np.bool_)
    first = 0
    for stop in stops:
        last = stop - 1
        kept[first:stop:_PIECE] = True
        if stop > first:
            kept[last] = True
        pieces = [(start, min(start + _PIECE, last)) for start in range(first, last, _PIECE)]
        while pieces:
            start, end = pieces.pop()
            x, y = points[start]
            right, down = points[end, 0] - x, points[end, 1] - y
            length = np.hypot(right, down)
            farthest, most = start, -1.0
            for i in range(start + 1, end):
                along, across = points[i, 0] - x, points[i, 1] - y
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
        first = stop
    return kept


def tidy(drawing: Drawing) -> Drawing:
    """Simplify a drawing as the official Quick, Draw! files are, without rounding to integers.

    Fit it into 0 … 255, resample it to one point a unit, then simplify it with epsilon 2. Every
    source of strokes goes through this function.
    """
    points, stops = _joined(fit(drawing, 255.0))
    path = _lengths_along(points, stops)
    # Very long drawings are resampled more coarsely, to bound memory.
    spacing = max(1.0, _total(path, stops) / _MAX_STEPS)
    return simplify(_divided(*_resampled(points, stops, path, spacing)), 2.0)
