"""The few layers that Keras lacks, registered so that a saved model loads in safe mode.

Whoever loads a `.keras` file of ours imports this module first.
"""

from __future__ import annotations

import keras
from keras import ops

# Far below any length that matters, large enough that a gradient through it stays tame.
TINY_SQUARE = 1e-8

_register = keras.saving.register_keras_serializable(package="sketchnet")


@_register
class LocalMap(keras.layers.Layer):
    """Features, their learnt weight and the ink below them → one map of weighted directions.

    Inputs: features (B, h, w, c), weight logits (B, h, w, 1), ink in 0..1 (B, h, w, 1).
    Output (B, h, w, c) float32: a cell's direction is its feature, its length in 0..1 says how much
    the cell counts. A cell without ink counts nothing, so that blank paper never speaks for or
    against a neighbour and a half-drawn shoe is judged by the drawn half.
    """

    def __init__(self, **kwargs):
        kwargs.setdefault("dtype", "float32")
        super().__init__(**kwargs)

    def call(self, inputs):
        features, logits, ink = inputs
        squares = ops.sum(ops.square(features), axis=-1, keepdims=True)
        return features * ops.rsqrt(squares + TINY_SQUARE) * ops.sigmoid(logits) * ink

    def compute_output_shape(self, input_shape):
        return tuple(input_shape[0])


@_register
class InkChannel(keras.layers.Layer):
    """Ink of each pixel, 0 (paper) to 1, in the darkest channel: (B, H, W, channels) → (…, 1)."""

    def call(self, inputs):
        return ops.max(inputs, axis=-1, keepdims=True)

    def compute_output_shape(self, input_shape):
        return (*input_shape[:-1], 1)


def weigh(features, logits, ink):
    """The `LocalMap` of an eighth of the side: features and logits (B, h, w, …), ink (B, H, W, …).

    The ink is pooled with the strides and the padding of three halving convolutions: the same
    pixels, cell by cell.
    """
    below = InkChannel(name="ink_channel")(ink)
    for step in range(1, 4):
        pool = keras.layers.MaxPooling2D(3, strides=2, padding="same", name=f"local_ink{step}")
        below = pool(below)
    return LocalMap(name="local")([features, logits, below])


@_register
class StepSummary(keras.layers.Layer):
    """What was said before the padding: last step, mean and maximum, (B, T, U), (B,) → (B, 3 U).

    For length 0 a learnt vector. Reading the recurrent layers' answers here takes the place of a
    mask: steps after the length cannot change them, and cuDNN's rule against fully masked rows
    never applies. Mean and maximum give every step a short way to the loss.
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
        at = ops.expand_dims(ops.arange(n_steps, dtype="int32"), 0)
        drawn = ops.expand_dims(at < lengths, 2)
        count = ops.cast(ops.maximum(lengths, 1), steps.dtype)
        last = ops.sum(ops.where(ops.expand_dims(at == lengths - 1, 2), steps, 0), axis=1)
        mean = ops.sum(ops.where(drawn, steps, 0), axis=1) / count
        # An LSTM's answers lie in -1..1.
        most = ops.max(ops.where(drawn, steps, -1), axis=1)
        said = ops.concatenate([last, mean, most], axis=1)
        return ops.where(lengths > 0, said, ops.cast(self.empty, said.dtype))

    def compute_output_shape(self, input_shape):
        return (input_shape[0][0], 3 * input_shape[0][-1])


@_register
class OrAbsent(keras.layers.Layer):
    """Vectors (B, D) where present (B, 1) is 1, one learnt vector for all where it is 0.

    The absent input is chosen away, not multiplied by zero: whatever stands in its place, even NaN,
    leaves no trace in the answer.
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
