"""What a training is asked to do: frozen settings, their presets, and their JSON form."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from sketchnet.config.base import check_fields, demand
from sketchnet.config.doodles import QuickdrawConfig
from sketchnet.utils.atomic_files import write_text_atomically
from sketchnet.utils.errors import InputError

CONFIG_VERSION = 1

Branch = Literal[
    "compact", "efficientnet_lite0", "sketch_a_net", "vgg16", "inception_v4", "resnet50_v2"
]


@dataclass(frozen=True)
class RetrievalConfig:
    """Sketch → photo. The defaults are the preset `best`.

    Together with the data, these fields determine a training: same fields, same weights.
    """

    preset: Literal["quick", "paper", "best"] = "best"
    """Where the other fields come from; each can be given by its own flag."""

    branch: Branch = "compact"
    """The network that embeds a picture."""
    size: int = 96
    """Side of the pictures in pixels."""
    photo_input: Literal["edges", "rgb"] = "edges"
    """What the network sees of a photo."""
    edges: Literal["ours", "published", "both"] = "both"
    """Edge maps made from the photos, the collection's own, or either at random."""
    shared: bool = True
    """One branch for sketches and photos (both are line pictures), or one each."""
    width: int = 32
    """Of `compact` only: channels of its first stage, which the others multiply."""
    depth: int = 1
    """Of `compact` only: residual blocks a stage."""
    embedding_size: int = 256
    """Length of the unit vectors."""
    local: bool = True
    """Train the local maps too, where the branch has them."""
    pretrained: bool = True
    """Begin with what the shipped `quickdraw` learnt of drawings, where its branch is the same:
    `compact` of 32 channels; other branches begin with random weights."""

    loss: Literal["hinge", "softmax", "contrastive"] = "hinge"
    """What is minimised, per triplet (hinge, softmax) or over the batch (contrastive)."""
    mining: Literal["semihard", "hard", "random"] = "semihard"
    """Which negative a triplet takes."""
    margin: float = 0.4
    """By how much a negative shall be farther than the positive."""
    distance: Literal["squared", "plain"] = "squared"
    """Euclidean distance, squared or not."""
    temperature: float = 0.07
    """Of the contrastive loss only."""

    optimizer: Literal["adamw", "sgd"] = "adamw"
    """The rule of a step."""
    learning_rate: float = 2e-3
    """The largest one of the schedule."""
    momentum: float = 0.9
    """Of SGD only."""
    weight_decay: float = 0.02
    """Decoupled from the gradient; biases and norms have none."""
    clip_norm: float = 0.0
    """Longest gradient, over all weights; 0: any."""
    schedule: Literal["cosine", "constant"] = "cosine"
    """Of the learning rate; cosine begins with a short warm-up."""
    epochs: int = 20
    """After each, the network is validated and the state saved."""
    steps_per_epoch: int = 40
    """Batches an epoch."""
    ema: float = 0.995
    """Decay of the weight average that is validated and kept; 0 keeps the weights themselves."""
    mixed_precision: bool = False
    """Compute in float16 (for GPUs); distances and losses stay in float32."""
    jit_compile: bool = False
    """Compile with XLA; off by default, since on a CPU it is slower for these networks."""

    identities: int = 48
    """Photos a batch (P)."""
    sketches_per_identity: int = 1
    """Sketches of each photo a batch (K)."""
    look_alikes: int = 1
    """So many photos that look alike come into a batch together, each other's hard negatives; 1: as
    chance has it."""
    augment: bool = True
    """Vary the pictures at random."""
    partial: float = 0.1
    """Share of the sketches that are shown half drawn."""
    unlabelled: float = 0.2
    """Share of a batch's identities that are photos without sketches, where the data hold any: the
    sketch is their edge map, drawn again as by hand."""
    others: float = 0.3
    """Share of a batch's photos that come, with their sketches, from the folders after the first:
    they are company, the score is about the first."""
    querybank: int = 256
    """Training sketches of the first folder that tell which photos are near to everything, to be
    put back; 0: none."""
    validate: bool = True
    """Hold back a fifth of the training identities where the data have no validation split."""
    fold: int = 0
    """Which fifth, 0 to 4."""
    seed: int = 0
    """Of the fresh weights, the batches and everything else that is random."""

    def __post_init__(self) -> None:
        check_fields(self)
        for name in (
            "embedding_size",
            "epochs",
            "steps_per_epoch",
            "sketches_per_identity",
            "look_alikes",
            "depth",
        ):
            demand(self, name, "at least 1", getattr(self, name) >= 1)
        for name in ("margin", "learning_rate", "temperature"):
            demand(self, name, "more than 0", getattr(self, name) > 0)
        for name in ("partial", "unlabelled", "others"):
            demand(self, name, "a share from 0 to 1", 0 <= getattr(self, name) <= 1)
        for name in ("ema", "momentum"):
            demand(self, name, "at least 0 and below 1", 0 <= getattr(self, name) < 1)
        demand(self, "width", "from 4 to 256 channels", 4 <= self.width <= 256)
        demand(self, "size", "from 32 to 512 pixels", 32 <= self.size <= 512)
        demand(self, "identities", "at least 2, or no photo is a negative", self.identities >= 2)
        demand(self, "querybank", "from 0 to 4096 sketches", 0 <= self.querybank <= 4096)
        for name in ("weight_decay", "clip_norm"):
            demand(self, name, "at least 0", getattr(self, name) >= 0)
        demand(self, "fold", "from 0 to 4", 0 <= self.fold <= 4)
        demand(self, "seed", "from 0 to 4294967295", 0 <= self.seed < 2**32)
        if self.shared and self.photo_input == "rgb":
            raise InputError(
                "expected separate branches for photos in colour; received shared=True with "
                "photo_input=rgb; pass --no-shared, or --photo-input edges"
            )
        if self.unlabelled + self.others >= 1:
            raise InputError(
                "expected unlabelled and others to leave room for the first folder; "
                f"received shares of {self.unlabelled} and {self.others}; lower one of them"
            )

    @property
    def first_weights(self) -> str | None:
        """The shipped weights to begin with; None where there are none for this branch."""
        fits = self.branch == "compact" and self.width == RetrievalConfig.width
        return "quickdraw" if self.pretrained and fits else None


BEST = RetrievalConfig()

RETRIEVAL_PRESETS: dict[str, RetrievalConfig] = {
    "quick": replace(BEST, preset="quick", epochs=7, steps_per_epoch=40, ema=0.98),
    # Yu et al., Sketch Me That Shoe, CVPR 2016. A step sees 128 sketches and their photos; the
    # mining is ours, `--mining random` is theirs.
    "paper": RetrievalConfig(
        preset="paper",
        branch="sketch_a_net",
        pretrained=False,
        size=225,
        edges="published",
        embedding_size=256,
        local=False,
        querybank=0,
        margin=0.3,
        optimizer="sgd",
        learning_rate=1e-3,
        momentum=0.9,
        weight_decay=5e-4,
        schedule="constant",
        epochs=200,
        steps_per_epoch=100,
        ema=0.0,
        identities=128,
        partial=0.0,
        unlabelled=0.0,
    ),
    "best": BEST,
}

CONFIGS: dict[str, type] = {"retrieval": RetrievalConfig, "quickdraw": QuickdrawConfig}
Config = RetrievalConfig | QuickdrawConfig


def task_of(config: Config) -> str:
    """`retrieval` or `quickdraw`: the word on the command line."""
    return next(task for task, kind in CONFIGS.items() if type(config) is kind)


def config_to_json(config: Config) -> dict[str, Any]:
    """The settings as a JSON object that `config_from_json` reads back."""
    return {
        "version": CONFIG_VERSION,
        "task": task_of(config),
        "settings": dataclasses.asdict(config),
    }


def config_from_json(found: Any, source: str = "the settings") -> Config:
    """Settings from their JSON form; `source` names it in errors.

    Raises InputError for a newer version, an unknown task or field, and unfit values.
    """
    if not isinstance(found, dict) or not isinstance(found.get("settings"), dict):
        raise InputError(f"expected an object with version, task and settings in {source}")
    version = found.get("version")
    if version != CONFIG_VERSION:
        raise InputError(
            f"expected settings of version {CONFIG_VERSION} in {source}; received version "
            f"{version!r}; use the sketchnet that wrote them, or a newer one"
        )
    kind = CONFIGS.get(str(found.get("task")))
    if kind is None:
        raise InputError(
            f"expected a task among {', '.join(CONFIGS)} in {source}; "
            f"received {found.get('task')!r}"
        )
    settings = found["settings"]
    unknown = sorted(set(settings) - {field.name for field in dataclasses.fields(kind)})
    if unknown:
        raise InputError(
            f"expected the settings of {kind.__name__} in {source}; received also "
            f"{', '.join(unknown)}; use the sketchnet that wrote them"
        )
    # JSON has no tuples.
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in settings.items()})


def save_config(config: Config, path: Path | str, **also: Any) -> None:
    """Write the settings to `path`, with further JSON values beside them."""
    text = json.dumps({**config_to_json(config), **also}, indent=2) + "\n"
    write_text_atomically(path, text)


def load_config(path: Path | str) -> Config:
    """Read what `save_config` wrote. Raises InputError where that is not possible."""
    return config_from_json(load_config_object(path), str(path))


def load_config_object(path: Path | str) -> dict[str, Any]:
    """The whole JSON object of a configuration file."""
    path = Path(path)
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise InputError(f"expected settings at {path}; received no such file") from None
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"expected settings in JSON at {path}; received {error}") from None
    if not isinstance(found, dict):
        raise InputError(f"expected a JSON object at {path}; received {type(found).__name__}")
    return found
