"""What a network begins with, where that is not chance."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sketchnet import runs
from sketchnet.config.doodles import DoodleConfig
from sketchnet.models import saving
from sketchnet.utils.errors import InputError

if TYPE_CHECKING:
    import keras


def load_initial_weights(network: keras.Model, path: Path) -> str:
    """Begin from the weights of a run, from published ones (`.npy`) or from ImageNet's (`.h5`).

    A run of drawings brings what its image branch has in common with ours.

    Returns what was loaded, in words.
    """
    from sketchnet.models.fused import IMAGE
    from sketchnet.models.keras_applications import load_imagenet_weights
    from sketchnet.models.published_weights import load_published_weights
    from sketchnet.models.two_branch import branches, transfer_layers

    if path.suffix == ".h5":
        return load_imagenet_weights(network, path)
    if path.suffix == ".npy":
        reports = [load_published_weights(branch, path) for branch in branches(network)]
        return f"initial weights: {reports[0]}"
    run = runs.resolve_run(path)
    trained = saving.load_model(run)
    if isinstance(runs.config_of(run), DoodleConfig):
        if not any(layer.name == IMAGE for layer in trained.layers):
            raise InputError(
                "a network that reads pictures",
                f"{path}, which reads strokes alone",
                "give another run",
            )
        copied = transfer_layers(network, trained.get_layer(IMAGE))
        return f"initial weights: {copied:,} of the image branch from {path}"
    weights = trained.get_weights()
    ours = [tuple(variable.shape) for variable in network.weights]
    if [array.shape for array in weights] != ours:
        raise InputError(
            "weights of the same network",
            f"{len(weights)} arrays in {path} where {len(ours)} are needed, or other shapes",
            "give the same --branch, --size, --embedding-size and --shared",
        )
    network.set_weights(weights)
    return f"initial weights: {path}"
