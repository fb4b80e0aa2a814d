"""Parametric paths: smooth curves, ellipses, rectangles, scribbles. All are (n, 2) float32."""

from __future__ import annotations

import numpy as np

Point = tuple[float, float]


def curve(*points: Point, count: int = 28) -> np.ndarray:
    """A smooth path (count, 2) through `points`: a uniform Catmull-Rom spline."""
    knots = np.array([points[0], *points, points[-1]], np.float32)
    place = np.linspace(0, len(knots) - 3 - 1e-6, count)
    i = place.astype(int)
    u = (place - i)[:, None]
    a, b, c, d = (knots[i + k] for k in range(4))
    path = 0.5 * (
        2 * b + (c - a) * u + (2 * a - 5 * b + 4 * c - d) * u**2 + (3 * b - a - 3 * c + d) * u**3
    )
    return path.astype(np.float32)


def line(*points: Point) -> np.ndarray:
    """A polyline through `points`."""
    return np.array(points, np.float32)


def oval(
    x: float,
    y: float,
    rx: float,
    ry: float | None = None,
    start: float = -1.6,
    sweep: float = 6.5,
    count: int = 28,
) -> np.ndarray:
    """An elliptic arc (count, 2) around (x, y).

    Args:
        x: Centre.
        y: Centre.
        rx: Horizontal radius.
        ry: Vertical radius; `rx` by default.
        start: Angle of the first point in radians, y pointing down.
        sweep: Angle covered; more than 2π overlaps the start.
        count: Number of points.
    """
    a = np.linspace(start, start + sweep, count)
    ry = rx if ry is None else ry
    return np.column_stack([x + rx * np.cos(a), y + ry * np.sin(a)]).astype(np.float32)


def box(left: float, top: float, right: float, bottom: float) -> np.ndarray:
    """A closed rectangle, clockwise from its upper left corner."""
    return line((left, top), (right, top), (right, bottom), (left, bottom), (left, top))


def scribble(
    x: float, y: float, rx: float, ry: float, turns: float, rng: np.random.Generator
) -> np.ndarray:
    """A path that fills an ellipse around (x, y) with `turns` circles or back-and-forth lines."""
    n = int(12 * turns) + 4
    a = np.linspace(0, 2 * np.pi * turns, n)
    if rng.random() < 0.45:
        across = np.linspace(-0.9, 0.9, n) + rng.normal(0, 0.05, n)
        u, v = across, 0.9 * np.sin(2.5 * a) * np.sqrt(1 - np.clip(across, -0.95, 0.95) ** 2)
        rotation = rng.uniform(0, np.pi)
    else:
        # Both the centre and the radius of the circles vary slowly.
        drift = np.cumsum(rng.normal(0, 0.12, (n, 2)), axis=0)
        drift = 0.45 * np.tanh(drift - drift.mean(axis=0))
        r = 0.55 + 0.25 * np.sin(a * 0.37 + rng.uniform(0, 6)) + rng.normal(0, 0.06, n)
        u, v, rotation = drift[:, 0] + r * np.cos(a), drift[:, 1] + r * np.sin(a), 0.0
    c, s = np.cos(rotation), np.sin(rotation)
    return np.column_stack([x + rx * (u * c - v * s), y + ry * (u * s + v * c)]).astype(np.float32)


def transform(
    paths: list[np.ndarray], x: float, y: float, scale: float, rotation: float = 0.0
) -> list[np.ndarray]:
    """`paths` scaled, rotated by `rotation` radians, then moved by (x, y)."""
    c, s = np.cos(rotation), np.sin(rotation)
    matrix = np.array([[c, s], [-s, c]], np.float32) * scale
    return [path @ matrix + np.array([x, y], np.float32) for path in paths]
