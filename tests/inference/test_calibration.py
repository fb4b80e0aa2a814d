"""The temperature of a doodle run: fitted as well as by a grid search, saved, and applied."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sketchnet import runs
from sketchnet.data.doodle_inputs import DoodleInputs
from sketchnet.inference.calibration import (
    calibrate_run,
    fit_temperature,
    outputs_at_completion_levels,
)
from sketchnet.inference.doodle_embedder import (
    INPUT_SPEC,
    DoodleEmbedder,
    load_input_spec,
    load_temperature,
    save_input_spec,
    save_temperature,
    softmax,
)
from sketchnet.models import saving
from sketchnet.models.doodle_network import build_doodle_network
from sketchnet.strokes.packed import PackedDrawings
from sketchnet.strokes.rasterize import rasterize
from sketchnet.utils.errors import InputError
from tests.doodles import WORDS, doodles, small_config

INPUTS = DoodleInputs(32, 32)


@pytest.fixture
def run(tmp_path: Path) -> Path:
    config = small_config()
    runs.start_run(tmp_path / "run", config, [])
    saving.save_model(build_doodle_network(config, 3), tmp_path / "run")
    save_input_spec(tmp_path / "run", INPUTS, WORDS)
    return tmp_path / "run"


def likelihood(logits: np.ndarray, labels: np.ndarray, temperature: float) -> float:
    """The mean negative log likelihood, one row after the other."""
    total = 0.0
    for row, label in zip(logits.astype(float) / temperature, labels, strict=True):
        total -= row[label] - np.log(np.exp(row - row.max()).sum()) - row.max()
    return total / len(labels)


@pytest.mark.parametrize("true", [0.4, 1.0, 3.0])
def test_the_temperature_by_which_labels_were_drawn_is_found(true, rng) -> None:
    logits = rng.normal(0, 3, (6000, 5))
    cumulative = softmax(logits / true).cumsum(axis=1)
    labels = (rng.random((6000, 1)) > cumulative).sum(axis=1).clip(0, 4)
    found = fit_temperature(logits, labels)
    assert found == pytest.approx(true, rel=0.1)
    some, its = logits[:300], labels[:300]
    found = fit_temperature(some, its)
    grid = np.geomspace(0.05, 20, 400)
    best = grid[np.argmin([likelihood(some, its, each) for each in grid])]
    assert found == pytest.approx(best, rel=0.02)


def test_temperatures_have_bounds(rng) -> None:
    certain = np.eye(3)[[0, 1, 2]] * 5.0
    assert 0.05 <= fit_temperature(certain, np.array([0, 1, 2])) < 0.2
    assert fit_temperature(certain, np.array([1, 2, 0])) == pytest.approx(20, rel=0.01)
    with pytest.raises(InputError, match="to fit a temperature on"):
        fit_temperature(np.zeros((0, 3)), np.zeros(0, int))


def test_a_run_keeps_its_temperature_and_applies_it(run: Path) -> None:
    queries = doodles(4).queries()
    before = DoodleEmbedder(run)
    assert (load_temperature(run), before.temperature) == (1.0, 1.0)
    save_temperature(run, 2.5)
    after = DoodleEmbedder(run)
    assert after.temperature == load_temperature(run) == 2.5
    assert load_input_spec(run) == (INPUTS, WORDS)
    odds = [np.log(each.predict(queries).probabilities) for each in (before, after)]
    odds = [each - each[:, :1] for each in odds]
    np.testing.assert_allclose(odds[1], odds[0] / 2.5, atol=1e-4)
    save_temperature(run, 1.5)
    assert list(json.loads((run / INPUT_SPEC).read_text())) == [
        "inputs", "temperature", "categories",
    ]  # fmt: skip


def test_a_damaged_temperature_is_refused(run: Path) -> None:
    for damaged in ('"hot"', "0", "1e9", "NaN", "null", "[1]"):
        spec = json.loads((run / INPUT_SPEC).read_text())
        text = json.dumps(spec | {"temperature": 0}).replace(
            '"temperature": 0', f'"temperature": {damaged}'
        )
        (run / INPUT_SPEC).write_text(text)
        with pytest.raises(InputError, match="doodle run"):
            load_temperature(run)
    (run / INPUT_SPEC).write_text("[]")
    with pytest.raises(InputError, match="doodle run"):
        load_temperature(run)


def test_partial_and_finished_drawings_are_calibrated_together(run: Path) -> None:
    embedder = DoodleEmbedder(run)
    known = replace(doodles(5), categories=("star", "circle", "zigzag"))
    logits, labels = outputs_at_completion_levels(embedder, known)
    assert logits.shape == (4 * 10, 3)
    assert labels.tolist() == [WORDS.index("star")] * 5 + [0] * 5 + labels[10:].tolist()
    np.testing.assert_allclose(
        logits[10:20], embedder.outputs(known.only(["star", "circle"]).queries(0.5))[1], atol=1e-5
    )
    found = calibrate_run(run, known)
    assert found.n == 40
    assert load_temperature(run) == found.temperature
    fitted = likelihood(logits, labels, found.temperature)
    assert fitted <= min(likelihood(logits, labels, t) for t in (0.5, 1.0, 2.0)) + 1e-6
    with pytest.raises(InputError, match="the run's 3 categories"):
        calibrate_run(run, replace(known, categories=("x", "y", "zigzag")))


def test_pictures_without_strokes_count_as_finished(tmp_path: Path) -> None:
    drawn = doodles(2)
    bitmaps = {row: rasterize(drawn.drawings[row], 28) for row in range(4)}
    strokes = [None if row in bitmaps else drawn.drawings[row] for row in range(6)]
    mixed = replace(drawn, drawings=PackedDrawings.of(strokes), bitmaps=bitmaps)
    network = build_doodle_network(small_config(image_branch="compact"), 3)
    logits, labels = outputs_at_completion_levels(DoodleEmbedder((network, INPUTS, WORDS)), mixed)
    assert logits.shape == (3 * 2 + 6, 3)
    assert labels.tolist() == [2] * 6 + [0, 0, 1, 1, 2, 2]
