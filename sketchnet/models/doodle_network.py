"""The network of a doodle training, as its settings describe it."""

from __future__ import annotations

import keras

from sketchnet.config.base import TRUNKS
from sketchnet.config.doodles import DoodleConfig
from sketchnet.models.backbones import WITH_LOCAL_MAPS, build_image_branch
from sketchnet.models.fused import build_fused
from sketchnet.models.precision import building_precision
from sketchnet.models.stroke_lstm import build_stroke_lstm


def build_doodle_network(
    config: DoodleConfig, n_classes: int, mixed_precision: bool | None = None
) -> keras.Model:
    """Build the fused network of `config` with random weights.

    Args:
        config: settings of the training.
        n_classes: number of categories.
        mixed_precision: compute in float16; None = as `config` says.

    Returns:
        The model that `build_fused` describes.
    """
    with building_precision(config.mixed_precision if mixed_precision is None else mixed_precision):
        image = strokes = None
        if config.image_branch != "none":
            # No local map: doodles are not re-ranked.
            options = {"local_size": 0} if config.image_branch in WITH_LOCAL_MAPS else {}
            if config.image_branch in TRUNKS:
                options["trained_from"] = config.trained_from
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
