"""Place text labels on a map so that none covers another."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes

from sketchnet.evaluation.plots import INK

FONT_SIZE = 7.5  # points
PADDING = 0.2  # between a label and its frame, in font sizes
STEP = 5  # px between the positions that are tried
MAX_STEPS = 60  # to each side


def label_points(
    axes: Axes, points: Mapping[str, np.ndarray], colours: Mapping[str, np.ndarray]
) -> None:
    """Write labels at their points, in coloured frames; move those that would cover others.

    A line connects a moved label with its point.

    Args:
        axes: axes with their final limits.
        points: label → (x, y) in data coordinates.
        colours: label → colour.
    """
    if not points:
        return
    frame = {"boxstyle": f"square,pad={PADDING}", "facecolor": (1, 1, 1, 0.75), "linewidth": 1.3}
    texts = [
        axes.text(
            point[0], point[1], label, size=FONT_SIZE, color=INK, ha="center", va="center",
            bbox=frame | {"edgecolor": colours[label]},
        )
        for label, point in points.items()
    ]  # fmt: skip
    figure = axes.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()  # text has no size before
    boxes = [text.get_window_extent() for text in texts]
    centres = np.array([[(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2] for box in boxes])
    padding = PADDING * FONT_SIZE / 72 * figure.dpi + 1.5
    sizes = np.array([[box.width, box.height] for box in boxes]) + 2 * padding
    area = axes.get_window_extent()
    low, high = np.array([area.x0, area.y0]), np.array([area.x1, area.y1])
    moved = separate_boxes(centres, sizes, low, high)
    positions = axes.transData.inverted().transform(moved)
    for text, position, (label, point), shift, size in zip(
        texts, positions, points.items(), np.abs(moved - centres), sizes, strict=True
    ):
        text.set_position(position)
        if (shift > size / 2).any():
            axes.plot(*np.stack([point, position]).T, color=colours[label], lw=1, zorder=1.5)


def separate_boxes(
    centres: np.ndarray, sizes: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Move boxes one after the other to the nearest position where they cover no earlier box.

    Args:
        centres: (N, 2).
        sizes: (N, 2), widths and heights.
        low, high: (2,), corners of the area. A box that finds no free position in it stays.

    Returns:
        The new centres (N, 2).
    """
    steps = np.arange(-MAX_STEPS, MAX_STEPS + 1)
    offsets = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2) * STEP
    offsets = offsets[np.argsort(np.hypot(*offsets.T), kind="stable")]
    moved = np.clip(centres.astype(float), low + sizes / 2, high - sizes / 2)
    for row in range(1, len(centres)):
        candidates = moved[row] + offsets  # (M, 2), nearest first
        half = (sizes[row] + sizes[:row]) / 2
        covers = (np.abs(candidates[:, None] - moved[:row]) < half).all(axis=2).any(axis=1)
        inside = (candidates >= low + sizes[row] / 2) & (candidates <= high - sizes[row] / 2)
        moved[row] = candidates[np.argmax(inside.all(axis=1) & ~covers)]
    return moved
