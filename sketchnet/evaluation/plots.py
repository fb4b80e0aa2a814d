"""Pictures for people: what a model finds, how it learnt, where it fails.

Every function writes one PNG file and shows nothing on a screen.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sketchnet.utils.atomic_files import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#22262b"
QUIET = "#8a929c"
LINE = "#dfe3e8"
TRUE = "#1a9a5c"
COLOURS = ("#2f6fde", "#e07b1a", "#1a9a5c", "#a34fc4", "#d13b4a", "#6b7684")


@dataclass(frozen=True)
class Predictions:
    """One query and what it found, nearest first.

    Pictures are uint8, grey (H, W) or RGB (H, W, 3), of any size. `true` is the place of the true
    one among `found`, None where it is not there; `last`, where given, stands apart on the right:
    the true photo of a query that did not find it.
    """

    query: np.ndarray
    found: Sequence[np.ndarray]
    true: int | None
    note: str = ""
    last: np.ndarray | None = None


def retrieval_grid(rows: Sequence[Predictions], path: Path, title: str = "") -> None:
    """Draw each query with its answers; the true photo is framed.

    A row reads from left to right: the sketch, the nearest, the second nearest …, and at the end
    in its own column the true photo, where a row gives it as `last`.
    """
    columns = max((len(row.found) for row in rows), default=1)
    pitch = 1.14  # of rows: a picture of 0.9 and a note below it
    with_last = any(row.last is not None for row in rows)
    width = columns + 1.4 + (1.4 if with_last else 0)
    height = pitch * len(rows) + 0.3
    figure, axes = _figure(width * 0.95, height * 0.95 + 0.35)
    axes.set(xlim=(-0.05, width), ylim=(height - 0.3, -0.3), aspect="equal")
    axes.axis("off")
    for number, row in enumerate(rows):
        y = pitch * number
        _picture(axes, row.query, 0, y, framed=LINE)
        for place, picture in enumerate(row.found):
            _picture(axes, picture, 1.4 + place, y, framed=TRUE if place == row.true else None)
        if row.last is not None:
            _picture(axes, row.last, columns + 1.8, y, framed=TRUE)
        if row.note:
            axes.text(0, y + 0.93, row.note, size=7, color=QUIET, va="top")
    for place in range(columns):
        axes.text(1.85 + place, -0.12, str(place + 1), size=8, color=QUIET, ha="center")
    axes.text(0.45, -0.12, "sketch", size=8, color=QUIET, ha="center")
    if with_last:
        axes.text(columns + 2.25, -0.12, "true photo", size=8, color=TRUE, ha="center")
    _title(axes, title)
    _save(figure, path)


def learning_curves(history: Path, path: Path) -> bool:
    """Draw the columns of a run's history.csv, losses and shares apart.

    Returns False, and draws nothing, where there are not yet two epochs to join.
    """
    with history.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    curves = {
        name: np.array([float(row[name] or "nan") for row in rows])
        for name in (rows[0] if rows else ())
        if name not in ("epoch", "seconds")
    }
    if len(rows) < 2:
        return False
    groups = {
        "loss and distances": [n for n in curves if "loss" in n or n.startswith(("d_ap", "d_an"))],
        "validation": [n for n in curves if n.startswith("val_") and "loss" not in n],
    }
    rest = [n for n in curves if not any(n in names for names in groups.values())]
    groups["shares of triplets, spread"] = [n for n in rest if n != "learning_rate"]
    groups = {name: names for name, names in groups.items() if names}

    from matplotlib.figure import Figure

    figure = Figure(figsize=(4.2 * len(groups), 3.2), layout="constrained")
    epochs = np.arange(1, len(rows) + 1)
    for axes, (heading, names) in zip(
        figure.subplots(1, len(groups), squeeze=False)[0], groups.items(), strict=True
    ):
        for colour, name in zip(COLOURS * 3, names, strict=False):
            axes.plot(epochs, curves[name], color=colour, lw=1.6, label=name.removeprefix("val_"))
        _calm(axes, "epoch", "")
        axes.set_ylim(bottom=0)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.legend(frameon=False, fontsize=8, labelcolor=INK)
        _title(axes, heading)
    _save(figure, path)
    return True


def rank_histogram(ranks: np.ndarray, n_gallery: int, path: Path, title: str = "") -> None:
    """Draw how many queries have their true photo at each rank, and the share found by then.

    Args:
        ranks: (Q,) from 1.
        n_gallery: the last rank possible.
    """
    figure, axes = _figure(6.4, 3.4)
    edges = _rank_bins(n_gallery)
    counts, _ = np.histogram(ranks, edges)
    places = np.arange(len(counts))
    bars = axes.bar(places, counts, width=0.82, color=COLOURS[0], alpha=0.85)
    axes.bar_label(bars, labels=[str(n) if n else "" for n in counts], size=8, color=QUIET)
    names = [f"{low}" if high - low == 1 else f"{low}–{high - 1}" for low, high in pairwise(edges)]
    axes.set_xticks(places, names)
    _calm(axes, f"rank of the true photo among {n_gallery}", "queries")
    share = axes.twinx()
    share.plot(places, np.cumsum(counts) / len(ranks), color=TRUE, lw=1.8, marker="o", ms=3.5)
    share.set_ylim(0, 1.04)
    share.set_ylabel("found so far", color=TRUE, size=9)
    share.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    share.tick_params(colors=QUIET, labelsize=8, length=0)
    share.spines[:].set_visible(False)
    _title(axes, title)
    _save(figure, path)


def share_curve(curves: Mapping[str, Mapping[int, float]], path: Path, title: str = "") -> None:
    """Draw scores against how much of the drawing is there.

    Args:
        curves: name → {percent of the ink: score 0..1}.
    """
    figure, axes = _figure(4.6, 3.3)
    for colour, (name, scores) in zip(COLOURS * 3, curves.items(), strict=False):
        axes.plot(list(scores), list(scores.values()), color=colour, lw=1.8, marker="o", label=name)
        for percent, score in scores.items() if len(curves) == 1 else ():
            axes.annotate(
                f"{score:.0%}", (percent, score), (0, 7), textcoords="offset points",
                ha="center", size=8, color=QUIET,
            )  # fmt: skip
    _calm(axes, "% of the ink drawn", "")
    axes.set_ylim(0, 1.1)
    axes.set_xticks(sorted({percent for scores in curves.values() for percent in scores}))
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.legend(frameon=False, fontsize=8, labelcolor=INK, loc="lower right")
    _title(axes, title)
    _save(figure, path)


def _rank_bins(n_gallery: int) -> list[int]:
    """Lower edges of rank bins, single at first and then ever wider, and the end beyond."""
    edges = [1, 2, 3, 4, 6, 11, 21, 51, 101, 201, 501, 1001]
    while edges[-1] <= n_gallery:
        edges.append(edges[-1] * 5)
    return [edge for edge in edges if edge <= n_gallery] + [n_gallery + 1]


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    # A Figure of its own, not pyplot's: no state is shared between the demo's threads.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def _picture(axes: Axes, picture: np.ndarray, x: float, y: float, framed: str | None) -> None:
    """Show a picture in the cell of side 0.9 whose corner is (x, y), its sides in proportion."""
    from matplotlib.patches import Rectangle

    side = 0.9
    height, width = (side * s / max(picture.shape[:2]) for s in picture.shape[:2])
    left, top = x + (side - width) / 2, y + (side - height) / 2
    axes.imshow(
        picture, cmap="gray", vmin=0, vmax=255, interpolation="antialiased",
        extent=(left, left + width, top + height, top),
    )  # fmt: skip
    if framed:
        thick = 2.2 if framed == TRUE else 0.8
        frame = Rectangle((x, y), side, side, fill=False, edgecolor=framed, linewidth=thick)
        axes.add_patch(frame)


def _calm(axes: Axes, x_label: str, y_label: str) -> None:
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(LINE)
    axes.grid(axis="y", color=LINE, lw=0.8)
    axes.set_axisbelow(True)
    axes.tick_params(colors=QUIET, labelsize=8, length=0)
    axes.set_xlabel(x_label, color=INK, size=9)
    axes.set_ylabel(y_label, color=INK, size=9)


def _title(axes: Axes, title: str) -> None:
    axes.set_title(title, loc="left", size=10, color=INK, weight="bold")


def _save(figure: Figure, path: Path) -> None:
    write_atomically(path, lambda file: figure.savefig(file, format="png", dpi=130))
