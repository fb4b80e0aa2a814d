"""Figure of doodles and their nearest neighbours in the embedding."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.patches import Rectangle

from sketchnet.evaluation.plots import (
    CELL,
    INK,
    LINE,
    QUIET,
    TRUE,
    add_title,
    figure_with_axes,
    save_figure,
)
from sketchnet.strokes.formats import Drawing, bounds, fit
from sketchnet.strokes.shape_distance import SAME_STYLE

Match = Literal["same", "other", "wrong"]
"""A neighbour's category and style: same category and style, other style, or wrong category."""

MATCH_COLOURS: dict[Match, str] = {"same": TRUE, "other": "#b4bcc6", "wrong": "#d13b4a"}
ROW_HEIGHT = 1.2  # a drawing and the category below it


@dataclass(frozen=True)
class NeighbourRow:
    """A query and its nearest drawings, as a row of `neighbours`.

    Attributes:
        query: the drawing that is searched with.
        found: name of the input → its nearest drawings, nearest first, and how they match.
        note: text below the query.
    """

    query: Drawing
    found: Mapping[str, Sequence[tuple[Drawing, Match]]]
    note: str = ""


def neighbours(
    rows: Sequence[NeighbourRow],
    path: Path,
    title: str = "",
    notes: Mapping[str, str] | None = None,
) -> None:
    """Draw queries with their nearest drawings by each input.

    Args:
        rows: the queries, all with the same inputs.
        path: file to write.
        title: title of the figure.
        notes: name of an input → text below its name.
    """
    names = list(rows[0].found)
    per_input = max((len(found) for row in rows for found in row.found.values()), default=1)
    group_width = per_input + 0.6
    width = 1.4 + len(names) * group_width
    height = ROW_HEIGHT * len(rows)
    figure, axes = figure_with_axes(0.75 * width, 0.75 * height + (1.3 if len(names) > 1 else 1.7))
    axes.set(xlim=(-0.1, width), ylim=(height, -0.75), aspect="equal")
    axes.axis("off")
    axes.text(0.45, -0.2, "query", size=9, color=INK, ha="center", weight="bold")
    for number, name in enumerate(names):
        left = 1.4 + number * group_width
        axes.text(left, -0.45, name, size=9, color=INK, weight="bold")
        axes.text(left, -0.16, (notes or {}).get(name, ""), size=7.5, color=QUIET)
    cells: list[tuple[Drawing, float, float, str]] = []
    for number, row in enumerate(rows):
        y = ROW_HEIGHT * number
        axes.text(0.45, y + 1.02, row.note, size=7.5, color=QUIET, ha="center", va="center")
        cells.append((row.query, 0, y, LINE))
        for group, name in enumerate(names):
            for place, (drawing, match) in enumerate(row.found[name]):
                cells.append((drawing, 1.4 + group * group_width + place, y, MATCH_COLOURS[match]))
    _draw_cells(axes, cells)
    add_title(axes, title)
    _add_legend(axes, in_one_row=len(names) > 1)
    save_figure(figure, path)


def _add_legend(axes: Axes, in_one_row: bool) -> None:
    labels: dict[Match, str] = {
        "same": f"same style (mean distance of the ink below {SAME_STYLE:.1%} of the side)",
        "other": "same category, another style",
        "wrong": "another category",
    }
    frames = [
        Rectangle((0, 0), 1, 1, fill=False, edgecolor=MATCH_COLOURS[match], linewidth=1.8)
        for match in labels
    ]
    axes.legend(
        frames, labels.values(), loc="upper left", bbox_to_anchor=(0, 0),
        ncols=3 if in_one_row else 1, frameon=False,
        fontsize=8, labelcolor=INK, handlelength=1, handleheight=1, borderaxespad=0.2,
    )  # fmt: skip


def _draw_cells(axes: Axes, cells: Sequence[tuple[Drawing, float, float, str]]) -> None:
    """Draw each drawing into the cell with the corner (x, y), in a frame of the given colour."""
    strokes, frames = [], []
    square = CELL * np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]])
    for drawing, x, y, _ in cells:
        fitted = fit(drawing, 0.76)
        if fitted:
            corner = [x, y] + (CELL - bounds(fitted)[1]) / 2
            strokes += [stroke + corner for stroke in fitted]
        frames.append(np.array([x, y]) + square)
    colours = [colour for *_, colour in cells]
    widths = [0.8 if colour == LINE else 1.8 for colour in colours]
    # Two collections: one artist per line would take seconds.
    axes.add_collection(LineCollection(frames, colors=colours, linewidths=widths))
    axes.add_collection(LineCollection(strokes, colors=INK, linewidths=0.9, capstyle="round"))
