"""Lines of a picture → another sketch of the same thing, as one more person might draw it.

People leave out most short lines, and err in each line for itself: bending a picture as a whole
shows nothing of that. From the edge map of a photo without a sketch it makes one; from a sketch,
those of others, which are too few.
"""

from __future__ import annotations

import cv2
import numpy as np

from sketchnet.imaging.vectorize import vectorize
from sketchnet.strokes.formats import Drawing
from sketchnet.strokes.geometry import bounds, lengths_along, resample

SPACING = 1 / 15  # of the longest side, between points: what is smaller is simplified away
LEAST_INK = 0.5  # so much of all lines' length is drawn at least, where nothing else is asked
CHOICE = 0.7  # deviation of the logarithm of lengths by which long lines are chosen first
SMALL = 80  # px: in smaller pictures lines are too thin to be read

# Of the least careful hand; shifts and bends are shares of the drawing's longest side.
DEGREES = 4.5
STRETCH = 0.06
SHIFT = 0.015
BEND = 0.015
BENDS = 4  # places along a stroke where it strays
MOST_CARE, LEAST_CARE = 0.2, 1.0


def extract_strokes(picture: np.ndarray, drawing: Drawing | None = None) -> Drawing:
    """What may be drawn again: strokes where there are some, else those read from (C, C) pixels.

    Their points are a 15th of the drawing's longest side apart; [] where there are no lines.
    """
    lines = drawing or _read(picture)
    return resample(lines, SPACING * _extent(lines)) if lines else []


def _read(picture: np.ndarray) -> Drawing:
    if len(picture) >= SMALL:
        return vectorize(picture)
    twice = cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return [line / 2 for line in vectorize(twice)]


def redraw_sketch(lines: Drawing, rng: np.random.Generator, *, least: float = LEAST_INK) -> Drawing:
    """Some of the lines (n, 2), long ones rather than short, each a little beside its place.

    A random hand is more or less careful throughout. Every line is turned, stretched, shifted and
    bent for itself; `least` (0 to 1) of the ink stays at least, and never no line. Pure in `rng`.
    """
    if not lines:
        return []
    extent = _extent(lines)
    hand = rng.uniform(MOST_CARE, LEAST_CARE)
    chosen = _chosen(lines, extent, rng, least)
    return [_redrawn(lines[line], extent, hand, rng) for line in chosen]


def _extent(lines: Drawing) -> float:
    low, high = bounds(lines)
    return float((high - low).max()) or 1.0


def _chosen(lines: Drawing, extent: float, rng: np.random.Generator, least: float) -> np.ndarray:
    """Which lines are drawn, in the order in which they were found."""
    lengths = np.array([max(lengths_along(line)[-1], 1e-3 * extent) for line in lines])
    order = np.argsort(-(np.log(lengths) + rng.normal(0.0, CHOICE, len(lengths))))
    ink = np.cumsum(lengths[order]) / lengths.sum()
    count = 1 + int(np.searchsorted(ink, rng.uniform(least, 1.0)))
    return np.sort(order[:count])


def _redrawn(line: np.ndarray, extent: float, hand: float, rng: np.random.Generator) -> np.ndarray:
    """One line by a hand that errs by so much: (n, 2) float32."""
    along = lengths_along(line)
    length = float(along[-1]) or extent
    turn, across, down = rng.normal(0.0, hand, 3)
    angle = np.deg2rad(DEGREES) * turn
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = rotation * np.exp(STRETCH * np.array([across, down]))
    middle = line.mean(axis=0)
    shift = rng.normal(0.0, SHIFT * hand * extent, 2)
    # Longer lines stray farther, but less than in proportion.
    bend = BEND * hand * np.sqrt(min(length * extent, extent**2))
    strays = _between(rng.normal(0.0, bend, (BENDS, 2)), along / length)
    return ((line - middle) @ matrix.T + middle + shift + strays).astype(np.float32)


def _between(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Values (k, 2) at even places from 0 to 1, joined smoothly: (n, 2) at `places` (n,)."""
    near = 1 - np.abs(places[:, None] * (len(values) - 1) - np.arange(len(values)))
    near = np.clip(near, 0.0, 1.0)
    return near**2 * (3 - 2 * near) @ values
