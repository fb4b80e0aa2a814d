"""EfficientNet-Lite up to its 14x14 map: a small trunk with ImageNet weights that ship with us.

Tan & Le, *EfficientNet*, ICML 2019, in its form for small machines: no squeeze-and-excitation, and
ReLU6 instead of swish. The last stages, at a 32nd of the side, and the head are left out: shoes
differ in where a line lies, which those maps no longer represent. Every BatchNorm is folded into
its convolution, so that small batches cannot disturb the statistics of ImageNet.

docs/recipes/trunk_weights.py makes the files of weights from Apache-2.0 packages (see NOTICE).
"""

from __future__ import annotations

import keras
import numpy as np
from keras import layers

from sketchnet import runs
from sketchnet.utils.errors import InputError

# Repeats, kernel, stride, expansion, channels of each stage.
STAGES: dict[str, tuple[tuple[int, int, int, int, int], ...]] = {
    "lite0": (
        (1, 3, 1, 1, 16),
        (2, 3, 2, 6, 24),
        (2, 5, 2, 6, 40),
        (3, 3, 2, 6, 80),
        (3, 5, 1, 6, 112),
    ),
    "lite2": (
        (1, 3, 1, 1, 16),
        (3, 3, 2, 6, 24),
        (3, 5, 2, 6, 48),
        (4, 3, 2, 6, 88),
        (4, 5, 1, 6, 120),
    ),
}
TRUNK = "trunk"  # name of the layer in a network
HALVINGS = 4  # the map has a 16th of the picture's side
WEIGHTS = runs.SHIPPED / "trunks"


def build_trunk(kind: str = "lite0", trained_from: int = 2) -> keras.Model:
    """Build the trunk with random weights: 0.69 M parameters for lite0, 1.15 M for lite2.

    Args:
        kind: lite0 or lite2.
        trained_from: first stage that is trained, 0 (the stem and all stages) to 5 (none). Stage 2
            works at an eighth of the side, stages 3 and 4 at a 16th.

    Returns:
        (B, H, W, 3) in -1..1 → (B, H/16, W/16, 112 or 120), any H and W. "Same" padding as in
        TensorFlow, which the published weights expect.
    """
    pixels = keras.Input((None, None, 3), name="pixels")
    x = _convolve(pixels, 32, kernel=3, stride=2, trainable=trained_from == 0, name="stem")
    for number, stage in enumerate(STAGES[kind]):
        x = add_stage(x, stage, number, trainable=number >= trained_from)
    return keras.Model(pixels, x, name=TRUNK)


def add_stage(x, stage: tuple[int, int, int, int, int], number: int, trainable: bool):
    """The map `x` (B, h, w, c) after a stage as in `STAGES`, whose layers are named by `number`."""
    repeats, kernel, stride, expansion, filters = stage
    for block in range(repeats):
        x = _block(
            x,
            kernel,
            stride if block == 0 else 1,
            expansion,
            filters,
            residual=block > 0,
            trainable=trainable,
            name=f"stage{number}_block{block}",
        )
    return x


def load_trunk_weights(trunk: keras.Model, kind: str = "lite0") -> None:
    """Load the shipped ImageNet weights into a trunk of this kind.

    Raises InputError where they do not ship with this installation.
    """
    path = WEIGHTS / f"{kind}.npz"
    if not path.is_file():
        raise InputError(
            f"ImageNet weights of the trunk {kind} at {path}",
            "no such file",
            "make it with docs/recipes/trunk_weights.py, or pass --no-pretrained",
        )
    with np.load(path) as arrays:
        for layer in trunk.layers:
            if layer.weights:
                names = (f"{layer.name}/{part}" for part in ("kernel", "bias"))
                layer.set_weights([arrays[name].astype(np.float32) for name in names])


def _block(
    x,
    kernel: int,
    stride: int,
    expansion: int,
    filters: int,
    *,
    residual: bool,
    trainable: bool,
    name: str,
):
    """Inverted residual: expand the channels, filter each by itself, project them down."""
    y = x
    if expansion > 1:
        channels = expansion * x.shape[-1]
        y = _convolve(y, channels, kernel=1, stride=1, trainable=trainable, name=f"{name}_expand")
    depthwise = layers.DepthwiseConv2D(
        kernel, strides=stride, padding="same", trainable=trainable, name=f"{name}_depthwise"
    )
    y = layers.ReLU(6.0, name=f"{name}_depthwise_relu")(depthwise(y))
    y = layers.Conv2D(filters, 1, trainable=trainable, name=f"{name}_project")(y)
    return layers.Add(name=f"{name}_add")([x, y]) if residual else y


def _convolve(x, filters: int, *, kernel: int, stride: int, trainable: bool, name: str):
    convolution = layers.Conv2D(
        filters, kernel, strides=stride, padding="same", trainable=trainable, name=name
    )
    return layers.ReLU(6.0, name=f"{name}_relu")(convolution(x))
