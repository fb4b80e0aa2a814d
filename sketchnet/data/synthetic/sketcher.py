"""A hand with its habits: how a person puts a line that they see onto paper."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

Rng = np.random.Generator


@dataclass(frozen=True)
class Artist:
    """Sizes are in pixels of a drawing 256 wide, shares from 0 to 1."""

    skill: float  # 0 who never draws … 1 who often does
    attention: float  # how many of the details are drawn
    wobble: float  # slow error of the hand
    tremor: float  # quick error
    misplacement: float  # of whole lines
    rounding: float  # how far corners are cut
    gap: float  # where strokes should meet; below 0 they overshoot
    joining: float  # chance that the next line is drawn without lifting the pen
    breaking: float  # chance that a long line is drawn in two
    doubling: float  # chance that a line is drawn again
    hatching: float  # length of the short overlapping strokes of a searching hand, 0 for others
    forgetting: float  # chance that even an important line is left out
    stretch: tuple[float, float]  # of the whole drawing, across and down
    lean: float  # the whole drawing's shear
    turn: float  # and rotation, in radians
    warp: float  # uneven proportions
    memory: float  # how far remembered measures are off, as a logarithm
    azimuth: float  # the view they imagine, against the true one, in degrees
    elevation: float


def meet_artist(rng: Rng) -> Artist:
    """An artist drawn at random: mostly people without training, some with."""

    def normal(mean: float, deviation: float) -> float:
        return float(mean + deviation * np.clip(rng.normal(), -2, 2))

    skill = float(rng.beta(2.0, 2.2))
    clumsy = 1 - skill
    return Artist(
        skill=skill,
        attention=float(np.clip(rng.normal(0.6 + 0.4 * skill, 0.2), 0.25, 1.2)),
        wobble=float(rng.uniform(0.4, 1.1) + 2.2 * clumsy * rng.random()),
        tremor=float(rng.uniform(0.05, 0.25) + 0.35 * clumsy * rng.random()),
        misplacement=float(0.6 + 3.0 * clumsy * rng.random()),
        rounding=float(rng.uniform(0.5, 2.5)),
        gap=normal(1.0, 2.5),
        joining=float(rng.uniform(0.05, 0.85)),
        breaking=float(rng.uniform(0.0, 0.35)),
        doubling=float(0.25 * rng.random() ** 3),
        hatching=float(rng.uniform(22, 60)) if rng.random() < 0.08 else 0.0,
        forgetting=float(0.05 * clumsy),
        stretch=(
            math.exp(normal(0, 0.06 + 0.09 * clumsy)),
            math.exp(normal(0, 0.06 + 0.09 * clumsy)),
        ),
        lean=normal(0, 0.03 + 0.06 * clumsy),
        turn=normal(0, 0.02 + 0.05 * clumsy),
        warp=float(0.008 + 0.035 * clumsy * rng.random()),
        memory=float(0.05 + 0.17 * clumsy),
        azimuth=normal(-4, 4 + 6 * clumsy),
        elevation=normal(-1, 2 + 5 * clumsy),
    )


def imagine(paths: list[np.ndarray], artist: Artist, rng: Rng) -> list[np.ndarray]:
    """The paths (n, 2) as they are in the artist's mind: proportions off, the same for all."""
    points = np.concatenate(paths)
    low, size = points.min(axis=0), float(np.ptp(points, axis=0).max())
    unit = (points - low) / size
    drift = np.zeros_like(unit)
    for order in (1, 2, 3):
        # One slow wave over the paper for each axis, in any direction.
        across, phase = rng.normal(0, 1, (2, 2)), rng.uniform(0, 2 * np.pi, 2)
        drift += np.sin(np.pi * order * unit @ across + phase) / order
    c, s = np.cos(artist.turn), np.sin(artist.turn)
    skewed = np.array([[c, -s], [s, c]]) @ np.array([[1, artist.lean], [0, 1]])
    skewed = skewed @ np.diag(artist.stretch)
    imagined = (unit + artist.warp * drift) @ skewed.T * size
    return np.split(imagined, np.cumsum([len(path) for path in paths])[:-1])


def draw_line(path: np.ndarray, artist: Artist, rng: Rng) -> list[np.ndarray]:
    """One line (n, 2), in pixels of a drawing 256 wide → the strokes it becomes on paper."""
    path = _evenly(path, 2.0)
    length = 2.0 * (len(path) - 1)
    if rng.random() < 0.3:
        path = path[::-1]
    parts = [path]
    if artist.hatching and length > 1.5 * artist.hatching:
        count = int(np.ceil(length / artist.hatching))
        edges = np.linspace(0, len(path), count + 1).astype(int)
        overlap = rng.integers(1, 5, count)
        parts = [
            path[max(0, a - int(o)) : b]
            for a, b, o in zip(edges[:-1], edges[1:], overlap, strict=True)
        ]
    elif length > 60 and rng.random() < artist.breaking:
        cut = int(len(path) * rng.uniform(0.3, 0.7))
        parts = [path[: cut + 1], path[max(0, cut - int(rng.integers(0, 4))) :]]
    strokes = [_by_hand(part, artist, rng) for part in parts]
    if length > 25 and rng.random() < artist.doubling:
        start, stop = np.sort(rng.uniform(0, len(path), 2)).astype(int)
        if stop - start > 8:
            strokes.append(_by_hand(path[start:stop], artist, rng))
    return strokes


def _by_hand(path: np.ndarray, artist: Artist, rng: Rng) -> np.ndarray:
    n = len(path)
    length = 2.0 * (n - 1)
    path = _rounded(path, artist.rounding)
    # Placing: a line as a whole is shifted, turned and scaled, small ones less.
    reach = min(1.0, 0.25 + length / 120)
    middle = path.mean(axis=0)
    angle = rng.normal(0, 0.012 * artist.misplacement)
    c, s = np.cos(angle), np.sin(angle)
    scale = np.exp(rng.normal(0, 0.012 * artist.misplacement, 2))
    path = (path - middle) @ np.array([[c, s], [-s, c]]) * scale
    path += middle + rng.normal(0, 0.55 * artist.misplacement * reach, 2)
    # Wobble: three slow waves across the line; tremor: quick noise.
    where = np.arange(n) * 2.0
    across = np.zeros(n)
    for wave in rng.uniform(45, 220, 3):
        across += rng.normal(0, 0.5) * np.sin(2 * np.pi * (where / wave + rng.random()))
    across *= artist.wobble * min(1.0, length / 50)
    noise = np.convolve(rng.normal(0, 1, n + 4), np.ones(5) / 5, mode="valid")
    direction = np.gradient(path, axis=0) if n > 1 else np.zeros_like(path)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True) + 1e-6
    normal = np.column_stack([-direction[:, 1], direction[:, 0]])
    path = path + normal * (across + 2 * artist.tremor * noise)[:, None]
    return _ended(path, artist, rng)


def _ended(path: np.ndarray, artist: Artist, rng: Rng) -> np.ndarray:
    """Start late or early, stop late or early."""
    for _ in range(2):
        gap = rng.normal(artist.gap, 1.5) * min(1.0, len(path) / 30)
        if gap > 0 and len(path) > 12:
            path = path[int(gap / 2) :]
        elif gap < 0 and len(path) > 4:
            ahead = path[0] - path[3]
            ahead /= np.linalg.norm(ahead) + 1e-6
            path = np.concatenate([[path[0] - ahead * gap], path])
        path = path[::-1]
    return path


def _rounded(path: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian smoothing along the path, sigma in points; the ends stay."""
    radius = int(3 * sigma)
    if radius < 1 or len(path) <= 2 * radius:
        return path
    kernel = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    kernel /= kernel.sum()
    padded = np.pad(path, ((radius, radius), (0, 0)), mode="reflect", reflect_type="odd")
    return np.column_stack([np.convolve(c, kernel, mode="valid") for c in padded.T])


def _evenly(path: np.ndarray, spacing: float) -> np.ndarray:
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    count = max(2, int(along[-1] / spacing) + 1)
    at = np.linspace(0, along[-1], count)
    return np.column_stack([np.interp(at, along, c) for c in path.T])
