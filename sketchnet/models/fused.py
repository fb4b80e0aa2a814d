"""Picture and strokes of one drawing → one embedding and the logits of its category."""

from __future__ import annotations

import keras
from keras import layers

from sketchnet.models.layers import OrAbsent
from sketchnet.utils.errors import InputError

IMAGE = "image_branch"
STROKE = "stroke_branch"


def build_fused(
    n_classes: int,
    *,
    image: keras.Model | None = None,
    strokes: keras.Model | None = None,
    embedding_size: int = 256,
    head_size: int = 64,
) -> keras.Model:
    """Join an image branch, a stroke branch, or both to an embedding and a classification head.

    The branches are used, not copied: one that was trained before brings its weights, one whose
    `trainable` is False stays frozen. With one branch alone, its embedding is the model's.

    Args:
        n_classes: categories.
        image: as from `build_image_branch`; its local maps, if any, are left out.
        strokes: as from `build_stroke_lstm`.
        embedding_size: length of the joint unit vector, where both branches are given.
        head_size: hidden features between embedding and logits.

    Returns:
        {"picture"}, {"strokes", "length"}, or with both branches {"picture", "strokes", "length",
        "has_picture" (B, 1), "has_strokes" (B, 1)} → {"embedding": (B, embedding_size) unit
        vectors, "logits": (B, n_classes)}, float32. Where a `has_…` is 0, a learnt vector stands in
        for that branch and the input does not matter. In training hand the true input all the
        same: batch normalisation sees it.

    Raises:
        InputError: neither branch is given, or n_classes < 1.
    """
    if image is None and strokes is None:
        raise InputError("an image branch, a stroke branch, or both", "neither")
    if n_classes < 1:
        raise InputError("at least one category", n_classes)
    inputs: dict[str, keras.KerasTensor] = {}
    parts = []
    for branch, name, flag in ((image, IMAGE, "has_picture"), (strokes, STROKE, "has_strokes")):
        if branch is None:
            continue
        # Only what leads to the embedding: a local map would be paid for and never trained.
        inner = keras.Model(branch.input, {"embedding": branch.output["embedding"]}, name=name)
        fresh = _inputs_like(branch)
        inputs |= fresh
        part = inner(fresh if name == STROKE else fresh["picture"])["embedding"]
        if image is not None and strokes is not None:
            inputs[flag] = keras.Input((1,), name=flag)
            part = OrAbsent(name=f"{name}_or_absent")([part, inputs[flag]])
        parts.append(part)
    embedding = parts[0] if len(parts) == 1 else _join(parts, embedding_size)
    return keras.Model(
        inputs,
        {"embedding": embedding, "logits": _head(embedding, head_size, n_classes)},
        name="fused",
    )


def image_branch(model: keras.Model) -> keras.Model:
    """The inner image branch of a fused model."""
    return model.get_layer(IMAGE)


def stroke_branch(model: keras.Model) -> keras.Model:
    """The inner stroke branch of a fused model."""
    return model.get_layer(STROKE)


def _inputs_like(branch: keras.Model) -> dict[str, keras.KerasTensor]:
    return {
        tensor.name: keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=tensor.name)
        for tensor in branch.inputs
    }


def _join(parts: list, embedding_size: int):
    names = (IMAGE, STROKE)
    spread = [_at_unit_variance(part, name) for part, name in zip(parts, names, strict=True)]
    x = layers.Concatenate(name="both")(spread)
    x = layers.Dense(2 * embedding_size, activation="relu", name="mix")(x)
    x = layers.Dense(embedding_size, name="project")(x)
    return layers.UnitNormalization(dtype="float32", name="embedding")(x)


def _head(embedding, head_size: int, n_classes: int):
    x = _at_unit_variance(embedding, "head")
    x = layers.Dense(head_size, activation="relu", name="head")(x)
    return layers.Dense(n_classes, dtype="float32", name="logits")(x)


def _at_unit_variance(vectors, name):
    """A unit vector's entries are of the order 1/√D, where a dense layer would start out asleep."""
    return layers.Rescaling(float(vectors.shape[-1]) ** 0.5, name=f"spread_{name}")(vectors)
