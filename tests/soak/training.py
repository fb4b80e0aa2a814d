"""A training that is killed and resumed, against the same one undisturbed."""

from __future__ import annotations

import csv
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sketchnet.utils.safe_npz import read_arrays
from tests.soak.killing import run
from tests.soak.saving import weights_of
from tests.soak.work import Work


class Training(Work):
    """Four epochs on shoes of 32 px, with lots (mining), a schedule, and an average of weights."""

    def prepare(self, log: Path) -> None:
        import sketchnet.tasks.train_retrieval
        import sketchnet.training.retrieval_trainer  # noqa: F401 (TensorFlow, before the forks)
        from tests.tiny import tiny_config, write_pairs

        write_pairs(self.folder / "shoes", range(15))
        self.config = tiny_config(
            epochs=4, steps_per_epoch=2, identities=4, mining="random", ema=0.5, local=False
        )
        self.epochs = self.folder / "epochs"  # what the undisturbed training had after each
        self.epochs.mkdir()
        undisturbed = self.epochs / "run"
        run(lambda: self._train(undisturbed, self._note), log)
        self.networks = {_network(path) for path in self.epochs.glob("*.keras")}
        self.whole = self._contents(undisturbed)

    def _train(self, place: Path, note: Callable[[Path, int], None] | None = None) -> None:
        from sketchnet.tasks import train_retrieval as jobs
        from sketchnet.training import callbacks
        from tests.tiny import tiny_network

        # The smallest network; and what follows a training is not what is killed here.
        jobs.build_network = lambda config: tiny_network(config, local_size=0)  # type: ignore
        jobs._report = lambda *_: {}  # type: ignore
        if note:
            save = callbacks.save_checkpoint

            def save_and_note(*given: Any) -> None:
                save(*given)
                note(place, given[-1].epochs)

            callbacks.save_checkpoint = save_and_note
        resume = (place / "config.json").is_file()
        jobs.train_retrieval(self.config, [self.folder / "shoes"], place, resume=resume)

    def _note(self, place: Path, epoch: int) -> None:
        shutil.copy(place / "checkpoint" / "state.npz", self.epochs / f"{epoch}.npz")
        shutil.copy(place / "model.keras", self.epochs / f"{epoch}.keras")

    def fresh(self, rng: random.Random) -> None:
        shutil.rmtree(self.place, ignore_errors=True)

    def work(self) -> None:
        self._train(self.place)

    def check(self) -> str:
        epoch, state = 0, self.place / "checkpoint" / "state.npz"
        model, history = self.place / "model.keras", self.place / "history.csv"
        if state.is_file():
            found, progress = _state(state)
            epoch = progress["epochs"]
            assert found == _state(self.epochs / f"{epoch}.npz")[0], f"not the state after {epoch}"
        if model.is_file():
            assert _network(model) in self.networks, "a network that never was"
        rows = len(_history(history)) if history.is_file() else 0
        assert rows in (epoch, epoch + 1)
        return f"epoch {epoch}"

    def finished(self) -> None:
        found = self._contents(self.place)
        for name, content in self.whole.items():
            assert found[name] == content, f"another {name} than the undisturbed training's"

    def _contents(self, place: Path) -> dict[str, Any]:
        state, progress = _state(place / "checkpoint" / "state.npz")
        files = {path.relative_to(place) for path in place.rglob("*")}
        return {
            "set of files": {path for path in files if path.parts[0] != "logs"},
            "settings": json.loads((place / "config.json").read_text()),
            "state": state,
            "best score": progress["best"],
            "history": _history(place / "history.csv"),
            "best network": _network(place / "model.keras"),
            "last network": _network(place / "last.keras"),
        }


def _state(path: Path) -> tuple[dict[str, bytes], dict[str, Any]]:
    """Weights, optimiser and generators bit by bit, and how far the training had come."""
    arrays = read_arrays(path)
    progress = json.loads(bytes(arrays.pop("progress")))
    return {name: array.tobytes() for name, array in arrays.items()}, progress


def _network(path: Path) -> bytes:
    return b"".join(array.tobytes() for array in weights_of(path).values())


def _history(path: Path) -> list[dict[str, str]]:
    with path.open() as file:
        return [row | {"seconds": ""} for row in csv.DictReader(file)]
