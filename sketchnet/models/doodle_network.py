"""The network of a drawing task: built from its settings, and transferred into."""

from __future__ import annotations

import keras

from sketchnet.config.doodles import DoodleConfig
from sketchnet.models.backbones import WITH_LOCAL_MAPS, build_image_branch
from sketchnet.models.fused import IMAGE, STROKE, build_fused
from sketchnet.models.stroke_lstm import build_stroke_lstm
from sketchnet.utils.errors import InputError


def build_doodle_network(
    config: DoodleConfig, n_classes: int, *, mixed_precision: bool = False
) -> keras.Model:
    """The fused network of `config` with fresh weights; see `build_fused` for its form."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_float16" if mixed_precision else "float32")
    try:
        image = strokes = None
        if config.image_branch != "none":
            # No local map: nothing here aligns drawings cell by cell.
            options = {"local_size": 0} if config.image_branch in WITH_LOCAL_MAPS else {}
            image = build_image_branch(
                config.image_branch, config.size, 1, config.embedding_size, **options
            )
            image.trainable = not config.freeze_image
        if config.stroke_branch != "none":
            strokes = build_stroke_lstm(
                3, config.embedding_size, units=config.lstm_units, dropout=config.dropout
            )
        return build_fused(
            n_classes, image=image, strokes=strokes, embedding_size=config.embedding_size
        )
    finally:
        keras.config.set_dtype_policy(before)


def transfer_branches(network: keras.Model, trained: keras.Model) -> tuple[str, ...]:
    """Copy the weights of the branches that both networks have; the names of those copied.

    Raises InputError where they share none, or a shared one is of another size.
    """
    names = [layer.name for layer in trained.layers]
    shared = [name for name in (IMAGE, STROKE) if name in names and _has(network, name)]
    if not shared:
        raise InputError(
            "initial weights with a branch that this network has as well",
            "one without",
            "give the run of a network with the same --image-branch or --stroke-branch",
        )
    for name in shared:
        weights = trained.get_layer(name).get_weights()
        branch = network.get_layer(name)
        if [array.shape for array in weights] != [tuple(each.shape) for each in branch.weights]:
            raise InputError(
                f"initial weights for the same {name}",
                "other shapes",
                (
                    "give the same --image-branch, --stroke-branch, --size, --lstm-units and "
                    "--embedding-size"
                ),
            )
        branch.set_weights(weights)
    return tuple(shared)


def _has(network: keras.Model, name: str) -> bool:
    return any(layer.name == name for layer in network.layers)
