"""Training an embedding of doodles: by triplets, by categories, or by both."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import ops

from sketchnet import runs
from sketchnet.config.base import TRUNKS
from sketchnet.config.doodles import DoodleConfig
from sketchnet.data.doodle_batches import DoodleBatches
from sketchnet.data.doodle_inputs import DoodleInputs
from sketchnet.data.doodles import Doodles
from sketchnet.inference.predict import predict_doodles
from sketchnet.losses.distances import embedding_variance, pairwise_squared_distances
from sketchnet.losses.mining import positive_mask
from sketchnet.losses.triplet_step import TRIPLET_METRICS, triplet_step
from sketchnet.metrics.classification import accuracy, knn_accuracy
from sketchnet.models.trunk import TRUNK
from sketchnet.training.callbacks import SaveNetwork, Validate
from sketchnet.training.checkpoint import TrainingState, averaged_weights, resume_training
from sketchnet.training.fit import build_optimizer, fit_to_end

NEIGHBOURS = 4


class DoodleTrainer(keras.Model):
    """Trains a fused network, which stays usable by itself, on drawings and their labels (B,).

    By `mode`, the embedding is trained by triplets within the batch, by the cross-entropy of the
    categories, or by the sum of both. With triplets alone the classification head still learns, on
    an embedding that it cannot change, so that every mode predicts categories.

    Beside the loss it reports the head's `accuracy`, the embedding variance and, unless the mode is
    `classify`, the means of `triplet_step.TRIPLET_METRICS`.
    """

    def __init__(
        self, network: keras.Model, config: DoodleConfig, frequencies: np.ndarray | None = None
    ) -> None:
        """Args:
        frequencies: (C,) share of each category in the training drawings. Their logarithm is
            added to the logits in training only (Menon et al., *Long-tail learning via logit
            adjustment*, ICLR 2021), so that the network's own logits favour no category.
        """
        super().__init__(dtype=network.dtype_policy)
        self.network, self.config = network, config
        n_classes = network.output["logits"].shape[-1]
        shares = np.ones(n_classes) if frequencies is None else np.maximum(frequencies, 1e-6)
        self.log_frequencies = np.log(shares / shares.sum()).astype(np.float32)
        self.head = keras.Model(network.output["embedding"], network.output["logits"])
        self.seeds = keras.random.SeedGenerator(config.seed)
        names = () if config.mode == "classify" else TRIPLET_METRICS
        names = ("accuracy", *names, "embedding_variance")
        self.means = {name: keras.metrics.Mean(name=name) for name in names}

    def call(self, inputs: dict[str, Any], training: bool = False) -> dict[str, Any]:
        return self.network(inputs, training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training: bool = True):
        """The scalar loss of a batch, in float32, the same on every backend."""
        embedding, logits = y_pred["embedding"], y_pred["logits"]
        self._report("embedding_variance", embedding_variance(embedding))
        if self.config.mode == "triplet":
            logits = self.head(ops.stop_gradient(embedding))
        loss = self._category_loss(ops.cast(logits, "float32"), y)
        if self.config.mode != "classify":
            loss = loss + self._triplet_loss(embedding, y)
        for regularisation in self.losses:
            loss = loss + ops.cast(regularisation, "float32")
        return loss

    def _category_loss(self, logits, labels):
        correct = ops.equal(ops.argmax(logits, axis=-1), ops.cast(labels, "int64"))
        self._report("accuracy", ops.cast(correct, "float32"))
        n_classes = logits.shape[-1]
        smoothing = self.config.label_smoothing
        target = ops.one_hot(labels, n_classes) * (1.0 - smoothing) + smoothing / n_classes
        adjusted = logits + self.log_frequencies
        return ops.mean(keras.losses.categorical_crossentropy(target, adjusted, from_logits=True))

    def _triplet_loss(self, embedding, labels):
        squared = pairwise_squared_distances(embedding, embedding)
        # A drawing is not its own positive.
        same = ops.cast(ops.eye(ops.shape(labels)[0]), "bool")
        positives = positive_mask(labels, labels)
        step = triplet_step(squared, positives, self.config, self.seeds, same=same)
        for name, values in step.metrics.items():
            self._report(name, values, step.valid)
        return step.loss

    def _report(self, name: str, values, weights=None) -> None:
        self.means[name].update_state(ops.stop_gradient(values), sample_weight=weights)


def validation_scores(
    network: keras.Model, inputs: DoodleInputs, drawings: Doodles
) -> dict[str, float]:
    """`accuracy`, `accuracy@50` (half of the stroke length) and `knn` (4 neighbours) of a network.

    The neighbours are the other validation drawings. The accuracies are means over the categories,
    since the logits favour none.
    """
    labels = drawings.labels
    weights = 1 / drawings.counts()[labels]
    embeddings, logits = predict_doodles(network, inputs, drawings.queries())
    _, logits_half = predict_doodles(network, inputs, drawings.queries(0.5))
    distances = 2.0 - 2.0 * embeddings @ embeddings.T
    np.fill_diagonal(distances, np.inf)  # a drawing is not its own neighbour
    return {
        "accuracy": accuracy(labels, logits.argmax(axis=1), weights),
        "accuracy@50": accuracy(labels, logits_half.argmax(axis=1), weights),
        "knn": knn_accuracy(distances, labels, labels, min(NEIGHBOURS, len(labels) - 1)),
    }


def build_doodle_trainer(
    network: keras.Model,
    config: DoodleConfig,
    steps_per_epoch: int,
    frequencies: np.ndarray | None = None,
) -> DoodleTrainer:
    """A compiled trainer whose optimiser has its variables: ready to fit, or to load a state."""
    trainer = DoodleTrainer(network, config, frequencies)
    slow = {TRUNK: config.trunk_rate} if config.image_branch in TRUNKS else {}
    optimizer = build_optimizer(config, config.epochs * steps_per_epoch, slow)
    trainer.compile(optimizer=optimizer, jit_compile=config.jit_compile)
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
    save: SaveNetwork,
    verbose: int | str = "auto",
    log: Callable[[str], None] = print,
) -> TrainingState:
    """Train `network` in place on `drawings`, from the training state in `run` if there is one.

    After every epoch the run receives a checkpoint and the history. `save(network, name)` is
    called with the network whose mean of `validation_scores` is the best so far, and at the end
    with the newest one. Both are moving averages where the configuration keeps one. Raises
    InputError where loss or weights become NaN or infinite.
    """
    reads_both = config.image_branch != "none" and config.stroke_branch != "none"
    batches = DoodleBatches(
        drawings,
        inputs,
        order="shuffled" if config.mode == "classify" else "balanced",
        categories=config.categories_per_batch,
        per_category=config.drawings_per_category,
        steps=config.steps_per_epoch or None,
        seed=config.seed,
        augment=config.augment,
        strength=config.augment_strength,
        balance=config.class_balance,
        partial=config.partial,
        drop_input=config.drop_input if reads_both else 0.0,
        bucket=config.bucket,
        only=tuple(tensor.name for tensor in network.inputs),
    )
    trainer = build_doodle_trainer(network, config, len(batches), batches.frequencies())
    state = resume_training(trainer, run / runs.CHECKPOINT, config.epochs, log)
    score = None
    if validation is not None:
        score = partial(validation_scores, inputs=inputs, drawings=validation)
    validate = Validate(score, keep=config.keep, state=state, save=save)
    fit_to_end(
        trainer,
        batches,
        validate,
        state,
        run,
        epochs=config.epochs,
        processes=config.batch_processes,
        verbose=verbose,
    )
    if validation is not None:
        with averaged_weights(trainer):
            save(network, runs.LAST)
    return state
