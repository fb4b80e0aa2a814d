"""Names on a map: each where its points are, none over another."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from sketchnet.evaluation.plots import INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SIZE = 7.5  # points
_PAD = 0.2  # of the size, between a name and its frame
_STEP = 5  # pixels between the places that are tried
_REACH = 60  # steps to each side


def name_places(
    axes: Axes, places: Mapping[str, np.ndarray], colours: Mapping[str, np.ndarray]
) -> None:
    """Write each name at its place (x, y), framed in its colour; where others are, beside it.

    A line leads from a name that had to move to its place. The axes have their final limits.
    """
    if not places:
        return
    frame = {"boxstyle": f"square,pad={_PAD}", "facecolor": (1, 1, 1, 0.75), "linewidth": 1.3}
    texts = [
        axes.text(
            place[0], place[1], name, size=_SIZE, color=INK, ha="center", va="center",
            bbox=frame | {"edgecolor": colours[name]},
        )
        for name, place in places.items()
    ]  # fmt: skip
    figure = axes.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()  # only then text has a size
    boxes = [text.get_window_extent() for text in texts]
    centres = np.array([[(box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2] for box in boxes])
    pad = _PAD * _SIZE / 72 * figure.dpi + 1.5
    sides = np.array([[box.width, box.height] for box in boxes]) + 2 * pad
    paper = axes.get_window_extent()
    moved = apart(centres, sides, np.array([paper.x0, paper.y0]), np.array([paper.x1, paper.y1]))
    ends = axes.transData.inverted().transform(moved)
    for text, end, (name, place), shift, side in zip(
        texts, ends, places.items(), np.abs(moved - centres), sides, strict=True
    ):
        text.set_position(end)
        if (shift > side / 2).any():
            axes.plot(*np.stack([place, end]).T, color=colours[name], lw=1, zorder=1.5)


def apart(centres: np.ndarray, sides: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Move boxes until none covers another, within a frame: each to the nearest free place.

    Args:
        centres: (N, 2); sides: (N, 2), widths and heights.
        low, high: (2,), the corners of the frame. A box that finds no room in it stays.

    Returns:
        The new centres (N, 2).
    """
    reach = np.arange(-_REACH, _REACH + 1)
    offsets = np.stack(np.meshgrid(reach, reach), axis=-1).reshape(-1, 2) * _STEP
    offsets = offsets[np.argsort(np.hypot(*offsets.T), kind="stable")]
    moved = np.clip(centres.astype(float), low + sides / 2, high - sides / 2)
    for row in range(1, len(centres)):
        there = moved[row] + offsets  # (M, 2), nearest first
        half = (sides[row] + sides[:row]) / 2
        covers = (np.abs(there[:, None] - moved[:row]) < half).all(axis=2).any(axis=1)
        inside = ((there >= low + sides[row] / 2) & (there <= high - sides[row] / 2)).all(axis=1)
        moved[row] = there[np.argmax(inside & ~covers)]
    return moved
