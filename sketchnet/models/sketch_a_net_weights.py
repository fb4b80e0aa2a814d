"""Load the weights of the original implementation (Yu et al., 2016) into Sketch-a-Net, by name.

These files (`*.npy`) hold a pickled dict of arrays named `conv1_s1/weights`, `fc7_sketch/biases`
and so on. The original files were not available to us: the reader follows the published code that
loaded them and is tested with files of the same format.
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
    """Which entries of a weights file were loaded, by their names in the file.

    Attributes:
        loaded: entries that were loaded.
        missing: entries of the model that the file lacks; these weights are unchanged.
        extra: entries of the file that the model lacks.
        mismatched: entries with another shape, or with values that are not finite numbers; ignored.
    """

    loaded: tuple[str, ...]
    missing: tuple[str, ...]
    extra: tuple[str, ...]
    mismatched: tuple[str, ...]

    def __str__(self) -> str:
        parts = [f"loaded {len(self.loaded)}"]
        for kind in ("missing", "extra", "mismatched"):
            names = getattr(self, kind)
            parts.append(f"{kind} {', '.join(names) if names else 'none'}")
        return "; ".join(parts)


def load_published_weights(model: keras.Model, path: Path | str) -> WeightsReport:
    """Load the arrays of a file into the layers of the same names.

    Args:
        model: a Sketch-a-Net, as from `build_sketch_a_net` or `sketch_branch(two_branch)`.
        path: `.npy` or pickle of a dict {"conv1_s1/weights": array, …}; kernels are (height, width,
            in, out) and (in, out), as in TensorFlow. Nothing in the file is executed.

    Returns:
        What was loaded and what was not.

    Raises:
        InputError: the file is not a dict of arrays, or no entry fits the model.
    """
    entries = load_arrays(path)
    if not isinstance(entries, dict):
        raise InputError(
            "a dict of arrays named like conv1_s1/weights", f"{type(entries).__name__} in {path}"
        )
    variables = _variables_by_published_name(model)
    loaded, mismatched = [], []
    for name in variables.keys() & entries.keys():
        variable, array = variables[name], entries[name]
        if _fits(array, variable):
            variable.assign(array)
            loaded.append(name)
        else:
            found = getattr(array, "shape", type(array).__name__)
            mismatched.append(f"{name} {found} for {tuple(variable.shape)}")
    report = WeightsReport(
        loaded=tuple(sorted(loaded)),
        missing=tuple(sorted(variables.keys() - entries.keys())),
        extra=tuple(sorted(str(name) for name in entries.keys() - variables.keys())),
        mismatched=tuple(sorted(mismatched)),
    )
    if not loaded:
        raise InputError(
            f"arrays of a Sketch-a-Net of {len(variables)} entries",
            f"none in {path} that fits ({report})",
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
