"""VGG-16 and ResNet-50 v2 as Keras ships them, their preprocessing inside.

`weights` names a local file of Keras' own "notop" weights (or "imagenet", which downloads it).
"""

from __future__ import annotations

from pathlib import Path

import keras
from keras import layers, ops

from sketchnet.errors import InputError

SMALLEST = 32
# Mean red, green and blue of ImageNet, which VGG-16 was trained without.
IMAGENET_MEANS = [123.68, 116.779, 103.939]


def build_vgg16(
    size: int = 224,
    channels: int = 1,
    embedding_size: int = 256,
    *,
    weights: str | Path | None = None,
    name: str = "vgg16",
) -> keras.Model:
    """Build VGG-16's 13 convolutions (14,714,688 parameters), average pooling and an embedding.

    Simonyan & Zisserman 2015. Input and output as in `image_branches`; grey is repeated to RGB.

    Raises:
        InputError: the picture is smaller than 32 pixels, or the weights file is missing.
    """
    picture, rgb = _rgb_input(size, channels)
    centred = layers.Normalization(
        mean=IMAGENET_MEANS, variance=[1.0] * 3, dtype="float32", name="subtract_mean"
    )(rgb)
    # The published weights came from Caffe, whose pictures are BGR.
    return _embed(
        picture,
        ops.flip(centred, axis=-1),
        keras.applications.VGG16,
        size,
        embedding_size,
        weights,
        name,
    )


def build_resnet50_v2(
    size: int = 224,
    channels: int = 1,
    embedding_size: int = 256,
    *,
    weights: str | Path | None = None,
    name: str = "resnet50_v2",
) -> keras.Model:
    """Build ResNet-50 v2 (23,564,800 parameters), average pooling and an embedding.

    He et al. 2016. Input and output as in `image_branches`; grey is repeated to RGB.

    Raises:
        InputError: the picture is smaller than 32 pixels, or the weights file is missing.
    """
    picture, rgb = _rgb_input(size, channels)
    scaled = layers.Rescaling(1 / 127.5, offset=-1.0, name="scale")(rgb)
    return _embed(
        picture, scaled, keras.applications.ResNet50V2, size, embedding_size, weights, name
    )


def _rgb_input(size: int, channels: int):
    if size < SMALLEST:
        raise InputError(f"expected a picture side of at least {SMALLEST}; received {size}")
    picture = keras.Input((size, size, channels), name="picture")
    if channels == 3:
        return picture, picture
    return picture, layers.Concatenate(name="grey_to_rgb")([picture] * 3)


def _embed(picture, pixels, application, size: int, embedding_size: int, weights, name: str):
    if weights not in (None, "imagenet") and not Path(weights).is_file():
        raise InputError(f"expected a file of Keras weights; received {weights}, which is missing")
    backbone = application(
        include_top=False,
        weights=weights if weights is None else str(weights),
        input_shape=(size, size, 3),
        pooling="avg",
        name="backbone",
    )
    x = layers.Dense(embedding_size, name="project")(backbone(pixels))
    embedding = layers.UnitNormalization(dtype="float32", name="embedding")(x)
    return keras.Model(picture, {"embedding": embedding}, name=name)
