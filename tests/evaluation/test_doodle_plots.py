"""Figures of a doodle evaluation: what is shown, and that every size can be drawn."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from sketchnet.evaluation import doodle_plots
from sketchnet.evaluation.doodle_plots import most_confused
from sketchnet.metrics.classification import reliability


def size_of(path: Path) -> tuple[int, int]:
    picture = cv2.imread(str(path))
    assert picture.std() > 2
    return picture.shape[:2]


def test_the_most_confused_pairs_are_shown() -> None:
    counts = 50 * np.eye(100, dtype=int)
    counts[7, 93] = counts[93, 7] = 3
    counts[40, 2] = 5
    counts[40, 60] = 1
    assert most_confused(counts, 4).tolist() == [2, 7, 40, 93]
    assert most_confused(counts, 2).tolist() == [7, 93]  # 6 between them, then 5
    assert most_confused(counts, 50).tolist() == [2, 7, 40, 60, 93]
    assert most_confused(50 * np.eye(100, dtype=int), 4).tolist() == [0, 1, 2, 3]  # no confusions


@pytest.mark.parametrize("n", [2, 20, 344])
def test_a_confusion_matrix_of_any_size_is_legible(n, tmp_path, rng) -> None:
    """Cells have one size, and there are at most 40 rows."""
    labels = rng.integers(0, n, 4000)
    counts = np.zeros((n, n), int)
    np.add.at(
        counts, (labels, np.where(rng.random(4000) < 0.8, labels, rng.permutation(labels))), 1
    )
    names = [f"category {i}" for i in range(n)]
    doodle_plots.confusion_matrix(counts, names, tmp_path / "confusion.png", "predictions")
    height, width = size_of(tmp_path / "confusion.png")
    cells = min(n, 40)
    assert height == pytest.approx(130 * (1.6 + 0.26 * cells), abs=2)
    assert width >= 130 * 0.26 * cells


def test_maps_of_few_and_of_many_categories(tmp_path, rng) -> None:
    few = {"a": (rng.normal(size=(60, 2)), rng.integers(0, 3, 60)), "b": (np.zeros((1, 2)), [0])}
    panels = {name: (places, np.asarray(labels)) for name, (places, labels) in few.items()}
    doodle_plots.embedding_map(panels, ["x", "y", "z"], tmp_path / "few.png")
    height, width = size_of(tmp_path / "few.png")
    assert width > 1.8 * height
    many = {"a": (rng.normal(size=(400, 2)), rng.integers(0, 344, 400))}
    doodle_plots.embedding_map(many, [str(i) for i in range(344)], tmp_path / "many.png")
    assert size_of(tmp_path / "many.png")[1] < 1.2 * height


@pytest.mark.parametrize("n", [1, 2, 4, 5, 60])
def test_tsne_of_any_number(n, rng) -> None:
    places = doodle_plots.tsne(rng.normal(size=(n, 8)).astype(np.float32))
    assert places.shape == (n, 2)
    assert np.isfinite(places).all()
    collapsed = doodle_plots.tsne(np.ones((n, 8), np.float32))
    assert np.isfinite(collapsed).all()


def test_a_reliability_diagram_of_empty_and_of_full_bins(tmp_path, rng) -> None:
    one = reliability([[0.9, 0.1]], [0])
    many = reliability(rng.dirichlet(np.ones(4), 500), rng.integers(0, 4, 500))
    for name, curves in {"one": {100: one}, "many": {25: many, 50: many, 100: one}}.items():
        doodle_plots.reliability_diagram(curves, tmp_path / f"{name}.png", "confidence")
        size_of(tmp_path / f"{name}.png")
