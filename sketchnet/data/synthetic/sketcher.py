"""Sketch simulation: turns the ideal line of an object into strokes with human drawing errors.

A `Sketcher` is one simulated person, described by the sizes of their drawing errors. Two kinds of
error are simulated: `distort_proportions` moves all lines of a drawing together (aspect ratio,
shear, rotation, a smooth warp), and `simulate_strokes` perturbs each line on its own (placement,
low- and high-frequency noise, gaps, splits, retracing).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

Rng = np.random.Generator


@dataclass(frozen=True)
class Sketcher:
    """Drawing-error parameters of one simulated person.

    Lengths are in pixels of a drawing 256 pixels wide; angles in radians unless noted;
    probabilities from 0 to 1.
    """

    skill: float  # 0 for a person who never draws, 1 for a practised one
    detail: float  # factor on the probability that a detail is drawn
    wobble: float  # amplitude of the low-frequency noise across a line
    tremor: float  # amplitude of the high-frequency noise across a line
    placement_error: float  # shift, rotation and scaling of a line as a whole
    corner_rounding: float  # width of the Gaussian that smooths a line, in points
    end_gap: float  # how much shorter a line is at each end; negative values overshoot
    join_probability: float  # that the next line continues the same stroke
    split_probability: float  # that a long line becomes two strokes
    retrace_probability: float  # that part of a line is drawn a second time
    short_stroke_length: float  # of overlapping short strokes that replace one line; 0 = none
    omission_probability: float  # that a main line is left out
    stretch: tuple[float, float]  # scale of the whole drawing in x and in y
    shear: float  # of the whole drawing
    rotation: float  # of the whole drawing
    warp: float  # amplitude of the smooth warp, as a share of the drawing's size
    proportion_error: float  # standard deviation of the log error of remembered lengths
    azimuth_error: float  # of the viewpoint, in degrees
    elevation_error: float  # of the viewpoint, in degrees


def sample_sketcher(rng: Rng) -> Sketcher:
    """Sample a sketcher. Most have little practice, and low skill makes every error larger."""

    def normal(mean: float, deviation: float) -> float:
        return float(mean + deviation * np.clip(rng.normal(), -2, 2))

    skill = float(rng.beta(2.0, 2.2))
    clumsy = 1 - skill
    return Sketcher(
        skill=skill,
        detail=float(np.clip(rng.normal(0.6 + 0.4 * skill, 0.2), 0.25, 1.2)),
        wobble=float(rng.uniform(0.4, 1.1) + 2.2 * clumsy * rng.random()),
        tremor=float(rng.uniform(0.05, 0.25) + 0.35 * clumsy * rng.random()),
        placement_error=float(0.6 + 3.0 * clumsy * rng.random()),
        corner_rounding=float(rng.uniform(0.5, 2.5)),
        end_gap=normal(1.0, 2.5),
        join_probability=float(rng.uniform(0.05, 0.85)),
        split_probability=float(rng.uniform(0.0, 0.35)),
        retrace_probability=float(0.25 * rng.random() ** 3),
        short_stroke_length=float(rng.uniform(22, 60)) if rng.random() < 0.08 else 0.0,
        omission_probability=float(0.05 * clumsy),
        stretch=(
            math.exp(normal(0, 0.06 + 0.09 * clumsy)),
            math.exp(normal(0, 0.06 + 0.09 * clumsy)),
        ),
        shear=normal(0, 0.03 + 0.06 * clumsy),
        rotation=normal(0, 0.02 + 0.05 * clumsy),
        warp=float(0.008 + 0.035 * clumsy * rng.random()),
        proportion_error=float(0.05 + 0.17 * clumsy),
        azimuth_error=normal(-4, 4 + 6 * clumsy),
        elevation_error=normal(-1, 2 + 5 * clumsy),
    )


def distort_proportions(paths: list[np.ndarray], sketcher: Sketcher, rng: Rng) -> list[np.ndarray]:
    """Distort all paths (n, 2) of a drawing together: stretch, shear, rotation and a smooth warp.

    Returns paths of the same lengths, in the same order.
    """
    points = np.concatenate(paths)
    low, size = points.min(axis=0), float(np.ptp(points, axis=0).max())
    unit = (points - low) / size
    drift = np.zeros_like(unit)
    for order in (1, 2, 3):
        # One sine wave over the plane for each axis, in a random direction.
        across, phase = rng.normal(0, 1, (2, 2)), rng.uniform(0, 2 * np.pi, 2)
        drift += np.sin(np.pi * order * unit @ across + phase) / order
    c, s = np.cos(sketcher.rotation), np.sin(sketcher.rotation)
    affine = np.array([[c, -s], [s, c]]) @ np.array([[1, sketcher.shear], [0, 1]])
    affine = affine @ np.diag(sketcher.stretch)
    distorted = (unit + sketcher.warp * drift) @ affine.T * size
    return np.split(distorted, np.cumsum([len(path) for path in paths])[:-1])


def simulate_strokes(path: np.ndarray, sketcher: Sketcher, rng: Rng) -> list[np.ndarray]:
    """Simulate how a sketcher draws one line.

    Args:
        path: The ideal line (n, 2), in pixels of a drawing 256 pixels wide.
        sketcher: The simulated person.
        rng: Source of the perturbations.

    Returns:
        The strokes (m, 2) that the line becomes: usually one; several where it is split, drawn in
        short overlapping strokes, or retraced.
    """
    path = _resample(path, 2.0)
    length = 2.0 * (len(path) - 1)
    if rng.random() < 0.3:
        path = path[::-1]
    parts = [path]
    if sketcher.short_stroke_length and length > 1.5 * sketcher.short_stroke_length:
        count = int(np.ceil(length / sketcher.short_stroke_length))
        edges = np.linspace(0, len(path), count + 1).astype(int)
        overlap = rng.integers(1, 5, count)
        parts = [
            path[max(0, a - int(o)) : b]
            for a, b, o in zip(edges[:-1], edges[1:], overlap, strict=True)
        ]
    elif length > 60 and rng.random() < sketcher.split_probability:
        cut = int(len(path) * rng.uniform(0.3, 0.7))
        parts = [path[: cut + 1], path[max(0, cut - int(rng.integers(0, 4))) :]]
    strokes = [_perturb(part, sketcher, rng) for part in parts]
    if length > 25 and rng.random() < sketcher.retrace_probability:
        start, stop = np.sort(rng.uniform(0, len(path), 2)).astype(int)
        if stop - start > 8:
            strokes.append(_perturb(path[start:stop], sketcher, rng))
    return strokes


def _perturb(path: np.ndarray, sketcher: Sketcher, rng: Rng) -> np.ndarray:
    """One stroke (m, 2) along `path` (n, 2): rounded, misplaced, noisy, with inexact ends."""
    n = len(path)
    length = 2.0 * (n - 1)
    path = _smooth(path, sketcher.corner_rounding)
    # Placement error: the line as a whole is shifted, rotated and scaled; short lines move less.
    shift = min(1.0, 0.25 + length / 120)
    middle = path.mean(axis=0)
    angle = rng.normal(0, 0.012 * sketcher.placement_error)
    c, s = np.cos(angle), np.sin(angle)
    scale = np.exp(rng.normal(0, 0.012 * sketcher.placement_error, 2))
    path = (path - middle) @ np.array([[c, s], [-s, c]]) * scale
    path += middle + rng.normal(0, 0.55 * sketcher.placement_error * shift, 2)
    # Wobble is a sum of three slow waves across the line; tremor is noise at every point.
    where = np.arange(n) * 2.0
    across = np.zeros(n)
    for wave in rng.uniform(45, 220, 3):
        across += rng.normal(0, 0.5) * np.sin(2 * np.pi * (where / wave + rng.random()))
    across *= sketcher.wobble * min(1.0, length / 50)
    noise = np.convolve(rng.normal(0, 1, n + 4), np.ones(5) / 5, mode="valid")
    direction = np.gradient(path, axis=0) if n > 1 else np.zeros_like(path)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True) + 1e-6
    normal = np.column_stack([-direction[:, 1], direction[:, 0]])
    path = path + normal * (across + 2 * sketcher.tremor * noise)[:, None]
    return _move_ends(path, sketcher, rng)


def _move_ends(path: np.ndarray, sketcher: Sketcher, rng: Rng) -> np.ndarray:
    """Shorten or extend the path at both ends, each by its own random amount."""
    for _ in range(2):
        gap = rng.normal(sketcher.end_gap, 1.5) * min(1.0, len(path) / 30)
        if gap > 0 and len(path) > 12:
            path = path[int(gap / 2) :]
        elif gap < 0 and len(path) > 4:
            ahead = path[0] - path[3]
            ahead /= np.linalg.norm(ahead) + 1e-6
            path = np.concatenate([[path[0] - ahead * gap], path])
        path = path[::-1]
    return path


def _smooth(path: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian smoothing along the path with `sigma` in points; both ends stay in place."""
    radius = int(3 * sigma)
    if radius < 1 or len(path) <= 2 * radius:
        return path
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    padded = np.pad(path, ((radius, radius), (0, 0)), mode="reflect", reflect_type="odd")
    return np.column_stack([np.convolve(c, kernel, mode="valid") for c in padded.T])


def _resample(path: np.ndarray, spacing: float) -> np.ndarray:
    """The same path with points `spacing` pixels apart."""
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    count = max(2, int(along[-1] / spacing) + 1)
    at = np.linspace(0, along[-1], count)
    return np.column_stack([np.interp(at, along, c) for c in path.T])
