"""NaN losses and weights stop a training, collapse is reported, incomplete runs do not resume."""

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


# Both tasks share the callbacks under test, so the default suite runs one of them.
TASKS = [pytest.param("shoes", marks=pytest.mark.slow), "doodles"]


def set_first_weights(network, value: float = np.nan) -> None:
    weights = network.trainable_variables[0]
    weights.assign(np.full(weights.shape, value))


def train_doodles(run, network, settings=DOODLES):
    drawings = doodles(6)
    fit_doodles(
        network, settings, DoodleInputs(32, 32), drawings, drawings, run,
        keep=lambda *_: None, verbose=0, log=lambda _: None,
    )  # fmt: skip


def test_a_nan_loss_stops_the_training_and_saves_the_batch(tmp_path):
    network = build_doodle_network(DOODLES, 3)
    set_first_weights(network)
    with pytest.raises(InputError, match="finite loss") as stop:
        train_doodles(tmp_path, network)
    assert "\n" not in str(stop.value)
    with np.load(tmp_path / "bad_batch_1_1.npz") as saved:
        assert len(saved["labels"]) == len(saved["strokes"]) > 0
    assert not has_checkpoint(tmp_path / "checkpoint"), "no state to resume from"


def nan_weights_after(monkeypatch, steps: int) -> None:
    """Set weights to NaN after a step whose loss was finite."""
    import keras

    from sketchnet.training.callbacks import StopOnNaN

    original = StopOnNaN.on_train_batch_end
    batches = []

    def on_train_batch_end(self, batch, logs=None):
        original(self, batch, logs)
        batches.append(batch)
        if len(batches) == steps:
            set_first_weights(self.model.network)

    assert issubclass(StopOnNaN, keras.callbacks.Callback)
    monkeypatch.setattr(StopOnNaN, "on_train_batch_end", on_train_batch_end)


@pytest.mark.parametrize("task", TASKS)
def test_nan_weights_after_the_last_step_are_neither_validated_nor_saved(
    task, tmp_path, monkeypatch
):
    saved = []
    if task == "shoes":
        settings = replace(config(), epochs=1)
        nan_weights_after(monkeypatch, settings.steps_per_epoch)
        with pytest.raises(InputError, match="finite weights"):
            fit(
                network_of(settings), settings, pairs(), pairs(6), tmp_path,
                keep=lambda *args: saved.append(args), verbose=0,
            )  # fmt: skip
    else:
        nan_weights_after(monkeypatch, DOODLES.steps_per_epoch)
        with pytest.raises(InputError, match="finite weights"):
            train_doodles(tmp_path, build_doodle_network(DOODLES, 3))
    assert saved == []
    assert not has_checkpoint(tmp_path / "checkpoint")
    assert not (tmp_path / "history.csv").exists()
    assert len([*tmp_path.glob("bad_batch_1_*.npz")]) == 1


@pytest.mark.parametrize("task", TASKS)
def test_collapsed_embeddings_are_reported(task, tmp_path, capsys):
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
    message = capsys.readouterr().err
    assert "the embeddings have collapsed" in message
    assert "epoch 1" in message
    with (tmp_path / "history.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert float(row["spread"]) < COLLAPSED


def collapse(network) -> None:
    """Make all embeddings equal: the weights of the layer before them become 0, the biases 1."""
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


def test_a_run_without_its_training_state_does_not_resume(tmp_path):
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
def test_a_run_killed_in_its_first_epoch_starts_again(tmp_path, history):
    run = write_run(tmp_path / "run")
    if history is not None:
        (run / "history.csv").write_text(history)
    runs.check_resumed(run, tiny_config(), [])
