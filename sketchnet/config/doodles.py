"""What a training on drawings is asked to do: drawing → representation and category."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from sketchnet.config.base import check_fields, demand
from sketchnet.utils.errors import InputError


@dataclass(frozen=True)
class QuickdrawConfig:
    """Drawing → embedding and category. The defaults are the preset `best`.

    Together with the data, these fields determine a training: same fields, same weights.
    """

    preset: Literal["quick", "published", "best"] = "best"
    """Where the other fields come from; each can be given by its own flag."""

    # Which drawings.
    categories: tuple[str, ...] = ()
    """Words to learn, such as apple "flip flops"; none: all that the data hold."""
    without: tuple[str, ...] = ()
    """Words to leave out, to be asked about later."""
    per_category: int = 0
    """Use at most so many drawings of each category; 0: all."""

    # What the networks see.
    image_branch: Literal[
        "compact",
        "efficientnet_lite0",
        "sketch_a_net",
        "vgg16",
        "inception_v4",
        "resnet50_v2",
        "none",
    ] = "compact"
    stroke_branch: Literal["lstm", "none"] = "lstm"
    size: int = 64
    """Side of the pictures in pixels."""
    max_points: int = 96
    """Longest sequence; a longer drawing is simplified until it fits."""
    normalization: Literal["train", "published"] = "train"
    """Mean and deviation of the pen's steps."""
    embedding_size: int = 256
    lstm_units: int = 256
    dropout: float = 0.0
    """In the stroke branch."""
    freeze_image: bool = False
    """Leave the image branch as the initial weights brought it."""

    # What is minimised.
    mode: Literal["triplet", "classify", "joint"] = "joint"
    """Shape the embedding by triplets, by its categories, or by both at once."""
    loss: Literal["hinge", "softmax"] = "hinge"
    mining: Literal["semihard", "hard", "random"] = "semihard"
    margin: float = 0.3
    distance: Literal["squared", "plain"] = "squared"
    label_smoothing: float = 0.0

    # How.
    optimizer: Literal["adamw", "sgd"] = "adamw"
    learning_rate: float = 2e-3
    momentum: float = 0.9
    """Of SGD only."""
    weight_decay: float = 0.02
    clip_norm: float = 1.0
    """Longest gradient, over all weights; 0: any. Without it the LSTMs learn little."""
    schedule: Literal["cosine", "constant"] = "cosine"
    epochs: int = 40
    steps_per_epoch: int = 0
    """0: as many as take every drawing once."""
    ema: float = 0.99
    """Decay of the weight average that is validated and kept; 0 keeps the weights themselves."""
    mixed_precision: bool = False
    jit_compile: bool = False
    """XLA; off by default, since on a CPU it is slower for these networks."""

    # On what.
    categories_per_batch: int = 20
    """P hands of drawings in a batch, each of one category; fewer where there are fewer."""
    drawings_per_category: int = 4
    """K drawings in a hand."""
    augment: bool = True
    partial: float = 0.5
    """Share of the drawings that are shown half drawn."""
    drop_input: float = 0.2
    """Share of the drawings that lack their picture or their strokes, where both are read."""
    validate: bool = True
    """Leave the validation split out of the training; the test split is left out always."""
    test: bool = True
    """Leave the test split out of the training too; without it, nothing honest can be measured."""
    gallery: int = 200
    """Training drawings of each category whose embeddings the run keeps, to find neighbours."""
    seed: int = 0

    def __post_init__(self) -> None:
        check_fields(self)
        at_least_one = ("embedding_size", "lstm_units", "epochs", "gallery")
        for name in (*at_least_one, "drawings_per_category"):
            demand(self, name, "at least 1", getattr(self, name) >= 1)
        for name in ("margin", "learning_rate"):
            demand(self, name, "more than 0", getattr(self, name) > 0)
        for name in ("partial", "drop_input"):
            demand(self, name, "a share from 0 to 1", 0 <= getattr(self, name) <= 1)
        for name in ("ema", "momentum", "dropout", "label_smoothing"):
            demand(self, name, "at least 0 and below 1", 0 <= getattr(self, name) < 1)
        for name in ("weight_decay", "clip_norm", "steps_per_epoch", "per_category"):
            demand(self, name, "at least 0", getattr(self, name) >= 0)
        demand(self, "size", "from 32 to 512 pixels", 32 <= self.size <= 512)
        demand(self, "max_points", "from 8 to 1000", 8 <= self.max_points <= 1000)
        demand(self, "categories_per_batch", "at least 2", self.categories_per_batch >= 2)
        demand(self, "seed", "from 0 to 4294967295", 0 <= self.seed < 2**32)
        if self.image_branch == self.stroke_branch == "none":
            raise InputError(
                "expected an image branch, a stroke branch, or both; received none for both; "
                "leave one of --image-branch and --stroke-branch out"
            )
        if self.mode != "classify" and self.drawings_per_category < 2:
            raise InputError(
                "expected at least 2 drawings of a category in a batch, or there is no triplet; "
                "received drawings_per_category=1; raise it, or pass --mode classify"
            )
        both = set(self.categories) & set(self.without)
        if both:
            raise InputError(
                f"expected categories to learn and others to leave out; received {min(both)!r} "
                "among both"
            )


BEST = QuickdrawConfig()

QUICKDRAW_PRESETS: dict[str, QuickdrawConfig] = {
    "quick": replace(
        BEST, preset="quick", size=48, max_points=64, lstm_units=128, epochs=4, ema=0.95
    ),
    # Representation Learning for Sketches using Combined Representations: a batch of 30, Adam at
    # 1e-4, triplets with margin 1 on squared distances. Its embeddings are not of unit length,
    # which the margin was for; ours are.
    "published": replace(
        BEST,
        preset="published",
        image_branch="vgg16",
        stroke_branch="none",
        size=224,
        normalization="published",
        mode="triplet",
        margin=1.0,
        learning_rate=1e-4,
        weight_decay=0.0,
        clip_norm=0.0,
        schedule="constant",
        ema=0.0,
        categories_per_batch=10,
        drawings_per_category=3,
        augment=False,
        partial=0.0,
    ),
    "best": BEST,
}
