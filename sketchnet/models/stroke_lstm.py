"""The stroke branch: two stacked LSTMs over the points of a drawing.

No mask, no recurrent dropout, right padding: what cuDNN supports. The LSTMs are unidirectional, so
that the padding after a drawing's last point cannot change its embedding.
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
    """Build the stroke branch: 989,184 parameters at the defaults.

    Args:
        channels: values per step: 3 for stroke-3, 5 for stroke-5.
        embedding_size: length of the unit vector.
        units: units of each LSTM.
        dropout: dropout rate between and after the LSTMs.
        name: name of the model.

    Returns:
        {"strokes": (B, T, channels) float32, right-padded to any T ≥ 1, "length": (B,) int32,
        number of steps before the padding} → {"embedding": (B, embedding_size) unit vectors}. All
        empty drawings (length 0) have the same learnt embedding.
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
