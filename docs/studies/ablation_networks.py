"""Networks of the ablations in `code_ablations.py` and `trunk_code_ablations.py`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
from keras import layers, ops

from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.models import trunk
from sketchnet.models.compact import build_compact
from sketchnet.models.two_branch import PHOTO_BRANCH, SHARED_BRANCH, SKETCH_BRANCH

LAST_STAGES = ((4, 5, 2, 6, 192), (1, 3, 1, 6, 320))  # of EfficientNet-Lite0, see `trunk.STAGES`
BuildNetwork = Callable[[RetrievalConfig], keras.Model]


def compact(config: RetrievalConfig, name: str = SHARED_BRANCH, **options: Any) -> keras.Model:
    """The compact branch of a configuration."""
    return build_compact(
        config.size,
        embedding_size=config.embedding_size,
        width=config.width,
        name=name,
        **options,
    )


def two_branch(sketch: keras.Model, photo: keras.Model) -> keras.Model:
    """The retrieval network of two existing branches."""
    pictures = {
        name: keras.Input(branch.input_shape[1:], name=name)
        for name, branch in (("sketch", sketch), ("photo", photo))
    }
    outputs = {f"sketch_{key}": value for key, value in sketch(pictures["sketch"]).items()}
    outputs |= {f"photo_{key}": value for key, value in photo(pictures["photo"]).items()}
    return keras.Model(pictures, outputs, name="two_branch")


def separate_norms(config: RetrievalConfig) -> keras.Model:
    """Shared convolutions; sketches and photos have their own batch normalisation."""
    sketch = compact(config, SKETCH_BRANCH)

    def clone(layer: keras.Layer) -> keras.Layer:
        if isinstance(layer, layers.BatchNormalization | layers.InputLayer):
            return type(layer).from_config(layer.get_config())
        return layer

    photo = keras.models.clone_model(sketch, clone_function=clone)
    photo.name = PHOTO_BRANCH
    return two_branch(sketch, photo)


def _with_head(config: RetrievalConfig, head: Callable[[Any, Any], Any]) -> keras.Model:
    """The compact branch whose embedding is `head(deepest map, flattened map)`."""
    branch = compact(config)
    deepest = branch.get_layer("stage3_block1_relu").output
    vectors = layers.Dense(config.embedding_size, name="project")(
        head(deepest, branch.get_layer("flatten").output)
    )
    outputs = {
        "embedding": layers.UnitNormalization(dtype="float32", name="embedding")(vectors),
        "local": branch.output["local"],
    }
    shared = keras.Model(branch.input, outputs, name=SHARED_BRANCH)
    return two_branch(shared, shared)


def average_pool(config: RetrievalConfig) -> keras.Model:
    """Global average pooling of the deepest map, which loses the layout."""
    return _with_head(config, lambda deepest, flat: layers.GlobalAveragePooling2D()(deepest))


def attention(config: RetrievalConfig) -> keras.Model:
    """Spatial attention: the mean of the attended map (fine) beside the flattened map (coarse).

    Song et al., *Deep spatial-semantic attention for fine-grained sketch-based image retrieval*,
    ICCV 2017.
    """

    def head(deepest: Any, flat: Any) -> Any:
        mask = layers.Conv2D(config.width, 1, activation="relu", name="attend")(deepest)
        mask = layers.Conv2D(1, 1, activation="sigmoid", name="mask")(mask)
        attended = layers.Add()([deepest, layers.Multiply()([deepest, mask])])
        return layers.Concatenate()([flat, layers.GlobalAveragePooling2D()(attended)])

    return _with_head(config, head)


def local_size(size: int) -> BuildNetwork:
    """Local maps with `size` features per cell."""

    def build(config: RetrievalConfig) -> keras.Model:
        branch = compact(config, local_size=size)
        return two_branch(branch, branch)

    return build


def edges_and_colour(config: RetrievalConfig) -> keras.Model:
    """Shared convolutions on lines; the first one of the photo branch also sees its colours."""
    sketch = compact(config, SKETCH_BRANCH)
    ink, stem = sketch.get_layer("ink"), sketch.get_layer("stem_conv")
    rest = keras.Model([stem.output, ink.output], sketch.output, name="rest")
    picture = keras.Input((config.size, config.size, 4), name="picture")
    lines, colours = ink(picture[..., :1]), layers.Rescaling(-1 / 255, 1.0)(picture[..., 1:])
    # Zeros, so that the network starts as one that sees lines only.
    colour_stem = layers.Conv2D(
        stem.filters, 5, strides=2, padding="same", use_bias=False, kernel_initializer="zeros"
    )
    features = layers.Add()([stem(lines), colour_stem(colours)])
    photo = keras.Model(picture, rest([features, lines]), name=PHOTO_BRANCH)
    return two_branch(sketch, photo)


def trunk_with_context(kind: str, trained_from: int = 2, pooled: bool = False) -> keras.Model:
    """The trunk with the map of its last stage, at a 32nd of the side, beside each of its cells.

    pooled: beside each cell stands the mean of that map over the picture.
    `load_trunk_weights` then needs the weights of all stages (docs/recipes/trunk_weights.py).
    """
    fine = trunk.build_trunk(kind, trained_from)
    x = fine.output
    for number, stage in enumerate(LAST_STAGES, start=len(trunk.STAGES[kind])):
        x = trunk.add_stage(x, stage, number, trainable=True)
    context = layers.UpSampling2D(2, name="context")(x)
    if pooled:
        context = layers.GlobalAveragePooling2D(keepdims=True)(x) + ops.zeros_like(context)
    return keras.Model(fine.input, layers.Concatenate()([fine.output, context]), name=trunk.TRUNK)
