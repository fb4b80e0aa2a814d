"""Sketch branch and photo branch side by side: one embedding space for both."""

from __future__ import annotations

import keras

from sketchnet.models.backbones import build_image_branch
from sketchnet.utils.errors import InputError

SHARED = "shared_branch"
SKETCH = "sketch_branch"
PHOTO = "photo_branch"


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
        branch: a name of `IMAGE_BRANCHES`.
        size: side of the pictures in pixels.
        photo_channels: 1 for edge maps, 3 for RGB.
        shared: one set of weights for both sides; needs edge maps.
        embedding_size: length of the unit vectors.
        branch_options: handed to the branch's builder (`local_size=0`, `width=…`).

    Returns:
        {"sketch": (B, size, size, 1), "photo": (B, size, size, photo_channels)}, both in 0..255 →
        {"sketch_embedding", "photo_embedding": (B, embedding_size)} and, where the branch has local
        maps, {"sketch_local", "photo_local": (B, h, w, c)}.

    Raises:
        InputError: shared weights with RGB photos, or an unknown branch.
    """
    if shared and photo_channels != 1:
        raise InputError(
            "edge maps (1 channel) where both sides share their weights",
            f"photos of {photo_channels} channels: use separate branches",
        )
    sketch = keras.Input((size, size, 1), name="sketch")
    photo = keras.Input((size, size, photo_channels), name="photo")
    if shared:
        of_sketch = of_photo = build_image_branch(
            branch, size, 1, embedding_size, name=SHARED, **branch_options
        )
    else:
        of_sketch = build_image_branch(
            branch, size, 1, embedding_size, name=SKETCH, **branch_options
        )
        of_photo = build_image_branch(
            branch, size, photo_channels, embedding_size, name=PHOTO, **branch_options
        )
    outputs = {f"sketch_{key}": value for key, value in of_sketch(sketch).items()}
    outputs |= {f"photo_{key}": value for key, value in of_photo(photo).items()}
    return keras.Model({"sketch": sketch, "photo": photo}, outputs, name="two_branch")


def sketch_branch(model: keras.Model) -> keras.Model:
    """The inner single-input model that embeds sketches (the same object where shared)."""
    return _inner(model, SKETCH)


def photo_branch(model: keras.Model) -> keras.Model:
    """The inner single-input model that embeds photos or their edge maps."""
    return _inner(model, PHOTO)


def branches(model: keras.Model) -> list[keras.Model]:
    """Both inner models, or the one that serves both sides."""
    return [*{id(b): b for b in (sketch_branch(model), photo_branch(model))}.values()]


def transfer_layers(network: keras.Model, image: keras.Model) -> int:
    """Copy into both branches what an image branch trained elsewhere has under the same names.

    Layers of another shape, as the last one of pictures of another size, stay fresh. Returns the
    number of parameters copied; raises InputError where there are none.
    """
    theirs = {layer.name: layer.get_weights() for layer in image.layers if layer.weights}
    copied = 0
    for branch in branches(network):
        copied = 0
        for layer in branch.layers:
            weights = theirs.get(layer.name, [])
            shapes = [tuple(weight.shape) for weight in layer.weights]
            if weights and [array.shape for array in weights] == shapes:
                layer.set_weights(weights)
                copied += layer.count_params()
    if not copied:
        raise InputError(
            "initial weights of the same image branch",
            "others",
            (
                "give the run of a network with the same --branch as its --image-branch, and the same "
                "--width"
            ),
        )
    return copied


def _inner(model: keras.Model, name: str) -> keras.Model:
    layers = {layer.name: layer for layer in model.layers}
    inner = layers.get(name) or layers.get(SHARED)
    if not isinstance(inner, keras.Model):
        raise InputError(
            "a network of two branches",
            f"{model.name} without {name}",
            "train it with `train.py retrieval`",
        )
    return inner
