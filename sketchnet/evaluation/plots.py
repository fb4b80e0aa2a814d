"""Figures of a retrieval evaluation and of a training.

Every function writes one PNG file; nothing is shown on a screen.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure  # not pyplot's, whose state threads would share
from matplotlib.patches import Rectangle

from sketchnet.utils.atomic_files import write_atomically

INK = "#22262b"  # text
QUIET = "#8a929c"  # secondary text
LINE = "#dfe3e8"  # axes and thin frames
TRUE = "#1a9a5c"  # the true photo
COLOURS = ("#2f6fde", "#e07b1a", "#1a9a5c", "#a34fc4", "#d13b4a", "#6b7684")
CELL = 0.9  # side of a picture in a grid, in the unit of its axes


@dataclass(frozen=True)
class RetrievalRow:
    """One query and its nearest photos, as a row of `retrieval_grid`.

    Attributes:
        query: the sketch, uint8, grey (H, W) or RGB (H, W, 3), of any size, as all pictures here.
        found: the nearest photos, nearest first.
        true: index of the true photo in `found`, or None where it is not among them.
        note: text below the row.
        true_photo: the true photo of a query that did not find it, shown in a column of its own.
    """

    query: np.ndarray
    found: Sequence[np.ndarray]
    true: int | None
    note: str = ""
    true_photo: np.ndarray | None = None


def retrieval_grid(rows: Sequence[RetrievalRow], path: Path, title: str = "") -> None:
    """Draw queries with their nearest photos; a frame marks the true photo.

    From left to right: the sketch, the nearest photo, the second nearest …, and in the last column
    the true photo, where a row has `true_photo`.
    """
    columns = max((len(row.found) for row in rows), default=1)
    row_height = 1.14  # a picture and the note below it
    with_true_photo = any(row.true_photo is not None for row in rows)
    width = columns + 1.4 + (1.4 if with_true_photo else 0)
    height = row_height * len(rows) + 0.3
    figure, axes = figure_with_axes(width * 0.95, height * 0.95 + 0.35)
    axes.set(xlim=(-0.05, width), ylim=(height - 0.3, -0.3), aspect="equal")
    axes.axis("off")
    for number, row in enumerate(rows):
        y = row_height * number
        _draw_picture(axes, row.query, 0, y, frame=LINE)
        for place, picture in enumerate(row.found):
            frame = TRUE if place == row.true else None
            _draw_picture(axes, picture, 1.4 + place, y, frame=frame)
        if row.true_photo is not None:
            _draw_picture(axes, row.true_photo, columns + 1.8, y, frame=TRUE)
        if row.note:
            axes.text(0, y + 0.93, row.note, size=7, color=QUIET, va="top")
    for place in range(columns):
        axes.text(1.85 + place, -0.12, str(place + 1), size=8, color=QUIET, ha="center")
    axes.text(0.45, -0.12, "sketch", size=8, color=QUIET, ha="center")
    if with_true_photo:
        axes.text(columns + 2.25, -0.12, "true photo", size=8, color=TRUE, ha="center")
    add_title(axes, title)
    save_figure(figure, path)


def learning_curves(history: Path, path: Path) -> bool:
    """Draw the columns of a run's history.csv: losses and distances, validation, and the rest.

    Returns False, and draws nothing, where there are fewer than two epochs.
    """
    with history.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    if len(rows) < 2:
        return False
    curves = {
        name: np.array([float(row[name] or "nan") for row in rows])
        for name in rows[0]
        if name not in ("epoch", "seconds")
    }
    groups = _group_curves(list(curves))
    figure = Figure(figsize=(4.2 * len(groups), 3.2), layout="constrained")
    epochs = np.arange(1, len(rows) + 1)
    for axes, (title, names) in zip(
        figure.subplots(1, len(groups), squeeze=False)[0], groups.items(), strict=True
    ):
        for colour, name in zip(COLOURS * 3, names, strict=False):
            axes.plot(epochs, curves[name], color=colour, lw=1.6, label=name.removeprefix("val_"))
        style_axes(axes, "epoch", "")
        axes.set_ylim(bottom=0)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend(frameon=False, fontsize=8, labelcolor=INK)
        add_title(axes, title)
    save_figure(figure, path)
    return True


def _group_curves(names: Sequence[str]) -> dict[str, list[str]]:
    """Title → names of the columns in one panel; panels without a column are left out."""
    groups = {
        "loss and distances": [n for n in names if "loss" in n or n.startswith(("d_ap", "d_an"))],
        "validation": [n for n in names if n.startswith("val_") and "loss" not in n],
    }
    grouped = {"learning_rate", *(name for group in groups.values() for name in group)}
    groups["triplets, embedding variance"] = [name for name in names if name not in grouped]
    return {title: group for title, group in groups.items() if group}


def rank_histogram(ranks: np.ndarray, n_gallery: int, path: Path, title: str = "") -> None:
    """Draw how many queries have their true photo at each rank, and the cumulative share.

    Args:
        ranks: (Q,) int from 1.
        n_gallery: number of photos, which is the last possible rank.
        path: file to write.
        title: title of the figure.
    """
    figure, axes = figure_with_axes(6.4, 3.4)
    edges = _rank_bins(n_gallery)
    counts, _ = np.histogram(ranks, edges)
    places = np.arange(len(counts))
    bars = axes.bar(places, counts, width=0.82, color=COLOURS[0], alpha=0.85)
    axes.bar_label(bars, labels=[str(n) if n else "" for n in counts], size=8, color=QUIET)
    names = [f"{low}" if high - low == 1 else f"{low}–{high - 1}" for low, high in pairwise(edges)]
    axes.set_xticks(places, names)
    style_axes(axes, f"rank of the true photo among {n_gallery}", "queries")
    share = axes.twinx()
    share.plot(places, np.cumsum(counts) / len(ranks), color=TRUE, lw=1.8, marker="o", ms=3.5)
    share.set_ylim(0, 1.04)
    share.set_ylabel("cumulative share", color=TRUE, size=9)
    share.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    share.tick_params(colors=QUIET, labelsize=8, length=0)
    share.spines[:].set_visible(False)
    add_title(axes, title)
    save_figure(figure, path)


def completion_curve(
    curves: Mapping[str, Mapping[int, float]], path: Path, title: str = ""
) -> None:
    """Draw scores of partial sketches against the completion level.

    Args:
        curves: name → {percent of the stroke length: score 0..1}.
        path: file to write.
        title: title of the figure.
    """
    figure, axes = figure_with_axes(4.6, 3.3)
    for colour, (name, scores) in zip(COLOURS * 3, curves.items(), strict=False):
        axes.plot(list(scores), list(scores.values()), color=colour, lw=1.8, marker="o", label=name)
        for percent, score in scores.items() if len(curves) == 1 else ():
            axes.annotate(
                f"{score:.0%}", (percent, score), (0, 7), textcoords="offset points",
                ha="center", size=8, color=QUIET,
            )  # fmt: skip
    style_axes(axes, "% of the stroke length", "")
    axes.set_ylim(0, 1.1)
    axes.set_xticks(sorted({percent for scores in curves.values() for percent in scores}))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.legend(frameon=False, fontsize=8, labelcolor=INK, loc="lower right")
    add_title(axes, title)
    save_figure(figure, path)


def _rank_bins(n_gallery: int) -> list[int]:
    """Lower edges of rank bins, of one rank each at first and then wider, and the upper end."""
    edges = [1, 2, 3, 4, 6, 11, 21, 51, 101, 201, 501, 1001]
    while edges[-1] <= n_gallery:
        edges.append(edges[-1] * 5)
    return [edge for edge in edges if edge <= n_gallery] + [n_gallery + 1]


def figure_with_axes(width: float, height: float) -> tuple[Figure, Axes]:
    """A new figure of this size in inches, and its axes."""
    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def _draw_picture(axes: Axes, picture: np.ndarray, x: float, y: float, frame: str | None) -> None:
    """Draw a picture, in proportion, into the cell with the corner (x, y)."""
    height, width = (CELL * side / max(picture.shape[:2]) for side in picture.shape[:2])
    left, top = x + (CELL - width) / 2, y + (CELL - height) / 2
    axes.imshow(
        picture, cmap="gray", vmin=0, vmax=255, interpolation="antialiased",
        extent=(left, left + width, top + height, top),
    )  # fmt: skip
    if frame:
        line_width = 2.2 if frame == TRUE else 0.8
        axes.add_patch(
            Rectangle((x, y), CELL, CELL, fill=False, edgecolor=frame, linewidth=line_width)
        )


def style_axes(axes: Axes, x_label: str, y_label: str) -> None:
    """Only a bottom axis and horizontal grid lines, and labels."""
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(LINE)
    axes.grid(axis="y", color=LINE, lw=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=QUIET, labelsize=8, length=0)
    axes.set_xlabel(x_label, color=INK, size=9)
    axes.set_ylabel(y_label, color=INK, size=9)


def add_title(axes: Axes, title: str) -> None:
    """Write a title above the left end of the axes."""
    axes.set_title(title, loc="left", size=9, color=INK, weight="bold")


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure as PNG, atomically."""
    write_atomically(path, lambda file: figure.savefig(file, format="png", dpi=130))
