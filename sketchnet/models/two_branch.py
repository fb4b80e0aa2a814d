"""Sketch branch and photo branch side by side: a joint embedding of sketches and photos."""

from __future__ import annotations

import keras

from sketchnet.models.backbones import build_image_branch
from sketchnet.utils.errors import InputError

# Names of the inner models. `SHARED_BRANCH` takes the place of both where they share all weights.
SKETCH_BRANCH = "sketch_branch"
PHOTO_BRANCH = "photo_branch"
SHARED_BRANCH = "shared_branch"


def build_two_branch(
    branch: str = "compact",
    size: int = 96,
    photo_channels: int = 1,
    shared: bool = True,
    embedding_size: int = 256,
    **branch_options,
) -> keras.Model:
    """Build the retrieval model.

    Args:
        branch: a name in `IMAGE_BRANCHES`.
        size: side of the square pictures in pixels.
        photo_channels: 1 for edge maps, 3 for RGB.
        shared: use one set of weights for sketches and photos; needs edge maps.
        embedding_size: length of the unit vectors.
        branch_options: further arguments of the branch's builder (`local_size=0`, `width=…`).

    Returns:
        {"sketch": (B, size, size, 1), "photo": (B, size, size, photo_channels)}, both in 0..255 →
        {"sketch_embedding", "photo_embedding": (B, embedding_size)} and, where the branch has local
        maps, {"sketch_local", "photo_local": (B, h, w, c)}.

    Raises:
        InputError: shared weights with RGB photos, or an unknown branch.
    """
    if shared and photo_channels != 1:
        raise InputError(
            "edge maps (1 channel) for shared weights",
            f"photos of {photo_channels} channels",
            "use separate branches (--no-shared)",
        )
    sketch = keras.Input((size, size, 1), name="sketch")
    photo = keras.Input((size, size, photo_channels), name="photo")
    if shared:
        of_sketch = of_photo = build_image_branch(
            branch, size, 1, embedding_size, name=SHARED_BRANCH, **branch_options
        )
    else:
        of_sketch = build_image_branch(
            branch, size, 1, embedding_size, name=SKETCH_BRANCH, **branch_options
        )
        of_photo = build_image_branch(
            branch, size, photo_channels, embedding_size, name=PHOTO_BRANCH, **branch_options
        )
    outputs = {f"sketch_{key}": value for key, value in of_sketch(sketch).items()}
    outputs |= {f"photo_{key}": value for key, value in of_photo(photo).items()}
    return keras.Model({"sketch": sketch, "photo": photo}, outputs, name="two_branch")


def is_two_branch(model: keras.Model) -> bool:
    """Whether `model` is a retrieval model: of `build_two_branch`, or on a shared trunk."""
    return {tensor.name for tensor in model.inputs} == {"sketch", "photo"}


def sketch_branch(model: keras.Model) -> keras.Model:
    """The single-input model that embeds sketches (the photo branch too, where shared).

    Raises InputError where `model` is not a retrieval model.
    """
    return _branch(model, "sketch", SKETCH_BRANCH)


def photo_branch(model: keras.Model) -> keras.Model:
    """The single-input model that embeds photos or their edge maps.

    Raises InputError where `model` is not a retrieval model.
    """
    return _branch(model, "photo", PHOTO_BRANCH)


def branches(model: keras.Model) -> list[keras.Model]:
    """The sketch and the photo branch, or the one model that they share."""
    return [*{id(b): b for b in (sketch_branch(model), photo_branch(model))}.values()]


def _branch(model: keras.Model, side: str, name: str) -> keras.Model:
    """The inner model of this name, or the part of the network that leads to the side's outputs."""
    if not is_two_branch(model):
        raise InputError(
            "a network of two branches",
            f"{model.name} with other inputs",
            "train it with `train.py retrieval`",
        )
    layers = {layer.name: layer for layer in model.layers}
    inner = layers.get(name) or layers.get(SHARED_BRANCH)
    if isinstance(inner, keras.Model):
        return inner
    outputs = {
        key.removeprefix(f"{side}_"): tensor
        for key, tensor in model.output.items()
        if key.startswith(f"{side}_")
    }
    return keras.Model(model.input[side], outputs, name=name)
