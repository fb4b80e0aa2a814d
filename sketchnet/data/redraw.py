"""Redraw augmentation: another sketch of the same thing, by perturbing its strokes.

People leave out most short lines, and each line that they draw has its own errors; warping the
whole picture imitates neither. From the edge map of a photo without sketches this makes a simulated
sketch, and from a sketch it makes more sketches.
"""

from __future__ import annotations

import cv2
import numpy as np

from sketchnet.imaging.vectorize import vectorize
from sketchnet.strokes.formats import Drawing
from sketchnet.strokes.geometry import bounds, lengths_along, resample

# Distances are shares of the drawing's longest side.
SPACING = 1 / 15  # between the points of a stroke: smaller details are simplified away
MIN_KEPT = 0.5  # share of the stroke length that is always kept, unless the caller asks for more
LENGTH_NOISE = 0.7  # standard deviation of the log lengths by which long strokes are preferred
MIN_PICTURE_SIDE = 80  # px; in smaller pictures lines are too thin to be vectorized

# Standard deviations of the errors at strength 1.
ROTATION_DEGREES = 4.5
STRETCH = 0.06
SHIFT = 0.015
BEND = 0.015
BEND_POINTS = 4  # along a stroke
MIN_STRENGTH, MAX_STRENGTH = 0.2, 1.0


def extract_strokes(picture: np.ndarray, drawing: Drawing | None = None) -> Drawing:
    """Give the strokes that can be redrawn: those of `drawing`, else the lines of the picture.

    Args:
        picture: (C, C) uint8, black lines on white.
        drawing: the strokes where they are known.

    Returns: strokes whose points are a 15th of the drawing's longest side apart; [] without lines.
    """
    strokes = drawing or _vectorized(picture)
    return resample(strokes, SPACING * _extent(strokes)) if strokes else []


def redraw_sketch(
    strokes: Drawing, rng: np.random.Generator, *, min_kept: float = MIN_KEPT
) -> Drawing:
    """Draw some of the strokes again, long ones rather than short ones, each with its own errors.

    A random strength scales the errors of the whole sketch. Each stroke is rotated, stretched,
    shifted and bent. The result depends on `rng` alone.

    Args:
        strokes: (n, 2) arrays as `extract_strokes` gives them.
        rng: the source of all choices.
        min_kept: share (0 to 1) of the stroke length that is kept at least; one stroke always is.

    Returns: (n, 2) float32 strokes in the same order.
    """
    if not strokes:
        return []
    extent = _extent(strokes)
    strength = rng.uniform(MIN_STRENGTH, MAX_STRENGTH)
    kept = _choose(strokes, extent, rng, min_kept)
    return [_perturbed(strokes[row], extent, strength, rng) for row in kept]


def _vectorized(picture: np.ndarray) -> Drawing:
    if len(picture) >= MIN_PICTURE_SIDE:
        return vectorize(picture)
    doubled = cv2.resize(picture, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    return [stroke / 2 for stroke in vectorize(doubled)]


def _extent(strokes: Drawing) -> float:
    low, high = bounds(strokes)
    return float((high - low).max()) or 1.0


def _choose(
    strokes: Drawing, extent: float, rng: np.random.Generator, min_kept: float
) -> np.ndarray:
    """The rows of the kept strokes, rising."""
    lengths = np.array([max(lengths_along(stroke)[-1], 1e-3 * extent) for stroke in strokes])
    order = np.argsort(-(np.log(lengths) + rng.normal(0.0, LENGTH_NOISE, len(lengths))))
    share = np.cumsum(lengths[order]) / lengths.sum()
    count = 1 + int(np.searchsorted(share, rng.uniform(min_kept, 1.0)))
    return np.sort(order[:count])


def _perturbed(
    stroke: np.ndarray, extent: float, strength: float, rng: np.random.Generator
) -> np.ndarray:
    """One stroke with errors of this strength: (n, 2) float32."""
    along = lengths_along(stroke)
    length = float(along[-1]) or extent
    turn, across, down = rng.normal(0.0, strength, 3)
    angle = np.deg2rad(ROTATION_DEGREES) * turn
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = rotation * np.exp(STRETCH * np.array([across, down]))
    middle = stroke.mean(axis=0)
    shift = rng.normal(0.0, SHIFT * strength * extent, 2)
    # Longer strokes are bent farther, but less than in proportion.
    bend = BEND * strength * np.sqrt(min(length * extent, extent**2))
    bends = _interpolated(rng.normal(0.0, bend, (BEND_POINTS, 2)), along / length)
    return ((stroke - middle) @ matrix.T + middle + shift + bends).astype(np.float32)


def _interpolated(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Values (k, 2) at even places from 0 to 1, smoothly interpolated: (n, 2) at `places` (n,)."""
    near = 1 - np.abs(places[:, None] * (len(values) - 1) - np.arange(len(values)))
    near = np.clip(near, 0.0, 1.0)
    return near**2 * (3 - 2 * near) @ values
