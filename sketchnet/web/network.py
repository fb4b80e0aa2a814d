"""The network of a page without a server: ONNX with its weights in half precision."""

from __future__ import annotations

import numpy as np

from sketchnet.utils.errors import InputError

SMALLEST = 64  # numbers; smaller arrays, such as biases and scales, keep their precision


def halved_onnx(content: bytes) -> bytes:
    """The same network with its large weights as float16, which it casts to float32 itself.

    It computes in float32 as before; an engine casts the weights once, when it loads the file.
    Raises InputError where the package onnx is missing.
    """
    try:
        import onnx  # optional
    except ImportError as error:
        raise InputError(
            "the package onnx", f"an environment without it ({error})", "pip install tf2onnx"
        ) from error
    model = onnx.load_from_string(content)
    weights, casts = [], []
    for tensor in model.graph.initializer:
        array = onnx.numpy_helper.to_array(tensor)
        fits = array.dtype == np.float32 and array.size >= SMALLEST and array.ndim > 1
        if not fits or np.abs(array).max() > np.finfo(np.float16).max:
            weights.append(tensor)
            continue
        half = f"{tensor.name}/half"
        weights.append(onnx.numpy_helper.from_array(array.astype(np.float16), half))
        cast = onnx.helper.make_node("Cast", [half], [tensor.name], to=onnx.TensorProto.FLOAT)
        casts.append(cast)
    nodes = [*casts, *model.graph.node]
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(weights)
    model.graph.node.extend(nodes)
    return model.SerializeToString()
