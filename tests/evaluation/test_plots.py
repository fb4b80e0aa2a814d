"""Figures: what they show, and that every size can be drawn."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from sketchnet.evaluation import plots
from tests.tiny import photo_of, sketch_of

GREEN = np.array([0x1A, 0x9A, 0x5C])


def read(path):
    picture = cv2.imread(str(path))
    assert picture is not None
    return picture[..., ::-1]


def greens(picture) -> np.ndarray:
    return np.argwhere((np.abs(picture.astype(int) - GREEN) < 12).all(axis=2))


def row(true: int | None, true_photo: bool = False) -> plots.RetrievalRow:
    found = [np.full((30, 40, 3), 200, np.uint8) for _ in range(5)]
    photo = photo_of(0) if true_photo else None
    return plots.RetrievalRow(sketch_of(0), found, true, "a note", photo)


def test_the_true_photo_is_framed(tmp_path):
    centres = []
    for place in range(5):
        plots.retrieval_grid([row(place)], tmp_path / "grid.png")
        found = greens(read(tmp_path / "grid.png"))
        assert len(found) > 100
        centres.append(found[:, 1].mean())
    assert np.all(np.diff(centres) > 50), "one column further each time"
    plots.retrieval_grid([row(None)], tmp_path / "grid.png")
    assert len(greens(read(tmp_path / "grid.png"))) == 0


def test_a_true_photo_that_was_not_found_is_in_the_last_column(tmp_path):
    plots.retrieval_grid([row(None, true_photo=True), row(0)], tmp_path / "grid.png", "title")
    picture = read(tmp_path / "grid.png")
    assert greens(picture)[:, 1].max() > 0.9 * picture.shape[1]


def test_a_grid_of_pictures_of_any_size(tmp_path):
    pictures = [np.zeros((1, 300), np.uint8), np.zeros((300, 1, 3), np.uint8), photo_of(1)]
    plots.retrieval_grid([plots.RetrievalRow(sketch_of(1), pictures, 2)], tmp_path / "grid.png")
    assert read(tmp_path / "grid.png").std() > 5


@pytest.mark.parametrize("n_gallery", [1, 2, 7, 60, 115, 2000, 100_000])
def test_every_rank_is_in_one_bin(n_gallery):
    edges = plots._rank_bins(n_gallery)
    assert edges[0] == 1
    assert edges[-1] == n_gallery + 1
    assert all(np.diff(edges) > 0)
    counts, _ = np.histogram(np.arange(1, n_gallery + 1), edges)
    assert counts.sum() == n_gallery


@pytest.mark.parametrize(("ranks", "n_gallery"), [([1], 1), ([1, 1, 3, 60], 60), ([2000], 2000)])
def test_rank_histogram(tmp_path, ranks, n_gallery):
    plots.rank_histogram(np.array(ranks), n_gallery, tmp_path / "ranks.png", "ranks")
    assert len(greens(read(tmp_path / "ranks.png"))) > 20, "the cumulative share"


def test_learning_curves(tmp_path):
    header = "epoch,loss,d_ap,d_an,active,semi_hard,embedding_variance,val_acc@1,seconds\n"
    history = tmp_path / "history.csv"
    history.write_text(header + "1,0.9,0.5,1.0,1,0.5,0.6,0.1,30\n")
    assert not plots.learning_curves(history, tmp_path / "curves.png")
    assert not (tmp_path / "curves.png").exists()
    history.write_text(header)
    assert not plots.learning_curves(history, tmp_path / "curves.png")
    history.write_text(
        header + "".join(f"{e},{1 / e},0.5,1.0,1,0.5,0.6,{'' if e == 2 else 0.1 * e},30\n"
                         for e in range(1, 6))
    )  # fmt: skip
    assert plots.learning_curves(history, tmp_path / "curves.png")
    assert read(tmp_path / "curves.png").std() > 5


def test_completion_curve(tmp_path):
    scores = {"acc@10": {25: 0.2, 50: 0.5, 100: 0.9}, "acc@1": {25: 0.0, 50: 0.1, 100: 1.0}}
    plots.completion_curve(scores, tmp_path / "completion.png", "partial sketches")
    assert read(tmp_path / "completion.png").std() > 5


def test_a_figure_that_fails_leaves_the_old_file(tmp_path):
    plots.retrieval_grid([row(1)], tmp_path / "grid.png")
    before = (tmp_path / "grid.png").read_bytes()
    broken = plots.RetrievalRow(np.zeros((4, 4, 7), np.uint8), [], None)
    with pytest.raises(TypeError):
        plots.retrieval_grid([broken], tmp_path / "grid.png")
    assert (tmp_path / "grid.png").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["grid.png"]
