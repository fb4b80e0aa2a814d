"""Pictures of drawing runs: what is chosen to be shown, and that every size can be drawn."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from sketchnet.evaluation import doodle_plots
from sketchnet.evaluation.doodle_plots import NeighbourRow, _most_mistaken
from tests.doodles import doodles


def size_of(path: Path) -> tuple[int, int]:
    picture = cv2.imread(str(path))
    assert picture.std() > 2
    return picture.shape[:2]


def test_the_pairs_most_often_mistaken_are_chosen() -> None:
    counts = 50 * np.eye(100, dtype=int)
    counts[7, 93] = counts[93, 7] = 3
    counts[40, 2] = 5
    counts[40, 60] = 1
    assert _most_mistaken(counts, 4).tolist() == [2, 7, 40, 93]
    assert _most_mistaken(counts, 2).tolist() == [7, 93]  # 6 between them, then 5
    assert _most_mistaken(counts, 50).tolist() == [2, 7, 40, 60, 93]
    assert _most_mistaken(50 * np.eye(100, dtype=int), 4).tolist() == [0, 1, 2, 3]  # none is wrong


@pytest.mark.parametrize("n", [2, 20, 344])
def test_a_confusion_matrix_of_any_size_stays_readable(n, tmp_path, rng) -> None:
    """Cells of the same size, and no more of them than a page has room for."""
    labels = rng.integers(0, n, 4000)
    counts = np.zeros((n, n), int)
    np.add.at(
        counts, (labels, np.where(rng.random(4000) < 0.8, labels, rng.permutation(labels))), 1
    )
    names = [f"category {i}" for i in range(n)]
    doodle_plots.confusion_matrix(counts, names, tmp_path / "confusion.png", "answers")
    height, width = size_of(tmp_path / "confusion.png")
    cells = min(n, 40)
    assert height == pytest.approx(130 * (1.6 + 0.26 * cells), abs=2)
    assert width >= 130 * 0.26 * cells


def test_maps_with_names_without_and_of_nothing_much(tmp_path, rng) -> None:
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


def test_neighbours_are_framed_by_their_verdict(tmp_path) -> None:
    drawings = list(doodles(4).drawings)
    for verdict, colour in doodle_plots.FRAMES.items():
        found = {"picture alone": [(drawings[1], verdict)] * 3, "strokes alone": []}
        row = NeighbourRow(drawings[0], found, "circle")
        path = tmp_path / f"{verdict}.png"
        doodle_plots.neighbours([row, row], path, "title", {"picture alone": "half of them"})
        picture = cv2.imread(str(path))[..., ::-1].astype(int)
        rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
        framed = np.argwhere((np.abs(picture - rgb) < 8).all(axis=2))
        # Beside the sign in the legend at the lower edge.
        assert (framed[:, 0] < 0.8 * len(picture)).sum() > 500


def test_drawings_of_one_input_are_as_large_as_those_of_three(tmp_path) -> None:
    drawings = list(doodles(4).drawings)
    right = []
    for names in (["nearest"], ["picture alone", "strokes alone", "picture and strokes"]):
        found = {name: [(drawing, "wrong") for drawing in drawings[:5]] for name in names}
        rows = [NeighbourRow(drawings[0], found, "circle")] * 3
        doodle_plots.neighbours(rows, tmp_path / "n.png", "a title of some words")
        picture = cv2.imread(str(tmp_path / "n.png"))[..., ::-1].astype(int)
        red = (np.abs(picture - [0xD1, 0x3B, 0x4A]) < 8).all(axis=2)
        right.append(np.flatnonzero(red.any(axis=0)).max())
    assert right[1] > 2 * right[0] > 800
