"""Inception-v4 (Szegedy et al., *Inception-v4, Inception-ResNet and the Impact of Residual
Connections on Learning*, 2017), figures 3 to 8, in the functional API.

Every convolution is followed by batch normalisation and ReLU, as in the published network.
"""

from __future__ import annotations

import keras
from keras import layers

from sketchnet.utils.errors import InputError

MIN_SIZE = 75  # px; below, the second reduction has no pixels left
N_FEATURES = 1536


def build_inception_v4(
    size: int = 299,
    channels: int = 1,
    embedding_size: int = 256,
    *,
    name: str = "inception_v4",
) -> keras.Model:
    """Build Inception-v4 with an embedding of its 1536 averaged features.

    The published network (RGB, 1,000 classes) has 42,679,816 trainable parameters, 41,142,816 of
    them below its head. Arguments and outputs as `backbones` describes.

    Raises:
        InputError: the picture is smaller than 75 pixels.
    """
    if size < MIN_SIZE:
        raise InputError(f"a picture side of at least {MIN_SIZE}", size)
    picture = keras.Input((size, size, channels), name="picture")
    x = layers.Rescaling(1 / 127.5, offset=-1.0, name="scale")(picture)
    x = inception_v4_features(x)
    x = layers.Dropout(0.2, name="dropout")(x)
    x = layers.Dense(embedding_size, name="project")(x)
    embedding = layers.UnitNormalization(dtype="float32", name="embedding")(x)
    return keras.Model(picture, {"embedding": embedding}, name=name)


def inception_v4_features(x):
    """(B, H, W, channels) in −1..1 → the averaged features, (B, 1536)."""
    x = _stem(x)  # 299 → 35 × 35 × 384
    for _ in range(4):
        x = _inception_a(x)
    x = _reduction_a(x)  # 17 × 17 × 1024
    for _ in range(7):
        x = _inception_b(x)
    x = _reduction_b(x)  # 8 × 8 × 1536
    for _ in range(3):
        x = _inception_c(x)
    return layers.GlobalAveragePooling2D()(x)


def _conv(x, filters: int, kernel, stride: int = 1, padding: str = "same"):
    x = layers.Conv2D(filters, kernel, strides=stride, padding=padding, use_bias=False)(x)
    x = layers.BatchNormalization(momentum=0.99, epsilon=1e-3)(x)
    return layers.ReLU()(x)


def _join(*branches):
    return layers.Concatenate()(list(branches))


def _pool(x):
    return layers.MaxPooling2D(3, strides=2)(x)


def _average(x):
    return layers.AveragePooling2D(3, strides=1, padding="same")(x)


def _stem(x):
    x = _conv(x, 32, 3, stride=2, padding="valid")
    x = _conv(x, 32, 3, padding="valid")
    x = _conv(x, 64, 3)
    x = _join(_pool(x), _conv(x, 96, 3, stride=2, padding="valid"))
    narrow = _conv(_conv(x, 64, 1), 96, 3, padding="valid")
    wide = _conv(_conv(_conv(x, 64, 1), 64, (1, 7)), 64, (7, 1))
    x = _join(narrow, _conv(wide, 96, 3, padding="valid"))
    return _join(_conv(x, 192, 3, stride=2, padding="valid"), _pool(x))


def _inception_a(x):
    return _join(
        _conv(x, 96, 1),
        _conv(_conv(x, 64, 1), 96, 3),
        _conv(_conv(_conv(x, 64, 1), 96, 3), 96, 3),
        _conv(_average(x), 96, 1),
    )


def _reduction_a(x):
    return _join(
        _conv(x, 384, 3, stride=2, padding="valid"),
        _conv(_conv(_conv(x, 192, 1), 224, 3), 256, 3, stride=2, padding="valid"),
        _pool(x),
    )


def _inception_b(x):
    short = _conv(_conv(_conv(x, 192, 1), 224, (1, 7)), 256, (7, 1))
    long = _conv(_conv(_conv(x, 192, 1), 192, (7, 1)), 224, (1, 7))
    long = _conv(_conv(long, 224, (7, 1)), 256, (1, 7))
    return _join(_conv(x, 384, 1), short, long, _conv(_average(x), 128, 1))


def _reduction_b(x):
    short = _conv(_conv(x, 192, 1), 192, 3, stride=2, padding="valid")
    long = _conv(_conv(_conv(x, 256, 1), 256, (1, 7)), 320, (7, 1))
    return _join(short, _conv(long, 320, 3, stride=2, padding="valid"), _pool(x))


def _inception_c(x):
    short = _conv(x, 384, 1)
    long = _conv(_conv(_conv(x, 384, 1), 448, (3, 1)), 512, (1, 3))
    return _join(
        _conv(x, 256, 1),
        _conv(short, 256, (1, 3)),
        _conv(short, 256, (3, 1)),
        _conv(long, 256, (1, 3)),
        _conv(long, 256, (3, 1)),
        _conv(_average(x), 256, 1),
    )
