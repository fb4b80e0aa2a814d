"""Settings of a retrieval training (sketch to photo), and their presets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from sketchnet.config.base import TRUNKS, TrainingConfig, require
from sketchnet.utils.errors import InputError

Branch = Literal[
    "lite0", "lite2", "compact", "sketch_a_net", "vgg16", "inception_v4", "resnet50_v2"
]


@dataclass(frozen=True)
class RetrievalConfig(TrainingConfig):
    """Sketch to photo. The field defaults are the preset `compact`, that of all runs before lite0;
    `RETRIEVAL_PRESETS["default"]` is what `train.py retrieval` trains.
    """

    preset: Literal["quick", "compact", "default", "sketch_a_net"] = "compact"
    """Preset that supplies the defaults of all other flags: default (a pretrained trunk on
    photos in colour), quick (the same on smaller pictures, in minutes), compact (a small network on
    edge maps, pretrained on doodles), or sketch_a_net (the published recipe of Yu et al., 2016,
    triplets mined at random)."""

    branch: Branch = "compact"
    """Network that embeds a picture."""
    photo_input: Literal["edges", "rgb"] = "edges"
    """What the photo branch receives: edge maps or photos in colour."""
    edge_maps: Literal["computed", "provided", "both"] = "both"
    """Edge maps of photos: computed from the photos, provided by the dataset, or either at
    random."""
    shared: bool = True
    """Share weights between the sketch and the photo branch. A trunk (lite0, lite2) shares all but
    its normalisation also with photos in colour, other branches need edge maps for it."""
    line_width: float = 1 / 48
    """Line width of prepared sketches and edge maps, as a fraction of the picture's side."""
    width: int = 32
    """Channels of the first stage of `compact`. The later stages have 2, 4 and 6 times as many."""
    depth: int = 1
    """Residual blocks per stage of `compact`. 0 = only the convolutions between the stages."""
    local: bool = True
    """Train the local feature maps used for re-ranking, where the branch has them."""
    pretrained: bool = True
    """Start from weights that ship: a trunk (lite0, lite2) from those of ImageNet, `compact` with
    32 channels from the image branch of `quickdraw`. Other branches start from random weights."""

    loss: Literal["triplet", "softmax_triplet", "infonce"] = "triplet"
    """Loss of the embeddings: triplet hinge, softmax over a triplet's two distances, or InfoNCE
    over the whole batch."""
    margin: float = 0.4
    temperature: float = 0.07
    """Temperature of InfoNCE."""

    teachers: tuple[str, ...] = ()
    """Runs, or names of shipped weights, whose mean ranking of each batch the network also learns
    (distillation). They see pictures of the same size and kind."""

    steps_per_epoch: int = 40
    ema: float = 0.995

    identities: int = 48
    """Photos per batch (P of P x K)."""
    sketches_per_identity: int = 1
    """Sketches of each photo per batch (K of P x K)."""
    hard_negative_group: int = 1
    """Number of similar-looking photos that enter a batch together as hard negatives. 1 = none."""
    same_side: float = 0.0
    """Weight of a further InfoNCE loss, between the sketches of one photo and between augmented
    copies of it. It needs `--sketches-per-identity` 2 or more. 0 = off."""
    alike_negatives: float = 0.0
    """Weight of hard negatives in InfoNCE: a negative counts in proportion to exp(this x cosine of
    its photo's embedding with that of the anchor's photo). 0 = all count the same."""
    redraw: float = 0.5
    """Fraction of sketches that get the redraw augmentation: each stroke is moved and bent at
    random, and some strokes are left out."""
    unlabelled: float = 0.2
    """Fraction of identities per batch that are photos without sketches; their sketch is simulated
    from the edge map."""
    auxiliary: float = 0.3
    """Fraction of photos per batch that come from the auxiliary datasets (all folders of `--data`
    after the first, the target dataset)."""
    querybank: int = 256
    """Training sketches of the target dataset kept for the hubness correction (querybank
    normalisation). 0 = no correction."""
    fold: int = 0
    """Validation fold, 0 to 4 (20 % of the training identities)."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("steps_per_epoch", "sketches_per_identity", "hard_negative_group"):
            require(self, name, "at least 1", getattr(self, name) >= 1)
        require(self, "depth", "at least 0", self.depth >= 0)
        require(self, "temperature", "more than 0", self.temperature > 0)
        require(self, "same_side", "from 0 to 10", 0 <= self.same_side <= 10)
        require(self, "alike_negatives", "from 0 to 20", 0 <= self.alike_negatives <= 20)
        for name in ("redraw", "unlabelled", "auxiliary"):
            require(self, name, "a fraction from 0 to 1", 0 <= getattr(self, name) <= 1)
        require(self, "width", "from 4 to 256 channels", 4 <= self.width <= 256)
        require(self, "identities", "at least 2, or no photo is a negative", self.identities >= 2)
        require(self, "querybank", "from 0 to 4096 sketches", 0 <= self.querybank <= 4096)
        require(self, "fold", "from 0 to 4", 0 <= self.fold <= 4)
        require(self, "line_width", "from 0.002 to 0.1", 0.002 <= self.line_width <= 0.1)
        if self.shared and self.photo_input == "rgb" and not self.has_trunk:
            raise InputError(
                "separate branches for photos in colour",
                "shared=True with photo_input=rgb",
                "pass --no-shared, or --photo-input edges",
            )
        if self.same_side and (self.loss != "infonce" or self.sketches_per_identity < 2):
            raise InputError(
                "InfoNCE and two sketches of each photo, for the terms within a side",
                f"loss={self.loss} and sketches_per_identity={self.sketches_per_identity}",
                "pass --loss infonce --sketches-per-identity 2, or --same-side 0",
            )
        if self.unlabelled + self.auxiliary >= 1:
            raise InputError(
                "unlabelled and auxiliary to leave room for the target dataset",
                f"fractions {self.unlabelled} and {self.auxiliary}",
                "lower one of them",
            )

    @property
    def has_trunk(self) -> bool:
        """Whether the branch is a pretrained trunk, which sketches and photos share."""
        return self.branch in TRUNKS

    @property
    def has_one_branch(self) -> bool:
        """Whether sketches and photos pass through the same network, without any difference."""
        return self.shared and not self.has_trunk

    @property
    def pretrained_run(self) -> str | None:
        """Name of the shipped weights that initialise the branch; None where none fit it."""
        fits = self.branch == "compact" and self.width == RetrievalConfig.width
        return "quickdraw" if self.pretrained and fits else None


COMPACT = RetrievalConfig()
# docs/experiments.md, 10 (a hubness correction: 10.7).
DEFAULT = RetrievalConfig(
    preset="default",
    branch="lite0",
    size=224,
    photo_input="rgb",
    edge_maps="computed",
    line_width=1 / 112,
    loss="infonce",
    temperature=0.1,
    label_smoothing=0.1,
    learning_rate=1e-3,
    weight_decay=0.01,
    clip_norm=5.0,
    epochs=10,
    steps_per_epoch=50,
    ema=0.99,
    # On few validation photos the best epoch is mostly a lucky one (docs/experiments.md).
    keep="last",
    identities=64,  # more negatives a step: the gain is largest among many photos (10.9)
    # In a gallery that also holds other photos than those of the training it is in the way.
    querybank=0,
)

RETRIEVAL_PRESETS: dict[str, RetrievalConfig] = {
    "quick": replace(DEFAULT, preset="quick", size=128, identities=32, epochs=4, ema=0.98),
    "compact": COMPACT,
    "default": DEFAULT,
    # Yu et al., Sketch Me That Shoe, CVPR 2016: Sketch-a-Net at 225 px, SGD, margin 0.3 on squared
    # distances, random triplets. Here a step sees 128 sketches and their photos.
    "sketch_a_net": RetrievalConfig(
        preset="sketch_a_net",
        branch="sketch_a_net",
        pretrained=False,
        size=225,
        edge_maps="provided",
        local=False,
        querybank=0,
        mining="random",
        margin=0.3,
        optimizer="sgd",
        learning_rate=1e-3,
        weight_decay=5e-4,
        schedule="constant",
        epochs=200,
        steps_per_epoch=100,
        ema=0.0,
        identities=128,
        partial=0.0,
        unlabelled=0.0,
    ),
}
