"""Initial weights from every kind of source into both kinds of networks."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from sketchnet import runs
from sketchnet.config.files import save_config
from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.models import saving
from sketchnet.models.doodle_network import build_doodle_network
from sketchnet.models.fused import IMAGE_BRANCH, STROKE_BRANCH
from sketchnet.models.initial_weights import load_initial_weights
from sketchnet.models.retrieval_network import build_retrieval_network
from sketchnet.models.two_branch import branches, sketch_branch
from sketchnet.utils.errors import InputError
from tests.doodles import small_config
from tests.tiny import tiny_config, tiny_network, write_run

WITH_IMAGE = {"image_branch": "compact"}
IMAGE_ONLY = {"image_branch": "compact", "stroke_branch": "none"}


def equal(first: keras.layers.Layer, second: keras.layers.Layer) -> bool:
    pairs = zip(first.get_weights(), second.get_weights(), strict=True)
    return all(np.array_equal(one, other) for one, other in pairs)


def write_doodle_run(folder: Path, n_classes: int = 3, **fields) -> keras.Model:
    """A doodle run as far as initial weights need it; returns its network."""
    folder.mkdir()
    config = small_config(**fields)
    network = build_doodle_network(config, n_classes)
    save_config(config, folder / runs.CONFIG)
    saving.save_model(network, folder)
    return network


def test_a_retrieval_run_initialises_the_whole_network(tmp_path):
    run = write_run(tmp_path / "first", seed=3)
    network = tiny_network(tiny_config(), seed=4)
    assert load_initial_weights(network, run) == f"the whole network from {run}"
    assert equal(network, tiny_network(tiny_config(), seed=3))


def test_a_retrieval_run_of_another_size_is_refused(tmp_path):
    run = write_run(tmp_path / "first", embedding_size=16)
    network = tiny_network(tiny_config())
    before = network.get_weights()
    with pytest.raises(InputError, match="same network"):
        load_initial_weights(network, run)
    assert all(np.array_equal(a, b) for a, b in zip(before, network.get_weights(), strict=True))


def test_the_shipped_doodle_run_initialises_both_branches_of_a_retrieval_network():
    """All layers but the last one, whose shape depends on the side of the pictures."""
    network = build_retrieval_network(RetrievalConfig(size=96, shared=False))
    loaded = load_initial_weights(network, Path("quickdraw"))
    trained = saving.load_model(runs.resolve_run("quickdraw")).get_layer(IMAGE_BRANCH)
    names = [layer.name for layer in trained.layers if layer.weights and layer.name != "project"]
    assert len(names) > 20
    assert len(branches(network)) == 2
    for branch in branches(network):
        assert all(equal(branch.get_layer(name), trained.get_layer(name)) for name in names)
        assert branch.get_layer("project").kernel.shape != trained.get_layer("project").kernel.shape
    n_copied = sum(trained.get_layer(name).count_params() for name in names)
    assert loaded == f"{n_copied:,} parameters of the image branch from quickdraw"


def test_a_doodle_run_with_another_image_branch_is_refused():
    network = build_retrieval_network(RetrievalConfig(size=96, width=8))
    with pytest.raises(InputError, match="the same branch"):
        load_initial_weights(network, Path("quickdraw"))


def test_a_doodle_run_initialises_the_branches_that_both_networks_have(tmp_path):
    image_only = write_doodle_run(tmp_path / "image", n_classes=5, **IMAGE_ONLY)
    strokes_only = write_doodle_run(tmp_path / "strokes", n_classes=5)
    both = build_doodle_network(small_config(**WITH_IMAGE), 3)
    assert load_initial_weights(both, tmp_path / "image").startswith(f"{IMAGE_BRANCH} from")
    assert equal(both.get_layer(IMAGE_BRANCH), image_only.get_layer(IMAGE_BRANCH))
    assert load_initial_weights(both, tmp_path / "strokes").startswith(f"{STROKE_BRANCH} from")
    assert equal(both.get_layer(STROKE_BRANCH), strokes_only.get_layer(STROKE_BRANCH))
    with pytest.raises(InputError, match="without one"):
        load_initial_weights(image_only, tmp_path / "strokes")
    write_doodle_run(tmp_path / "wider", lstm_units=9)
    with pytest.raises(InputError, match=r"--lstm-units.*--embedding-size"):
        load_initial_weights(both, tmp_path / "wider")


def test_a_retrieval_run_initialises_the_image_branch_of_a_doodle_network(tmp_path):
    config = tiny_config(width=32, depth=1, shared=False)
    run = write_run(tmp_path / "shoes", width=32, depth=1, shared=False, seed=3)
    network = build_doodle_network(small_config(**WITH_IMAGE), 3)
    strokes = network.get_layer(STROKE_BRANCH).get_weights()
    load_initial_weights(network, run)
    image = network.get_layer(IMAGE_BRANCH)
    trained = sketch_branch(tiny_network(config, seed=3))
    names = [layer.name for layer in image.layers if layer.weights]
    assert len(names) > 20
    assert all(equal(image.get_layer(name), trained.get_layer(name)) for name in names)
    for before, after in zip(strokes, network.get_layer(STROKE_BRANCH).get_weights(), strict=True):
        np.testing.assert_array_equal(before, after)


def test_strokes_alone_fit_no_retrieval_network(tmp_path):
    write_doodle_run(tmp_path / "strokes")
    with pytest.raises(InputError, match="reads strokes only"):
        load_initial_weights(tiny_network(tiny_config()), tmp_path / "strokes")
    network = build_doodle_network(small_config(), 3)
    with pytest.raises(InputError, match="reads strokes only"):
        load_initial_weights(network, write_run(tmp_path / "shoes"))


@pytest.mark.parametrize("task", ["retrieval", "doodles"])
def test_published_weights_reach_every_image_branch(task, tmp_path):
    if task == "retrieval":
        network = build_retrieval_network(tiny_config(branch="sketch_a_net", size=99, shared=False))
        targets = branches(network)
    else:
        network = build_doodle_network(small_config(image_branch="sketch_a_net", size=99), 3)
        targets = [network.get_layer(IMAGE_BRANCH)]
    bias = np.arange(64, dtype=np.float32)
    np.save(tmp_path / "published.npy", {"conv1_s1/biases": bias}, allow_pickle=True)
    loaded = load_initial_weights(network, tmp_path / "published.npy")
    assert "loaded 1" in loaded
    assert "conv2_s1/weights" in loaded, "missing weights are listed"
    for branch in targets:
        np.testing.assert_array_equal(branch.get_layer("conv1_s1").bias.numpy(), bias)
