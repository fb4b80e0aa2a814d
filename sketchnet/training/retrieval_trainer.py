"""The custom train step: embed the batch, mine across the two sides, pull and push."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import keras
from keras import ops

from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.data.pair_batches import PairBatches
from sketchnet.data.pairs.prepare import PreparedPairs
from sketchnet.losses.distances import pairwise_squared_distances, safe_sqrt, spread
from sketchnet.losses.mining import mine, positive_mask, valid_pairs
from sketchnet.losses.triplet import (
    in_batch_contrastive_loss,
    softmax_triplet_loss,
    triplet_hinge_loss,
)
from sketchnet.models.local_alignment import local_scores
from sketchnet.training.callbacks import Validate
from sketchnet.training.checkpoint import Progress, averaged_weights
from sketchnet.training.fit import SingleWorker, build_optimizer, fit_to_end, resume


class TripletTrainer(keras.Model):
    """Trains a two-branch network, which stays usable by itself, by triplets across its sides.

    Inputs are the network's {"sketch", "photo"}, row i of both one pair; the target is the label
    (B,) of each row. Rows with one label are positives, never negatives of one another. The loss
    is the mean over all positive pairs, with sketches and then photos as anchors, on the
    embeddings and, where the network has them and `config.local` asks, on the local maps.

    Beside the loss it reports the mean `d_ap` and `d_an` in the chosen distance, the share of
    `active` triplets (a loss above zero under the margin) and of `semi_hard` ones, and the
    `spread` of the embeddings: 1 when they cover the sphere, 0 when all are one point.
    """

    def __init__(self, network: keras.Model, config: RetrievalConfig) -> None:
        super().__init__(dtype=network.dtype_policy)
        self.network = network
        self.config = config
        self.seeds = keras.random.SeedGenerator(config.seed)
        names = ("d_ap", "d_an", "active", "semi_hard", "spread")
        self.means = {name: keras.metrics.Mean(name=name) for name in names}

    def call(self, inputs: dict[str, Any], training: bool = False) -> dict[str, Any]:
        return self.network(inputs, training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training: bool = True):
        """The scalar loss of a batch, in float32, the same on every backend."""
        positives = positive_mask(y, y)
        squared = pairwise_squared_distances(y_pred["sketch_embedding"], y_pred["photo_embedding"])
        loss = self._both_ways(squared, positives, report=True)
        if self.config.local and "sketch_local" in y_pred:
            scores = local_scores(y_pred["sketch_local"], y_pred["photo_local"])
            # A score is a cosine, and 2 − 2·cosine the squared distance of unit vectors: one
            # margin serves both.
            loss = loss + self._both_ways(ops.maximum(2.0 * (1.0 - scores), 0.0), positives)
        self._mean(
            "spread", (spread(y_pred["sketch_embedding"]) + spread(y_pred["photo_embedding"])) / 2
        )
        for regularisation in self.losses:
            loss = loss + ops.cast(regularisation, "float32")
        return loss

    def _both_ways(self, squared, positives, report: bool = False):
        distances = squared if self.config.distance == "squared" else safe_sqrt(squared)
        by_sketch = self._one_way(distances, positives, report)
        by_photo = self._one_way(ops.transpose(distances), ops.transpose(positives), report)
        return (by_sketch + by_photo) / 2

    def _one_way(self, distances, positives, report: bool):
        """Mean loss with the rows of `distances` (B, B) as anchors."""
        config = self.config
        d_an, semi_hard = mine(config.mining, distances, positives, self.seeds)
        if config.loss == "contrastive":
            losses = in_batch_contrastive_loss(distances, positives, config.temperature)
        elif config.loss == "softmax":
            losses = softmax_triplet_loss(distances, d_an)
        else:
            losses = triplet_hinge_loss(distances, d_an, config.margin)
        valid = ops.cast(valid_pairs(positives), "float32")
        if report:
            active = d_an < distances + config.margin
            self._mean("d_ap", distances, valid)
            self._mean("d_an", d_an, valid)
            self._mean("active", ops.cast(active, "float32"), valid)
            self._mean("semi_hard", ops.cast(semi_hard, "float32"), valid)
        # A batch without a valid pair has nothing to learn: 0, not 0/0.
        return ops.sum(losses * valid) / ops.maximum(ops.sum(valid), 1.0)

    def _mean(self, name: str, values, weights=None) -> None:
        self.means[name].update_state(ops.stop_gradient(values), sample_weight=weights)

    if keras.backend.backend() == "tensorflow":
        # On the other backends Keras' own step calls the same `compute_loss`.

        def train_step(self, data) -> dict[str, Any]:
            x, y, _ = keras.utils.unpack_x_y_sample_weight(data)
            loss, gradients = self.learn(x, y)
            self.optimizer.apply_gradients(zip(gradients, self.trainable_weights, strict=True))
            self._loss_tracker.update_state(loss)
            return self.get_metrics_result()

        def learn(self, x, y, gather: Callable[[Any], Any] | None = None) -> tuple[Any, Any]:
            """The loss of a batch, and its gradients as the optimiser scales them.

            `gather` may add the rows of others (`workers`) to outputs and labels.
            """
            import tensorflow as tf

            with tf.GradientTape() as tape:
                outputs = self(x, training=True)
                if gather is not None:
                    outputs, y = gather((outputs, y))
                loss = self.compute_loss(x, y, outputs)
                # Half precision would flush small gradients to zero.
                scaled = self.optimizer.scale_loss(loss)
            return loss, tape.gradient(scaled, self.trainable_weights)


def build_trainer(
    network: keras.Model, config: RetrievalConfig, workers: SingleWorker | None = None
) -> TripletTrainer:
    """A compiled trainer whose optimiser has its variables: ready to fit, or to load a state."""
    trainer = (workers or SingleWorker()).build(TripletTrainer, network, config)
    # JAX without its compiler would go one operation at a time.
    compiled = config.jit_compile or keras.backend.backend() == "jax"
    trainer.compile(optimizer=build_optimizer(config), jit_compile=compiled)
    trainer.optimizer.build(trainer.trainable_variables)
    return trainer


def fit(
    network: keras.Model,
    config: RetrievalConfig,
    pairs: PreparedPairs,
    validation: PreparedPairs | None,
    run: Path,
    *,
    keep: Callable[..., None],
    first: Collection[str] = (),
    workers: SingleWorker | None = None,
    verbose: int | str = "auto",
    log: Callable[[str], None] = print,
) -> Progress:
    """Train `network` in place on `pairs`, from the state in `run` if there is one.

    The run receives a checkpoint and the history after every epoch; `keep(network)` is called
    with the best weights on `validation` so far, at the end `keep(network, "last.keras")` with the
    newest. Both are averages where the configuration keeps one. `first` names the photos that the
    score is about (`PairBatches`). Of several workers the first alone validates and writes. Raises
    InputError where the loss is no number.
    """
    workers = workers or SingleWorker()
    trainer = build_trainer(network, config, workers)
    progress = Progress()
    if workers.chief:
        progress = resume(trainer, run, config.epochs, log)
    batches = PairBatches(
        pairs,
        size=config.size,
        identities=config.identities,
        sketches_per_identity=config.sketches_per_identity,
        steps=config.steps_per_epoch,
        seed=config.seed,
        augment=config.augment,
        partial=config.partial,
        # Colour photos cannot play the sketch.
        unlabelled=config.unlabelled if config.photo_input == "edges" else 0.0,
        first=first,
        auxiliary=config.auxiliary,
        hard_negative_group=config.hard_negative_group,
        part=(workers.index, workers.count),
    )
    workers.agree(trainer, progress, task=f"{config} {pairs.sketch_ids} {pairs.photo_ids}")
    fit_to_end(
        trainer,
        batches,
        Validate(validation, size=config.size, local=config.local, progress=progress, keep=keep),
        progress,
        run,
        epochs=config.epochs,
        workers=workers,
        verbose=verbose,
    )
    if validation is not None and workers.chief:
        with averaged_weights(trainer):
            keep(network, "last.keras")
    return progress
