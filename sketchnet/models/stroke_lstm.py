"""The stroke branch: two stacked LSTMs read a drawing point by point.

No mask, no recurrent dropout, right padding: the form that cuDNN runs. The steps are read forwards
only, so that what follows a drawing's last point cannot change its embedding.
"""

from __future__ import annotations

import keras
from keras import layers

from sketchnet.models.layers import StepSummary


def build_stroke_lstm(
    channels: int = 3,
    embedding_size: int = 256,
    *,
    units: int = 256,
    dropout: float = 0.0,
    name: str = "stroke_lstm",
) -> keras.Model:
    """Build the stroke branch, 988,928 parameters at the defaults.

    Args:
        channels: of a step: 3 for stroke-3, 5 for stroke-5.
        embedding_size: length of the unit vector.
        units: of each LSTM.
        dropout: share of the steps' features dropped between and after the LSTMs in training.

    Returns:
        {"strokes": (B, T, channels) float32, right-padded to any T ≥ 1, "length": (B,) int32 steps
        before the padding} → {"embedding": (B, embedding_size) unit vectors}. An empty drawing
        (length 0) has one learnt embedding.
    """
    strokes = keras.Input((None, channels), name="strokes")
    length = keras.Input((), dtype="int32", name="length")
    x = layers.LSTM(units, return_sequences=True, name="lstm1")(strokes)
    if dropout:
        x = layers.Dropout(dropout, name="dropout1")(x)
    x = layers.LSTM(units, return_sequences=True, name="lstm2")(x)
    x = StepSummary(name="summary")([x, length])
    if dropout:
        x = layers.Dropout(dropout, name="dropout2")(x)
    x = layers.Dense(embedding_size, name="project")(x)
    embedding = layers.UnitNormalization(dtype="float32", name="embedding")(x)
    return keras.Model({"strokes": strokes, "length": length}, {"embedding": embedding}, name=name)
