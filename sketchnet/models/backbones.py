"""The image branches by name.

Every builder takes (size, channels, embedding_size) and returns a model with one input: float32
(B, size, size, channels) in 0..255, white background → a dict with "embedding", (B,
embedding_size) unit vectors, and for branches with local maps also "local", (B, h, w, c). The
preprocessing of the pixels is part of the model.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import keras

from sketchnet.models.compact import build_compact
from sketchnet.models.inception_v4 import build_inception_v4
from sketchnet.models.keras_applications import build_resnet50_v2, build_vgg16
from sketchnet.models.sketch_a_net import build_sketch_a_net
from sketchnet.models.trunk_branches import build_trunk_branch
from sketchnet.utils.errors import InputError

WITH_LOCAL_MAPS = ("compact", "lite0", "lite2")
IMAGE_BRANCHES: dict[str, Callable[..., keras.Model]] = {
    "compact": build_compact,
    "lite0": partial(build_trunk_branch, trunk="lite0"),
    "lite2": partial(build_trunk_branch, trunk="lite2"),
    "sketch_a_net": build_sketch_a_net,
    "vgg16": build_vgg16,
    "inception_v4": build_inception_v4,
    "resnet50_v2": build_resnet50_v2,
}


def build_image_branch(
    branch: str, size: int, channels: int = 1, embedding_size: int = 256, **options
) -> keras.Model:
    """Build an image branch.

    Args:
        branch: a name in `IMAGE_BRANCHES`.
        size: side of the square picture in pixels.
        channels: 1 (sketch, edge map) or 3 (RGB).
        embedding_size: length of the unit vector.
        options: further arguments of this branch's builder.

    Returns:
        The model, with inputs and outputs as above.

    Raises:
        InputError: no branch has this name, or the picture is too small for it.
    """
    if branch not in IMAGE_BRANCHES:
        raise InputError(f"an image branch of {', '.join(IMAGE_BRANCHES)}", f"{branch!r}")
    return IMAGE_BRANCHES[branch](size, channels, embedding_size, **options)
