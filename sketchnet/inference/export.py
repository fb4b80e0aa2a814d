"""Export the networks of a run for other programs: `python -m sketchnet.export`.

Beside each file lies a JSON file that describes its inputs and outputs.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sketchnet import runs
from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.imaging.prepare import PREPARATION_VERSION
from sketchnet.imaging.views import canvas_for
from sketchnet.inference.convert import DRAWING, subnetwork, subnetworks_of, to_onnx, to_tflite
from sketchnet.inference.doodle_embedder import load_input_spec, load_temperature
from sketchnet.strokes.rasterize import FILL, LINE
from sketchnet.utils.atomic_files import write_atomically, write_text_atomically
from sketchnet.utils.errors import InputError

if TYPE_CHECKING:
    import keras

Format = Literal["onnx", "tflite"]

SUFFIXES = {"onnx": ".onnx", "tflite": ".tflite"}

OUTPUT_DESCRIPTIONS = {
    "embedding": "unit vector; the smaller the squared Euclidean distance, the more similar",
    "local": "local feature map: the direction of a cell is its feature, its length (0 to 1) its "
    "weight",
    "logits": "logits of the categories; the softmax of logits / temperature is the probabilities",
}
PICTURE_DESCRIPTION = (
    "Crop the picture to its content and centre it on a white square of side `canvas`, the longest "
    "side of the content being `object` of that{style}. The network receives `size` by `size` "
    "pixels of it: the centre, or five crops (corners and centre) whose embeddings are averaged "
    "and normalised to length 1."
)
LINE_STYLE = ", with every line black and `line` of the canvas wide"
COLOUR_STYLE = ", in colour (RGB)"
STROKES_DESCRIPTION = (
    "Shift and scale the drawing to 0 … 255 (longest side), x right, y down, points 1 apart, then "
    "simplify (Ramer-Douglas-Peucker, epsilon 2). A row is (Δx, Δy, 1 on the last point of a "
    "stroke); the first row is relative to `start`. Subtract `mean` from Δ and divide by "
    "`deviation`. `length` is the number of rows; zeros may follow. `has_strokes` and "
    "`has_picture` are 1 where the input is present and 0 otherwise; the values of an absent input "
    "have no effect."
)


def export_run(run: Path | str, form: Format, out: Path | None = None) -> list[Path]:
    """Write the networks of a run, and beside each a JSON file that describes it.

    Args:
        run: directory of a run, or a shipped name.
        form: onnx (ONNX Runtime and others) or tflite (LiteRT, on phones).
        out: file to write; None = named after the run, in the current directory. Where a run has
            two networks, `-sketch` and `-photo` are appended to the stem.

    Returns:
        The files of the networks.

    Raises:
        InputError: there is no such run, or the converter is not installed.
    """
    folder = runs.resolve_run(run)
    names = subnetworks_of(runs.config_of(folder))
    from sketchnet.models import saving  # imports Keras, after the cheap checks

    network = saving.load_model(folder)
    out = out or Path(folder.resolve().name + SUFFIXES[form])
    written = []
    for name in names:
        part = subnetwork(network, name)
        try:
            metadata = {"fingerprint": runs.fingerprint(folder)}
            content = to_onnx(part, metadata) if form == "onnx" else to_tflite(part)
        except ImportError as error:
            raise InputError(
                f"the converter to {form}",
                f"an environment without it ({error})",
                "pip install tf2onnx",
            ) from error
        path = out if len(names) == 1 else out.with_stem(f"{out.stem}-{name}")
        _write(path, content, describe_network(folder, name, part))
        written.append(path)
    return written


def describe_network(run: Path, name: str, network: keras.Model) -> dict[str, Any]:
    """What a program needs to know to call the network, as JSON values.

    Args:
        run: directory of the run.
        name: name of the sub-network (`subnetworks_of`).
        network: the sub-network.
    """
    description = {
        "run": run.resolve().name,
        "fingerprint": runs.fingerprint(run),
        "network": name,
        "inputs": {tensor.name: _describe_tensor(tensor) for tensor in network.inputs},
        "outputs": {key: _describe_tensor(tensor) for key, tensor in network.output.items()},
        "meaning": {key: OUTPUT_DESCRIPTIONS[key] for key in network.output},
    }
    picture = next((tensor for tensor in network.inputs if len(tensor.shape) == 4), None)
    if picture is not None:
        description["picture"] = _describe_picture(run, *picture.shape[2:])
    if name == DRAWING:
        description |= _describe_doodles(run)
    return description


def _describe_picture(run: Path, size: int, channels: int) -> dict[str, Any]:
    style = LINE_STYLE if channels == 1 else COLOUR_STYLE
    config = runs.config_of(run)
    return {
        "canvas": canvas_for(size),
        "size": size,
        "channels": channels,
        "values": "float32, 0 (black ink) to 255 (white paper)",
        "preparation": PREPARATION_VERSION,
        "object": FILL,
        "line": config.line_width if isinstance(config, RetrievalConfig) else LINE,
        "how": PICTURE_DESCRIPTION.format(style=style),
    }


def _describe_doodles(run: Path) -> dict[str, Any]:
    inputs, categories = load_input_spec(run)
    return {
        "categories": list(categories),
        "temperature": load_temperature(run),
        "strokes": {
            "most_points": inputs.max_points,
            "start": inputs.normalization.start,
            "mean": inputs.normalization.mean,
            "deviation": inputs.normalization.deviation,
            "how": STROKES_DESCRIPTION,
        },
    }


def _describe_tensor(tensor: Any) -> dict[str, Any]:
    free = ("batch", "points")
    shape = [free[axis] if size is None else size for axis, size in enumerate(tensor.shape)]
    return {"shape": shape, "type": tensor.dtype}


def _write(path: Path, content: bytes, description: dict[str, Any]) -> None:
    write_atomically(path, lambda file: file.write(content))
    text = json.dumps(description, indent=2, ensure_ascii=False) + "\n"
    write_text_atomically(path.with_suffix(".json"), text)
