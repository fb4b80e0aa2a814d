"""Layers that Keras lacks, registered so that saved models load in safe mode.

Import this module before loading a `.keras` file of sketchnet. The registered names and the names
of the weights are part of these files.
"""

from __future__ import annotations

import keras
from keras import ops

# Far below any squared length that matters, and large enough for a finite gradient.
EPSILON = 1e-8

_register = keras.saving.register_keras_serializable(package="sketchnet")


@_register
class LocalMap(keras.layers.Layer):
    """Local features, their learnt weights and the ink of their cells → one local map.

    Inputs: features (B, h, w, c), weight logits (B, h, w, 1), ink in 0..1 (B, h, w, 1).
    Output: (B, h, w, c) float32. The direction of a cell is its feature; its length, 0..1, is the
    weight of the cell. Cells without ink have length 0, so that blank paper neither raises nor
    lowers a score and a partial sketch is compared by the drawn part only.
    """

    def __init__(self, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)

    def call(self, inputs):
        features, logits, ink = inputs
        squares = ops.sum(ops.square(features), axis=-1, keepdims=True)
        return features * ops.rsqrt(squares + EPSILON) * ops.sigmoid(logits) * ink

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0])


@_register
class InkChannel(keras.layers.Layer):
    """Ink of each pixel, 0 (paper) to 1, in its darkest channel: (B, H, W, channels) → (…, 1)."""

    def call(self, inputs):
        return ops.max(inputs, axis=-1, keepdims=True)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 1)


def build_local_map(features, logits, ink):
    """Build the `LocalMap` at an eighth of the picture's side.

    Args:
        features: (B, h, w, c).
        logits: (B, h, w, 1), of the cell weights.
        ink: (B, H, W, channels), 0 (paper) to 1, at the size of the picture.

    Returns:
        (B, h, w, c) float32. The ink is pooled with the strides and the padding of three
        convolutions of stride 2, so that the cells of both maps cover the same pixels.
    """
    cell_ink = InkChannel(name="ink_channel")(ink)
    for step in range(1, 4):
        pool = keras.layers.MaxPooling2D(3, strides=2, padding="same", name=f"local_ink{step}")
        cell_ink = pool(cell_ink)
    return LocalMap(name="local")([features, logits, cell_ink])


@_register
class StepSummary(keras.layers.Layer):
    """Last step, mean and maximum over the steps before the padding, (B, T, U), (B,) → (B, 3 U).

    A sequence of length 0 has a learnt vector. This layer takes the place of a mask: steps after
    the length cannot change the result, and cuDNN's rule against fully masked rows never applies.
    Mean and maximum give every step a short path to the loss.
    """

    def build(self, input_shape):
        # Not zeros: the direction of a zero vector has no useful gradient.
        self.empty = self.add_weight(
            name="empty",
            shape=(3 * input_shape[0][-1],),
            initializer=keras.initializers.RandomNormal(stddev=0.1),
        )

    def call(self, inputs):
        steps, lengths = inputs
        n_steps = ops.shape(steps)[1]
        lengths = ops.expand_dims(ops.minimum(ops.cast(lengths, "int32"), n_steps), 1)  # (B, 1)
        index = ops.expand_dims(ops.arange(n_steps, dtype="int32"), 0)  # (1, T)
        is_step = ops.expand_dims(index < lengths, 2)  # (B, T, 1)
        count = ops.cast(ops.maximum(lengths, 1), steps.dtype)
        last = ops.sum(ops.where(ops.expand_dims(index == lengths - 1, 2), steps, 0), axis=1)
        mean = ops.sum(ops.where(is_step, steps, 0), axis=1) / count
        # An LSTM's outputs lie in -1..1.
        largest = ops.max(ops.where(is_step, steps, -1), axis=1)
        summary = ops.concatenate([last, mean, largest], axis=1)
        return ops.where(lengths > 0, summary, ops.cast(self.empty, summary.dtype))

    def compute_output_shape(self, input_shape):
        return (input_shape[0][0], 3 * input_shape[0][-1])


@_register
class OrAbsent(keras.layers.Layer):
    """Vectors (B, D) where `present` (B, 1) is 1, one learnt vector where it is 0.

    The absent input is deselected, not multiplied by zero: its values, even NaN, have no effect.
    """

    def build(self, input_shape):
        self.absent = self.add_weight(
            name="absent",
            shape=(input_shape[0][-1],),
            initializer=keras.initializers.RandomNormal(stddev=0.1),
        )

    def call(self, inputs):
        vectors, present = inputs
        return ops.where(present > 0.5, vectors, ops.cast(self.absent, vectors.dtype))

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0])
