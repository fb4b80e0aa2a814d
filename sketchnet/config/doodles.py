"""Settings of a doodle training (drawing to embedding and category), and their presets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from sketchnet.config.base import TrainingConfig, require
from sketchnet.utils.errors import InputError


@dataclass(frozen=True)
class DoodleConfig(TrainingConfig):
    """Drawing to embedding and category. The defaults are the preset `default`."""

    preset: Literal["quick", "published", "default"] = "default"
    """Preset that supplies the defaults of all other flags: quick (minutes), default, or published
    (VGG-16 trained by triplets, as in *Representation Learning for Sketches*)."""

    # Data
    categories: tuple[str, ...] = ()
    """Categories to learn, such as apple "flip flops". None = all that the data hold."""
    without: tuple[str, ...] = ()
    """Categories to leave out of the training, for few-shot evaluation."""
    per_category: int = 0
    """Maximum number of drawings per category. 0 = all."""
    pictures_per_category: int = 0
    """Maximum number of pictures without strokes (bitmaps) per category, beside its drawings.
    0 = all."""

    # Network
    image_branch: Literal[
        "compact",
        "lite0",
        "lite2",
        "sketch_a_net",
        "vgg16",
        "inception_v4",
        "resnet50_v2",
        "none",
    ] = "compact"
    """Network that reads the picture of a drawing, or none."""
    stroke_branch: Literal["lstm", "none"] = "lstm"
    """Network that reads the sequence of strokes: two stacked LSTMs, or none."""
    size: int = 64
    max_points: int = 96
    """Maximum length of the stroke sequence. A longer drawing is simplified until it fits."""
    normalization: Literal["train", "published"] = "train"
    """Mean and standard deviation of the stroke offsets: of the training drawings, or the
    published ones."""
    lstm_units: int = 256
    """Units of each LSTM."""
    dropout: float = 0.0
    """Dropout rate of the stroke branch."""
    freeze_image: bool = False
    """Keep the initial weights of the image branch fixed."""

    # Loss
    mode: Literal["triplet", "classify", "joint"] = "joint"
    """What trains the embedding: triplets, the cross-entropy of the categories, or both."""
    loss: Literal["triplet", "softmax_triplet"] = "triplet"
    """Triplet loss: hinge, or softmax over a triplet's two distances."""

    # Optimisation
    clip_norm: float = 1.0
    epochs: int = 40

    # Batches
    categories_per_batch: int = 20
    """Categories per batch (P of P x K)."""
    drawings_per_category: int = 4
    """Drawings of each category per batch (K of P x K)."""
    class_balance: float = 0.0
    """How far the categories come equally often: 0 = each as often as it has drawings, 1 = all
    equally often, 0.5 = by the square root of their numbers."""
    bucket: bool = False
    """Put drawings of similar length into one batch, so that LSTMs have fewer steps to compute. The
    same drawings, categories per batch and drawings per category; another order."""
    augment_strength: float = 1.0
    """Strength of the random augmentation of strokes."""
    partial: float = 0.5
    drop_input: float = 0.2
    """Fraction of drawings shown without their picture or without their strokes, where the network
    reads both."""
    test: bool = True
    """Hold out the test split. Off: train on it too, so that nothing is left to evaluate on."""
    gallery: int = 200
    """Training drawings per category whose embeddings are saved with the run, for kNN."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("lstm_units", "gallery", "drawings_per_category"):
            require(self, name, "at least 1", getattr(self, name) >= 1)
        for name in ("per_category", "pictures_per_category"):
            require(self, name, "at least 0", getattr(self, name) >= 0)
        require(self, "class_balance", "from 0 to 1", 0 <= self.class_balance <= 1)
        require(self, "augment_strength", "from 0 to 5", 0 <= self.augment_strength <= 5)
        require(self, "drop_input", "a fraction from 0 to 1", 0 <= self.drop_input <= 1)
        require(self, "dropout", "at least 0 and below 1", 0 <= self.dropout < 1)
        require(self, "max_points", "from 8 to 1000", 8 <= self.max_points <= 1000)
        require(self, "categories_per_batch", "at least 2", self.categories_per_batch >= 2)
        if self.image_branch == self.stroke_branch == "none":
            raise InputError(
                "an image branch, a stroke branch, or both",
                "none for both",
                "leave one of --image-branch and --stroke-branch out",
            )
        if self.mode != "classify" and self.drawings_per_category < 2:
            raise InputError(
                "at least 2 drawings of a category in a batch, or there is no triplet",
                "drawings_per_category=1",
                "raise it, or pass --mode classify",
            )
        both = set(self.categories) & set(self.without)
        if both:
            raise InputError(
                "categories to learn and others to leave out", f"{min(both)!r} among both"
            )


DEFAULT = DoodleConfig()

DOODLE_PRESETS: dict[str, DoodleConfig] = {
    "quick": replace(
        DEFAULT, preset="quick", size=48, max_points=64, lstm_units=128, epochs=4, ema=0.95
    ),
    # Representation Learning for Sketches using Combined Representations: a batch of 30, Adam at
    # 1e-4, triplets with margin 1 on squared distances. Its embeddings are not of unit length,
    # which the margin was for; ours are.
    "published": replace(
        DEFAULT,
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
    "default": DEFAULT,
}
