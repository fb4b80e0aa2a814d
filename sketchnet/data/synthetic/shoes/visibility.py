"""Hidden-line removal: which parts of a line on the shoe are visible."""

from __future__ import annotations

import numpy as np

from sketchnet.data.synthetic.shoes.renderer import Canvas

POINTS = 64  # per line, so that many lines can be tested in one array


def resample(path: np.ndarray, count: int = POINTS) -> np.ndarray:
    """`path` (n ≥ 2, k) with `count` points, interpolated linearly between its own."""
    place = np.linspace(0, len(path) - 1, count)
    before = np.minimum(place.astype(int), len(path) - 2)
    share = (place - before)[:, None]
    return path[before] * (1 - share) + path[before + 1] * share


def visible_segments(
    canvas: Canvas, lines: np.ndarray, bias: float, exists: np.ndarray | None = None
) -> list[list[np.ndarray]]:
    """Visible segments of lines on the shoe.

    Args:
        canvas: Its depth buffer holds the surfaces that may hide a line.
        lines: (k, n, 3) points of the shoe.
        bias: See `Canvas.is_visible`.
        exists: (k, n) bool, False where a line is interrupted; by default nowhere.

    Returns:
        For each line a list of segments (m ≥ 2, 2) in pixels.
    """
    visible = canvas.is_visible(lines.reshape(-1, 3), bias).reshape(lines.shape[:2])
    if exists is not None:
        visible &= exists
    projected = canvas.project(lines)[..., :2]
    return [_split(path, mask) for path, mask in zip(projected, visible, strict=True)]


def _split(path: np.ndarray, visible: np.ndarray) -> list[np.ndarray]:
    """The stretches of at least two successive visible points."""
    if visible.all():
        return [path]
    edges = np.flatnonzero(visible[1:] != visible[:-1]) + 1
    stretches = np.split(path, edges)[0 if visible[0] else 1 :: 2]
    return [stretch for stretch in stretches if len(stretch) > 1]
