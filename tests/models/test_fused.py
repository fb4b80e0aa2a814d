"""The fused network of image and stroke branch: absent inputs, gradients, saving."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from sketchnet.models.compact import build_compact
from sketchnet.models.fused import IMAGE_BRANCH, STROKE_BRANCH, build_fused
from sketchnet.models.stroke_lstm import build_stroke_lstm
from sketchnet.utils.errors import InputError

N_CLASSES = 5


def _fused(image: bool = True, strokes: bool = True) -> keras.Model:
    return build_fused(
        N_CLASSES,
        image=build_compact(32, embedding_size=16, width=4) if image else None,
        strokes=build_stroke_lstm(embedding_size=12, units=8) if strokes else None,
        embedding_size=10,
    )


@pytest.fixture(scope="module")
def fused() -> keras.Model:
    """A network of both branches, for tests that do not change it."""
    return _fused()


def _batch(rng, count: int = 4) -> dict[str, np.ndarray]:
    return {
        "picture": rng.uniform(0, 255, (count, 32, 32, 1)).astype(np.float32),
        "strokes": rng.standard_normal((count, 9, 3)).astype(np.float32),
        "length": rng.integers(1, 10, count).astype(np.int32),
        "has_picture": np.ones((count, 1), np.float32),
        "has_strokes": np.ones((count, 1), np.float32),
    }


@pytest.mark.parametrize(("image", "strokes"), [(True, True), (True, False), (False, True)])
def test_every_combination_of_branches_survives_saving(image, strokes, rng, tmp_path):
    model = _fused(image, strokes)
    batch = {key: value for key, value in _batch(rng).items() if key in model.input}
    assert len(batch) == len(model.input)
    outputs = model(batch)
    assert outputs["logits"].shape == (4, N_CLASSES)
    np.testing.assert_allclose(np.linalg.norm(outputs["embedding"], axis=1), 1, atol=1e-5)
    model.save(tmp_path / "fused.keras")
    again = keras.saving.load_model(tmp_path / "fused.keras", safe_mode=True)
    for key, value in again(batch).items():
        np.testing.assert_array_equal(value, outputs[key])


def test_an_absent_input_has_no_effect_and_a_present_one_has(fused, rng):
    model, batch = fused, _batch(rng)
    for flag, key in (("has_picture", "picture"), ("has_strokes", "strokes")):
        present = np.asarray(model(batch)["embedding"])
        other = batch | {key: np.full_like(batch[key], 3)}
        assert np.abs(np.asarray(model(other)["embedding"]) - present).max() > 1e-4
        gone = {flag: np.zeros((4, 1), np.float32)}
        absent = np.asarray(model(batch | gone)["embedding"])
        assert np.abs(absent - present).max() > 1e-4
        for value in (3, np.nan):
            other = batch | gone | {key: np.full_like(batch[key], value)}
            np.testing.assert_array_equal(model(other)["embedding"], absent)


def test_without_any_input_output_and_gradient_are_finite(fused, rng):
    model = fused
    nothing = {flag: np.zeros((4, 1), np.float32) for flag in ("has_picture", "has_strokes")}
    with tf.GradientTape() as tape:
        outputs = model(_batch(rng) | nothing, training=True)
        total = tf.reduce_sum(outputs["embedding"][:, :3]) + tf.reduce_sum(outputs["logits"])
    for gradient in tape.gradient(total, model.trainable_weights):
        assert np.isfinite(gradient).all()
    np.testing.assert_allclose(np.linalg.norm(outputs["embedding"], axis=1), 1, atol=1e-5)


def test_every_weight_receives_a_gradient_when_inputs_are_dropped(rng):
    model, batch = _fused(), _batch(rng)
    batch["has_picture"][0] = 0
    batch["has_strokes"][1] = 0
    batch["length"][2] = 0
    with tf.GradientTape() as tape:
        outputs = model(batch, training=True)
        total = tf.reduce_sum(outputs["logits"] ** 2)
    gradients = tape.gradient(total, model.trainable_weights)
    for gradient, weight in zip(gradients, model.trainable_weights, strict=True):
        assert np.abs(gradient).max() > 0, weight.path


def test_a_branch_keeps_its_weights_and_may_be_frozen(rng):
    image = build_compact(32, embedding_size=16, width=4)
    image.trainable = False
    model = build_fused(N_CLASSES, image=image, strokes=build_stroke_lstm(units=8))
    pictures = _batch(rng)["picture"]
    inner = model.get_layer(IMAGE_BRANCH)
    np.testing.assert_allclose(
        inner(pictures)["embedding"], image(pictures)["embedding"], atol=1e-6
    )
    assert not inner.trainable_weights
    assert model.get_layer(STROKE_BRANCH).trainable_weights
    image.trainable = True
    assert inner.get_layer("stem_conv").trainable


def test_no_branch_or_no_category_is_refused():
    with pytest.raises(InputError, match="received neither"):
        build_fused(N_CLASSES)
    with pytest.raises(InputError, match="at least one category; received 0"):
        build_fused(0, strokes=build_stroke_lstm(units=4))
