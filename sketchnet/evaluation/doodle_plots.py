"""Figures of a doodle evaluation: confusion matrix, reliability, map of the embedding.

Every function writes one PNG file; nothing is shown on a screen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from sketchnet.evaluation.label_layout import label_points
from sketchnet.evaluation.plots import (
    COLOURS,
    INK,
    LINE,
    add_title,
    figure_with_axes,
    save_figure,
    style_axes,
)

MAX_LABELS = 30  # categories on a map: more labels would be illegible


def confusion_matrix(
    counts: np.ndarray, categories: Sequence[str], path: Path, title: str = "", limit: int = 40
) -> None:
    """Draw a confusion matrix in percent of each row.

    Of more than `limit` categories, the most confused pairs are shown, with a last column for all
    other predictions.

    Args:
        counts: (C, C) int, true category (row) by predicted category (column).
        categories: C names.
        path: file to write.
        title: title of the figure.
        limit: maximum number of categories shown.
    """
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    shown = np.arange(len(counts))
    if len(counts) > limit:
        shown = most_confused(counts, limit)
        title += f"\n{len(shown)} of {len(counts)} categories: the most confused pairs"
        hidden = np.setdiff1d(np.arange(len(counts)), shown)
        shares = np.column_stack([shares[:, shown], shares[:, hidden].sum(axis=1)])[shown]
    rows = [categories[row] for row in shown.tolist()]
    columns = rows if len(rows) == len(counts) else [*rows, "any other"]
    figure, axes = figure_with_axes(2.0 + 0.26 * len(columns), 1.6 + 0.26 * len(rows))
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for row, column in np.argwhere(shares >= 0.005):
        colour = "white" if shares[row, column] > 0.6 else INK
        text = f"{100 * shares[row, column]:.0f}"
        axes.text(column, row, text, size=6, color=colour, ha="center", va="center")
    axes.set_xticks(range(len(columns)), columns, rotation=90, size=7)
    axes.set_yticks(range(len(rows)), rows, size=7)
    axes.tick_params(colors=INK, length=0)
    axes.spines[:].set_color(LINE)
    axes.set_xlabel("predicted, % of the row", color=INK, size=9)
    add_title(axes, title)
    save_figure(figure, path)


def most_confused(counts: np.ndarray, limit: int) -> np.ndarray:
    """Up to `limit` categories of a confusion matrix: those of the most frequent confusions.

    Returns indices in ascending order; pairs are taken from the most frequent confusion on.
    """
    confusions = np.triu(counts + counts.T, 1)
    if not confusions.any():
        return np.arange(limit)
    order = np.argsort(-confusions, axis=None, kind="stable")[: np.count_nonzero(confusions)]
    pairs = np.column_stack(np.unravel_index(order, confusions.shape))
    return np.sort(list(dict.fromkeys(pairs.ravel().tolist()))[:limit])


def reliability_diagram(
    curves: Mapping[int, tuple[np.ndarray, np.ndarray, np.ndarray]], path: Path, title: str = ""
) -> None:
    """Draw accuracy against confidence: on the diagonal, 60 % means right six times in ten.

    Args:
        curves: percent of the stroke length → mean confidence, accuracy and number of predictions
            of each bin; the area of a point grows with the number.
        path: file to write.
        title: title of the figure.
    """
    figure, axes = figure_with_axes(4.6, 4.4)
    axes.plot([0, 1], [0, 1], color=LINE, lw=1.2, ls="--")
    for colour, (percent, (confidence, right, counts)) in zip(
        COLOURS, sorted(curves.items()), strict=False
    ):
        filled = counts > 0
        x, y = confidence[filled], right[filled]
        axes.plot(x, y, color=colour, lw=1.4, label=f"{percent} % drawn")
        axes.scatter(x, y, s=4 + 120 * counts[filled] / counts.sum(), color=colour, alpha=0.7)
    style_axes(axes, "confidence", "accuracy")
    axes.set(xlim=(0, 1.03), ylim=(0, 1.03), aspect="equal")
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    axes.legend(frameon=False, fontsize=8, labelcolor=INK, loc="upper left")
    add_title(axes, title)
    save_figure(figure, path)


def embedding_map(
    panels: Mapping[str, tuple[np.ndarray, np.ndarray]], categories: Sequence[str], path: Path
) -> None:
    """Draw maps next to each other, with one colour per category and labels if there is room.

    Args:
        panels: title → points (N, 2), as from `tsne`, and labels (N,), indices into `categories`.
        categories: names of the categories.
        path: file to write.
    """
    figure = Figure(figsize=(6.4 * len(panels), 6.2), layout="constrained")
    hues = np.linspace(0, 1, len(categories), endpoint=False)
    colours = colormaps["tab20" if len(categories) <= 20 else "gist_rainbow"](hues)
    all_axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, (title, (points, labels)) in zip(all_axes, panels.items(), strict=True):
        axes.scatter(*points.T, c=colours[labels], s=9, linewidths=0)
        axes.set(xticks=[], yticks=[], xlim=axes.get_xlim(), ylim=axes.get_ylim())
        axes.spines[:].set_color(LINE)
        add_title(axes, title)
    # Labels come last: their room depends on the final size of the axes.
    for axes, (points, labels) in zip(all_axes, panels.values(), strict=True):
        if len(categories) <= MAX_LABELS:
            by_label = {label: points[labels == label] for label in np.unique(labels).tolist()}
            medoids = {categories[label]: _medoid(own) for label, own in by_label.items()}
            label_points(axes, medoids, dict(zip(categories, colours, strict=True)))
    save_figure(figure, path)


def _medoid(points: np.ndarray) -> np.ndarray:
    """The point of (n, 2) nearest to all others: the mean could lie among other categories."""
    return points[np.abs(points[:, None] - points[None]).sum(axis=(1, 2)).argmin()]


def tsne(embeddings: np.ndarray, seed: int = 0) -> np.ndarray:
    """Project embeddings (N, E) to (N, 2) by t-SNE (van der Maaten and Hinton, 2008), seeded."""
    from sklearn.manifold import TSNE  # takes more than a second to import

    if len(embeddings) < 5:
        return np.asarray(embeddings, float)[:, :2]
    perplexity = min(30.0, (len(embeddings) - 1) / 3)
    # The embeddings of a collapsed network are one point, which has no principal axes.
    init: Any = "pca" if np.ptp(embeddings, axis=0).any() else "random"
    projection = TSNE(perplexity=perplexity, init=init, random_state=seed)
    return np.asarray(projection.fit_transform(embeddings))
