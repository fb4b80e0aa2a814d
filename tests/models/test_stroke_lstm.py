from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from sketchnet.models.layers import StepSummary
from sketchnet.models.stroke_lstm import build_stroke_lstm


@pytest.fixture(scope="module")
def model() -> keras.Model:
    return build_stroke_lstm(units=16, embedding_size=8)


def _strokes(rng, count: int, steps: int, channels: int = 3) -> np.ndarray:
    return rng.standard_normal((count, steps, channels)).astype(np.float32)


def _embed(model, strokes, length) -> np.ndarray:
    outputs = model({"strokes": strokes, "length": np.asarray(length, np.int32)})
    return np.asarray(outputs["embedding"])


def test_padding_never_changes_an_embedding(model, rng):
    strokes = _strokes(rng, 4, 12)
    length = [0, 1, 7, 12]
    expected = _embed(model, strokes, length)
    np.testing.assert_allclose(np.linalg.norm(expected, axis=1), 1, atol=1e-5)
    padded = np.pad(strokes, [(0, 0), (0, 9), (0, 0)])
    np.testing.assert_allclose(_embed(model, padded, length), expected, atol=1e-6)
    noisy = padded.copy()
    for row, steps in zip(noisy, length, strict=True):
        row[steps:] = 100 * rng.standard_normal(row[steps:].shape)
    np.testing.assert_allclose(_embed(model, noisy, length), expected, atol=1e-6)
    for i in (1, 2, 3):
        alone = _embed(model, strokes[i : i + 1, : length[i]], length[i : i + 1])
        np.testing.assert_allclose(alone[0], expected[i], atol=1e-6)


def test_every_step_counts(model, rng):
    strokes = _strokes(rng, 1, 10)
    changed = strokes.copy()
    changed[0, 0] += 1
    assert np.abs(_embed(model, strokes, [10]) - _embed(model, changed, [10])).max() > 1e-4
    assert np.abs(_embed(model, strokes, [10]) - _embed(model, strokes, [9])).max() > 1e-4


def test_empty_drawings_have_one_learnt_unit_vector(model, rng):
    empty = _embed(model, _strokes(rng, 3, 5), [0, 0, 0])
    np.testing.assert_allclose(empty, empty[:1].repeat(3, axis=0), atol=1e-7)
    assert np.linalg.norm(empty[0]) == pytest.approx(1, abs=1e-5)
    assert np.abs(empty[0] - _embed(model, _strokes(rng, 1, 5), [5])).max() > 1e-3


def test_the_summary_is_last_mean_and_maximum(rng):
    steps = rng.uniform(-1, 1, (3, 5, 2)).astype(np.float32)
    length = np.array([5, 2, 0], np.int32)
    layer = StepSummary()
    found = np.asarray(layer([steps, length]))
    for row, n in ((0, 5), (1, 2)):
        drawn = steps[row, :n]
        wanted = np.concatenate([drawn[-1], drawn.mean(axis=0), drawn.max(axis=0)])
        np.testing.assert_allclose(found[row], wanted, atol=1e-6)
    np.testing.assert_array_equal(found[2], layer.empty)


def test_a_length_beyond_the_sequence_means_its_end(model, rng):
    strokes = _strokes(rng, 1, 5)
    np.testing.assert_allclose(_embed(model, strokes, [99]), _embed(model, strokes, [5]))


@pytest.mark.parametrize("length", [[0, 0], [0, 4], [4, 2]])
def test_gradients_are_finite_and_empty_drawings_train_only_their_vector(length, rng):
    model = build_stroke_lstm(units=8, embedding_size=4)
    with tf.GradientTape() as tape:
        inputs = {"strokes": _strokes(rng, 2, 4), "length": np.asarray(length, np.int32)}
        total = tf.reduce_sum(model(inputs, training=True)["embedding"][:, :2])
    gradients = dict(
        zip(
            [weight.path for weight in model.trainable_weights],
            tape.gradient(total, model.trainable_weights),
            strict=True,
        )
    )
    assert all(np.isfinite(gradient).all() for gradient in gradients.values())
    assert np.abs(gradients["summary/empty"]).any() == (0 in length)
    assert np.abs(gradients["lstm1/lstm_cell/kernel"]).any() == any(length)


def test_saving_and_parameter_count(rng, tmp_path):
    model = build_stroke_lstm(channels=5, dropout=0.1)
    strokes, length = _strokes(rng, 2, 6, 5), [6, 0]
    model.save(tmp_path / "stroke.keras")
    again = keras.saving.load_model(tmp_path / "stroke.keras", safe_mode=True)
    np.testing.assert_array_equal(_embed(again, strokes, length), _embed(model, strokes, length))
    assert build_stroke_lstm().count_params() == 989_184


def test_the_layers_are_supported_by_cudnn():
    model = build_stroke_lstm(dropout=0.2)
    recurrent = [layer for layer in model.layers if isinstance(layer, keras.layers.LSTM)]
    assert len(recurrent) == 2
    for layer in recurrent:
        assert layer.recurrent_dropout == 0
        assert not layer.unroll
        assert layer.use_bias
        assert layer.activation is keras.activations.tanh
        assert layer.recurrent_activation is keras.activations.sigmoid
    assert not any(isinstance(layer, keras.layers.Masking) for layer in model.layers)
