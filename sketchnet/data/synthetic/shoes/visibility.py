"""Which parts of a line on the shoe are seen."""

from __future__ import annotations

import numpy as np

from sketchnet.data.synthetic.shoes.renderer import Canvas

POINTS = 64  # of every line, so that many can be looked at together


def even(path: np.ndarray, count: int = POINTS) -> np.ndarray:
    """`path` (n ≥ 2, k) with `count` points, linear between the old ones."""
    place = np.linspace(0, len(path) - 1, count)
    before = np.minimum(place.astype(int), len(path) - 2)
    share = (place - before)[:, None]
    return path[before] * (1 - share) + path[before + 1] * share


def visible_runs(
    canvas: Canvas, lines: np.ndarray, bias: float, there: np.ndarray | None = None
) -> list[list[np.ndarray]]:
    """For each of the lines (k, n, 3) of the shoe, its visible runs as pixels (m ≥ 2, 2).

    `there` (k, n) says where a line is a line at all.
    """
    seen = canvas.sees(lines.reshape(-1, 3), bias).reshape(lines.shape[:2])
    if there is not None:
        seen &= there
    placed = canvas.place(lines)[..., :2]
    return [_split(path, mask) for path, mask in zip(placed, seen, strict=True)]


def _split(path: np.ndarray, seen: np.ndarray) -> list[np.ndarray]:
    if seen.all():
        return [path]
    edges = np.flatnonzero(seen[1:] != seen[:-1]) + 1
    runs = np.split(path, edges)[0 if seen[0] else 1 :: 2]
    return [run for run in runs if len(run) > 1]
