"""What all trainings have in common: optimiser, determinism, and the way to the last epoch."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import keras

from sketchnet.config.files import Config
from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.training.callbacks import Batches, Record, SetEpoch, StopOnNaN, WarnOfCollapse
from sketchnet.training.checkpoint import Progress, has_checkpoint, load_checkpoint


class SingleWorker:
    """The only worker of a training; `workers.MultiWorker` is one among several."""

    index, count = 0, 1

    @property
    def chief(self) -> bool:
        """The one that validates and writes."""
        return self.index == 0

    def build(self, kind: Callable[..., keras.Model], *arguments: Any) -> Any:
        """A trainer of this kind, that learns together with all workers' ones."""
        return kind(*arguments)

    def agree(self, trainer: keras.Model, progress: Progress, task: str) -> None:
        """Make all workers begin alike."""

    def told(self) -> AbstractContextManager[None]:
        """Tell what breaks between the workers as an InputError."""
        return nullcontext()


def make_deterministic(config: Config) -> None:
    """Same settings, same weights: seed all generators, and forbid operations that race.

    On the CPUs that were tried this costs nothing. XLA has no such promise: with `jit_compile`
    two trainings agree to rounding only.
    """
    keras.utils.set_random_seed(config.seed)
    if keras.backend.backend() == "tensorflow" and not config.jit_compile:
        import tensorflow as tf

        tf.config.experimental.enable_op_determinism()


def build_optimizer(config: RetrievalConfig) -> keras.Optimizer:
    """The optimiser with its schedule, weight decay (not on biases and norms) and average."""
    steps = config.epochs * config.steps_per_epoch
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
        optimizer = keras.optimizers.AdamW(rate, **options)
    optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
    return optimizer


def resume(trainer: keras.Model, run: Path, epochs: int, log: Callable[[str], None]) -> Progress:
    """PictureQuery the compiled `trainer` to where the run's checkpoint left it, if there is one.

    Returns how far that is, of so many `epochs`.
    """
    checkpoint = run / "checkpoint"
    if not has_checkpoint(checkpoint):
        return Progress()
    progress = load_checkpoint(checkpoint, trainer)
    log(f"going on after epoch {progress.epochs} of {epochs}")
    return progress


def fit_to_end(
    trainer: keras.Model,
    batches: Batches,
    validate: keras.callbacks.Callback,
    progress: Progress,
    run: Path,
    *,
    epochs: int,
    workers: SingleWorker | None = None,
    verbose: int | str = "auto",
) -> None:
    """Train until so many epochs are done; the run receives state and history after each.

    `validate` adds its figures to each epoch's. Of several workers only the first validates and
    writes. Raises InputError where loss or weights are no numbers.
    """
    workers = workers or SingleWorker()
    callbacks = [SetEpoch(batches), StopOnNaN(batches, run)]
    if workers.chief:
        record = Record(run / "checkpoint", run / "history.csv", progress)
        callbacks += [validate, WarnOfCollapse(), record]
        if keras.backend.backend() == "tensorflow" and find_spec("tensorboard"):
            callbacks.append(keras.callbacks.TensorBoard(run / "logs", write_graph=False))
    if progress.epochs >= epochs:
        return
    with workers.told():
        trainer.fit(
            batches,
            initial_epoch=progress.epochs,
            epochs=epochs,
            shuffle=False,
            callbacks=callbacks,
            verbose=verbose if workers.chief else 0,
        )
