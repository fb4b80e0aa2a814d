"""Sketch-a-Net as published for retrieval (Yu et al., *Sketch Me That Shoe*, CVPR 2016).

The layers have the names of the published weights, so that these load by name.
"""

from __future__ import annotations

import keras
from keras import layers

from sketchnet.utils.errors import InputError

# Mean grey of the published training pictures, subtracted before the first convolution.
MEAN_GREY = 250.42
MIN_SIZE = 81  # px; below, the last pooling has no pixels left


def build_sketch_a_net(
    size: int = 225,
    channels: int = 1,
    embedding_size: int = 256,
    *,
    name: str = "sketch_a_net",
) -> keras.Model:
    """Build Sketch-a-Net: 8,249,088 parameters at the defaults.

    Args:
        size, channels, embedding_size: as `backbones` describes.
        name: name of the model.

    Returns:
        (B, size, size, channels) in 0..255, white background → {"embedding": (B, embedding_size)
        unit vectors}, float32.

    Raises:
        InputError: the picture is too small for the strides.
    """
    if size < MIN_SIZE:
        raise InputError(f"a picture side of at least {MIN_SIZE}", size)
    picture = keras.Input((size, size, channels), name="picture")  # 225
    x = layers.Rescaling(1.0, offset=-MEAN_GREY, name="subtract_mean")(picture)
    x = layers.Conv2D(64, 15, strides=3, activation="relu", name="conv1_s1")(x)  # 71
    x = layers.MaxPooling2D(3, strides=2, name="pool1")(x)  # 35
    x = layers.Conv2D(128, 5, activation="relu", name="conv2_s1")(x)  # 31
    x = layers.MaxPooling2D(3, strides=2, name="pool2")(x)  # 15
    for conv in ("conv3_s1", "conv4_s1", "conv5_s1"):
        x = layers.Conv2D(256, 3, padding="same", activation="relu", name=conv)(x)  # 15
    x = layers.MaxPooling2D(3, strides=2, name="pool3")(x)  # 7
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(512, activation="relu", name="fc6_s1")(x)
    x = layers.Dense(embedding_size, name="fc7_sketch")(x)
    embedding = layers.UnitNormalization(dtype="float32", name="embedding")(x)
    return keras.Model(picture, {"embedding": embedding}, name=name)
