"""A doodle run on tiny data: train, resume, transfer, evaluate, suggest."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from sketchnet import runs
from sketchnet.data.hash_split import split_of
from sketchnet.data.quickdraw import load_doodles
from sketchnet.data.quickdraw.items import content_key
from sketchnet.evaluation.doodles import evaluate_doodles
from sketchnet.inference.doodle_embedder import DoodleEmbedder, load_input_spec, load_temperature
from sketchnet.models import saving
from sketchnet.retrieval.doodle_gallery import GALLERY_FILE, load_doodle_gallery
from sketchnet.retrieval.suggest import Suggester
from sketchnet.strokes.rasterize import rasterize
from sketchnet.tasks.train_doodles import train_doodles, training_doodles
from sketchnet.training import doodle_trainer
from sketchnet.utils.errors import InputError
from tests.doodles import WORDS, small_config, write_doodles

CONFIG = small_config(epochs=2, schedule="constant")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_doodles(tmp_path_factory.mktemp("doodles"), each=40)


@pytest.fixture(scope="module")
def run(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "strokes"
    train_doodles(CONFIG, [data], folder, log=lambda _: None)
    return folder


def test_a_training_writes_a_complete_run(run: Path, data: Path) -> None:
    names = {"config.json", "drawings.json", "model.keras", "last.keras", "history.csv",
             "metrics.json", "pictures", "gallery", "checkpoint"}  # fmt: skip
    assert names <= {path.name for path in run.iterdir()}
    metrics = json.loads((run / "metrics.json").read_text())
    assert metrics["split"] == "val"
    assert 0 < metrics["n"] < 40
    assert metrics["temperature"] == load_temperature(run) != 1
    inputs, categories = load_input_spec(run)
    assert (inputs.size, inputs.max_points, categories) == (32, 32, WORDS)
    gallery = load_doodle_gallery(run / GALLERY_FILE)
    assert gallery.fingerprint == runs.fingerprint(run)
    assert np.bincount(gallery.labels).tolist() == [10, 10, 10]
    assert {split_of(key) for key in gallery.key_ids} == {"train"}


def test_bitmaps_are_trained_on_but_no_copy_of_a_held_out_drawing(data: Path, tmp_path) -> None:
    """All published drawings of the stairs as bitmaps, too: as in the two editions of the game."""
    drawn = load_doodles(data, ["stairs"])
    pictures = [
        255 - cv2.resize(rasterize(each, 112, width=7), (28, 28), interpolation=cv2.INTER_AREA)
        for each in drawn.drawings
    ]
    np.save(tmp_path / "stairs.npy", np.stack(pictures).reshape(-1, 784))
    train, val = training_doodles([data, tmp_path], small_config())
    assert val is not None
    assert not val.bitmaps
    assert train.bitmaps
    content = [content_key(picture.tobytes()) for picture in pictures]
    held_out = {
        content[row] for row, key in enumerate(drawn.key_ids) if split_of(key) in ("val", "test")
    }
    assert held_out
    assert held_out.isdisjoint(train.key_ids)
    few, _ = training_doodles([data, tmp_path], small_config(pictures_per_category=3))
    assert len(few.bitmaps) <= 3
    assert len(few) - len(few.bitmaps) == len(train) - len(train.bitmaps)


def test_the_splits_are_disjoint(data: Path) -> None:
    train, val = training_doodles([data], small_config())
    assert val is not None
    assert {split_of(key) for key in train.key_ids} == {"train"}
    assert {split_of(key) for key in val.key_ids} == {"val"}
    everything, none = training_doodles([data], small_config(validate=False, test=False))
    assert (len(everything), none) == (120, None)
    some, _ = training_doodles([data], small_config(validate=False))
    assert {split_of(key) for key in some.key_ids} == {"train", "val"}


def test_categories_can_be_chosen_and_left_out(data: Path) -> None:
    train, _ = training_doodles([data], small_config(categories=("star", "circle")))
    assert train.categories == ("star", "circle")
    train, val = training_doodles([data], small_config(without=("star",), per_category=10))
    assert train.categories == ("circle", "stairs")
    assert val is None or len(train) + len(val) <= 20
    with pytest.raises(InputError, match="at least 2 categories"):
        train_doodles(small_config(categories=("star",)), [data], data.parent / "one")


def test_a_run_is_evaluated_and_suggests(run: Path, data: Path, tmp_path: Path) -> None:
    report = evaluate_doodles(run, [data], "test", pictures=tmp_path / "pictures")
    assert report["n"] == sum(
        split_of(json.loads(line)["key_id"]) == "test"
        for path in data.glob("*.ndjson")
        for line in path.read_text().splitlines()
    )
    assert (tmp_path / "pictures" / "learning.png").is_file()
    assert evaluate_doodles(run, [data], "all", per_category=5)["n"] == 15
    found = Suggester(run).suggest([[[0, 0], [100, 100]], [[0, 100], [100, 0]]], k=4)
    assert len(found.drawings) == 4
    assert found.drawings[0].drawing


@pytest.mark.slow
def test_a_resumed_training_ends_with_the_same_weights(
    run: Path, data: Path, tmp_path: Path
) -> None:
    lines: list[str] = []
    again = tmp_path / "resumed"
    train_doodles(replace(CONFIG, epochs=1), [data], again, log=lambda _: None)
    train_doodles(CONFIG, [data], again, resume=True, log=lines.append)
    assert "resuming after epoch 1 of 2" in lines
    whole, resumed = (saving.load_model(folder, runs.LAST) for folder in (run, again))
    for first, second in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)
    assert runs.config_of(again) == CONFIG
    with pytest.raises(InputError, match="another margin"):
        train_doodles(replace(CONFIG, margin=0.9), [data], again, resume=True)
    with pytest.raises(InputError, match="exists already"):
        train_doodles(CONFIG, [data], run)


def test_a_trained_branch_initialises_another_run(
    run: Path, data: Path, tmp_path: Path, monkeypatch
) -> None:
    """The training itself is left out, so that the saved network is the one it starts from."""

    def save_at_once(network, config, inputs, train, validation, run, *, save, **rest):
        save(network, runs.MODEL)

    monkeypatch.setattr(doodle_trainer, "fit_doodles", save_at_once)
    lines: list[str] = []
    train_doodles(small_config(), [data], tmp_path / "next", initial_weights=run, log=lines.append)
    assert any("initial weights: stroke_branch" in line for line in lines)
    started, source = (DoodleEmbedder(folder).network for folder in (tmp_path / "next", run))
    for first, second in zip(
        started.get_layer("stroke_branch").get_weights(),
        source.get_layer("stroke_branch").get_weights(),
        strict=True,
    ):
        np.testing.assert_allclose(first, second, atol=1e-6)


def test_a_retrieval_run_is_refused(tmp_path: Path) -> None:
    from tests.tiny import write_run

    folder = write_run(tmp_path / "shoes")
    with pytest.raises(InputError, match="doodle run"):
        DoodleEmbedder(folder)
