"""The retrieval network on a pretrained trunk that sketches and colour photos share.

Sketches and photos differ in the statistics of what the trunk makes of them, so each side has a
normalisation of its own above it. All other layers are shared: one local map, one embedding.
"""

from __future__ import annotations

import keras
from keras import layers

from sketchnet.models.layers import InkChannel, LocalMap
from sketchnet.models.trunk import HALVINGS, build_trunk, load_trunk_weights
from sketchnet.utils.errors import InputError

SMALLEST = 64  # below this side the map has fewer cells than the grid of the embedding
GRID = 4  # cells a side of the grid whose means the embedding is read from
NORM_MOMENTUM = 0.95


def build_trunk_network(
    trunk: str = "lite0",
    size: int = 224,
    embedding_size: int = 256,
    *,
    photo_channels: int = 3,
    local_size: int = 64,
    trained_from: int = 2,
    pretrained: bool = True,
) -> keras.Model:
    """Build the retrieval network on a trunk: 1.16 M parameters with lite0.

    Args:
        trunk: lite0 or lite2.
        size: side of the square pictures in pixels, at least 64.
        embedding_size: length of the unit vectors.
        photo_channels: 3 for RGB, 1 for edge maps.
        local_size: features of a cell of the local map; 0 builds none.
        trained_from: first stage of the trunk that is trained (`build_trunk`).
        pretrained: start the trunk from its ImageNet weights.

    Returns:
        {"sketch": (B, size, size, 1), "photo": (B, size, size, photo_channels)}, both in 0..255 →
        {"sketch_embedding", "photo_embedding": (B, embedding_size) unit vectors} and
        {"sketch_local", "photo_local": (B, size/16, size/16, local_size)}, cell lengths in 0..1.
        Both sides share all layers but their BatchNorm.

    Raises:
        InputError: the picture is too small, or the ImageNet weights do not ship.
    """
    backbone, head = _shared_layers(
        trunk, size, embedding_size, local_size, trained_from, pretrained
    )
    inputs: dict[str, keras.KerasTensor] = {}
    outputs: dict[str, keras.KerasTensor] = {}
    for side, channels in (("sketch", 1), ("photo", photo_channels)):
        picture = inputs[side] = keras.Input((size, size, channels), name=side)
        found = _outputs(picture, side, backbone, head)
        outputs |= {f"{side}_{key}": value for key, value in found.items()}
    return keras.Model(inputs, outputs, name="two_branch")


def build_trunk_branch(
    size: int = 224,
    channels: int = 1,
    embedding_size: int = 256,
    *,
    trunk: str = "lite0",
    local_size: int = 64,
    trained_from: int = 2,
    pretrained: bool = True,
    name: str | None = None,
) -> keras.Model:
    """Build a trunk as an image branch of its own (`backbones`), for one kind of picture.

    Arguments as `build_trunk_network`. Input and output as in `backbones`, the local map with a
    16th of the picture's side.
    """
    backbone, head = _shared_layers(
        trunk, size, embedding_size, local_size, trained_from, pretrained
    )
    picture = keras.Input((size, size, channels), name="picture")
    return keras.Model(picture, _outputs(picture, "picture", backbone, head), name=name or trunk)


def _shared_layers(
    trunk: str,
    size: int,
    embedding_size: int,
    local_size: int,
    trained_from: int,
    pretrained: bool,
) -> tuple[keras.Model, keras.Model]:
    """The trunk and the head."""
    if size < SMALLEST:
        raise InputError(f"a picture side of at least {SMALLEST}", size)
    backbone = build_trunk(trunk, trained_from)
    if pretrained:
        load_trunk_weights(backbone, trunk)
    cells = -(-size // 2**HALVINGS)
    return backbone, _build_head(cells, backbone.output.shape[-1], embedding_size, local_size)


def _outputs(
    picture, side: str, backbone: keras.Model, head: keras.Model
) -> dict[str, keras.KerasTensor]:
    """The outputs of one side, which has a normalisation of its own."""
    rgb = picture
    if picture.shape[-1] == 1:
        rgb = layers.Concatenate(name=f"{side}_rgb")([picture] * 3)
    x = backbone(layers.Rescaling(1 / 128, offset=-127 / 128, name=f"{side}_scale")(rgb))
    x = layers.BatchNormalization(momentum=NORM_MOMENTUM, name=f"{side}_norm")(x)
    return head([x, _ink_of_cells(picture, side)])


def _build_head(cells: int, channels: int, embedding_size: int, local_size: int) -> keras.Model:
    """The layers above the normalisation: maps (B, h, w, c) and ink (B, h, w, 1) → outputs."""
    x = keras.Input((cells, cells, channels), name="map")
    ink = keras.Input((cells, cells, 1), name="ink")
    # GRID windows a side that cover the map and overlap by as little as they can.
    stride = cells // GRID
    pool = layers.AveragePooling2D(cells - (GRID - 1) * stride, strides=stride, name="grid")
    grid = layers.Flatten(name="flatten")(pool(x))
    vector = layers.Dense(embedding_size, use_bias=False, name="project")(grid)
    unit = layers.UnitNormalization(dtype="float32", name="embedding")
    outputs = {"embedding": unit(vector)}
    if local_size:
        features = layers.Conv2D(local_size, 1, use_bias=False, name="local_features")(x)
        weight = layers.Conv2D(1, 1, name="local_weight")(x)
        outputs["local"] = LocalMap(name="local")([features, weight, ink])
    return keras.Model([x, ink], outputs, name="head")


def _ink_of_cells(picture, side: str):
    """Ink of each cell in 0..1, pooled with the strides and the padding of the trunk."""
    ink = layers.Rescaling(-1 / 255, offset=1.0, name=f"{side}_ink")(picture)
    ink = InkChannel(name=f"{side}_ink_channel")(ink)
    for step in range(1, HALVINGS + 1):
        pool = layers.MaxPooling2D(3, strides=2, padding="same", name=f"{side}_ink{step}")
        ink = pool(ink)
    return ink
