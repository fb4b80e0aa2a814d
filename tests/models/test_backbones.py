from __future__ import annotations

import json
from functools import cache

import keras
import numpy as np
import pytest
import tensorflow as tf

from sketchnet.models.backbones import (
    IMAGE_BRANCHES,
    WITH_LOCAL_MAPS,
    build_image_branch,
)
from sketchnet.models.compact import build_compact
from sketchnet.models.inception_v4 import N_FEATURES, inception_v4_features
from sketchnet.models.sketch_a_net import build_sketch_a_net
from sketchnet.utils.errors import InputError
from tests.reference import sketch_a_net as reference

SMALL = {
    "compact": 32, "lite0": 64, "lite2": 64, "sketch_a_net": 81, "vgg16": 32, "inception_v4": 75,
    "resnet50_v2": 32,
}  # fmt: skip
LARGE = {name: pytest.mark.slow for name in ("inception_v4", "resnet50_v2", "lite2")}


@pytest.fixture(scope="module")
def build_once():
    """Builds each branch at its smallest size, once for all tests of this file."""
    return cache(
        lambda name, channels=1: build_image_branch(name, SMALL[name], channels, embedding_size=16)
    )


def _pictures(rng, count: int, size: int, channels: int = 1) -> np.ndarray:
    """White paper with black strokes, float32 in 0..255."""
    pictures = np.full((count, size, size, channels), 255, np.float32)
    for picture in pictures:
        for x in rng.integers(2, size - 2, 4):
            picture[4:-4, x] = 0
            picture[x, 4:-4] = 0
    return pictures


def _trained(model: keras.Model) -> int:
    return sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)


@pytest.mark.parametrize(
    ("name", "channels"),
    [
        *(pytest.param(name, 1, marks=LARGE.get(name, ())) for name in IMAGE_BRANCHES),
        ("compact", 3),
        ("vgg16", 3),
    ],
)
def test_every_branch_outputs_unit_vectors_and_survives_saving(
    name, channels, build_once, rng, tmp_path
):
    model = build_once(name, channels)
    pictures = _pictures(rng, 3, SMALL[name], channels)
    outputs = model(pictures)
    embedding = np.asarray(outputs["embedding"])
    assert embedding.shape == (3, 16)
    np.testing.assert_allclose(np.linalg.norm(embedding, axis=1), 1, atol=1e-5)
    assert np.abs(embedding[0] - embedding[1]).max() > 1e-4

    model.save(tmp_path / "branch.keras")
    again = keras.saving.load_model(tmp_path / "branch.keras", safe_mode=True)
    for key, value in again(pictures).items():
        np.testing.assert_array_equal(value, outputs[key])
    assert json.loads(again.to_json()) == json.loads(model.to_json())


@pytest.mark.parametrize("name", IMAGE_BRANCHES)
def test_a_picture_that_is_too_small_is_refused_with_the_minimum(name):
    with pytest.raises(InputError, match=f"at least {SMALL[name]}; received {SMALL[name] - 1}"):
        build_image_branch(name, SMALL[name] - 1)


def test_an_unknown_name_is_refused_with_the_known_names():
    with pytest.raises(InputError, match=r"compact.*received 'vgg19'"):
        build_image_branch("vgg19", 96)


# Sketch-a-Net


def test_sketch_a_net_has_the_published_shapes_and_parameters():
    model = build_sketch_a_net()
    expected = {
        "conv1_s1": (71, 71, 64), "pool1": (35, 35, 64),
        "conv2_s1": (31, 31, 128), "pool2": (15, 15, 128),
        "conv3_s1": (15, 15, 256), "conv4_s1": (15, 15, 256), "conv5_s1": (15, 15, 256),
        "pool3": (7, 7, 256), "fc6_s1": (512,), "fc7_sketch": (256,), "embedding": (256,),
    }  # fmt: skip
    assert {name: model.get_layer(name).output.shape[1:] for name in expected} == expected
    assert model.count_params() == 8_249_088


def test_sketch_a_net_equals_a_numpy_implementation(rng):
    entries = reference.published_entries(rng)
    model = build_sketch_a_net()
    for layer in model.layers:
        if layer.weights:
            layer.set_weights([entries[f"{layer.name}/weights"], entries[f"{layer.name}/biases"]])
    picture = rng.integers(0, 256, (225, 225, 1)).astype(np.float32)
    expected = reference.embed(picture, entries)
    np.testing.assert_allclose(model(picture[None])["embedding"][0], expected, atol=1e-4)


# Published networks


@pytest.mark.parametrize(
    ("name", "published"), [("vgg16", 14_714_688), ("resnet50_v2", 23_564_800)]
)
def test_keras_networks_have_the_published_parameters(name, published, build_once):
    assert build_once(name).get_layer("backbone").count_params() == published


def test_inception_v4_has_the_published_parameters():
    picture = keras.Input((299, 299, 3))
    model = keras.Model(picture, inception_v4_features(picture))
    assert model.output.shape == (None, N_FEATURES)
    head = N_FEATURES * 1000 + 1000
    assert _trained(model) + head == 42_679_816
    maps = [layer.output.shape[1:] for layer in model.layers if "concatenate" in layer.name]
    # The stem's three joins, then A ×4, reduction, B ×7, reduction, C ×3 of the published figures.
    assert maps[:3] == [(73, 73, 160), (71, 71, 192), (35, 35, 384)]
    assert maps[3:8] == [(35, 35, 384)] * 4 + [(17, 17, 1024)]
    assert maps[8:16] == [(17, 17, 1024)] * 7 + [(8, 8, 1536)]
    assert maps[16:] == [(8, 8, 1536)] * 3


def test_the_preprocessing_equals_keras(build_once, rng):
    pictures = _pictures(rng, 2, 32, 3) * rng.random((2, 32, 32, 3), dtype=np.float32)
    for name, application in (
        ("vgg16", keras.applications.vgg16),
        ("resnet50_v2", keras.applications.resnet_v2),
    ):
        model = build_once(name, 3)
        features = model.get_layer("backbone")(application.preprocess_input(pictures.copy()))
        expected = keras.utils.normalize(np.asarray(model.get_layer("project")(features)))
        np.testing.assert_allclose(model(pictures)["embedding"], expected, atol=1e-5)


def test_weights_of_a_file_are_loaded_and_a_missing_file_is_named(tmp_path):
    source = keras.applications.VGG16(include_top=False, weights=None, input_shape=(32, 32, 3))
    source.save_weights(tmp_path / "own.weights.h5")
    model = build_image_branch("vgg16", 32, weights=tmp_path / "own.weights.h5")
    loaded = model.get_layer("backbone").get_layer("block5_conv3").get_weights()
    np.testing.assert_array_equal(loaded[0], source.get_layer("block5_conv3").get_weights()[0])
    with pytest.raises(InputError, match=r"gone\.h5"):
        build_image_branch("vgg16", 32, weights=tmp_path / "gone.h5")


# Networks of our own, and with local maps


def test_compact_is_small_and_its_map_is_an_eighth_of_the_side():
    model = build_compact()
    assert model.count_params() == 1_658_833
    assert model.output["local"].shape == (None, 12, 12, 48)
    assert model.output["embedding"].shape == (None, 256)
    assert build_compact(128, channels=3).count_params() < 2_000_000
    assert build_compact(100).output["local"].shape == (None, 13, 13, 48)
    assert set(build_compact(local_size=0).output) == {"embedding"}
    assert build_compact(depth=2).count_params() > model.count_params()


@pytest.mark.parametrize("name", WITH_LOCAL_MAPS)
def test_only_cells_with_ink_have_weight(name, rng):
    keras.utils.set_random_seed(0)  # how large the weights are depends on it
    model = build_image_branch(name, 96)
    pictures = np.full((2, 96, 96, 1), 255, np.float32)
    pictures[1, 40:43, 10:86] = 0
    lengths = np.linalg.norm(model(pictures)["local"], axis=-1)
    assert lengths.max() <= 1
    assert not lengths[0].any()
    inked = np.flatnonzero(lengths[1].max(axis=1))
    side = 96 / lengths.shape[1]  # px of a cell; pooling adds up to two cells above a line
    assert 40 / side - 2 <= inked.min() <= inked.max() <= 43 / side
    assert lengths[1].max() > 0.2


@pytest.mark.parametrize("batch", [1, 5])
def test_an_embedding_does_not_depend_on_the_batch(batch, rng):
    model = build_compact(48)
    pictures = _pictures(rng, 10, 48)
    whole = model(pictures)
    parts = [model(pictures[i : i + batch]) for i in range(0, 10, batch)]
    for key, value in whole.items():
        np.testing.assert_allclose(np.concatenate([part[key] for part in parts]), value, atol=1e-5)


@pytest.mark.parametrize("name", WITH_LOCAL_MAPS)
def test_every_weight_receives_a_gradient_also_with_blank_paper(name, rng):
    model = build_image_branch(name, 64)
    pictures = _pictures(rng, 3, 64)
    pictures[0] = 255
    with tf.GradientTape() as tape:
        outputs = model(pictures, training=True)
        total = tf.reduce_sum(outputs["embedding"][:, :5]) + tf.reduce_sum(outputs["local"])
    for gradient, weight in zip(
        tape.gradient(total, model.trainable_weights), model.trainable_weights, strict=True
    ):
        assert np.isfinite(gradient).all(), weight.path
        assert np.abs(gradient).max() > 0, weight.path


@pytest.mark.parametrize("name", ["compact", "sketch_a_net", "vgg16"])
def test_mixed_precision_outputs_float32_unit_vectors(name, rng):
    keras.config.set_dtype_policy("mixed_float16")
    try:
        model = build_image_branch(name, SMALL[name])
    finally:
        keras.config.set_dtype_policy("float32")
    outputs = model(_pictures(rng, 2, SMALL[name]))
    assert {keras.backend.standardize_dtype(value.dtype) for value in outputs.values()} == {
        "float32"
    }
    np.testing.assert_allclose(np.linalg.norm(outputs["embedding"], axis=1), 1, atol=1e-5)
    convolutions = [layer for layer in model.layers if isinstance(layer, keras.layers.Conv2D)]
    assert all(layer.compute_dtype == "float16" for layer in convolutions)
