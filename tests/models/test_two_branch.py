"""Retrieval networks of two branches, shared and separate."""

from __future__ import annotations

import keras
import numpy as np
import pytest
import tensorflow as tf

from sketchnet.models.doodle_network import build_doodle_network
from sketchnet.models.two_branch import (
    build_two_branch,
    is_two_branch,
    photo_branch,
    sketch_branch,
)
from sketchnet.utils.errors import InputError
from tests.doodles import small_config


def build(**fields) -> keras.Model:
    return build_two_branch(**{"size": 32, "embedding_size": 8, "width": 4, **fields})


def _batch(rng, photo_channels: int = 1, count: int = 3, size: int = 32):
    return {
        "sketch": rng.uniform(0, 255, (count, size, size, 1)).astype(np.float32),
        "photo": rng.uniform(0, 255, (count, size, size, photo_channels)).astype(np.float32),
    }


@pytest.mark.parametrize(("shared", "channels"), [(True, 1), (False, 1), (False, 3)])
def test_saving_and_inner_branches(shared, channels, rng, tmp_path):
    model = build(photo_channels=channels, shared=shared)
    assert is_two_branch(model)
    batch = _batch(rng, channels)
    outputs = model(batch)
    assert set(outputs) == {"sketch_embedding", "photo_embedding", "sketch_local", "photo_local"}
    assert (sketch_branch(model) is photo_branch(model)) == shared

    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras", safe_mode=True)
    assert (sketch_branch(again) is photo_branch(again)) == shared
    assert again.count_params() == model.count_params()
    for key, value in again(batch).items():
        np.testing.assert_array_equal(value, outputs[key])
    alone = {"sketch": sketch_branch(again)(batch["sketch"])["embedding"]}
    alone["photo"] = photo_branch(again)(batch["photo"])["embedding"]
    for side, value in alone.items():
        np.testing.assert_allclose(value, outputs[f"{side}_embedding"], atol=1e-6)


def test_both_branches_receive_gradients(rng):
    model = build(shared=False)
    with tf.GradientTape() as tape:
        outputs = model(_batch(rng), training=True)
        difference = outputs["sketch_embedding"] - outputs["photo_embedding"]
        local = outputs["sketch_local"] * outputs["photo_local"]
        total = tf.reduce_sum(difference**2) + tf.reduce_sum(local)
    gradients = tape.gradient(total, model.trainable_weights)
    for gradient, weight in zip(gradients, model.trainable_weights, strict=True):
        assert np.abs(gradient).max() > 0, weight.path


def test_shared_weights_are_counted_once_and_options_are_passed_on():
    shared = build(local_size=0)
    separate = build(local_size=0, shared=False)
    assert separate.count_params() == 2 * shared.count_params()
    assert set(shared.output) == {"sketch_embedding", "photo_embedding"}


def test_shared_weights_need_edge_maps():
    with pytest.raises(InputError, match="3 channels; use separate branches"):
        build(photo_channels=3, shared=True)


def test_a_doodle_network_is_no_retrieval_network():
    doodle_network = build_doodle_network(small_config(image_branch="compact"), 3)
    assert not is_two_branch(doodle_network)
    with pytest.raises(InputError, match="two branches"):
        sketch_branch(doodle_network)
