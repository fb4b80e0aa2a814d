"""A run's networks as files for other programs: `python -m sketchnet.runs export`.

Beside each file lies a JSON file that says what goes in and what comes out.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from sketchnet import runs
from sketchnet.imaging.prepare import PREPARATION_VERSION
from sketchnet.imaging.views import canvas_for
from sketchnet.inference.convert import DRAWING, subnetwork, subnetworks_of, to_onnx, to_tflite
from sketchnet.inference.doodle_embedder import load_input_spec
from sketchnet.strokes.rasterize import FILL, LINE
from sketchnet.utils.atomic_files import write_atomically, write_text_atomically
from sketchnet.utils.errors import InputError

if TYPE_CHECKING:
    import keras

Format = Literal["onnx", "tflite"]

ENDINGS = {"onnx": ".onnx", "tflite": ".tflite"}


def export_run(run: Path | str, form: Format, out: Path | None = None) -> list[Path]:
    """Write the networks of a run, and beside each a JSON file that describes it.

    Args:
        run: a run's folder, or a shipped name.
        form: onnx (ONNX Runtime and others) or tflite (LiteRT, on phones).
        out: the file to write, by default named after the run, in the current folder. Where a run
            has two networks, `-sketch` and `-photo` are put into its name.

    Returns the networks' files. Raises InputError where the format cannot be made here.
    """
    folder = runs.resolve_run(run)
    names = subnetworks_of(runs.config_of(folder))
    from sketchnet.models import saving

    network = saving.load_model(folder)
    out = out or Path(folder.resolve().name + ENDINGS[form])
    written = []
    for name in names:
        made = subnetwork(network, name)
        try:
            inside = {"fingerprint": runs.fingerprint(folder)}
            content = to_onnx(made, inside) if form == "onnx" else to_tflite(made)
        except ImportError as error:
            raise InputError(
                f"the converter to {form}",
                f"an environment without it ({error})",
                "pip install tf2onnx",
            ) from error
        path = out if len(names) == 1 else out.with_stem(f"{out.stem}-{name}")
        about = describe(folder, name, made)
        _write(path, content, about)
        written.append(path)
    return written


def _write(path: Path, content: bytes, about: dict[str, Any]) -> None:
    write_atomically(path, lambda file: file.write(content))
    text = json.dumps(about, indent=2, ensure_ascii=False) + "\n"
    write_text_atomically(path.with_suffix(".json"), text)


def describe(run: Path, name: str, network: keras.Model) -> dict[str, Any]:
    """What a program has to know that asks the network, as JSON values."""
    form: dict[str, Any] = {}
    picture = next((t for t in network.inputs if len(t.shape) == 4), None)
    if picture is not None:
        size, channels = picture.shape[1], picture.shape[3]
        form["picture"] = {
            "canvas": canvas_for(size),
            "size": size,
            "channels": channels,
            "values": "float32, 0 (black ink) to 255 (white paper)",
            "preparation": PREPARATION_VERSION,
            "object": FILL,
            "line": LINE,
            "how": (
                "Trim the picture to what is on it and lay it, centred, on a white square of side "
                "`canvas`, its longest side `object` of that"
                + (
                    ", every line black and `line` of the canvas wide. "
                    if channels == 1
                    else ", in colour (RGB). "
                )
                + "The network sees `size` by `size` pixels of it: the centre, or five crops "
                "(corners and centre) whose embeddings are averaged and brought to length 1."
            ),
        }
    if name == DRAWING:
        form |= _of_drawings(run)
    return {
        "run": run.resolve().name,
        "fingerprint": runs.fingerprint(run),
        "network": name,
        "inputs": {tensor.name: _tensor(tensor) for tensor in network.inputs},
        "outputs": {key: _tensor(tensor) for key, tensor in network.output.items()},
        "meaning": {key: _MEANINGS[key] for key in network.output},
        **form,
    }


_MEANINGS = {
    "embedding": "unit vector; the squared Euclidean distance of two of them tells how alike",
    "local": "map of features: a cell's direction is its feature, its length, 0 to 1, its weight",
    "logits": "scores of the categories; their softmax is the probabilities",
}


def _of_drawings(run: Path) -> dict[str, Any]:
    inputs, categories = load_input_spec(run)
    return {
        "categories": list(categories),
        "strokes": {
            "most_points": inputs.max_points,
            "start": inputs.normalization.start,
            "mean": inputs.normalization.mean,
            "deviation": inputs.normalization.deviation,
            "how": (
                "Shift and scale the drawing to 0 … 255 (longest side), x right, y down, points "
                "1 apart, then simplify (Ramer-Douglas-Peucker, epsilon 2). A row is (Δx, Δy, 1 on "
                "a stroke's last point), the first one counted from `start`; Δ less `mean`, over "
                "`deviation`. `length` is the number of rows, which zeros may follow; `has_strokes`"
                " and `has_picture` are 1 where there is one, else 0, and its values do not matter."
            ),
        },
    }


def _tensor(tensor: Any) -> dict[str, Any]:
    free = ("batch", "points")
    shape = [free[axis] if size is None else size for axis, size in enumerate(tensor.shape)]
    return {"shape": shape, "type": tensor.dtype}
