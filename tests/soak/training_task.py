"""Tasks: train, compared with the same training without interruptions."""

from __future__ import annotations

import csv
import json
import random
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from sketchnet.config.retrieval import RETRIEVAL_PRESETS, RetrievalConfig
from sketchnet.utils.safe_npz import read_arrays
from tests.soak.kill_process import run
from tests.soak.saving_task import weights_of
from tests.soak.task import Task


class Train(Task):
    """Four epochs at 32 px with random mining, a learning-rate schedule and averaged weights."""

    def prepare(self, log: Path) -> None:
        import sketchnet.tasks.train_retrieval
        import sketchnet.training.retrieval_trainer  # noqa: F401 (TensorFlow, imported before the forks)
        from tests.tiny import write_pairs

        write_pairs(self.folder / "shoes", range(15))
        self.config = self._settings()
        self.epochs = self.folder / "epochs"  # the state after each epoch of the uninterrupted run
        self.epochs.mkdir()
        uninterrupted = self.epochs / "run"
        run(lambda: self._train(uninterrupted, self._copy_state), log)
        self.networks = {_network(path) for path in self.epochs.glob("*.keras")}
        self.expected = self._contents(uninterrupted)

    def _settings(self) -> RetrievalConfig:
        from tests.tiny import tiny_config

        return tiny_config(
            epochs=4, steps_per_epoch=2, identities=4, mining="random", ema=0.5, local=False
        )

    def _use_network(self) -> None:
        """Let the training build a tiny network."""
        from sketchnet.models import retrieval_network
        from tests.tiny import tiny_network

        def build_tiny_network(config: RetrievalConfig, *_: Any) -> Any:
            return tiny_network(config, local_size=0)

        retrieval_network.build_retrieval_network = build_tiny_network

    def _train(self, run: Path, after_epoch: Callable[[Path, int], None] | None = None) -> None:
        from sketchnet.tasks import train_retrieval as task
        from sketchnet.training import callbacks

        self._use_network()  # and no report: only the training itself is to be killed
        task._evaluate = lambda *_: {}
        if after_epoch:
            save = callbacks.save_checkpoint

            def save_and_copy(*args: Any) -> None:
                save(*args)
                after_epoch(run, args[-1].epochs)

            callbacks.save_checkpoint = save_and_copy
        resume = (run / "config.json").is_file()
        task.train_retrieval(self.config, [self.folder / "shoes"], run, resume=resume)

    def _copy_state(self, run: Path, epoch: int) -> None:
        shutil.copy(run / "checkpoint" / "state.npz", self.epochs / f"{epoch}.npz")
        shutil.copy(run / "model.keras", self.epochs / f"{epoch}.keras")

    def reset(self, rng: random.Random) -> None:
        shutil.rmtree(self.target, ignore_errors=True)

    def work(self) -> None:
        self._train(self.target)

    def check(self) -> str:
        epoch, state = 0, self.target / "checkpoint" / "state.npz"
        model, history = self.target / "model.keras", self.target / "history.csv"
        if state.is_file():
            found, progress = _state(state)
            epoch = progress["epochs"]
            assert found == _state(self.epochs / f"{epoch}.npz")[0], (
                f"not the state after epoch {epoch}"
            )
        if model.is_file():
            assert _network(model) in self.networks, "not a network of the uninterrupted run"
        rows = len(_history(history)) if history.is_file() else 0
        assert rows in (epoch, epoch + 1)
        return f"epoch {epoch}"

    def check_finished(self) -> None:
        found = self._contents(self.target)
        for name, content in self.expected.items():
            assert found[name] == content, f"another {name} than that of the uninterrupted run"

    def _contents(self, run: Path) -> dict[str, Any]:
        state, progress = _state(run / "checkpoint" / "state.npz")
        files = {path.relative_to(run) for path in run.rglob("*")}
        return {
            "set of files": {path for path in files if path.parts[0] != "logs"},
            "settings": json.loads((run / "config.json").read_text()),
            "state": state,
            "best score": progress["best"],
            "history": _history(run / "history.csv"),
            "best network": _network(run / "model.keras"),
            "last network": _network(run / "last.keras"),
        }


class TrainDefault(Train):
    """Two epochs of the preset `default` on its pretrained trunk, with small batches."""

    def _settings(self) -> RetrievalConfig:
        default = RETRIEVAL_PRESETS["default"]
        return replace(default, epochs=2, steps_per_epoch=2, identities=4)

    def _use_network(self) -> None:
        """Keep the network that the settings describe."""


def _state(path: Path) -> tuple[dict[str, bytes], dict[str, Any]]:
    """The bytes of weights, optimiser and random generators, and the training progress."""
    arrays = read_arrays(path)
    progress = json.loads(bytes(arrays.pop("progress")))
    return {name: array.tobytes() for name, array in arrays.items()}, progress


def _network(path: Path) -> bytes:
    return b"".join(array.tobytes() for array in weights_of(path).values())


def _history(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return [row | {"seconds": ""} for row in csv.DictReader(file)]
