"""VGG-16 and ResNet-50 v2 as Keras ships them, their preprocessing inside.

They begin fresh, or from Keras' own ImageNet weights without the head: a local file,
`vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5` or
`resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5`. These files were not at hand: the loading
is tested with files of their form, and no training was begun from the real ones.
"""

from __future__ import annotations

from pathlib import Path

import keras
from keras import layers, ops

from sketchnet.utils.errors import InputError

SMALLEST = 32
BACKBONE = "backbone"
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
        InputError: the picture is smaller than 32 pixels, or the weights are missing or misfits.
    """
    picture, rgb = rgb_input(size, channels)
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
        InputError: the picture is smaller than 32 pixels, or the weights are missing or misfits.
    """
    picture, rgb = rgb_input(size, channels)
    scaled = layers.Rescaling(1 / 127.5, offset=-1.0, name="scale")(rgb)
    return _embed(
        picture, scaled, keras.applications.ResNet50V2, size, embedding_size, weights, name
    )


def load_imagenet_weights(model: keras.Model, path: Path) -> str:
    """Load a file of Keras' ImageNet weights (`.h5`, no head) into every backbone within `model`.

    Args:
        model: an image branch of this file, or a model that holds one or more of them.

    Returns what was loaded, in words. Raises InputError where the model has no such branch, and
    where the file is missing or of another network.
    """
    backbones = _backbones(model)
    if not backbones:
        raise InputError(
            f"vgg16, resnet50_v2 or efficientnet_lite0 as the image branch, which {path.name} is for",
            "another branch",
            "begin from a run, or pass --image-branch or --branch",
        )
    for backbone in backbones:
        load_backbone(backbone, path)
    return f"initial weights: {backbones[0].count_params():,} of the image branch from {path}"


def _backbones(model: keras.Model) -> list[keras.Model]:
    inner = [layer for layer in model.layers if isinstance(layer, keras.Model)]
    found = [layer for layer in inner if layer.name == BACKBONE]
    return found or [backbone for layer in inner for backbone in _backbones(layer)]


def load_backbone(backbone: keras.Model, path: Path) -> None:
    """Load a file of weights; raises InputError where it is missing or of another network."""
    if not path.is_file():
        raise InputError("a file of Keras weights", f"{path}, which is missing")
    try:
        backbone.load_weights(path)
    except (ValueError, OSError, LookupError) as error:
        reason = str(error).strip().splitlines()[0]
        raise InputError(
            (
                "Keras' ImageNet weights, without the head, of a network with "
                f"{backbone.count_params():,} parameters"
            ),
            f"{path}, which does not fit: {reason}",
        ) from error


def rgb_input(size: int, channels: int):
    """An input (B, size, size, channels), and the same in three channels."""
    if size < SMALLEST:
        raise InputError(f"a picture side of at least {SMALLEST}", size)
    picture = keras.Input((size, size, channels), name="picture")
    if channels == 3:
        return picture, picture
    return picture, layers.Concatenate(name="grey_to_rgb")([picture] * 3)


def _embed(picture, pixels, application, size: int, embedding_size: int, weights, name: str):
    backbone = application(
        include_top=False,
        weights=None,
        input_shape=(size, size, 3),
        pooling="avg",
        name=BACKBONE,
    )
    if weights is None:
        _initialise_for_rectifiers(backbone)
    else:
        load_backbone(backbone, Path(weights))
    x = layers.Dense(embedding_size, name="project")(backbone(pixels))
    embedding = layers.UnitNormalization(dtype="float32", name="embedding")(x)
    return keras.Model(picture, {"embedding": embedding}, name=name)


def _initialise_for_rectifiers(backbone: keras.Model) -> None:
    """Draw the kernels anew after He et al., Delving Deep into Rectifiers, 2015.

    Keras draws them after Glorot, which halves the variance at every rectifier: through the 13
    layers of VGG-16, which has no normalisation, hardly a difference between two pictures is left.
    """
    for layer in backbone.layers:
        if isinstance(layer, layers.Conv2D):
            layer.kernel.assign(keras.initializers.HeNormal()(layer.kernel.shape))
