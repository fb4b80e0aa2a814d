"""What the trainings of both tasks share: optimiser, determinism, and the loop over epochs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, ExitStack, nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import keras

from sketchnet import runs
from sketchnet.config.base import TrainingConfig
from sketchnet.data.worker_batches import WorkerBatches
from sketchnet.training.callbacks import Batches, Record, SetEpoch, StopOnNaN, WarnOfCollapse
from sketchnet.training.checkpoint import TrainingState
from sketchnet.training.layerwise_adamw import LayerwiseAdamW


class SingleWorker:
    """The only worker of a training; `distributed.MultiWorker` is one of several."""

    index, count = 0, 1

    @property
    def is_chief(self) -> bool:
        """Whether this worker validates and writes."""
        return self.index == 0

    def build(self, kind: Callable[..., keras.Model], *arguments: Any) -> Any:
        """A trainer of this kind that learns together with those of the other workers."""
        return kind(*arguments)

    def synchronise(self, trainer: keras.Model, state: TrainingState, task: str) -> None:
        """Give all workers the same weights, optimiser state and epoch."""

    def report_errors(self) -> AbstractContextManager[None]:
        """Turn failures of the communication between workers into InputErrors."""
        return nullcontext()


def make_deterministic(config: TrainingConfig) -> None:
    """Same settings, same weights: seed all generators, and use deterministic operations only.

    On the CPUs that were tried this costs no time. XLA gives no such promise: with `jit_compile`
    two trainings agree up to rounding.
    """
    keras.utils.set_random_seed(config.seed)
    if keras.backend.backend() == "tensorflow" and not config.jit_compile:
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()


def build_optimizer(
    config: TrainingConfig, steps: int, slow: Mapping[str, float] | None = None
) -> keras.Optimizer:
    """The optimiser with its schedule over `steps`, weight decay and weight average.

    Biases and normalisation parameters have no weight decay.

    Args:
        slow: names of layers, and the fraction of the learning rate that their weights have.
            Ignored by SGD.
    """
    rate: Any = config.learning_rate
    if config.schedule == "cosine":
        warmup = min(100, steps // 10)
        rate = keras.optimizers.schedules.CosineDecay(
            config.learning_rate / 100,
            decay_steps=max(1, steps - warmup),
            alpha=0.01,
            warmup_target=config.learning_rate,
            warmup_steps=warmup,
        )
    options: dict[str, Any] = {
        "weight_decay": config.weight_decay,
        "global_clipnorm": config.clip_norm or None,
        "use_ema": config.ema > 0,
        "ema_momentum": config.ema or 0.99,
    }
    optimizer: keras.Optimizer
    if config.optimizer == "sgd":
        optimizer = keras.optimizers.SGD(rate, momentum=config.momentum, **options)
    else:
        optimizer = LayerwiseAdamW(rate, slow=slow or {}, **options)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def fit_to_end(
    trainer: keras.Model,
    batches: Batches,
    validate: keras.callbacks.Callback,
    state: TrainingState,
    run: Path,
    *,
    epochs: int,
    processes: int = 0,
    worker: SingleWorker | None = None,
    verbose: int | str = "auto",
) -> None:
    """Train until `epochs` epochs are done; the run receives checkpoint and history after each.

    `validate` adds its scores to the logs of each epoch. With `processes` of 1 or more, so many
    processes make the batches. Of several workers only the first
    validates and writes. Raises InputError where loss or weights become NaN or infinite.
    """
    worker = worker or SingleWorker()
    callbacks = [SetEpoch(batches), StopOnNaN(batches, run)]
    if worker.is_chief:
        record = Record(run / runs.CHECKPOINT, run / runs.HISTORY, state)
        callbacks += [validate, WarnOfCollapse(), record]
        if keras.backend.backend() == "tensorflow" and find_spec("tensorboard"):
            callbacks.append(keras.callbacks.TensorBoard(run / runs.LOGS, write_graph=False))
    if state.epochs >= epochs:
        return
    with ExitStack() as stack:
        made = stack.enter_context(WorkerBatches(batches, processes)) if processes else batches
        stack.enter_context(worker.report_errors())
        trainer.fit(
            made,
            initial_epoch=state.epochs,
            epochs=epochs,
            shuffle=False,
            callbacks=callbacks,
            verbose=verbose if worker.is_chief else 0,
        )
