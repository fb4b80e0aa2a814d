"""Learning a representation of drawings: triplets, categories, or both at once."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from sketchnet.config.doodles import DoodleConfig
from sketchnet.data.doodle_batches import DoodleBatches
from sketchnet.data.doodle_inputs import DoodleInputs
from sketchnet.data.doodles import Doodles
from sketchnet.inference.predict import predict_doodles
from sketchnet.losses.distances import pairwise_squared_distances, safe_sqrt, spread
from sketchnet.losses.mining import mine, positive_mask, valid_pairs
from sketchnet.losses.triplet import softmax_triplet_loss, triplet_hinge_loss
from sketchnet.metrics.ranking import accuracy, knn_accuracy
from sketchnet.training.checkpoint import Progress, averaged_weights
from sketchnet.training.fit import build_optimizer, fit_to_end, resume

NEIGHBOURS = 4


class DoodleTrainer(keras.Model):
    """Trains a fused network, which stays usable by itself, on drawings and their labels (B,).

    By `mode`, the embedding is shaped by triplets within the batch, by the cross-entropy of the
    categories, or by the sum of both. With triplets alone the head still learns, on an embedding
    that it cannot change: so every mode can be asked for a category.

    Beside the loss it reports the head's `accuracy` and, of the triplets, the mean `d_ap` and
    `d_an` in the chosen distance, the share of `active` triplets (a loss above zero under the
    margin) and of `semi_hard` ones, and the `spread` of the embeddings (0: all are one point).
    """

    def __init__(
        self, network: keras.Model, config: DoodleConfig, shares: np.ndarray | None = None
    ) -> None:
        super().__init__(dtype=network.dtype_policy)
        self.network, self.config = network, config
        n_classes = network.output["logits"].shape[-1]
        shares = np.ones(n_classes) if shares is None else np.maximum(shares, 1e-6)
        self.log_shares = np.log(shares / shares.sum()).astype(np.float32)
        self.head = keras.Model(network.output["embedding"], network.output["logits"])
        self.seeds = keras.random.SeedGenerator(config.seed)
        names = ("accuracy", "d_ap", "d_an", "active", "semi_hard", "spread")
        self.means = {name: keras.metrics.Mean(name=name) for name in names}

    def call(self, inputs: dict[str, Any], training: bool = False) -> dict[str, Any]:
        return self.network(inputs, training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training: bool = True):
        """The scalar loss of a batch, in float32, the same on every backend."""
        embedding, logits = y_pred["embedding"], y_pred["logits"]
        self._mean("spread", spread(embedding))
        triplets = self._triplet_loss(embedding, y)
        if self.config.mode == "triplet":
            logits = self.head(ops.stop_gradient(embedding))
        loss = self._category_loss(ops.cast(logits, "float32"), y)
        if self.config.mode != "classify":
            loss = loss + triplets
        for regularisation in self.losses:
            loss = loss + ops.cast(regularisation, "float32")
        return loss

    def _category_loss(self, logits, labels):
        right = ops.equal(ops.argmax(logits, axis=-1), ops.cast(labels, "int64"))
        self._mean("accuracy", ops.cast(right, "float32"))
        n_classes = logits.shape[-1]
        smoothing = self.config.label_smoothing
        wanted = ops.one_hot(labels, n_classes) * (1.0 - smoothing) + smoothing / n_classes
        raised = logits + self.log_shares
        return ops.mean(keras.losses.categorical_crossentropy(wanted, raised, from_logits=True))

    def _triplet_loss(self, embedding, labels):
        config = self.config
        squared = pairwise_squared_distances(embedding, embedding)
        distances = squared if config.distance == "squared" else safe_sqrt(squared)
        positives = positive_mask(labels, labels)
        d_an, semi_hard = mine(config.mining, distances, positives, self.seeds)
        if config.loss == "softmax":
            losses = softmax_triplet_loss(distances, d_an)
        else:
            losses = triplet_hinge_loss(distances, d_an, config.margin)
        # A drawing is no positive of its own.
        others = ops.logical_not(ops.cast(ops.eye(ops.shape(labels)[0]), "bool"))
        valid = ops.cast(ops.logical_and(valid_pairs(positives), others), "float32")
        active = ops.cast(d_an < distances + config.margin, "float32")
        self._mean("d_ap", distances, valid)
        self._mean("d_an", d_an, valid)
        self._mean("active", active, valid)
        self._mean("semi_hard", ops.cast(semi_hard, "float32"), valid)
        # A batch without a valid pair has nothing to learn: 0, not 0/0.
        return ops.sum(losses * valid) / ops.maximum(ops.sum(valid), 1.0)

    def _mean(self, name: str, values, weights=None) -> None:
        self.means[name].update_state(ops.stop_gradient(values), sample_weight=weights)


class ValidateDoodles(keras.callbacks.Callback):
    """Answer the validation drawings after every epoch, and keep the best network.

    Adds `val_accuracy`, `val_accuracy@50` (half the ink drawn) and `val_knn` (4 neighbours among
    the other validation drawings) to the figures of the epoch, by the moving average of the
    weights where there is one. The best has the highest mean of the three. Without validation
    drawings the newest network is kept.
    """

    def __init__(
        self,
        drawings: Doodles | None,
        inputs: DoodleInputs,
        progress: Progress,
        keep: Callable[..., None],
    ) -> None:
        super().__init__()
        self.drawings, self.inputs, self.progress, self.keep = drawings, inputs, progress, keep

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        logs = {} if logs is None else logs
        with averaged_weights(self.model):
            network = self.model.network
            if self.drawings is None:
                self.keep(network)
                return
            scores = validation_scores(network, self.inputs, self.drawings)
            logs |= scores
            if np.mean(list(scores.values())) > self.progress.best:
                self.progress.best = float(np.mean(list(scores.values())))
                self.keep(network)


def validation_scores(
    network: keras.Model, inputs: DoodleInputs, drawings: Doodles
) -> dict[str, float]:
    """What `ValidateDoodles` adds to the figures of an epoch, by name.

    The accuracies are means over the categories, as the logits favour none.
    """
    labels = drawings.labels
    each_alike = 1 / drawings.counts()[labels]
    embeddings, logits = predict_doodles(network, inputs, drawings.queries())
    _, logits_half = predict_doodles(network, inputs, drawings.queries(0.5))
    distances = 2.0 - 2.0 * embeddings @ embeddings.T
    np.fill_diagonal(distances, np.inf)  # nobody is a neighbour of their own
    return {
        "val_accuracy": accuracy(labels, logits.argmax(axis=1), each_alike),
        "val_accuracy@50": accuracy(labels, logits_half.argmax(axis=1), each_alike),
        "val_knn": knn_accuracy(distances, labels, labels, min(NEIGHBOURS, len(labels) - 1)),
    }


def build_doodle_trainer(
    network: keras.Model,
    config: DoodleConfig,
    steps_per_epoch: int,
    shares: np.ndarray | None = None,
) -> DoodleTrainer:
    """A compiled trainer whose optimiser has its variables: ready to fit, or to load a state."""
    trainer = DoodleTrainer(network, config, shares)
    # The optimiser's settings have the same names in both tasks.
    counted: Any = dataclasses.replace(config, steps_per_epoch=steps_per_epoch)
    trainer.compile(optimizer=build_optimizer(counted), jit_compile=config.jit_compile)
    trainer.optimizer.build(trainer.trainable_variables)
    return trainer


def fit_doodles(
    network: keras.Model,
    config: DoodleConfig,
    inputs: DoodleInputs,
    drawings: Doodles,
    validation: Doodles | None,
    run: Path,
    *,
    keep: Callable[..., None],
    verbose: int | str = "auto",
    log: Callable[[str], None] = print,
) -> Progress:
    """Train `network` in place on `drawings`, from the state in `run` if there is one.

    The run receives a checkpoint and the history after every epoch; `keep(network)` is called
    with the best weights on `validation` so far, at the end `keep(network, "last.keras")` with the
    newest. Both are averages where the configuration keeps one. Raises InputError where the
    loss is no number.
    """
    reads_both = config.image_branch != "none" and config.stroke_branch != "none"
    batches = DoodleBatches(
        drawings,
        inputs,
        order="shuffled" if config.mode == "classify" else "hands",
        categories=config.categories_per_batch,
        per_category=config.drawings_per_category,
        steps=config.steps_per_epoch or None,
        seed=config.seed,
        augment=config.augment,
        partial=config.partial,
        drop_input=config.drop_input if reads_both else 0.0,
        only=tuple(tensor.name for tensor in network.inputs),
    )
    shares = drawings.counts() / len(drawings)
    trainer = build_doodle_trainer(network, config, len(batches), shares)
    progress = resume(trainer, run, config.epochs, log)
    validate = ValidateDoodles(validation, inputs, progress, keep)
    fit_to_end(trainer, batches, validate, progress, run, epochs=config.epochs, verbose=verbose)
    if validation is not None:
        with averaged_weights(trainer):
            keep(network, "last.keras")
    return progress
