"""The whole state of a training in one file: an interruption costs at most one epoch."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import keras
import numpy as np

from sketchnet.utils.atomic_files import write_atomically
from sketchnet.utils.errors import InputError
from sketchnet.utils.safe_npz import read_arrays

FILE = "state.npz"


@dataclass
class TrainingState:
    """How far a training has come, beside its arrays."""

    epochs: int = 0
    """Finished epochs."""
    best: float = -1.0
    """The best validation score so far."""
    history: list[dict[str, float]] = field(default_factory=list)
    """One row of figures per finished epoch."""


def save_checkpoint(folder: Path, trainer: keras.Model, state: TrainingState) -> None:
    """Write weights, optimiser state and training state to `folder`, all or nothing."""
    arrays = {f"v{i}": v.numpy() for i, v in enumerate(_variables(trainer))}
    note = np.frombuffer(json.dumps(asdict(state)).encode(), np.uint8)
    write_atomically(folder / FILE, lambda file: np.savez(file, progress=note, **arrays))


def has_checkpoint(folder: Path) -> bool:
    """Whether there is a state to resume from."""
    return (folder / FILE).is_file()


def load_checkpoint(folder: Path, trainer: keras.Model) -> TrainingState:
    """Load the state of `folder` into a compiled trainer whose optimiser is built.

    Raises InputError where the file is damaged or belongs to another network or optimiser; the
    trainer stays unchanged then.
    """
    path = folder / FILE
    variables = _variables(trainer)
    try:
        found = read_arrays(path)
        state = TrainingState(**json.loads(bytes(found["progress"])))
        arrays = [found[f"v{i}"] for i in range(len(found) - 1)]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputError(
            f"the state of a training at {path}",
            f"a file that cannot be read ({error})",
            "remove the run and train again",
        ) from error
    forms = [(tuple(variable.shape), np.dtype(variable.dtype)) for variable in variables]
    if [(array.shape, array.dtype) for array in arrays] != forms:
        raise InputError(
            f"the state of {len(forms)} arrays of this network and optimiser at {path}",
            f"{len(arrays)} of other shapes",
            "resume with the settings of the run",
        )
    for variable, array in zip(variables, arrays, strict=True):
        variable.assign(array)
    return state


def resume_training(
    trainer: keras.Model, folder: Path, epochs: int, log: Callable[[str], None]
) -> TrainingState:
    """Load the state of `folder` into the compiled `trainer`, if there is one.

    Returns the training state, that of the start without a checkpoint.
    """
    if not has_checkpoint(folder):
        return TrainingState()
    state = load_checkpoint(folder, trainer)
    log(f"resuming after epoch {state.epochs} of {epochs}")
    return state


@contextmanager
def averaged_weights(trainer: keras.Model) -> Iterator[None]:
    """Inside, the trainer has the moving average of its weights, if its optimiser keeps one.

    Afterwards it has exactly its own weights again.
    """
    weights = trainer.trainable_variables
    own = [weight.numpy() for weight in weights]
    # On a float16 policy Keras wraps the optimiser in one that scales the loss.
    optimizer: Any = getattr(trainer.optimizer, "inner_optimizer", trainer.optimizer)
    if optimizer.use_ema:
        optimizer.finalize_variable_values(weights)
        for weight in weights:
            # On JAX the two share one buffer now, which a prediction may take for itself.
            weight.assign(np.array(weight.numpy()))
    try:
        yield
    finally:
        if optimizer.use_ema:
            for weight, value in zip(weights, own, strict=True):
                weight.assign(value)


def _variables(trainer: keras.Model) -> list[Any]:
    """Weights, running statistics, the state of random generators, and the optimiser's state."""
    return [*trainer.variables, *trainer.optimizer.variables]
