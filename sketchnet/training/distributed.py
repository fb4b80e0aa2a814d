"""One training on several machines: each embeds its share of the batch, all mine in the whole.

Every worker is an ordinary training with the same weights. In each step the embeddings are gathered
from all workers, so that mining and loss see the global batch; each worker differentiates the
global loss by its own rows only, and the sum of these gradients over the workers is the gradient of
the global loss. Batch normalisation uses the statistics of the global batch in training. So loss
and gradients equal those of one process with that batch, and all workers keep the same weights.

TensorFlow's `MultiWorkerMirroredStrategy` carries the tensors, and nothing else: under its `scope`,
`fit` of Keras 3 fails (keras issue 20585, docs/scaling.md), and our variables are ordinary ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import keras
import numpy as np

from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.training.checkpoint import TrainingState
from sketchnet.training.fit import SingleWorker
from sketchnet.training.retrieval_trainer import TripletTrainer
from sketchnet.utils.errors import InputError


class MultiWorker(SingleWorker):
    """One of several workers. Create it before TensorFlow computes anything: it waits for all."""

    def __init__(self, addresses: Sequence[str], index: int) -> None:
        """Join the workers at `addresses` (host:port each) as the one at `index`.

        Raises InputError where the addresses or the index cannot be, or the backend is another.
        """
        if keras.backend.backend() != "tensorflow":
            raise InputError(
                "the TensorFlow backend for several workers",
                keras.backend.backend(),
                "unset KERAS_BACKEND",
            )
        check_addresses(addresses, index)
        import tensorflow as tf

        self.index, self.count = index, len(addresses)
        cluster = tf.train.ClusterSpec({"worker": list(addresses)})
        resolver = tf.distribute.cluster_resolver.SimpleClusterResolver(
            cluster, task_type="worker", task_id=index, rpc_layer="grpc"
        )
        with self.report_errors():
            self.strategy = tf.distribute.MultiWorkerMirroredStrategy(resolver)
        if self.strategy.num_replicas_in_sync != self.count:
            raise InputError(
                "one device a worker",
                f"{self.strategy.num_replicas_in_sync} for {self.count} workers",
                "start one for each GPU, with CUDA_VISIBLE_DEVICES",
            )

    def build(self, kind: Callable[..., keras.Model], *arguments: Any) -> Any:
        assert kind is TripletTrainer
        network, config = arguments
        return SharedTrainer(network, config, self.strategy)

    def synchronise(self, trainer: keras.Model, state: TrainingState, task: str) -> None:
        """Take weights, optimiser state and epoch from the first worker.

        `task` describes settings and data as text; raises InputError where those of the workers
        differ.
        """
        digest = int.from_bytes(hashlib.sha256(task.encode()).digest()[:7], "big")
        tasks = self._gather_all([np.array([digest])])[0]
        if len(set(tasks.tolist())) > 1:
            raise InputError(
                f"the same settings and data on all {self.count} workers",
                "others on some",
                "give all workers the same command except for --worker",
            )
        variables = [*trainer.variables, *trainer.optimizer.variables]
        arrays = [*(variable.numpy() for variable in variables), np.array(state.epochs)]
        *values, epochs = self._gather_all([array[None] for array in arrays])
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value[0])
        state.epochs = int(epochs[0])

    def _gather_all(self, arrays: list[np.ndarray]) -> list[np.ndarray]:
        """Arrays (n, …) of all workers, concatenated; of the same shapes on all."""
        import tensorflow as tf

        @tf.function
        def gather() -> list[Any]:
            # Only float32 and int64 are sent.
            sent = [a if a.dtype == np.float32 else a.astype(np.int64) for a in arrays]
            return self.strategy.run(lambda: [_gathered(tf.constant(array)) for array in sent])

        with self.report_errors():
            return [
                found.numpy().astype(array.dtype)
                for found, array in zip(gather(), arrays, strict=True)
            ]

    @contextmanager
    def report_errors(self) -> Iterator[None]:
        import tensorflow as tf

        try:
            yield
        except tf.errors.OpError as error:
            lines = str(error).strip().splitlines() or [type(error).__name__]
            raise InputError(
                f"all {self.count} workers to go on together",
                lines[0],
                "start all of them again, with --resume where an epoch is finished",
            ) from error


class SharedTrainer(TripletTrainer):
    """A `TripletTrainer` whose batch is a share of the batch that it learns from."""

    def __init__(self, network: keras.Model, config: RetrievalConfig, strategy: Any) -> None:
        super().__init__(network, config)
        self.strategy = strategy

    def learn(self, x: Any, y: Any, gather: Callable[[Any], Any] | None = None) -> tuple[Any, Any]:
        import tensorflow as tf

        def share(x: Any, y: Any) -> tuple[Any, Any]:
            with synchronized_norms(self.network):
                loss, gradients = TripletTrainer.learn(self, x, y, _append_others)
            return loss, tf.distribute.get_replica_context().all_reduce("SUM", gradients)

        return self.strategy.run(share, (x, y))

    def make_train_function(self, force: bool = False) -> None:
        # Keras' own would run the step inside of a strategy already, where there can be no other.
        import tensorflow as tf

        if force or getattr(self, "train_function", None) is None:
            step = tf.function(self.train_step, reduce_retracing=True)
            self.train_function: Any = lambda iterator: step(next(iterator))


@contextmanager
def synchronized_norms(network: keras.Model) -> Iterator[None]:
    """Inside, batch norms learn by the statistics of all workers' rows.

    Only while a step is traced: what is saved is an ordinary network, for any backend.
    """
    norms = [
        layer
        for layer in network._flatten_layers()
        if isinstance(layer, keras.layers.BatchNormalization)
    ]
    for norm in norms:
        norm.synchronized = True
    try:
        yield
    finally:
        for norm in norms:
            norm.synchronized = False


def _append_others(values: Any) -> Any:
    """Everybody's rows below one another; gradients reach our own alone."""
    import tensorflow as tf

    index = tf.distribute.get_replica_context().replica_id_in_sync_group

    def one(value: Any) -> Any:
        everyone, own = _gathered(tf.stop_gradient(value)), tf.shape(value)[0]
        return tf.concat([everyone[: index * own], value, everyone[(index + 1) * own :]], axis=0)

    return keras.tree.map_structure(one, values)


def _gathered(value: Any) -> Any:
    import tensorflow as tf

    # Identity: a bare argument of the step lies on no device, which `all_gather` asks for.
    return tf.distribute.get_replica_context().all_gather(tf.identity(value), axis=0)


def check_addresses(addresses: Sequence[str], index: int) -> None:
    """Raise InputError unless they are different host:port, and `index` is one of theirs."""
    for address in addresses:
        host, _, port = address.rpartition(":")
        if not (host and port.isdecimal() and 0 < int(port) < 65536):
            raise InputError(
                "workers as HOST:PORT HOST:PORT …", address, "give every worker the same list"
            )
    if len(set(addresses)) < len(addresses) or not 0 <= index < len(addresses):
        raise InputError(
            f"different workers, and one from 0 to {len(addresses) - 1} as this one",
            f"{' '.join(addresses)} and --worker {index}",
        )
