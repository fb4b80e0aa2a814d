"""Picture and strokes of one drawing to one embedding and the logits of its category."""

from __future__ import annotations

import keras
from keras import layers

from sketchnet.models.layers import OrAbsent
from sketchnet.utils.errors import InputError

# Names of the inner models.
IMAGE_BRANCH = "image_branch"
STROKE_BRANCH = "stroke_branch"


def build_fused(
    n_classes: int,
    *,
    image: keras.Model | None = None,
    strokes: keras.Model | None = None,
    embedding_size: int = 256,
    head_size: int = 64,
) -> keras.Model:
    """Join an image branch, a stroke branch or both, and add a classification head.

    The branches are used, not copied: they keep their weights, and one whose `trainable` is False
    stays frozen. With one branch only, its embedding is the embedding of the model.

    Args:
        n_classes: number of categories.
        image: a model as from `build_image_branch`; its local map, if any, is left out.
        strokes: a model as from `build_stroke_lstm`.
        embedding_size: length of the joint unit vector, used where both branches are given.
        head_size: hidden features between embedding and logits.

    Returns:
        {"picture"}, {"strokes", "length"}, or with both branches {"picture", "strokes", "length",
        "has_picture" (B, 1), "has_strokes" (B, 1)} → {"embedding": (B, embedding_size) unit
        vectors, "logits": (B, n_classes)}, float32. Where a `has_…` is 0, a learnt vector replaces
        that branch's embedding and the input has no effect. In training pass the real input all
        the same: its statistics enter batch normalisation.

    Raises:
        InputError: neither branch is given, or n_classes < 1.
    """
    if image is None and strokes is None:
        raise InputError("an image branch, a stroke branch, or both", "neither")
    if n_classes < 1:
        raise InputError("at least one category", n_classes)
    inputs: dict[str, keras.KerasTensor] = {}
    embeddings = []
    for branch, name, flag in (
        (image, IMAGE_BRANCH, "has_picture"),
        (strokes, STROKE_BRANCH, "has_strokes"),
    ):
        if branch is None:
            continue
        # Only the layers that lead to the embedding: a local map would cost time, untrained.
        inner = keras.Model(branch.input, {"embedding": branch.output["embedding"]}, name=name)
        own_inputs = _inputs_like(branch)
        inputs |= own_inputs
        embedding = inner(own_inputs if name == STROKE_BRANCH else own_inputs["picture"])[
            "embedding"
        ]
        if image is not None and strokes is not None:
            inputs[flag] = keras.Input((1,), name=flag)
            embedding = OrAbsent(name=f"{name}_or_absent")([embedding, inputs[flag]])
        embeddings.append(embedding)
    embedding = embeddings[0] if len(embeddings) == 1 else _join(embeddings, embedding_size)
    return keras.Model(
        inputs,
        {"embedding": embedding, "logits": _classification_head(embedding, head_size, n_classes)},
        name="fused",
    )


def _inputs_like(branch: keras.Model) -> dict[str, keras.KerasTensor]:
    return {
        tensor.name: keras.Input(tensor.shape[1:], dtype=tensor.dtype, name=tensor.name)
        for tensor in branch.inputs
    }


def _join(embeddings: list, embedding_size: int):
    """The embeddings of both branches → the joint one, (B, embedding_size) of unit length."""
    names = (IMAGE_BRANCH, STROKE_BRANCH)
    scaled = [_to_unit_variance(each, name) for each, name in zip(embeddings, names, strict=True)]
    x = layers.Concatenate(name="both")(scaled)
    x = layers.Dense(2 * embedding_size, activation="relu", name="mix")(x)
    x = layers.Dense(embedding_size, name="project")(x)
    return layers.UnitNormalization(dtype="float32", name="embedding")(x)


def _classification_head(embedding, head_size: int, n_classes: int):
    x = _to_unit_variance(embedding, "head")
    x = layers.Dense(head_size, activation="relu", name="head")(x)
    return layers.Dense(n_classes, dtype="float32", name="logits")(x)


def _to_unit_variance(vectors, name):
    """Scale unit vectors (B, D) by √D, so that the next dense layer's inputs have variance 1."""
    return layers.Rescaling(float(vectors.shape[-1]) ** 0.5, name=f"spread_{name}")(vectors)
