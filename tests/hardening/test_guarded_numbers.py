"""Numbers that went wrong stop a training or are named, and no half of a run passes for a whole."""

from __future__ import annotations

import csv
from dataclasses import replace

import numpy as np
import pytest

from sketchnet import runs
from sketchnet.config.doodles import DoodleConfig
from sketchnet.data.doodle_inputs import DoodleInputs
from sketchnet.models.doodle_network import build_doodle_network
from sketchnet.training import fit
from sketchnet.training.callbacks import COLLAPSED
from sketchnet.training.checkpoint import has_checkpoint
from sketchnet.training.doodle_trainer import fit_doodles
from sketchnet.utils.errors import InputError
from tests.doodles import doodles
from tests.tiny import tiny_config, write_run
from tests.training.test_retrieval_trainer import config, network_of, pairs

DOODLES = DoodleConfig(
    image_branch="none",
    max_points=32,
    size=32,
    embedding_size=8,
    lstm_units=8,
    epochs=1,
    steps_per_epoch=3,
    categories_per_batch=3,
)


# Both go through the same callbacks: one in the ordinary suite.
TASKS = [pytest.param("shoes", marks=pytest.mark.slow), "doodles"]


def spoil(network, value: float = np.nan) -> None:
    weights = network.trainable_variables[0]
    weights.assign(np.full(weights.shape, value))


def train_doodles(run, network, settings=DOODLES):
    drawings = doodles(6)
    fit_doodles(
        network, settings, DoodleInputs(32, 32), drawings, drawings, run,
        keep=lambda *_: None, verbose=0, log=lambda _: None,
    )  # fmt: skip


def test_doodles_too_stop_at_a_loss_that_is_no_number(tmp_path):
    network = build_doodle_network(DOODLES, 3)
    spoil(network)
    with pytest.raises(InputError, match="finite loss") as stop:
        train_doodles(tmp_path, network)
    assert "\n" not in str(stop.value)
    with np.load(tmp_path / "bad_batch_1_1.npz") as saved:
        assert len(saved["labels"]) == len(saved["strokes"]) > 0
    assert not has_checkpoint(tmp_path / "checkpoint"), "nothing goes on from there"


def spoil_after(monkeypatch, steps: int) -> None:
    """Let the weights go wrong in a step whose loss was sound."""
    import keras

    from sketchnet.training.callbacks import StopOnNaN

    original = StopOnNaN.on_train_batch_end
    seen = []

    def spoiling(self, batch, logs=None):
        original(self, batch, logs)
        seen.append(batch)
        if len(seen) == steps:
            spoil(self.model.network)

    assert issubclass(StopOnNaN, keras.callbacks.Callback)
    monkeypatch.setattr(StopOnNaN, "on_train_batch_end", spoiling)


@pytest.mark.parametrize("task", TASKS)
def test_weights_spoilt_by_the_last_step_are_neither_validated_nor_saved(
    task, tmp_path, monkeypatch
):
    kept = []
    if task == "shoes":
        settings = replace(config(), epochs=1)
        spoil_after(monkeypatch, settings.steps_per_epoch)
        with pytest.raises(InputError, match="finite weights"):
            fit(
                network_of(settings), settings, pairs(), pairs(6), tmp_path,
                keep=lambda *given: kept.append(given), verbose=0,
            )  # fmt: skip
    else:
        spoil_after(monkeypatch, DOODLES.steps_per_epoch)
        with pytest.raises(InputError, match="finite weights"):
            train_doodles(tmp_path, build_doodle_network(DOODLES, 3))
    assert kept == []
    assert not has_checkpoint(tmp_path / "checkpoint")
    assert not (tmp_path / "history.csv").exists()
    assert len([*tmp_path.glob("bad_batch_1_*.npz")]) == 1


@pytest.mark.parametrize("task", TASKS)
def test_a_network_that_sees_all_as_one_point_is_named(task, tmp_path, capsys):
    if task == "shoes":
        settings = replace(config(), epochs=1, learning_rate=1e-9, weight_decay=0.0)
        network = network_of(settings)
        collapse(network)
        fit(
            network, settings, pairs(), pairs(6), tmp_path,
            keep=lambda *_: None, verbose=0, log=lambda _: None,
        )  # fmt: skip
    else:
        settings = replace(DOODLES, learning_rate=1e-9, weight_decay=0.0, mode="triplet")
        network = build_doodle_network(settings, 3)
        collapse(network)
        train_doodles(tmp_path, network, settings)
    told = capsys.readouterr().err
    assert "the embeddings have collapsed" in told
    assert "epoch 1" in told
    with (tmp_path / "history.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert float(row["spread"]) < COLLAPSED


def collapse(network) -> None:
    """Every embedding becomes one and the same: the layer in front of it ignores what comes."""
    dense = [
        layer
        for layer in network._flatten_layers()
        if getattr(layer, "kernel", None) is not None and layer.kernel.shape[-1] == 8
    ]
    assert dense
    for layer in dense:
        layer.kernel.assign(np.zeros(layer.kernel.shape))
        if layer.bias is not None:
            layer.bias.assign(np.ones(layer.bias.shape))


def test_a_run_without_its_state_does_not_go_on_from_nothing(tmp_path):
    run = write_run(tmp_path / "run")
    (run / "history.csv").write_text("epoch,loss\n1,0.5\n2,0.4\n")
    with pytest.raises(InputError, match="after 2 epochs"):
        runs.check_resumed(run, tiny_config(), [])
    (run / "checkpoint").mkdir()
    with pytest.raises(InputError, match="received none"):
        runs.check_resumed(run, tiny_config(), [])
    (run / "checkpoint" / "state.npz").touch()
    runs.check_resumed(run, tiny_config(), [])


@pytest.mark.parametrize("history", [None, "epoch,loss\n", "epoch,loss\n1,0.5\n"])
def test_a_run_killed_in_its_first_epoch_begins_again(tmp_path, history):
    run = write_run(tmp_path / "run")
    if history is not None:
        (run / "history.csv").write_text(history)
    runs.check_resumed(run, tiny_config(), [])
