"""EfficientNet-Lite0, for which there are public ImageNet weights.

Tan and Le, *EfficientNet*, 2019, in its variant for small devices: no squeeze-and-excitation, and
ReLU6. A local map and an embedding that keeps the spatial layout replace the classification head.
`docs/recipes/imagenet_weights.py` makes the file of weights.
"""

from __future__ import annotations

from pathlib import Path

import keras
from keras import layers

from sketchnet.models.keras_applications import BACKBONE, load_backbone, rgb_input
from sketchnet.models.layers import build_local_map

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
STRIDE_8, STRIDE_16 = 2, 4  # index of the last stage at an eighth and a sixteenth of the side


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
        local_size: features per cell of the local map; 0 = no local map.
        weights: a file of ImageNet weights; None = random weights.
        name: name of the model.

    Returns:
        (B, size, size, channels) in 0..255, white background → {"embedding": (B, embedding_size)
        unit vectors, "local": (B, size/8, size/8, local_size), cell lengths in 0..1}, float32.

    Raises:
        InputError: the picture is smaller than 32 pixels, or the weights are missing or do not fit.
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
    """Build the published network without its head: (B, size, size, 3) in -1..1 → three maps.

    Their sides are an eighth, a sixteenth and a thirty-second of `size`, and they have 40, 112 and
    320 features.
    """
    pixels = keras.Input((size, size, 3), name="pixels")
    x = layers.Conv2D(32, 3, strides=2, padding="same", use_bias=False, name="stem_conv")(pixels)
    x = _normalize(x, "stem")
    stages = []
    for stage, (repeats, *shape) in enumerate(STAGES):
        for block in range(repeats):
            x = _block(x, *shape, first=block == 0, name=f"stage{stage}_block{block}")
        stages.append(x)
    return keras.Model(pixels, [stages[STRIDE_8], stages[STRIDE_16], x], name=BACKBONE)


def _local_map(picture, fine, coarse, local_size: int):
    """Build the local map from detail (an eighth of the side) and context (a sixteenth)."""
    coarse = layers.Conv2D(local_size, 1, name="local_coarse")(coarse)
    coarse = layers.UpSampling2D(2, interpolation="bilinear", name="local_up")(coarse)
    rows, columns = fine.shape[1] - coarse.shape[1], fine.shape[2] - coarse.shape[2]
    if rows or columns:
        coarse = layers.Cropping2D(((0, -rows), (0, -columns)), name="local_crop")(coarse)
    both = layers.Add(name="local_add")(
        [layers.Conv2D(local_size, 1, name="local_fine")(fine), coarse]
    )
    logits = layers.Conv2D(1, 1, name="local_weight")(both)
    ink = layers.Rescaling(-1 / 255, offset=1.0, name="ink")(picture)
    return build_local_map(both, logits, ink)


def _block(x, kernel: int, stride: int, expansion: int, filters: int, *, first: bool, name: str):
    """Inverted residual block: expand, depthwise convolution, project; no skip in the first one."""
    y, n_channels = x, x.shape[-1]
    if expansion > 1:
        y = layers.Conv2D(expansion * n_channels, 1, use_bias=False, name=f"{name}_expand_conv")(y)
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
