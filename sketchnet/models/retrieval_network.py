"""The network of a retrieval training, as its settings describe it."""

from __future__ import annotations

import keras

from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.models.backbones import WITH_LOCAL_MAPS
from sketchnet.models.precision import building_precision
from sketchnet.models.trunk_branches import build_trunk_network
from sketchnet.models.two_branch import build_two_branch


def build_retrieval_network(
    config: RetrievalConfig, mixed_precision: bool | None = None
) -> keras.Model:
    """Build the two-branch network of `config`: random weights, but for a pretrained trunk.

    Args:
        config: settings of the training.
        mixed_precision: compute in float16; None = as `config` says.

    Returns:
        The model that `build_two_branch` or, on a trunk, `build_trunk_network` describes.
    """
    with building_precision(config.mixed_precision if mixed_precision is None else mixed_precision):
        photo_channels = 3 if config.photo_input == "rgb" else 1
        if config.has_trunk:
            return build_trunk_network(
                config.branch,
                config.size,
                config.embedding_size,
                photo_channels=photo_channels,
                trained_from=config.trained_from,
                pretrained=config.pretrained,
                **({} if config.local else {"local_size": 0}),
            )
        return build_two_branch(
            config.branch,
            config.size,
            photo_channels=photo_channels,
            shared=config.shared,
            embedding_size=config.embedding_size,
            **_branch_options(config),
        )


def _branch_options(config: RetrievalConfig) -> dict[str, int]:
    """Arguments that only the builder of this branch takes."""
    options: dict[str, int] = {}
    if config.branch == "compact":
        options |= {"width": config.width, "depth": config.depth}
    if config.branch in WITH_LOCAL_MAPS and not config.local:
        options["local_size"] = 0  # local maps that are not trained must not re-rank
    return options
