"""The custom train step of retrieval: embed the batch, mine across sketches and photos, learn."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

import keras
from keras import ops

from sketchnet import runs
from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.data.pair_batches import PairBatches
from sketchnet.data.pairs.prepare import PreparedPairs
from sketchnet.losses.distances import embedding_variance, pairwise_squared_distances
from sketchnet.losses.distillation import WEIGHT, distillation_loss, mean_ranking
from sketchnet.losses.infonce import infonce_loss, likeness_weights
from sketchnet.losses.mining import positive_mask, valid_pairs
from sketchnet.losses.triplet_step import TRIPLET_METRICS, mean_of_valid, triplet_step
from sketchnet.models import saving
from sketchnet.models.local_scores import RERANK_WEIGHT, local_scores
from sketchnet.models.trunk import TRUNK
from sketchnet.training.callbacks import SaveNetwork, Validate
from sketchnet.training.checkpoint import TrainingState, averaged_weights, resume_training
from sketchnet.training.fit import SingleWorker, build_optimizer, fit_to_end

VARIANCE = "embedding_variance"
SIDES = ("sketch", "photo")


class TripletTrainer(keras.Model):
    """Trains a two-branch network, which stays usable by itself, across sketches and photos.

    Inputs are the network's {"sketch", "photo"}, row i of both one pair; the target is the label
    (B,) of each row. Rows with one label are positives, never negatives of one another. The loss
    is the mean over all positive pairs, with sketches and then photos as anchors, on the
    embeddings and, where the network has them and `config.local` is set, on the local maps. The
    configuration may add a loss within each side, and with teachers the cross-entropy to their
    ranking of the photos for each sketch.

    Beside the loss it reports the embedding variance (1: the embeddings cover the sphere, 0: all
    are one point) and, with a triplet loss, the means of `triplet_step.TRIPLET_METRICS`.
    """

    def __init__(
        self, network: keras.Model, config: RetrievalConfig, teachers: Sequence[keras.Model] = ()
    ) -> None:
        super().__init__(dtype=network.dtype_policy)
        self.network = network
        self.config = config
        # In a function, so that Keras neither trains nor saves them.
        self._outputs_of_teachers = lambda x: [teacher(x, training=False) for teacher in teachers]
        self.seeds = keras.random.SeedGenerator(config.seed)
        names = () if config.loss == "infonce" else TRIPLET_METRICS
        self.means = {name: keras.metrics.Mean(name=name) for name in (*names, VARIANCE)}

    def call(self, inputs: dict[str, Any], training: bool = False) -> dict[str, Any]:
        return self.network(inputs, training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training: bool = True):
        """The scalar loss of a batch, in float32, the same on every backend."""
        positives = positive_mask(y, y)
        distances = self.distances(y_pred)
        log_weights = 0.0  # of negatives; symmetric, so that they serve both ways
        if strength := self.config.alike_negatives:
            log_weights = likeness_weights(y_pred["photo_embedding"], strength)
        loss = self._both_ways(distances[0], positives, log_weights, report=True)
        for others in distances[1:]:
            loss = loss + self._both_ways(others, positives, log_weights)
        if self.config.same_side:
            loss = loss + self.config.same_side * self._within_sides(y_pred, positives)
        if self.config.teachers:
            found = [self.distances(outputs) for outputs in self._outputs_of_teachers(x)]
            expected = mean_ranking([ranking_distance(each) for each in found])
            losses = [ops.mean(distillation_loss(each, expected)) for each in distances]
            loss = loss + WEIGHT * sum(losses)
        variances = [embedding_variance(y_pred[f"{side}_embedding"]) for side in SIDES]
        self._report(VARIANCE, sum(variances) / 2)
        for regularisation in self.losses:
            loss = loss + ops.cast(regularisation, "float32")
        return loss

    def distances(self, outputs: dict[str, Any]) -> list[Any]:
        """Squared distances (B, B) of all sketches and photos, by vectors and by local maps."""
        found = [
            pairwise_squared_distances(outputs["sketch_embedding"], outputs["photo_embedding"])
        ]
        if self.config.local and "sketch_local" in outputs:
            scores = local_scores(outputs["sketch_local"], outputs["photo_local"])
            # A score is a cosine, and 2 − 2·cosine the squared distance of unit vectors: one
            # margin serves both.
            found.append(ops.maximum(2.0 * (1.0 - scores), 0.0))
        return found

    def _both_ways(self, squared, positives, log_weights=0.0, report: bool = False):
        """Mean loss with the rows, then the columns of `squared` (B, B) as anchors."""
        found = [
            self._one_way(each, positives, log_weights, report)
            for each in (squared, ops.transpose(squared))  # `positive_mask` is symmetric too
        ]
        return sum(found) / 2

    def _one_way(self, squared, positives, log_weights, report: bool):
        config = self.config
        if config.loss == "infonce":
            losses = infonce_loss(
                squared, positives, config.temperature, config.label_smoothing, log_weights
            )
            return mean_of_valid(losses, ops.cast(valid_pairs(positives), "float32"))
        step = triplet_step(squared, positives, config, self.seeds)
        if report:
            for name, values in step.metrics.items():
                self._report(name, values, step.valid)
        return step.loss

    def _within_sides(self, outputs, positives):
        """Mean InfoNCE from sketch to sketch, plus that from photo to photo of the same label."""
        config = self.config
        itself = ops.cast(ops.eye(ops.shape(positives)[0]), "bool")
        others = ops.cast(ops.logical_and(positives, ops.logical_not(itself)), "float32")
        total = 0.0
        for side in SIDES:
            vectors = outputs[f"{side}_embedding"]
            squared = pairwise_squared_distances(vectors, vectors)
            losses = infonce_loss(squared, positives, config.temperature, config.label_smoothing)
            total = total + mean_of_valid(losses, others)
        return total

    def _report(self, name: str, values, weights=None) -> None:
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

            `gather` may append the rows of other workers (`distributed`) to outputs and labels.
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


def ranking_distance(distances: list[Any]) -> Any:
    """The distance by which `Ranker` orders photos, of those by vectors and by local maps."""
    if len(distances) == 1:
        return distances[0]
    return (1 - RERANK_WEIGHT) * distances[0] + RERANK_WEIGHT * distances[1]


def build_trainer(
    network: keras.Model, config: RetrievalConfig, worker: SingleWorker | None = None
) -> TripletTrainer:
    """A compiled trainer whose optimiser has its variables: ready to fit, or to load a state."""
    arguments: tuple[Any, ...] = (network, config)
    if config.teachers:
        arguments += ([saving.load_model(runs.resolve_run(name)) for name in config.teachers],)
    trainer = (worker or SingleWorker()).build(TripletTrainer, *arguments)
    # JAX without its compiler would run one operation at a time.
    compiled = config.jit_compile or keras.backend.backend() == "jax"
    slow = {TRUNK: config.trunk_rate} if config.has_trunk else {}
    optimizer = build_optimizer(config, config.epochs * config.steps_per_epoch, slow)
    trainer.compile(optimizer=optimizer, jit_compile=compiled)
    trainer.optimizer.build(trainer.trainable_variables)
    return trainer


def fit_retrieval(
    network: keras.Model,
    config: RetrievalConfig,
    pairs: PreparedPairs,
    score: Callable[[keras.Model], dict[str, float]] | None,
    run: Path,
    *,
    save: SaveNetwork,
    target: Collection[str] = (),
    worker: SingleWorker | None = None,
    verbose: int | str = "auto",
    log: Callable[[str], None] = print,
) -> TrainingState:
    """Train `network` in place on `pairs`, from the training state in `run` if there is one.

    After every epoch the run receives a checkpoint and the history. `save(network, name)` is
    called with the best network so far (`config.keep`), and at the end with the newest one. Both
    are moving averages where the configuration keeps one. Of several workers only the first
    validates and writes.

    Args:
        score: validation scores of a network, the best of which is saved; None = no validation,
            the newest network is saved.
        target: ids of the photos of the target dataset (`PairBatches`).

    Raises InputError where loss or weights become NaN or infinite.
    """
    worker = worker or SingleWorker()
    trainer = build_trainer(network, config, worker)
    state = TrainingState()
    if worker.is_chief:
        state = resume_training(trainer, run / runs.CHECKPOINT, config.epochs, log)
    batches = PairBatches(
        pairs,
        size=config.size,
        identities=config.identities,
        sketches_per_identity=config.sketches_per_identity,
        steps=config.steps_per_epoch,
        seed=config.seed,
        augment=config.augment,
        redraw=config.redraw,
        partial=config.partial,
        unlabelled=config.unlabelled,
        target=target,
        auxiliary=config.auxiliary,
        hard_negative_group=config.hard_negative_group,
        line_width=config.line_width,
        worker=(worker.index, worker.count),
    )
    worker.synchronise(trainer, state, task=f"{config} {pairs.sketch_ids} {pairs.photo_ids}")
    fit_to_end(
        trainer,
        batches,
        Validate(score, best_by="map", keep=config.keep, state=state, save=save),
        state,
        run,
        epochs=config.epochs,
        processes=config.batch_processes,
        worker=worker,
        verbose=verbose,
    )
    if score is not None and worker.is_chief:
        with averaged_weights(trainer):
            save(network, runs.LAST)
    return state
