"""ImageNet weights from files of the published format, here with random values.

The real files of VGG-16 and ResNet-50 v2 were not available to us.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import h5py
import keras
import numpy as np
import pytest

from sketchnet.cli import train
from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.models.backbones import build_image_branch
from sketchnet.models.doodle_network import build_doodle_network
from sketchnet.models.fused import IMAGE_BRANCH
from sketchnet.models.initial_weights import load_initial_weights
from sketchnet.models.keras_applications import BACKBONE, load_imagenet_weights
from sketchnet.models.retrieval_network import build_retrieval_network
from sketchnet.models.two_branch import branches
from sketchnet.tasks.train_doodles import train_doodles
from sketchnet.training import doodle_trainer
from sketchnet.utils.errors import InputError
from tests.doodles import small_config, write_doodles

APPLICATIONS = {
    "vgg16": keras.applications.VGG16,
    "resnet50_v2": keras.applications.ResNet50V2,
}


def write_published(application: keras.Model, path: Path) -> Path:
    """The format of Keras 2: one group per layer in order, with arrays by name."""
    with h5py.File(path, "w") as file:
        file.attrs["layer_names"] = [layer.name.encode() for layer in application.layers]
        file.attrs["backend"], file.attrs["keras_version"] = b"tensorflow", b"2.2.4"
        for layer in application.layers:
            group = file.create_group(layer.name)
            names = [f"{layer.name}/{weight.name}:0" for weight in layer.weights]
            group.attrs["weight_names"] = [name.encode() for name in names]
            for name, array in zip(names, layer.get_weights(), strict=True):
                group[name] = array
    return path


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> dict[str, tuple[keras.Model, Path]]:
    """The networks without their heads, and the files of their weights."""
    folder = tmp_path_factory.mktemp("imagenet")
    found = {}
    for name, build in APPLICATIONS.items():
        source = build(include_top=False, weights=None)
        found[name] = (source, write_published(source, folder / f"{name}_notop.h5"))
    return found


@pytest.fixture(scope="module")
def build_once():
    """Builds each branch once for all tests of this file."""
    return cache(lambda name: build_image_branch(name, 32))


@pytest.mark.parametrize("name", APPLICATIONS)
def test_every_array_is_loaded_into_its_layer(files, build_once, name):
    source, path = files[name]
    model = build_once(name)
    before = [weight.copy() for weight in model.get_layer("project").get_weights()]
    assert load_imagenet_weights(model, path) == source.count_params()
    backbone = model.get_layer(BACKBONE)
    for first, second in zip(backbone.get_weights(), source.get_weights(), strict=True):
        np.testing.assert_array_equal(first, second)
    for first, second in zip(model.get_layer("project").get_weights(), before, strict=True):
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(("shared", "photo_input"), [(True, "edges"), (False, "rgb")])
def test_every_branch_of_a_retrieval_network_receives_them(files, shared, photo_input):
    source, path = files["vgg16"]
    config = RetrievalConfig(branch="vgg16", size=32, shared=shared, photo_input=photo_input)
    network = build_retrieval_network(config)
    assert f"{source.count_params():,} parameters" in load_initial_weights(network, path)
    assert len(branches(network)) == (1 if shared else 2)
    for branch in branches(network):
        backbone = branch.get_layer(BACKBONE)
        np.testing.assert_array_equal(backbone.get_weights()[-2], source.get_weights()[-2])


def test_a_doodle_training_starts_from_them(files, tmp_path, monkeypatch):
    """By the command, up to the first step, and again after an interruption in the first epoch."""
    source, path = files["vgg16"]
    initial = []

    def stop(network, *args, **options):
        initial.append(network.get_layer(IMAGE_BRANCH).get_layer(BACKBONE).get_weights())
        raise KeyboardInterrupt

    monkeypatch.setattr(doodle_trainer, "fit_doodles", stop)
    own = ["--data", str(write_doodles(tmp_path / "data", each=6)), "--run", str(tmp_path / "run")]
    own += ["--image-branch", "vgg16", "--stroke-branch", "none", "--size", "32"]
    for resume in ([], ["--resume"]):
        assert train.main(["quickdraw", *own, "--initial-weights", str(path), *resume]) == 130
    assert len(initial) == 2
    for weights in initial:
        for first, second in zip(weights, source.get_weights(), strict=True):
            np.testing.assert_array_equal(first, second)


def test_unfit_files_are_refused_in_one_line(files, build_once, tmp_path):
    vgg, resnet = (build_once(name) for name in ("vgg16", "resnet50_v2"))
    (tmp_path / "broken.h5").write_bytes(b"no HDF5")
    for model, path, reason in (
        (vgg, files["resnet50_v2"][1], "14,714,688"),
        (resnet, files["vgg16"][1], "23,564,800"),
        (vgg, tmp_path / "broken.h5", "does not fit"),
        (vgg, tmp_path / "gone.h5", "missing"),
        (build_doodle_network(small_config(), 3), files["vgg16"][1], "another branch"),
    ):
        with pytest.raises(InputError, match=reason) as refused:
            load_imagenet_weights(model, path)
        assert "\n" not in str(refused.value)


def test_a_training_that_could_not_start_can_be_started_again(files, tmp_path):
    data, run = write_doodles(tmp_path / "data", each=12), tmp_path / "run"
    config = small_config(epochs=1, steps_per_epoch=1)
    for _ in range(2):  # not "there already" the second time
        with pytest.raises(InputError, match="another branch"):
            train_doodles(
                config, [data], run, initial_weights=files["vgg16"][1], log=lambda _: None
            )
