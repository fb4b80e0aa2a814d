"""Pictures of what a drawing run has learnt: confusion, map of the embedding, neighbours.

Every function writes one PNG file and shows nothing on a screen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sketchnet.evaluation.label_layout import name_places
from sketchnet.evaluation.plots import INK, LINE, QUIET, TRUE
from sketchnet.strokes.formats import Drawing, bounds, fit
from sketchnet.strokes.shape_distance import SAME_STYLE
from sketchnet.utils.atomic_files import write_atomically

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GREY = "#b4bcc6"
WRONG = "#d13b4a"
FRAMES = {"same": TRUE, "other": GREY, "wrong": WRONG}
NAMED = 30  # categories on a map: of more, no name could be read
PITCH = 1.2  # of rows of neighbours: a drawing of 0.9 and its name below


def confusion_matrix(
    counts: np.ndarray, categories: Sequence[str], path: Path, title: str = "", most: int = 40
) -> None:
    """Draw how often each category (row) was called each other (column), as shares of the row.

    Of more than `most` categories, the pairs most often mistaken for each other are shown, and a
    last column for answers that are not.
    """
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    shown = np.arange(len(counts))
    if len(counts) > most:
        shown = _most_mistaken(counts, most)
        title += f"\n{len(shown)} of {len(counts)} categories: the pairs most often mistaken"
        others = np.setdiff1d(np.arange(len(counts)), shown)
        shares = np.column_stack([shares[:, shown], shares[:, others].sum(axis=1)])[shown]
    rows = [categories[row] for row in shown.tolist()]
    columns = rows if len(rows) == len(counts) else [*rows, "any other"]
    figure, axes = _figure(2.0 + 0.26 * len(columns), 1.6 + 0.26 * len(rows))
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.argwhere(shares >= 0.005):
        colour = "white" if shares[row, column] > 0.6 else INK
        text = f"{100 * shares[row, column]:.0f}"
        axes.text(column, row, text, size=6, color=colour, ha="center", va="center")
    axes.set_xticks(range(len(columns)), columns, rotation=90, size=7)
    axes.set_yticks(range(len(rows)), rows, size=7)
    axes.tick_params(colors=INK, length=0)
    axes.spines[:].set_color(LINE)
    axes.set_xlabel("answered, % of the row", color=INK, size=9)
    _heading(axes, title)
    _save(figure, path)


def _most_mistaken(counts: np.ndarray, most: int) -> np.ndarray:
    """Up to `most` categories, in their order: pair by pair, those mistaken most often first."""
    mistakes = np.triu(counts + counts.T, 1)
    if not mistakes.any():
        return np.arange(most)
    order = np.argsort(-mistakes, axis=None, kind="stable")[: np.count_nonzero(mistakes)]
    pairs = np.column_stack(np.unravel_index(order, mistakes.shape))
    return np.sort(list(dict.fromkeys(pairs.ravel().tolist()))[:most])


def embedding_map(
    panels: Mapping[str, tuple[np.ndarray, np.ndarray]], categories: Sequence[str], path: Path
) -> None:
    """Draw maps side by side, a colour for each category, with its name where there is room.

    Args:
        panels: title → places (N, 2), as from `tsne`, and labels (N,), index into `categories`.
    """
    from matplotlib import colormaps
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4 * len(panels), 6.2), layout="constrained")
    hues = np.linspace(0, 1, len(categories), endpoint=False)
    colours = colormaps["tab20" if len(categories) <= 20 else "gist_rainbow"](hues)
    beside = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (title, (places, labels)) in zip(beside, panels.items(), strict=True):
        axes.scatter(*places.T, c=colours[labels], s=9, linewidths=0)
        axes.set(xticks=[], yticks=[], xlim=axes.get_xlim(), ylim=axes.get_ylim())
        axes.spines[:].set_color(LINE)
        _heading(axes, title)
    # Names come last: where they find room depends on the size that the axes end up with.
    for axes, (places, labels) in zip(beside, panels.values(), strict=True):
        if len(categories) <= NAMED:
            own = {label: places[labels == label] for label in np.unique(labels).tolist()}
            middles = {categories[label]: _middle(points) for label, points in own.items()}
            name_places(axes, middles, dict(zip(categories, colours, strict=True)))
    _save(figure, path)


def _middle(points: np.ndarray) -> np.ndarray:
    """The point of (n, 2) nearest to all others: a mean may lie among other categories."""
    return points[np.abs(points[:, None] - points[None]).sum(axis=(1, 2)).argmin()]


def tsne(embeddings: np.ndarray, seed: int = 0) -> np.ndarray:
    """(N, E) → (N, 2) by t-SNE (van der Maaten and Hinton, 2008), seeded."""
    from sklearn.manifold import TSNE

    if len(embeddings) < 5:
        return np.asarray(embeddings, float)[:, :2]
    perplexity = min(30.0, (len(embeddings) - 1) / 3)
    # Where all are one point, as a collapsed network has them, there is no axis to begin with.
    init: Any = "pca" if np.ptp(embeddings, axis=0).any() else "random"
    found = TSNE(perplexity=perplexity, init=init, random_state=seed).fit_transform(embeddings)
    return np.asarray(found)


@dataclass(frozen=True)
class NeighbourRow:
    """A query and what was found: drawings nearest first, each `same`, `other` style or `wrong`."""

    query: Drawing
    found: Mapping[str, Sequence[tuple[Drawing, str]]]
    """Name of the input → its neighbours."""
    note: str = ""


def neighbours(
    rows: Sequence[NeighbourRow],
    path: Path,
    title: str = "",
    notes: Mapping[str, str] | None = None,
) -> None:
    """Draw each query with its nearest drawings by each input; `notes` stand below their names."""
    inputs = list(rows[0].found)
    each = max((len(found) for row in rows for found in row.found.values()), default=1)
    group = each + 0.6
    width = 1.4 + len(inputs) * group
    figure, axes = _figure(
        0.75 * width, 0.75 * PITCH * len(rows) + (1.3 if len(inputs) > 1 else 1.7)
    )
    axes.set(xlim=(-0.1, width), ylim=(PITCH * len(rows), -0.75), aspect="equal")
    axes.axis("off")
    axes.text(0.45, -0.2, "query", size=9, color=INK, ha="center", weight="bold")
    for number, name in enumerate(inputs):
        left = 1.4 + number * group
        axes.text(left, -0.45, name, size=9, color=INK, weight="bold")
        axes.text(left, -0.16, (notes or {}).get(name, ""), size=7.5, color=QUIET)
    cells: list[tuple[Drawing, float, float, str]] = []
    for number, row in enumerate(rows):
        y = PITCH * number
        axes.text(0.45, y + 1.02, row.note, size=7.5, color=QUIET, ha="center", va="center")
        cells.append((row.query, 0, y, LINE))
        for place, name in enumerate(inputs):
            for nth, (drawing, verdict) in enumerate(row.found[name]):
                cells.append((drawing, 1.4 + place * group + nth, y, FRAMES[verdict]))
    _drawings(axes, cells)
    _heading(axes, title)
    _legend(axes, in_a_row=len(inputs) > 1)
    _save(figure, path)


def _legend(axes: Axes, in_a_row: bool) -> None:
    from matplotlib.patches import Rectangle

    words = {
        "same": f"same style (the ink of both lies within {SAME_STYLE:.1%} of the side)",
        "other": "same category, another style",
        "wrong": "another category",
    }
    frames = [
        Rectangle((0, 0), 1, 1, fill=False, edgecolor=FRAMES[verdict], linewidth=1.8)
        for verdict in words
    ]
    axes.legend(
        frames, words.values(), loc="upper left", bbox_to_anchor=(0, 0),
        ncols=3 if in_a_row else 1, frameon=False,
        fontsize=8, labelcolor=INK, handlelength=1, handleheight=1, borderaxespad=0.2,
    )  # fmt: skip


def _drawings(axes: Axes, cells: Sequence[tuple[Drawing, float, float, str]]) -> None:
    """Draw each drawing into the cell of side 0.9 whose corner is (x, y), framed in a colour."""
    from matplotlib.collections import LineCollection  # a line each would take seconds

    strokes, frames = [], []
    for drawing, x, y, _ in cells:
        fitted = fit(drawing, 0.76)
        if fitted:
            corner = [x, y] + (0.9 - bounds(fitted)[1]) / 2
            strokes += [stroke + corner for stroke in fitted]
        frames.append([x, y] + 0.9 * np.array([[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]))
    colours = [colour for *_, colour in cells]
    widths = [0.8 if colour == LINE else 1.8 for colour in colours]
    axes.add_collection(LineCollection(frames, colors=colours, linewidths=widths))
    axes.add_collection(LineCollection(strokes, colors=INK, linewidths=0.9, capstyle="round"))


def _figure(width: float, height: float) -> tuple[Figure, Axes]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), layout="constrained")
    return figure, figure.subplots()


def _heading(axes: Axes, title: str) -> None:
    axes.set_title(title, loc="left", size=9, color=INK, weight="bold")


def _save(figure: Figure, path: Path) -> None:
    write_atomically(path, lambda file: figure.savefig(file, format="png", dpi=130))
