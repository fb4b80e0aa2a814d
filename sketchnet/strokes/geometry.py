"""Geometry of a drawing's polylines: how long, how large, drawn how far, with how many points."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

Drawing = list[np.ndarray]

# What bounds the time that a hostile scribble takes; a drawing by hand has a tenth of it.
_MAX_STEPS = 20_000
_PIECE = 2_048


def lengths_along(stroke: np.ndarray) -> np.ndarray:
    """The length of a stroke (n, 2) up to each of its points, (n,) float64."""
    steps = np.diff(np.asarray(stroke, np.float64), axis=0)
    return np.concatenate([[0.0], np.cumsum(np.hypot(steps[:, 0], steps[:, 1]))])


def ink_length(drawing: Drawing) -> float:
    """The length of all strokes, in the drawing's own unit; dots have none."""
    return float(sum(lengths_along(stroke)[-1] for stroke in drawing))


def first_share(drawing: Drawing, share: float) -> Drawing:
    """The part drawn when `share` (0 … 1) of the ink is on the paper.

    The pen stops inside a segment where it must. A dot counts as a thousandth of all ink.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"expected a share from 0 to 1; received {share}")
    if share == 1 or not drawing:
        return list(drawing)
    lengths = np.array([lengths_along(stroke)[-1] for stroke in drawing])
    lengths = np.maximum(lengths, lengths.sum() / 1000 or 1.0)
    left = share * lengths.sum()
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


def stroke_ends(drawing: Drawing, most: int = 7) -> list[Drawing]:
    """Up to `most` snapshots taken where a stroke ends, evenly chosen; the last is the whole."""
    count = len(drawing)
    stops = np.linspace(0, count, min(most, count) + 1)[1:].round().astype(int)
    return [drawing[:stop] for stop in stops]


def bounds(drawing: Drawing) -> tuple[np.ndarray, np.ndarray]:
    """The corners (x, y) of least and of greatest coordinates; raises ValueError when empty."""
    points = np.concatenate(drawing)
    return points.min(axis=0), points.max(axis=0)


def fit(drawing: Drawing, side: float = 255.0) -> Drawing:
    """Move the least coordinates to 0 and scale the longest side to `side`; a dot goes to 0, 0."""
    if not drawing:
        return []
    low, high = bounds(drawing)
    extent = float((high - low).max())
    scale = side / extent if extent > 0 else 1.0
    return [((stroke - low) * scale).astype(np.float32) for stroke in drawing]


def resample(drawing: Drawing, spacing: float) -> Drawing:
    """Points every `spacing` units along each stroke; its two ends stay where they are."""
    return [_resampled(stroke, spacing) for stroke in drawing]


def _resampled(stroke: np.ndarray, spacing: float) -> np.ndarray:
    path = lengths_along(stroke)
    if path[-1] == 0:
        return stroke[:1]
    at = np.append(np.arange(0, path[-1], spacing), path[-1])
    x, y = (np.interp(at, path, stroke[:, axis]) for axis in (0, 1))
    return np.column_stack([x, y]).astype(np.float32)


def simplify(drawing: Drawing, epsilon: float = 2.0) -> Drawing:
    """Ramer, Douglas and Peucker: keep the corners that lie more than `epsilon` off the lines.

    The distance is to the endless line through two kept points, as in the official Quick, Draw!
    files; `cv2.approxPolyDP` picks other points than these files do. Of a stroke of more than
    2,048 points, which is far beyond any in these files, every 2,048th is kept as well: the method
    takes the square of the number of points where it meets a zigzag.
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
    """The one path of every stroke source: 0 … 255, a point a unit, then RDP with epsilon 2.

    It is the official simplification of Quick, Draw!, without its rounding to whole numbers.
    """
    fitted = fit(drawing, 255.0)
    # A scribble of very much ink is taken in longer steps, lest memory runs out.
    return simplify(resample(fitted, max(1.0, ink_length(fitted) / _MAX_STEPS)), 2.0)
