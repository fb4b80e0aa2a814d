"""What happens at the end of an epoch: validate, save the best network, record the state."""

from __future__ import annotations

import csv
import io
import math
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn, Protocol

import keras
import numpy as np

from sketchnet import runs
from sketchnet.training.checkpoint import TrainingState, averaged_weights, save_checkpoint
from sketchnet.utils.atomic_files import write_atomically, write_text_atomically
from sketchnet.utils.errors import InputError

Logs = dict[str, Any]

SaveNetwork = Callable[[keras.Model, str], None]
"""Called with a network and the name of its file in the run."""

# Below this embedding variance unit vectors are nearly one point.
COLLAPSED = 0.03


class Batches(Protocol):
    """Batches that depend on the epoch, each of which can be recomputed."""

    epoch: int

    def batch(self, epoch: int, step: int) -> tuple[dict[str, np.ndarray], np.ndarray]: ...


class SetEpoch(keras.callbacks.Callback):
    """Tell the batches which epoch it is.

    They cannot count epochs themselves: Keras ends an epoch once before the first. Fit with
    `shuffle=False`, or Keras requests the steps in an order of its own.
    """

    def __init__(self, batches: Batches) -> None:
        super().__init__()
        self.batches = batches

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self.batches.epoch = epoch


class StopOnNaN(keras.callbacks.Callback):
    """Stop at the first loss that is not finite, and save the batch that caused it.

    The last step of an epoch may damage the weights although its loss was finite, so the weights
    are checked before anything validates or saves them.
    """

    def __init__(self, batches: Batches, run: Path) -> None:
        super().__init__()
        self.batches, self.run = batches, run
        self.last = 0

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self.last = batch
        loss = (logs or {}).get("loss", 0.0)
        if not math.isfinite(loss):
            self._stop("a finite loss", f"{loss}")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if not all(np.isfinite(weight.numpy()).all() for weight in self.model.trainable_weights):
            self._stop("finite weights", "some that are NaN or infinite")

    def _stop(self, expected: str, received: str) -> NoReturn:
        epoch, batch = self.batches.epoch, self.last
        inputs, labels = self.batches.batch(epoch, batch)
        path = self.run / f"bad_batch_{epoch + 1}_{batch + 1}.npz"
        arrays: dict[str, Any] = {"labels": labels, **inputs}
        write_atomically(path, lambda file: np.savez_compressed(file, **arrays))
        raise InputError(
            expected,
            f"{received} in epoch {epoch + 1}, step {batch + 1}",
            f"train again with a lower --learning-rate, or look at the batch in {path}",
        )


class Validate(keras.callbacks.Callback):
    """Score the network after every epoch, and save the best or the newest one.

    The scores are added to the logs of the epoch as `val_…`; they are those of the moving average
    of the weights where there is one. Without a `score` the newest network is saved.
    """

    def __init__(
        self,
        score: Callable[[keras.Model], dict[str, float]] | None,
        *,
        best_by: str | None = None,
        keep: str = "best",
        state: TrainingState,
        save: SaveNetwork,
    ) -> None:
        """Args:
        score: scores of a network by name.
        best_by: name of the score that chooses the best network; None = the mean of all.
        keep: `best`, or `last` to save the newest network whatever its score.
        state: keeps the best score over a resumed training.
        """
        super().__init__()
        self.score, self.best_by, self.keep = score, best_by, keep
        self.state, self.save = state, save

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = {} if logs is None else logs
        with averaged_weights(self.model):
            network = self.model.network
            if self.score is None:
                self.save(network, runs.MODEL)
                return
            scores = self.score(network)
            logs |= {f"val_{name}": value for name, value in scores.items()}
            chosen = [scores[self.best_by]] if self.best_by else [*scores.values()]
            is_best = np.mean(chosen) > self.state.best
            if is_best:
                self.state.best = float(np.mean(chosen))
            if is_best or self.keep == "last":
                self.save(network, runs.MODEL)


class WarnOfCollapse(keras.callbacks.Callback):
    """Warn when all embeddings become one point: the loss alone only stays at the margin."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        variance = (logs or {}).get("embedding_variance", 1.0)
        if variance < COLLAPSED:
            print(
                f"\nwarning: the embeddings have collapsed (variance {variance:.3f} of 1 in epoch "
                f"{epoch + 1}): lower --learning-rate, or start with --mining random",
                file=sys.stderr,
            )


class Record(keras.callbacks.Callback):
    """Append the epoch to the history, then save the state that `--resume` continues from.

    It is the last callback that changes anything, so that the state includes what others did.
    """

    def __init__(self, checkpoint: Path, history: Path, state: TrainingState) -> None:
        super().__init__()
        self.checkpoint, self.history, self.state = checkpoint, history, state
        self.began = 0.0

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self.began = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        figures = {name: round(float(value), 6) for name, value in (logs or {}).items()}
        seconds = round(time.monotonic() - self.began, 1)
        self.state.history.append({"epoch": epoch + 1, **figures, "seconds": seconds})
        self.state.epochs = epoch + 1
        write_text_atomically(self.history, _csv(self.state.history))
        save_checkpoint(self.checkpoint, self.model, self.state)


def _csv(rows: list[dict[str, float]]) -> str:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
