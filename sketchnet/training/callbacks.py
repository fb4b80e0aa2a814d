"""What happens at the end of an epoch: validate, keep the best, note it, and be ready to stop."""

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

from sketchnet.data.pairs.prepare import PreparedPairs
from sketchnet.imaging.prepare import centre_view
from sketchnet.metrics.ranking import acc_at, mean_average_precision, ranks
from sketchnet.models.local_alignment import local_scores_numpy
from sketchnet.models.two_branch import photo_branch, sketch_branch
from sketchnet.training.checkpoint import Progress, averaged_weights, save_checkpoint
from sketchnet.utils.atomic_files import write_atomically, write_text_atomically
from sketchnet.utils.errors import InputError

Logs = dict[str, Any]

# Unit vectors within 3 % of total variance are all but one point.
COLLAPSED = 0.03
CHUNK = 64


class Batches(Protocol):
    """Batches that depend on the epoch, each of which can be made again."""

    epoch: int

    def batch(self, epoch: int, step: int) -> tuple[dict[str, np.ndarray], np.ndarray]: ...


class SetEpoch(keras.callbacks.Callback):
    """Tell the batches which epoch it is.

    They cannot count for themselves: Keras ends an epoch once before the first. And fit with
    `shuffle=False`, or Keras asks for their steps in an order of its own.
    """

    def __init__(self, batches: Batches) -> None:
        super().__init__()
        self.batches = batches

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self.batches.epoch = epoch


class StopOnNaN(keras.callbacks.Callback):
    """Stop at the first loss that is no number, and keep the batch that made it.

    The last step of an epoch may spoil the weights with a loss that was sound: so they are looked
    at before anybody validates or saves them.
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
    """Rank the validation photos for every validation sketch, and keep the best network.

    Adds `val_acc@1`, `val_acc@10` and `val_map` to the figures of the epoch; they use the moving
    average of the weights where there is one. The best is chosen by `val_map` (the mean of
    1 / rank), which moves with every rank and so is less of a lottery than acc@1 on few shoes.
    Without validation pictures the newest network is kept.
    """

    def __init__(
        self,
        pairs: PreparedPairs | None,
        *,
        size: int,
        local: bool,
        progress: Progress,
        keep: Callable[[keras.Model], None],
    ) -> None:
        super().__init__()
        self.pairs, self.size, self.local = pairs, size, local
        self.progress, self.keep = progress, keep

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        logs = {} if logs is None else logs
        with averaged_weights(self.model):
            network = self.model.network
            if self.pairs is None:
                self.keep(network)
                return
            logs |= validation_scores(network, self.pairs, self.size, self.local)
            if logs["val_map"] > self.progress.best:
                self.progress.best = logs["val_map"]
                self.keep(network)


class WarnOfCollapse(keras.callbacks.Callback):
    """Log so when all embeddings fall into one point: the loss alone just stays at the margin."""

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        found = (logs or {}).get("spread", 1.0)
        if found < COLLAPSED:
            print(
                f"\nwarning: the embeddings have collapsed (spread {found:.3f} of 1 in epoch "
                f"{epoch + 1}): lower --learning-rate, or begin with --mining random",
                file=sys.stderr,
            )


class Record(keras.callbacks.Callback):
    """Append the epoch to the history, then save the state that `--resume` continues from.

    The last of the callbacks that change anything: what it saves includes what they did.
    """

    def __init__(self, checkpoint: Path, history: Path, progress: Progress) -> None:
        super().__init__()
        self.checkpoint, self.history, self.progress = checkpoint, history, progress
        self.began = 0.0

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self.began = time.monotonic()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        figures = {name: round(float(value), 6) for name, value in (logs or {}).items()}
        seconds = round(time.monotonic() - self.began, 1)
        self.progress.history.append({"epoch": epoch + 1, **figures, "seconds": seconds})
        self.progress.epochs = epoch + 1
        write_text_atomically(self.history, _csv(self.progress.history))
        save_checkpoint(self.checkpoint, self.model, self.progress)


def validation_scores(
    network: keras.Model, pairs: PreparedPairs, size: int, local: bool
) -> dict[str, float]:
    """acc@1, acc@10 and mAP of all sketches against all photos, one centre view each.

    With `local`, the distance is the sum of those of the vectors and of the local maps.
    """
    sketches = _embed(sketch_branch(network), pairs.sketches, size)
    photos = _embed(photo_branch(network), pairs.photos[:, 0], size)
    distances = 2.0 - 2.0 * sketches["embedding"] @ photos["embedding"].T
    if local and "local" in sketches:
        scores = np.stack([local_scores_numpy(one, photos["local"]) for one in sketches["local"]])
        distances = distances + 2.0 - 2.0 * scores
    found = ranks(distances, pairs.sketch_photo)
    return {
        "val_acc@1": acc_at(found, 1),
        "val_acc@10": acc_at(found, 10),
        "val_map": mean_average_precision(found),
    }


def _embed(branch: keras.Model, prepared: np.ndarray, size: int) -> dict[str, np.ndarray]:
    """Centre views of (N, C, C[, 3]) pictures through one branch, in chunks of one size."""
    views = np.stack([centre_view(picture, size) for picture in prepared]).astype(np.float32)
    views = views[..., None] if views.ndim == 3 else views
    # One shape for all chunks: each new one would trace the network again.
    padded = np.concatenate([views, np.repeat(views[-1:], -len(views) % CHUNK, axis=0)])
    chunks = [
        branch.predict_on_batch(padded[start : start + CHUNK])
        for start in range(0, len(padded), CHUNK)
    ]
    return {
        key: np.concatenate([chunk[key] for chunk in chunks])[: len(views)].astype(np.float32)
        for key in chunks[0]
    }


def _csv(rows: list[dict[str, float]]) -> str:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
