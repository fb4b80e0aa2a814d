"""The branch `compact`: a small residual network of dense 3×3 convolutions, fast on a CPU.

The stem reduces the resolution early, since half of the cost of a small network is its first
resolution. A map at an eighth of the side is the local map. The embedding is computed from a
flattened map, not from an average over the picture, because similar shoes differ in where their
parts lie.
"""

from __future__ import annotations

import keras
from keras import layers

from sketchnet.models.layers import build_local_map
from sketchnet.utils.errors import InputError

MIN_SIZE = 32  # px; below, the deepest map has fewer than 2×2 cells


def build_compact(
    size: int = 96,
    channels: int = 1,
    embedding_size: int = 256,
    *,
    local_size: int = 48,
    width: int = 32,
    depth: int = 1,
    dropout: float = 0.0,
    name: str = "compact",
) -> keras.Model:
    """Build the compact branch: 1.6 M parameters and 140 M multiply-adds at the defaults.

    Args:
        size: side of the square input in pixels, at least 32.
        channels: 1 (sketch, edge map) or 3 (RGB).
        embedding_size: length of the unit vector.
        local_size: features per cell of the local map; 0 = no local map.
        width: channels of the first stage; the later stages have 2, 4 and 6 times as many.
        depth: residual blocks in each of the three later stages.
        dropout: dropout rate of the flattened features.
        name: name of the model.

    Returns:
        (B, size, size, channels) in 0..255, white background → {"embedding": (B, embedding_size)
        unit vectors, "local": (B, size/8, size/8, local_size), cell lengths in 0..1}, float32.

    Raises:
        InputError: the picture is too small for the strides.
    """
    if size < MIN_SIZE:
        raise InputError(f"a picture side of at least {MIN_SIZE}", size)
    picture = keras.Input((size, size, channels), name="picture")
    ink = layers.Rescaling(-1 / 255, offset=1.0, name="ink")(picture)

    x = _convolve(ink, width, kernel=5, stride=2, name="stem")
    x = _stage(x, 2 * width, depth, name="stage1")
    x = _stage(x, 4 * width, depth, name="stage2")
    outputs = {}
    if local_size:
        outputs["local"] = _local_map(x, ink, local_size)
    x = _stage(x, 6 * width, depth, name="stage3")

    x = _convolve(x, width, kernel=1, stride=1, name="reduce")
    x = layers.Flatten(name="flatten")(x)
    if dropout:
        x = layers.Dropout(dropout, name="dropout")(x)
    x = layers.Dense(embedding_size, name="project")(x)
    outputs["embedding"] = layers.UnitNormalization(dtype="float32", name="embedding")(x)
    return keras.Model(picture, outputs, name=name)


def _local_map(x, ink, local_size: int):
    features = layers.Conv2D(local_size, 1, name="local_features")(x)
    logits = layers.Conv2D(1, 1, name="local_weight")(x)
    return build_local_map(features, logits, ink)


def _stage(x, filters: int, depth: int, name: str):
    """Halve the side by a convolution of stride 2, then apply `depth` residual blocks."""
    x = _convolve(x, filters, kernel=3, stride=2, name=f"{name}_down")
    for block in range(1, depth + 1):
        prefix = f"{name}_block{block}"
        y = _convolve(x, filters, kernel=3, stride=1, name=f"{prefix}_a")
        y = _convolve(y, filters, kernel=3, stride=1, name=f"{prefix}_b", activate=False)
        x = layers.Add(name=f"{prefix}_add")([x, y])
        x = layers.ReLU(name=f"{prefix}_relu")(x)
    return x


def _convolve(x, filters: int, kernel: int, stride: int, name: str, activate: bool = True):
    x = layers.Conv2D(
        filters,
        kernel,
        strides=stride,
        padding="same",
        use_bias=False,
        kernel_initializer="he_normal",
        name=f"{name}_conv",
    )(x)
    x = layers.BatchNormalization(momentum=0.95, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x) if activate else x
