"""The first system's trained weights, into our Sketch-a-Net by name.

Those files (`*.npy`) hold a pickled dict of arrays named `conv1_s1/weights`, `fc7_sketch/biases`
and so on. The originals were not to be had: this is made after the published code that read them
and tested with files of the same form.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np

from sketchnet.utils.errors import InputError
from sketchnet.utils.safe_arrays import load_arrays

PUBLISHED_NAMES = {"weights": "kernel", "biases": "bias"}


@dataclass(frozen=True)
class WeightsReport:
    """What came of a weights file: names of entries, as the file has them or ought to."""

    loaded: tuple[str, ...]
    missing: tuple[str, ...]
    """Of the model, not in the file: left as they were."""
    extra: tuple[str, ...]
    """In the file, not of the model: left out."""
    misshapen: tuple[str, ...]
    """In both, with a shape that does not fit or values that are no finite numbers: left out."""

    def __str__(self) -> str:
        parts = [f"loaded {len(self.loaded)}"]
        for kind in ("missing", "extra", "misshapen"):
            names = getattr(self, kind)
            parts.append(f"{kind} {', '.join(names) if names else 'none'}")
        return "; ".join(parts)


def load_published_weights(model: keras.Model, path: Path | str) -> WeightsReport:
    """Load the arrays of `path` into the layers of `model` that bear their names.

    Args:
        model: a Sketch-a-Net, as from `build_sketch_a_net` or `sketch_branch(two_branch)`.
        path: `.npy` or pickle of a dict {"conv1_s1/weights": array, …}; kernels are (height, width,
            in, out) and (in, out), as in TensorFlow. Nothing in the file is executed.

    Raises:
        InputError: the file is no dict of arrays, or nothing in it fits the model.
    """
    entries = load_arrays(path)
    if not isinstance(entries, dict):
        raise InputError(
            "a dict of arrays named like conv1_s1/weights", f"{type(entries).__name__} in {path}"
        )
    variables = _variables_by_published_name(model)
    loaded, misshapen = [], []
    for name in variables.keys() & entries.keys():
        variable, array = variables[name], entries[name]
        if _fits(array, variable):
            variable.assign(array)
            loaded.append(name)
        else:
            found = getattr(array, "shape", type(array).__name__)
            misshapen.append(f"{name} {found} for {tuple(variable.shape)}")
    report = WeightsReport(
        loaded=tuple(sorted(loaded)),
        missing=tuple(sorted(variables.keys() - entries.keys())),
        extra=tuple(sorted(str(name) for name in entries.keys() - variables.keys())),
        misshapen=tuple(sorted(misshapen)),
    )
    if not loaded:
        raise InputError(
            f"arrays of a Sketch-a-Net of {len(variables)} entries",
            f"none that fits in {path} ({report})",
        )
    return report


def _variables_by_published_name(model: keras.Model) -> dict[str, keras.Variable]:
    return {
        f"{layer.name}/{published}": getattr(layer, ours)
        for layer in model.layers
        if isinstance(layer, keras.layers.Conv2D | keras.layers.Dense)
        for published, ours in PUBLISHED_NAMES.items()
        if getattr(layer, ours) is not None
    }


def _fits(array: Any, variable: keras.Variable) -> bool:
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiu":
        return False
    if array.shape != tuple(variable.shape):
        return False
    return bool(np.isfinite(array).all())
