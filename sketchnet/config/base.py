"""The settings that both tasks share, held to their annotations."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from sketchnet.utils.errors import InputError

TRUNKS = ("lite0", "lite2")
"""The image branches that start from weights of ImageNet."""


@dataclass(frozen=True)
class TrainingConfig:
    """Fields that retrieval and doodles share. Both configurations are frozen dataclasses.

    Together with the data, the fields of a configuration determine a training: same fields, same
    weights. Raises InputError for a value that does not fit its field.
    """

    preset: str = "default"
    """Preset that supplies the defaults of all other flags."""
    size: int = 96
    """Side of the square input picture, in pixels."""
    embedding_size: int = 256
    """Length of the embedding, a unit vector."""
    trained_from: int = 2
    """First stage of a trunk (lite0, lite2) that is trained, 0 (all) to 5 (none). Earlier stages
    keep their ImageNet weights."""
    trunk_rate: float = 0.2
    """Learning rate of a trunk, as a fraction of --learning-rate."""

    loss: str = "triplet"
    """Loss of the embedding."""
    mining: Literal["semihard", "hard", "random"] = "semihard"
    """Negative of each triplet: FaceNet's semi-hard one, the hardest, or a random one."""
    margin: float = 0.3
    """Triplet margin, in the unit of `--distance`."""
    distance: Literal["squared", "euclidean"] = "squared"
    """Distance in the triplet losses: squared Euclidean or Euclidean."""
    label_smoothing: float = 0.0
    """Label smoothing of cross-entropies (InfoNCE, categories)."""

    optimizer: Literal["adamw", "sgd"] = "adamw"
    """Optimiser: AdamW, or SGD with momentum."""
    learning_rate: float = 2e-3
    """Peak learning rate of the schedule."""
    momentum: float = 0.9
    """Momentum of SGD. Ignored by AdamW."""
    weight_decay: float = 0.02
    """Decoupled weight decay. Biases and normalisation parameters have none."""
    clip_norm: float = 0.0
    """Global gradient-norm clipping. 0 = off."""
    schedule: Literal["cosine", "constant"] = "cosine"
    """Learning-rate schedule. Cosine starts with a short linear warm-up."""
    epochs: int = 20
    """Number of epochs. The network is validated and the training state saved after each."""
    steps_per_epoch: int = 0
    """Batches per epoch. For doodles, 0 = as many as show every drawing once."""
    ema: float = 0.99
    """Decay of the exponential moving average of the weights, which is validated and saved.
    0 = no average."""
    mixed_precision: bool = False
    """Compute in float16 (for GPUs). Distances and losses stay in float32."""
    jit_compile: bool = False
    """Compile the training step with XLA. Slower on CPUs for these networks."""
    batch_processes: int = 0
    """Processes that make the batches, for a GPU that one thread would keep waiting. They change
    nothing else. 0 = a thread of the training."""

    augment: bool = True
    """Random augmentation of pictures and strokes."""
    partial: float = 0.1
    """Fraction of sketches shown as partial sketches (a random completion level)."""
    keep: Literal["best", "last"] = "best"
    """Network that the run keeps: that of the best validation score, or that of the last epoch."""
    validate: bool = True
    """Hold out validation data. Off: train on everything but the test split."""
    seed: int = 0
    """Seed of the initial weights, the batches and every other random choice."""

    def __post_init__(self) -> None:
        check_types(self)
        for name in ("embedding_size", "epochs"):
            require(self, name, "at least 1", getattr(self, name) >= 1)
        for name in ("margin", "learning_rate"):
            require(self, name, "more than 0", getattr(self, name) > 0)
        for name in ("ema", "momentum", "label_smoothing"):
            require(self, name, "at least 0 and below 1", 0 <= getattr(self, name) < 1)
        for name in ("weight_decay", "clip_norm", "steps_per_epoch", "batch_processes"):
            require(self, name, "at least 0", getattr(self, name) >= 0)
        require(self, "partial", "a fraction from 0 to 1", 0 <= self.partial <= 1)
        require(self, "size", "from 32 to 512 pixels", 32 <= self.size <= 512)
        require(self, "seed", "from 0 to 4294967295", 0 <= self.seed < 2**32)
        require(self, "trained_from", "from 0 to 5", 0 <= self.trained_from <= 5)
        require(self, "trunk_rate", "a fraction from 0 to 1", 0 <= self.trunk_rate <= 1)


def check_types(config: Any) -> None:
    """Check every field against its annotation; an int becomes a float where one is expected."""
    for name, kind in get_type_hints(type(config)).items():
        value = getattr(config, name)
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            object.__setattr__(config, name, float(value))
        elif not _fits(value, kind):
            raise InputError(f"{name} to be {_describe(kind)}", f"{value!r}")


def require(config: Any, name: str, expected: str, holds: bool) -> None:
    """Raise InputError naming the field, unless `holds`."""
    if not holds:
        raise InputError(f"{name} to be {expected}", f"{getattr(config, name)!r}")


def _fits(value: Any, kind: Any) -> bool:
    if get_origin(kind) is Literal:
        return any(value == choice and type(value) is type(choice) for choice in get_args(kind))
    if get_origin(kind) in (Union, UnionType):
        return any(_fits(value, each) for each in get_args(kind))
    if get_origin(kind) is tuple:
        return isinstance(value, tuple) and all(_fits(each, get_args(kind)[0]) for each in value)
    if kind is float:
        return isinstance(value, float) and math.isfinite(value)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return isinstance(value, kind)


def _describe(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return "one of " + ", ".join(map(str, get_args(kind)))
    names = {bool: "true or false", int: "a whole number", float: "a finite number", str: "text"}
    return names.get(kind, str(kind))
