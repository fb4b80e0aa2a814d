"""Put the weights of MediaPipe Objectron into a trunk, as a start to compare with ImageNet.

`npm pack @mediapipe/objectron@0.4.1675468480`, unpack it, then
`python docs/recipes/objectron_trunk.py object_detection_3d_sneakers.tflite runs/sneakers`

Objectron (Apache-2.0) finds sneakers or chairs in photos by an EfficientNet-Lite0 with a narrower
stem: 24 channels instead of 32, and 64 where the trunk expands to 96 for the first time. The
missing channels are zero, and stay so in training. Pixels of 0..1 become those of -1..1 in the
stem, exactly but at the border of the picture, which is padded with another grey. The result is an
untrained run of the preset `default`, for `--initial-weights`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import keras
import numpy as np

from sketchnet import runs
from sketchnet.config.files import save_config
from sketchnet.config.retrieval import RETRIEVAL_PRESETS
from sketchnet.models.retrieval_network import build_retrieval_network
from sketchnet.models.saving import save_model
from sketchnet.models.trunk import TRUNK

LAYERS = ("CONV_2D", "DEPTHWISE_CONV_2D")


def main(file: Path, run: Path) -> None:
    import tensorflow as tf  # the rest needs any backend of Keras

    interpreter = tf.lite.Interpreter(
        str(file),
        experimental_preserve_all_tensors=True,
        experimental_op_resolver_type=(
            tf.lite.experimental.OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES
        ),
    )
    interpreter.allocate_tensors()
    operations = [o for o in interpreter._get_ops_details() if o["op_name"] in LAYERS]
    keras.utils.set_random_seed(0)  # of the layers above the trunk
    config = RETRIEVAL_PRESETS["default"]
    network = build_retrieval_network(config)
    trunk = next(layer for layer in network._flatten_layers() if layer.name == TRUNK)
    layers = [layer for layer in trunk.layers if layer.weights]
    pixels = np.random.default_rng(0).random((1, 224, 224, 3), np.float32)
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], pixels)
    interpreter.invoke()
    for layer, operation in zip(layers, operations, strict=False):
        kernel, bias = (interpreter.get_tensor(index) for index in operation["inputs"][1:3])
        layer.set_weights(fitted(layer, kernel, bias))
    expected = interpreter.get_tensor(operations[len(layers)]["inputs"][0])
    difference = np.abs(np.asarray(trunk(pixels)) - expected).max()
    print(f"largest difference from {file.name}: {difference:.1e}")
    read_signed_pixels(layers[0])
    run.mkdir(parents=True)
    save_config(config, run / runs.CONFIG)
    save_model(network, run)


def fitted(layer: keras.Layer, kernel: np.ndarray, bias: np.ndarray) -> list[np.ndarray]:
    """The kernel (out, rows, columns, in) and bias of TensorFlow Lite as those of a Keras layer."""
    arrays = []
    given = (kernel.transpose((1, 2, 3, 0)), bias)
    for array, wanted in zip(given, layer.get_weights(), strict=True):
        missing = [(0, want - has) for has, want in zip(array.shape, wanted.shape, strict=True)]
        arrays.append(np.pad(array, missing))
    return arrays


def read_signed_pixels(stem: keras.Layer) -> None:
    """Make a stem for pixels of 0..1 one for those of -1..1."""
    kernel, bias = stem.get_weights()
    stem.set_weights([kernel / 2, bias + kernel.sum(axis=(0, 1, 2)) / 2])


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
