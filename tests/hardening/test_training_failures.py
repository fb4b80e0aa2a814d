"""NaN losses and weights stop a training, collapse is reported, incomplete runs do not resume."""

from __future__ import annotations

import csv
import shutil
from dataclasses import replace

import numpy as np
import pytest

from sketchnet import runs
from sketchnet.data.doodle_inputs import DoodleInputs
from sketchnet.models.doodle_network import build_doodle_network
from sketchnet.training.callbacks import COLLAPSED
from sketchnet.training.checkpoint import has_checkpoint
from sketchnet.training.doodle_trainer import fit_doodles
from sketchnet.training.retrieval_trainer import fit_retrieval
from sketchnet.utils.errors import InputError
from tests.doodles import doodles, small_config
from tests.tiny import tiny_config, write_run
from tests.training.test_retrieval_trainer import config, network_of, pairs

DOODLES = small_config(epochs=1, steps_per_epoch=2)
SHOES = replace(config(), epochs=1)

# Both tasks share the callbacks under test, so the default suite runs one of them.
TASKS = [pytest.param("shoes", marks=pytest.mark.slow), "doodles"]


def set_first_weights(network, value: float = np.nan) -> None:
    weights = network.trainable_variables[0]
    weights.assign(np.full(weights.shape, value))


def train(task, run, network, settings, save=lambda *_: None):
    """Train one epoch; `save` receives every network that would be saved."""
    quiet = {"save": save, "verbose": 0, "log": lambda _: None}
    if task == "shoes":
        scores = {"map": 0.5}
        fit_retrieval(network, settings, pairs(), lambda _: scores, run, **quiet)
    else:
        drawings = doodles(6)
        inputs = DoodleInputs(settings.size, settings.max_points)
        fit_doodles(network, settings, inputs, drawings, drawings, run, **quiet)


def build(task, settings):
    return network_of(settings) if task == "shoes" else build_doodle_network(settings, 3)


def settings_of(task):
    return SHOES if task == "shoes" else DOODLES


def test_a_nan_loss_stops_the_training_and_saves_the_batch(tmp_path):
    network = build("doodles", DOODLES)
    set_first_weights(network)
    with pytest.raises(InputError, match="finite loss") as stop:
        train("doodles", tmp_path, network, DOODLES)
    assert "\n" not in str(stop.value)
    with np.load(tmp_path / "bad_batch_1_1.npz") as saved:
        assert len(saved["labels"]) == len(saved["strokes"]) > 0
    assert not has_checkpoint(tmp_path / runs.CHECKPOINT), "no state to resume from"


@pytest.mark.parametrize("task", TASKS)
def test_nan_weights_after_the_last_step_are_neither_validated_nor_saved(
    task, tmp_path, monkeypatch
):
    from sketchnet.training.callbacks import StopOnNaN

    settings = settings_of(task)
    original, steps, saved = StopOnNaN.on_train_batch_end, [], []

    def on_train_batch_end(self, batch, logs=None):
        original(self, batch, logs)
        steps.append(batch)
        if len(steps) == settings.steps_per_epoch:  # the loss of this step was finite
            set_first_weights(self.model.network)

    monkeypatch.setattr(StopOnNaN, "on_train_batch_end", on_train_batch_end)
    with pytest.raises(InputError, match="finite weights"):
        train(task, tmp_path, build(task, settings), settings, lambda *args: saved.append(args))
    assert saved == []
    assert not has_checkpoint(tmp_path / runs.CHECKPOINT)
    assert not (tmp_path / runs.HISTORY).exists()
    assert len([*tmp_path.glob("bad_batch_1_*.npz")]) == 1


@pytest.mark.parametrize("task", TASKS)
def test_collapsed_embeddings_are_reported(task, tmp_path, capsys):
    settings = replace(settings_of(task), learning_rate=1e-9, weight_decay=0.0)
    if task == "doodles":
        settings = replace(settings, mode="triplet")
    network = build(task, settings)
    collapse(network)
    train(task, tmp_path, network, settings)
    message = capsys.readouterr().err
    assert "the embeddings have collapsed" in message
    assert "epoch 1" in message
    with (tmp_path / runs.HISTORY).open() as file:
        (row,) = csv.DictReader(file)
    assert float(row["embedding_variance"]) < COLLAPSED


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


@pytest.fixture(scope="module")
def untrained_run(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture
def run(untrained_run, tmp_path):
    return shutil.copytree(untrained_run, tmp_path / "run")


def test_a_run_without_its_training_state_does_not_resume(run):
    (run / runs.HISTORY).write_text("epoch,loss\n1,0.5\n2,0.4\n")
    with pytest.raises(InputError, match="after 2 epochs"):
        runs.check_resumed(run, tiny_config(), [])
    (run / runs.CHECKPOINT).mkdir()
    with pytest.raises(InputError, match="received none"):
        runs.check_resumed(run, tiny_config(), [])
    (run / runs.CHECKPOINT / "state.npz").touch()
    runs.check_resumed(run, tiny_config(), [])


@pytest.mark.parametrize("history", [None, "epoch,loss\n", "epoch,loss\n1,0.5\n"])
def test_a_run_killed_in_its_first_epoch_starts_again(run, history):
    if history is not None:
        (run / runs.HISTORY).write_text(history)
    runs.check_resumed(run, tiny_config(), [])
