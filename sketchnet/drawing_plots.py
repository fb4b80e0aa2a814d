"""Pictures of what a drawing run has learnt: confusion, map of the embedding, neighbours.

Every function writes one PNG file and shows nothing on a screen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sketchnet.atomic import write_atomically
from sketchnet.plots import INK, LINE, QUIET, TRUE
from sketchnet.strokes import Drawing, fit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WRONG = "#d13b4a"
FRAMES = {"same": TRUE, "other": LINE, "wrong": WRONG}


def confusion_matrix(
    counts: np.ndarray, categories: Sequence[str], path: Path, title: str = "", most: int = 40
) -> None:
    """Draw how often each category (row) was called each other (column), as shares of the row.

    Of more than `most` categories, those with the most mistakes in them are shown.
    """
    mistakes = counts.sum(axis=1) + counts.sum(axis=0) - 2 * np.diag(counts)
    shown = np.sort(np.argsort(-mistakes, kind="stable")[:most])
    shares = (counts / np.maximum(counts.sum(axis=1, keepdims=True), 1))[np.ix_(shown, shown)]
    names = [categories[row] for row in shown]
    side = 1.6 + 0.26 * len(names)
    figure, axes = _figure(side + 0.4, side)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.argwhere(shares >= 0.005):
        colour = "white" if shares[row, column] > 0.6 else INK
        text = f"{100 * shares[row, column]:.0f}"
        axes.text(column, row, text, size=6, color=colour, ha="center", va="center")
    axes.set_xticks(range(len(names)), names, rotation=90, size=7)
    axes.set_yticks(range(len(names)), names, size=7)
    axes.tick_params(colors=INK, length=0)
    axes.spines[:].set_color(LINE)
    axes.set_xlabel("answered, % of the row", color=INK, size=9)
    of = "" if len(shown) == len(categories) else f", {len(shown)} of {len(categories)} categories"
    _heading(axes, title + of)
    _save(figure, path)


def embedding_map(
    panels: Mapping[str, np.ndarray], labels: np.ndarray, categories: Sequence[str], path: Path
) -> None:
    """Draw t-SNE maps of the same drawings side by side, a colour for each category.

    Args:
        panels: title → embeddings (N, E).
        labels: (N,) index into `categories`.
    """
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5.6 * len(panels), 5.4), layout="constrained")
    places = np.linspace(0, 1, len(categories), endpoint=False)
    colours = colormaps["tab20" if len(categories) <= 20 else "gist_rainbow"](places)
    names_fit = len(categories) <= 30
    for axes, (name, embeddings) in zip(
        figure.subplots(1, len(panels), squeeze=False)[0], panels.items(), strict=True
    ):
        points = tsne(embeddings)
        axes.scatter(*points.T, c=colours[labels], s=7, linewidths=0)
        for label, category in enumerate(categories if names_fit else ()):
            own = points[labels == label]
            if len(own):
                # The place where most of them are: a mean may lie among others.
                middle = own[np.abs(own[:, None] - own[None]).sum(axis=(1, 2)).argmin()]
                axes.text(
                    *middle, category, size=7.5, color=INK, ha="center", va="center",
                    bbox={"facecolor": "white", "alpha": 0.55, "linewidth": 0, "pad": 1.5},
                )  # fmt: skip
        axes.set(xticks=[], yticks=[])
        axes.spines[:].set_color(LINE)
        _heading(axes, name)
    _save(figure, path)


def tsne(embeddings: np.ndarray, seed: int = 0) -> np.ndarray:
    """(N, E) → (N, 2) by t-SNE (van der Maaten and Hinton, 2008), seeded."""
    from sklearn.manifold import TSNE

    if len(embeddings) < 5:
        return np.asarray(embeddings, float)[:, :2]
    perplexity = min(30.0, (len(embeddings) - 1) / 3)
    found = TSNE(perplexity=perplexity, init="pca", random_state=seed).fit_transform(embeddings)
    return np.asarray(found)


@dataclass(frozen=True)
class NeighbourRow:
    """A query and what was found: drawings nearest first, each `same`, `other` style or `wrong`."""

    query: Drawing
    found: Mapping[str, Sequence[tuple[Drawing, str]]]
    """Name of the input → its neighbours."""
    note: str = ""


def neighbours(rows: Sequence[NeighbourRow], path: Path, title: str = "") -> None:
    """Draw each query with its nearest drawings by picture, by strokes and by both."""
    names = list(rows[0].found) if rows else []
    each = max((len(found) for row in rows for found in row.found.values()), default=1)
    width = 1.3 + len(names) * (each + 0.4)
    pitch = 1.14  # of rows: a drawing of 0.9 and a note below it
    figure, axes = _figure(0.75 * width, 0.8 * pitch * len(rows) + 0.9)
    axes.set(xlim=(-0.05, width), ylim=(pitch * len(rows), -0.45), aspect="equal")
    axes.axis("off")
    for number, row in enumerate(rows):
        y = pitch * number
        _strokes(axes, row.query, 0, y, LINE)
        if row.note:
            axes.text(0.45, y + 1.0, row.note, size=6, color=QUIET, ha="center", va="center")
        for group, name in enumerate(names):
            for place, (drawing, verdict) in enumerate(row.found[name]):
                x = 1.3 + group * (each + 0.4) + place
                _strokes(axes, drawing, x, y, FRAMES[verdict])
    axes.text(0.45, -0.2, "query", size=8, color=QUIET, ha="center")
    for group, name in enumerate(names):
        left = 1.3 + group * (each + 0.4)
        axes.text(left, -0.2, name, size=8, color=INK)
    legend = "green: same style, grey: same category, another style, red: another category"
    _heading(axes, f"{title}\n{legend}")
    _save(figure, path)


def _strokes(axes: Axes, drawing: Drawing, x: float, y: float, frame: str) -> None:
    """Draw strokes into the cell of side 0.9 whose corner is (x, y)."""
    from matplotlib.patches import Rectangle

    for stroke in fit(drawing, 0.76):
        high = np.concatenate(fit(drawing, 0.76)).max(axis=0)
        points = stroke + [x, y] + (0.9 - high) / 2
        axes.plot(points[:, 0], points[:, 1], color=INK, lw=0.9, solid_capstyle="round")
    thick = 0.8 if frame == LINE else 1.8
    axes.add_patch(Rectangle((x, y), 0.9, 0.9, fill=False, edgecolor=frame, linewidth=thick))


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def _heading(axes: Axes, title: str) -> None:
    axes.set_title(title, loc="left", size=9, color=INK, weight="bold")


def _save(figure: Figure, path: Path) -> None:
    write_atomically(path, lambda file: figure.savefig(file, format="png", dpi=130))
