"""The pretrained trunk: its weights, what is trained, and what the two sides share."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import keras
import numpy as np
import pytest

from sketchnet.config.retrieval import RETRIEVAL_PRESETS, RetrievalConfig
from sketchnet.inference.embedder import Embedder
from sketchnet.models import saving, trunk
from sketchnet.models.trunk_branches import build_trunk_network
from sketchnet.models.two_branch import photo_branch, sketch_branch
from sketchnet.training.fit import build_optimizer
from sketchnet.utils.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
SIZE = 96


@pytest.fixture(scope="module")
def network() -> keras.Model:
    return build_trunk_network("lite0", SIZE, embedding_size=16)


def pictures(rng: np.random.Generator, channels: int, count: int = 2) -> np.ndarray:
    return rng.integers(0, 256, (count, SIZE, SIZE, channels)).astype(np.float32)


@pytest.mark.parametrize(
    ("kind", "parameters", "channels"), [("lite0", 692_688, 112), ("lite2", 1_149_128, 120)]
)
def test_trunks_have_the_folded_parameters_and_load_the_shipped_weights(kind, parameters, channels):
    built = trunk.build_trunk(kind)
    assert built.count_params() == parameters
    assert built.compute_output_shape((1, 224, 224, 3)) == (1, 14, 14, channels)
    before = [weight.copy() for weight in built.get_weights()]
    trunk.load_trunk_weights(built, kind)
    changed = [(a != b).any() for a, b in zip(before, built.get_weights(), strict=True)]
    assert all(changed)
    assert all(np.isfinite(weight).all() for weight in built.get_weights())


def test_the_recipe_folds_batch_normalisation_into_the_convolution(rng):
    path = ROOT / "docs" / "recipes" / "trunk_weights.py"
    spec = importlib.util.spec_from_file_location("trunk_weights", path)
    recipe = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(recipe)
    state = {
        "conv.weight": rng.normal(size=(5, 3, 1, 1)),
        "bn.weight": rng.uniform(0.5, 2, 5),
        "bn.bias": rng.normal(size=5),
        "bn.running_mean": rng.normal(size=5),
        "bn.running_var": rng.uniform(0.5, 2, 5),
    }
    pixels = rng.normal(size=(7, 3))
    plain = pixels @ state["conv.weight"][:, :, 0, 0].T
    deviation = np.sqrt(state["bn.running_var"] + 1e-3)
    expected = (plain - state["bn.running_mean"]) / deviation * state["bn.weight"]
    folded = recipe.fold_layer(state, "conv", "bn", "stem")
    found = pixels @ folded["stem/kernel"][0, 0] + folded["stem/bias"]
    np.testing.assert_allclose(found, expected + state["bn.bias"], atol=1e-12)


def test_missing_weights_are_one_line(monkeypatch, tmp_path):
    monkeypatch.setattr(trunk, "WEIGHTS", tmp_path)
    with pytest.raises(InputError, match="--no-pretrained"):
        build_trunk_network("lite0", SIZE)
    with pytest.raises(InputError, match="at least 64"):
        build_trunk_network("lite0", 48)


@pytest.mark.parametrize(("trained_from", "first"), [(0, "stem"), (3, "stage3"), (5, None)])
def test_the_trained_depth_is_a_setting(trained_from, first):
    names = [
        layer.name
        for layer in trunk.build_trunk("lite0", trained_from).layers
        if layer.trainable_weights
    ]
    assert (names[0].startswith(first)) if first else not names


def test_both_sides_share_all_but_their_normalisation(network):
    sketch, photo = sketch_branch(network), photo_branch(network)
    assert (sketch.input.shape[-1], photo.input.shape[-1]) == (1, 3)
    shared = {id(weight) for weight in sketch.weights} & {id(weight) for weight in photo.weights}
    own = [weight.path for weight in sketch.weights if id(weight) not in shared]
    assert len(own) == 4
    assert all("sketch_norm" in path for path in own)


def test_outputs_are_unit_vectors_and_maps_of_a_16th_of_the_side(network, rng):
    found = network.predict_on_batch({"sketch": pictures(rng, 1), "photo": pictures(rng, 3)})
    for side in ("sketch", "photo"):
        np.testing.assert_allclose(np.linalg.norm(found[f"{side}_embedding"], axis=1), 1, atol=1e-5)
        assert found[f"{side}_local"].shape == (2, 6, 6, 64)


def test_a_grey_photo_passes_the_trunk_as_the_sketch_does(network, rng):
    """With equal normalisations, the two branches are one function of a grey picture."""
    assert np.array_equal(
        network.get_layer("sketch_norm").get_weights(),
        network.get_layer("photo_norm").get_weights(),
    )
    grey = pictures(rng, 1)
    by_sketch = sketch_branch(network).predict_on_batch(grey)
    by_photo = photo_branch(network).predict_on_batch(np.repeat(grey, 3, axis=3))
    for name in by_sketch:
        np.testing.assert_allclose(by_sketch[name], by_photo[name], atol=1e-5)


def test_saved_and_loaded_the_sides_still_share_and_agree(network, rng, tmp_path):
    saving.save_model(network, tmp_path)
    loaded = saving.load_model(tmp_path)
    assert loaded.count_params() == network.count_params()
    assert sketch_branch(loaded).get_layer("trunk") is photo_branch(loaded).get_layer("trunk")
    batch = {"sketch": pictures(rng, 1), "photo": pictures(rng, 3)}
    expected, found = network.predict_on_batch(batch), loaded.predict_on_batch(batch)
    for name in expected:
        np.testing.assert_allclose(found[name], expected[name], atol=1e-6)


def test_an_embedder_embeds_sketches_and_photos_in_colour(network, rng):
    config = RetrievalConfig(
        branch="lite0", size=SIZE, embedding_size=16, photo_input="rgb", line_width=1 / 112
    )
    embedder = Embedder((network, config))
    side = embedder.canvas
    sketches = rng.integers(0, 256, (3, side, side), dtype=np.uint8)
    photos = rng.integers(0, 256, (3, side, side, 3), dtype=np.uint8)
    found = embedder.sketches(sketches, views=1)
    assert found.vectors.shape == (3, 16)
    assert found.of_sketches
    assert embedder.photos(photos, views=10).maps.shape == (3, 6, 6, 64)


def test_the_trunk_learns_at_a_fraction_of_the_rate(network):
    """After one step of AdamW every weight with a gradient has moved by its learning rate."""
    config = RETRIEVAL_PRESETS["default"]
    optimizer = build_optimizer(
        RetrievalConfig(schedule="constant", weight_decay=0.0, learning_rate=0.01, ema=0.0),
        steps=10,
        slow={trunk.TRUNK: config.trunk_rate},
    )
    variables = network.trainable_variables
    before = [variable.numpy().copy() for variable in variables]
    optimizer.apply([np.ones(v.shape, np.float32) for v in variables], variables)
    for variable, old in zip(variables, before, strict=True):
        expected = 0.01 * (config.trunk_rate if "trunk/" in variable.path else 1.0)
        moved = np.abs(variable.numpy() - old)
        np.testing.assert_allclose(moved, expected, rtol=2e-2, err_msg=variable.path)
        variable.assign(old)
