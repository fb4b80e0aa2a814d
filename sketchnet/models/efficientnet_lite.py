"""EfficientNet-Lite0: small, and there are weights for it that ImageNet's photographs gave.

Tan & Le, EfficientNet, 2019, in its form for small machines: no squeezing and exciting, and
rectifiers that end at 6. Our local map and embedding, which keep the layout, take the place of its
head. `docs/recipes/imagenet_weights.py` makes the file of weights.
"""

from __future__ import annotations

from pathlib import Path

import keras
from keras import layers

from sketchnet.models.keras_applications import BACKBONE, load_backbone, rgb_input
from sketchnet.models.layers import weigh

# Repeats, kernel, stride, expansion, channels of each stage.
STAGES = (
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
EIGHTH, SIXTEENTH = 2, 4  # the last stages at these shares of the side


def build_efficientnet_lite0(
    size: int = 128,
    channels: int = 1,
    embedding_size: int = 256,
    *,
    local_size: int = 48,
    weights: str | Path | None = None,
    name: str = "efficientnet_lite0",
) -> keras.Model:
    """Build EfficientNet-Lite0 (3.0 M parameters) with a local map and an embedding.

    Args:
        size: side of the square input in pixels, at least 32.
        channels: 1 (sketch, edge map) or 3 (RGB); grey is repeated to RGB.
        embedding_size: length of the unit vector.
        local_size: features of a cell of the local map; 0 builds none.
        weights: a file of ImageNet weights to begin from.

    Returns:
        (B, size, size, channels) in 0..255, white paper → {"embedding": (B, embedding_size) unit
        vectors, "local": (B, size/8, size/8, local_size), cell lengths in 0..1}, float32.

    Raises:
        InputError: the picture is smaller than 32 pixels, or the weights are missing or misfit.
    """
    picture, rgb = rgb_input(size, channels)
    backbone = build_backbone(size)
    if weights is not None:
        load_backbone(backbone, Path(weights))
    fine, coarse, x = backbone(layers.Rescaling(1 / 128, offset=-127 / 128, name="scale")(rgb))
    outputs = {}
    if local_size:
        outputs["local"] = _local_map(picture, fine, coarse, local_size)
    x = layers.Conv2D(32, 1, use_bias=False, name="reduce_conv")(x)
    x = _normalize(x, "reduce")
    x = layers.Dense(embedding_size, name="project")(layers.Flatten(name="flatten")(x))
    outputs["embedding"] = layers.UnitNormalization(dtype="float32", name="embedding")(x)
    return keras.Model(picture, outputs, name=name)


def build_backbone(size: int) -> keras.Model:
    """The published network up to its head: (B, size, size, 3) in -1..1 → three maps.

    They have an eighth of the side and 40 features, a sixteenth and 112, a thirty-second and 320.
    """
    pixels = keras.Input((size, size, 3), name="pixels")
    x = layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False, name="stem_conv")(pixels)
    x = _normalize(x, "stem")
    at = []
    for stage, (repeats, *shape) in enumerate(STAGES):
        for block in range(repeats):
            x = _block(x, *shape, first=block == 0, name=f"stage{stage}_block{block}")
        at.append(x)
    return keras.Model(pixels, [at[EIGHTH], at[SIXTEENTH], x], name=BACKBONE)


def _local_map(picture, fine, coarse, local_size: int):
    """What is there, from an eighth of the side, beside what it is part of, from a sixteenth."""
    coarse = layers.Conv2D(local_size, 1, name="local_coarse")(coarse)
    coarse = layers.UpSampling2D(2, interpolation="bilinear", name="local_up")(coarse)
    rows, columns = fine.shape[1] - coarse.shape[1], fine.shape[2] - coarse.shape[2]
    if rows or columns:
        coarse = layers.Cropping2D(((0, -rows), (0, -columns)), name="local_crop")(coarse)
    both = layers.Add(name="local_add")(
        [layers.Conv2D(local_size, 1, name="local_fine")(fine), coarse]
    )
    logits = layers.Conv2D(1, 1, name="local_weight")(both)
    return weigh(both, logits, layers.Rescaling(-1 / 255, offset=1.0, name="ink")(picture))


def _block(x, kernel: int, stride: int, expansion: int, filters: int, *, first: bool, name: str):
    """Widen, filter each channel by itself, narrow; added to what came in where shapes allow."""
    y, came = x, x.shape[-1]
    if expansion > 1:
        y = layers.Conv2D(expansion * came, 1, use_bias=False, name=f"{name}_expand_conv")(y)
        y = _normalize(y, f"{name}_expand")
    y = layers.DepthwiseConv2D(
        kernel,
        strides=stride if first else 1,
        padding="same",
        use_bias=False,
        name=f"{name}_depthwise_conv",
    )(y)
    y = _normalize(y, f"{name}_depthwise")
    y = layers.Conv2D(filters, 1, use_bias=False, name=f"{name}_project_conv")(y)
    y = _normalize(y, f"{name}_project", activate=False)
    return y if first else layers.Add(name=f"{name}_add")([x, y])


def _normalize(x, name: str, activate: bool = True):
    x = layers.BatchNormalization(momentum=0.95, epsilon=1e-3, name=f"{name}_norm")(x)
    return layers.ReLU(6.0, name=f"{name}_relu")(x) if activate else x
