"""VGG-16 and ResNet-50 v2 from `keras.applications`, with their preprocessing inside the model.

Their weights are random, or Keras's own ImageNet weights without the classification head, read from
a local file: `vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5` or
`resnet50v2_weights_tf_dim_ordering_tf_kernels_notop.h5`. These files were not available to us:
loading is tested with files of the same format, and training from the real weights is untested.
"""

from __future__ import annotations

from pathlib import Path

import keras
from keras import layers, ops

from sketchnet.utils.errors import InputError

MIN_SIZE = 32  # px
BACKBONE = "backbone"  # name of the inner model that holds the ImageNet weights
# Mean red, green and blue of ImageNet: VGG-16 was trained on pictures less this mean.
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

    Simonyan and Zisserman, *Very deep convolutional networks*, 2015.

    Args:
        size, channels, embedding_size: as `backbones` describes; grey is repeated to RGB.
        weights: a file of ImageNet weights; None = random weights.
        name: name of the model.

    Raises:
        InputError: the picture is smaller than 32 pixels, or the weights are missing or do not fit.
    """
    picture, rgb = rgb_input(size, channels)
    centred = layers.Normalization(
        mean=IMAGENET_MEANS, variance=[1.0] * 3, dtype="float32", name="subtract_mean"
    )(rgb)
    # The published weights come from Caffe, whose pictures are BGR.
    bgr = ops.flip(centred, axis=-1)
    return _add_embedding(
        picture, bgr, keras.applications.VGG16, size, embedding_size, weights, name
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

    He et al., *Identity mappings in deep residual networks*, 2016.

    Args:
        size, channels, embedding_size: as `backbones` describes; grey is repeated to RGB.
        weights: a file of ImageNet weights; None = random weights.
        name: name of the model.

    Raises:
        InputError: the picture is smaller than 32 pixels, or the weights are missing or do not fit.
    """
    picture, rgb = rgb_input(size, channels)
    scaled = layers.Rescaling(1 / 127.5, offset=-1.0, name="scale")(rgb)
    return _add_embedding(
        picture, scaled, keras.applications.ResNet50V2, size, embedding_size, weights, name
    )


def load_imagenet_weights(model: keras.Model, path: Path) -> int:
    """Load a file of ImageNet weights (`.h5`, no head) into every backbone inside `model`.

    Args:
        model: an image branch with a backbone, or a model that contains one or more of them.
        path: a file of Keras's.

    Returns:
        The number of parameters of one backbone.

    Raises:
        InputError: the model has no backbone, or the file is missing or of another network.
    """
    backbones = _backbones(model)
    if not backbones:
        raise InputError(
            f"vgg16 or resnet50_v2 as the image branch, to load {path.name}",
            "another branch",
            "take a run as the initial weights, or pass --image-branch or --branch",
        )
    for backbone in backbones:
        load_backbone(backbone, path)
    return backbones[0].count_params()


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
            "Keras's ImageNet weights, without the head, of a network with "
            f"{backbone.count_params():,} parameters",
            f"{path}, which does not fit: {reason}",
        ) from error


def rgb_input(size: int, channels: int):
    """An input (B, size, size, channels), and the same picture in three channels.

    Raises InputError where the picture is smaller than 32 pixels.
    """
    if size < MIN_SIZE:
        raise InputError(f"a picture side of at least {MIN_SIZE}", size)
    picture = keras.Input((size, size, channels), name="picture")
    if channels == 3:
        return picture, picture
    return picture, layers.Concatenate(name="grey_to_rgb")([picture] * 3)


def _add_embedding(
    picture, pixels, application, size: int, embedding_size: int, weights, name: str
):
    """The model from `picture` to the embedding of `application`'s features of `pixels`."""
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
    """Initialise the kernels as He et al., *Delving deep into rectifiers*, 2015.

    Keras's default (Glorot) halves the variance at every rectifier: after the 13 layers of VGG-16,
    which has no normalisation, two different pictures have nearly the same features.
    """
    for layer in backbone.layers:
        if isinstance(layer, layers.Conv2D):
            layer.kernel.assign(keras.initializers.HeNormal()(layer.kernel.shape))
