"""A Keras network as a file for other engines."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sketchnet.config.files import Config
from sketchnet.config.retrieval import RetrievalConfig

if TYPE_CHECKING:
    import keras

PICTURE, SKETCH, PHOTO, DRAWING = "picture", "sketch", "photo", "drawing"


def subnetworks_of(config: Config) -> tuple[str, ...]:
    """Names of the networks that inference runs, each of which is exported as a file of its own.

    `picture` embeds sketches and edge maps alike; `sketch` and `photo` are the two branches where
    they do not share all weights; `drawing` is the whole network of a doodle run.
    """
    if not isinstance(config, RetrievalConfig):
        return (DRAWING,)
    return (PICTURE,) if config.has_one_branch else (SKETCH, PHOTO)


def subnetwork(network: keras.Model, name: str) -> keras.Model:
    """The part of a run's network that `subnetworks_of` calls `name`."""
    from sketchnet.models.two_branch import photo_branch, sketch_branch  # imports Keras

    if name == DRAWING:
        return network
    return photo_branch(network) if name == PHOTO else sketch_branch(network)


def to_onnx(network: keras.Model, metadata: dict[str, str] | None = None) -> bytes:
    """The network as the bytes of an ONNX file, for any batch size and sequence length.

    `metadata` is stored in the file. Raises ImportError where tf2onnx is missing, or what the
    converter raises.
    """
    import onnx  # optional

    model = onnx.load_from_string(_export(network, "onnx", ".onnx", batch=None))
    for value in (*model.graph.input, *model.graph.output):
        # The converter names the free sizes unk__186 and the like.
        for name, size in zip(("batch", "points"), value.type.tensor_type.shape.dim, strict=False):
            if not size.HasField("dim_value"):
                size.dim_param = name
    onnx.helper.set_model_props(model, metadata or {})
    return model.SerializeToString()


def to_tflite(network: keras.Model, *, batch: int | None = None, half: bool = False) -> bytes:
    """The network as the bytes of a LiteRT (TensorFlow Lite) file with built-in operations only.

    Networks with a stroke branch take one drawing of any length, since LiteRT has no recurrent
    layer for a batch of unknown size.

    Args:
        network: a network of a run.
        batch: the only batch size of a picture network, which LiteRT for the web wants to know;
            None = any.
        half: whether the weights are stored as float16. LiteRT computes in float32 all the same.
    """
    recurrent = any(tensor.name == "strokes" for tensor in network.inputs)
    settings = {}
    if half:
        import tensorflow as tf

        halved = {"supported_types": [tf.float16]}
        settings = {"optimizations": [tf.lite.Optimize.DEFAULT], "target_spec": halved}
    return _export(network, "litert", ".tflite", 1 if recurrent else batch, **settings)


def _export(
    network: keras.Model, form: str, suffix: str, batch: int | None, **settings: Any
) -> bytes:
    """The file that Keras exports in the format `form`, with a fixed or free (None) batch size.

    `settings` are those of the converter.
    """
    import keras  # not at the top: this file is imported where inference needs no Keras

    specs = {
        tensor.name: keras.InputSpec(
            shape=(batch, *tensor.shape[1:]), dtype=tensor.dtype, name=tensor.name
        )
        for tensor in network.inputs
    }
    signature = [specs if isinstance(network.input, dict) else next(iter(specs.values()))]
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the converters warn about their own code
        path = Path(folder) / f"network{suffix}"
        network.export(str(path), format=form, verbose=False, input_signature=signature, **settings)
        return path.read_bytes()
