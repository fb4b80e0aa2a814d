"""Levers that the product does not have: another network, loss or preparation, else as `levers.py`.

`PYTHONPATH=. python docs/studies/variants.py DATA RUNS [--folds N] [--width N] [--epochs N]
[--only NAME …]`, one after the other.
What wins here moves into `sketchnet`; what does not stays here, to be tried again.
"""

from __future__ import annotations

import argparse
import json
import shutil
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Any

import keras
import numpy as np
from keras import layers, ops
from levers import COMPANY, EPOCHS, SHOES, SHOWN, WIDTH, procedural_shoes
from trainings import SCORES, Row, table

from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.data.pair_batches import ERASE_PHOTO, ERASE_SKETCH, PairBatches
from sketchnet.data.pairs.collection import Collection
from sketchnet.data.pairs.prepare import PreparedPairs, prepare_pairs
from sketchnet.evaluation import retrieval
from sketchnet.imaging import line_width
from sketchnet.imaging.views import canvas_for
from sketchnet.inference.embedder import Embedder
from sketchnet.losses.distances import pairwise_squared_distances
from sketchnet.losses.mining import mine, positive_mask
from sketchnet.losses.triplet import triplet_hinge_loss
from sketchnet.models.compact import build_compact
from sketchnet.models.initial_weights import load_initial_weights
from sketchnet.models.two_branch import PHOTO_BRANCH, SHARED_BRANCH, SKETCH_BRANCH
from sketchnet.strokes import rasterize
from sketchnet.tasks.train_retrieval import build_network, choose_querybank, training_data
from sketchnet.training import retrieval_trainer
from sketchnet.training.fit import SingleWorker, make_deterministic
from sketchnet.training.retrieval_trainer import TripletTrainer, fit

HUMAN_WEIGHT = 0.5
CACHE = 480  # photos of the ten last batches
TEACHER_TEMPERATURE = 0.1
DISTILLED_WEIGHT = 0.5


# Networks


def two_sides(sketch: keras.Model, photo: keras.Model) -> keras.Model:
    """The retrieval model of two branches that are there already."""
    pictures = {
        name: keras.Input(branch.input_shape[1:], name=name)
        for name, branch in (("sketch", sketch), ("photo", photo))
    }
    outputs = {f"sketch_{key}": value for key, value in sketch(pictures["sketch"]).items()}
    outputs |= {f"photo_{key}": value for key, value in photo(pictures["photo"]).items()}
    return keras.Model(pictures, outputs, name="two_branch")


def separate_norms(config: RetrievalConfig) -> keras.Model:
    """Shared convolutions, but each side has batch normalisations of its own."""
    sketch = build_compact(config.size, width=config.width, name=SKETCH_BRANCH)

    def of_photo(layer: keras.Layer) -> keras.Layer:
        if isinstance(layer, layers.BatchNormalization | layers.InputLayer):
            return type(layer).from_config(layer.get_config())
        return layer

    photo = keras.models.clone_model(sketch, clone_function=of_photo)
    photo.name = PHOTO_BRANCH
    return two_sides(sketch, photo)


def other_head(
    config: RetrievalConfig, head: Callable[[Any, Any], Any], **options: Any
) -> keras.Model:
    """The compact branch whose embedding is `head(deepest map, reduced and flattened map)`."""
    branch = build_compact(config.size, width=config.width, **options)
    deepest = branch.get_layer("stage3_block1_relu").output
    vectors = layers.Dense(config.embedding_size, name="project")(
        head(deepest, branch.get_layer("flatten").output)
    )
    outputs = {
        "embedding": layers.UnitNormalization(dtype="float32", name="embedding")(vectors),
        "local": branch.output["local"],
    }
    shared = keras.Model(branch.input, outputs, name=SHARED_BRANCH)
    return two_sides(shared, shared)


def average_pool(config: RetrievalConfig) -> keras.Model:
    """The mean of the deepest map, which forgets the layout."""
    return other_head(config, lambda deepest, flat: layers.GlobalAveragePooling2D()(deepest))


def attention(config: RetrievalConfig) -> keras.Model:
    """Spatial attention with coarse-fine fusion (Song et al., *Deep spatial-semantic attention*,
    ICCV 2017): the attended map's mean (fine) beside the flattened map (coarse)."""

    def head(deepest: Any, flat: Any) -> Any:
        mask = layers.Conv2D(config.width, 1, activation="relu", name="attend")(deepest)
        mask = layers.Conv2D(1, 1, activation="sigmoid", name="mask")(mask)
        attended = layers.Add()([deepest, layers.Multiply()([deepest, mask])])
        return layers.Concatenate()([flat, layers.GlobalAveragePooling2D()(attended)])

    return other_head(config, head)


def local_size(size: int) -> Callable[[RetrievalConfig], keras.Model]:
    """Local maps of so many features a cell."""

    def build(config: RetrievalConfig) -> keras.Model:
        branch = build_compact(config.size, width=config.width, local_size=size, name=SHARED_BRANCH)
        return two_sides(branch, branch)

    return build


def colour_too(config: RetrievalConfig) -> keras.Model:
    """Shared convolutions of lines; the first one of photos sees their colours beside the lines."""
    sketch = build_compact(config.size, width=config.width, name=SKETCH_BRANCH)
    ink, stem = sketch.get_layer("ink"), sketch.get_layer("stem_conv")
    rest = keras.Model([stem.output, ink.output], sketch.output, name="rest")
    picture = keras.Input((config.size, config.size, 4), name="picture")
    lines, colours = ink(picture[..., :1]), layers.Rescaling(-1 / 255, 1.0)(picture[..., 1:])
    stem_like = {"filters": stem.filters, "kernel_size": 5, "strides": 2, "padding": "same"}
    # Zeros: at first it is as if there were lines alone.
    seen = layers.Conv2D(**stem_like, use_bias=False, kernel_initializer="zeros")(colours)
    photo = keras.Model(picture, rest([layers.Add()([stem(lines), seen]), lines]), name=PHOTO_BRANCH)
    return two_sides(sketch, photo)


# Losses


class WithHumanTriplets(TripletTrainer):
    """Adds the hinge of the human triplets (sketch, nearer, farther photo) within the batch; photos
    without a sketch of their own never come into one."""

    def __init__(self, network: keras.Model, config: RetrievalConfig, pairs: PreparedPairs) -> None:
        super().__init__(network, config)
        judged = np.unique(pairs.sketch_photo[pairs.triplets[:, 0]])
        place = np.full(len(pairs.photos), len(judged))
        place[judged] = np.arange(len(judged))
        said = np.zeros((len(judged) + 1,) * 3, bool)
        sketch, nearer, farther = pairs.triplets.T
        said[place[pairs.sketch_photo[sketch]], place[nearer], place[farther]] = True
        said[-1] = said[:, -1] = said[:, :, -1] = False
        self.place, self.said = ops.array(place, "int32"), ops.array(said)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        loss = super().compute_loss(x, y, y_pred, sample_weight, retrieval_trainer)
        squared = pairwise_squared_distances(y_pred["sketch_embedding"], y_pred["photo_embedding"])
        rows = ops.take(self.place, ops.cast(y, "int32"))
        said = ops.take(ops.take(ops.take(self.said, rows, 0), rows, 1), rows, 2)
        said = ops.cast(said, "float32")
        losses = triplet_hinge_loss(squared[:, :, None], squared[:, None, :], self.config.margin)
        return loss + HUMAN_WEIGHT * ops.sum(losses * said) / ops.maximum(ops.sum(said), 1.0)


class WithCache(TripletTrainer):
    """Adds negatives from the photo embeddings of the last batches (Wang et al., *Cross-batch
    memory*, CVPR 2020), in the direction from sketch to photo."""

    def __init__(self, network: keras.Model, config: RetrievalConfig, pairs: PreparedPairs) -> None:
        super().__init__(network, config)
        shape = (CACHE, config.embedding_size)
        self.kept = self.add_weight(shape=shape, initializer="zeros", trainable=False)
        self.labels = self.add_weight(
            shape=(CACHE,), initializer=keras.initializers.Constant(-1), trainable=False
        )

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        loss = super().compute_loss(x, y, y_pred, sample_weight, retrieval_trainer)
        photos, labels = y_pred["photo_embedding"], ops.cast(y, "float32")
        squared = pairwise_squared_distances(y_pred["sketch_embedding"], photos)
        to_cache = pairwise_squared_distances(y_pred["sketch_embedding"], self.kept)
        # Only negatives come from the cache: rows of one label, and empty ones, are none.
        usable = (self.labels[None, :] >= 0) & (self.labels[None, :] != labels[:, None])
        keys = ops.concatenate([squared, to_cache], axis=1)
        same = positive_mask(labels, labels)
        positives = ops.concatenate([same, ops.logical_not(usable)], axis=1)
        d_an, _ = mine(self.config.mining, keys, positives, self.seeds)
        losses = triplet_hinge_loss(keys, d_an, self.config.margin)
        own = ops.cast(ops.concatenate([same, ops.zeros_like(usable)], axis=1), "float32")
        kept = ops.concatenate([ops.stop_gradient(photos), self.kept])[:CACHE]
        marks = ops.concatenate([labels, self.labels])[:CACHE]
        self.kept.assign(kept)
        self.labels.assign(marks)
        return loss + ops.sum(losses * own) / ops.sum(own)


class Distilled(TripletTrainer):
    """Learns also a trained teacher's distances between sketches and photos of a batch (Furlanello
    et al., *Born-again networks*, 2018; Park et al., *Relational knowledge distillation*, 2019)."""

    def __init__(self, network: keras.Model, config: RetrievalConfig, teacher: keras.Model) -> None:
        super().__init__(network, config)
        self._teacher = [teacher]  # in a list, so that it is no part of what is trained

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        loss = super().compute_loss(x, y, y_pred, sample_weight, retrieval_trainer)
        seen = self._teacher[0](x, training=False)

        def nearness(outputs: dict[str, Any]) -> Any:
            sketches, photos = outputs["sketch_embedding"], outputs["photo_embedding"]
            return -pairwise_squared_distances(sketches, photos) / TEACHER_TEMPERATURE

        wanted = ops.stop_gradient(ops.softmax(nearness(seen)))
        told = -ops.sum(wanted * ops.log_softmax(nearness(y_pred)), axis=1)
        return loss + DISTILLED_WEIGHT * ops.mean(told)


class By(SingleWorker):
    """Trains with another trainer, which is given what `also` holds."""

    def __init__(self, kind: Callable[..., TripletTrainer], also: Any) -> None:
        self.kind, self.also = kind, also

    def build(self, kind: Callable[..., keras.Model], *arguments: Any) -> Any:
        return self.kind(*arguments, self.also)


# Batches


class OwnHandAlone(PairBatches):
    """No real sketch is drawn again."""

    def _lines_of(self, key, picture, drawing=None):
        return [] if key[0] == "sketch" else super()._lines_of(key, picture, drawing)


class BentEdges(OwnHandAlone):
    """Nor is a photo without sketches: its edge map has all its lines, and is bent as a whole."""

    def _unlabelled_sketch(self, row: int, rng: np.random.Generator, mirror: bool) -> np.ndarray:
        edges = self.pairs.photos[row, self._variant(row, rng)]
        return self._view(edges, rng, mirror, ERASE_SKETCH, strength=2.0)


class PhotosToo(OwnHandAlone):
    """Three in ten sketches make room for one drawn from the photo itself."""

    def _sketch(self, index: int, rng: np.random.Generator, mirror: bool) -> np.ndarray:
        if rng.random() < 0.3:
            return self._unlabelled_sketch(int(self.pairs.sketch_photo[index]), rng, mirror)
        return super()._sketch(index, rng, mirror)


class Stronger(OwnHandAlone):
    """Every picture is bent as far as one without a sketch was (`BentEdges`)."""

    def _view(self, prepared, rng, mirror, erase, strength=1.0):
        return super()._view(prepared, rng, mirror, erase, 2.0)


class ColourToo(PairBatches):
    """Photos are their lines and their colours, moved together; sketches are drawn from lines."""

    def __init__(self, pairs: PreparedPairs, **options: Any) -> None:
        lines = np.ascontiguousarray(pairs.photos[..., 0])
        super().__init__(replace(pairs, photos=lines), **options)
        self.colours = np.ascontiguousarray(pairs.photos[..., 1:])

    def _photo(self, row: int, rng: np.random.Generator, mirror: bool) -> np.ndarray:
        which = self._variant(row, rng)
        alike = deepcopy(rng)
        sides = ((self.pairs.photos, rng), (self.colours, alike))
        return np.dstack(
            [self._view(side[row, which], chance, mirror, ERASE_PHOTO) for side, chance in sides]
        )


def lines_and_colours(
    part: Collection, canvas: int, photo_input: str = "edges", edge_maps: str = "computed"
) -> PreparedPairs:
    """As `prepare_pairs`, with photos (Np, V, C, C, 4): edge maps, and RGB behind them, white where
    there is an edge map alone."""
    lines = prepare_pairs(part, canvas, edge_maps=edge_maps)
    found = prepare_pairs(part, canvas, photo_input="rgb")
    colours = dict(zip(found.photo_ids, found.photos, strict=True))
    white = np.full((1, canvas, canvas, 3), 255, np.uint8)
    behind = np.stack([colours.get(name, white) for name in lines.photo_ids])
    behind = np.broadcast_to(behind, (*lines.photos.shape, 3))
    return replace(lines, photos=np.concatenate([lines.photos[..., None], behind], axis=-1))


@dataclass(frozen=True)
class Variant:
    """One lever: what differs from `base`."""

    name: str
    network: Callable[[RetrievalConfig], keras.Model] = build_network
    shared: bool = True
    trainer: type[TripletTrainer] | None = None
    line: float = line_width.LINE
    """Width of the lines, as a share of the picture."""
    shoes: Sequence[str] = SHOES
    drawn: bool = True
    """Procedural shoes among the company."""
    batches: type[PairBatches] = PairBatches
    prepare: Callable[..., PreparedPairs] = prepare_pairs


VARIANTS = (
    Variant("separate_norms", separate_norms, shared=False),
    Variant("attention", attention),
    Variant("average_pool", average_pool),
    Variant("local_24", local_size(24)),
    Variant("local_96", local_size(96)),
    Variant("colour_too", colour_too, False, batches=ColourToo, prepare=lines_and_colours),
    Variant("human_triplets", trainer=WithHumanTriplets),
    Variant("embedding_cache", trainer=WithCache),
    Variant("self_distilled", trainer=Distilled),
    Variant("thin_lines", line=1 / 72),
    Variant("thick_lines", line=1 / 32),
    Variant("one_sketch_each", shoes=SHOES[:1]),
    Variant("without_procedural", drawn=False),
    Variant("bent_edges", batches=BentEdges),
    Variant("own_hand_alone", batches=OwnHandAlone),
    Variant("photos_too", batches=PhotosToo),
    Variant("stronger", batches=Stronger),
)


def train(variant: Variant, config: RetrievalConfig, data: Path, runs: Path, run: Path) -> None:
    """Train one variant and score it, into the folder `run`."""
    vars(retrieval_trainer)["PairBatches"] = variant.batches
    vars(retrieval)["prepare_pairs"] = variant.prepare
    folders = [data / name for name in (*variant.shoes, *COMPANY)]
    folders += [procedural_shoes(runs)] if variant.drawn else []
    line_width.LINE = rasterize.LINE = variant.line
    learnt, judging, first = training_data(folders, config)
    pairs, judges = (
        variant.prepare(part, canvas_for(config.size), edge_maps=config.edge_maps)
        for part in (learnt, judging)
    )
    make_deterministic(config)
    network = variant.network(config)
    if config.pretrained_run:
        load_initial_weights(network, Path(config.pretrained_run))
    also: Any = pairs
    if variant.trainer is Distilled:
        also = keras.models.load_model(runs / f"base-{config.fold}" / "model.keras")
        also.trainable = False
    workers = By(variant.trainer, also) if variant.trainer else SingleWorker()
    best: list[list[np.ndarray]] = []

    def keep(found: keras.Model, name: str = "") -> None:
        if not name:
            best[:] = [found.get_weights()]

    shutil.rmtree(run, ignore_errors=True)  # of a training that was stopped
    run.mkdir(parents=True)
    fit(network, config, pairs, judges, run, keep=keep, first=first, workers=workers)
    network.set_weights(best[0])
    asked = [data / name for name in SHOES]
    embedder = Embedder((network, config))
    embedder.querybank = choose_querybank(embedder, pairs, config, first)
    report = retrieval.evaluate_retrieval(embedder, asked, "val")
    (run / SCORES).write_text(json.dumps(report))


def main() -> None:
    rows = [Row(variant.name, "") for variant in VARIANTS]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("runs", type=Path)
    names = [row.name for row in rows]
    parser.add_argument("--only", nargs="*", choices=names, default=names)
    parser.add_argument("--folds", type=int, default=1)
    parser.add_argument("--width", type=int, default=WIDTH)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    asked = parser.parse_args()
    for fold, variant in product(range(asked.folds), VARIANTS):
        run = asked.runs / f"{variant.name}-{fold}"
        if variant.name in asked.only and not (run / SCORES).is_file():
            config = replace(
                BEST, epochs=asked.epochs, width=asked.width, fold=fold, shared=variant.shared
            )
            train(variant, config, asked.data, asked.runs, run)
    rows = [replace(row, times=asked.folds) for row in rows if row.name in asked.only]
    print(*table(rows, SHOWN, asked.runs), sep="\n")


if __name__ == "__main__":
    main()
