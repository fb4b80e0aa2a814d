"""Settings of a retrieval training: checked values, presets, files."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketchnet.config.files import (
    CONFIG_VERSION,
    config_from_json,
    config_to_json,
    load_config,
    save_config,
)
from sketchnet.config.retrieval import RETRIEVAL_PRESETS, RetrievalConfig
from sketchnet.utils.errors import InputError


@pytest.mark.parametrize("name", RETRIEVAL_PRESETS)
def test_presets_have_their_names_and_survive_the_disk(name, tmp_path):
    config = RETRIEVAL_PRESETS[name]
    save_config(config, tmp_path / "config.json", data=["shoes"])
    assert config.preset == name
    assert load_config(tmp_path / "config.json") == config
    assert json.loads((tmp_path / "config.json").read_text())["data"] == ["shoes"]


def test_sketch_a_net_is_the_published_recipe():
    paper = RETRIEVAL_PRESETS["sketch_a_net"]
    assert (paper.branch, paper.size, paper.margin, paper.distance) == (
        "sketch_a_net",
        225,
        0.3,
        "squared",
    )
    assert (paper.optimizer, paper.momentum, paper.learning_rate, paper.weight_decay) == (
        "sgd",
        0.9,
        1e-3,
        5e-4,
    )
    assert paper.mining == "random"
    assert paper.identities * paper.sketches_per_identity == 128
    assert paper.epochs * paper.steps_per_epoch == 20_000


def test_the_field_defaults_are_the_preset_compact():
    assert RETRIEVAL_PRESETS["compact"] == RetrievalConfig()
    assert set(RETRIEVAL_PRESETS) == {"quick", "compact", "default", "sketch_a_net"}


@given(
    size=st.integers(32, 512),
    margin=st.floats(1e-6, 10),
    loss=st.sampled_from(["triplet", "softmax_triplet", "infonce"]),
    shared=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_settings_survive_json(size, margin, loss, shared, seed):
    config = RetrievalConfig(size=size, margin=margin, loss=loss, shared=shared, seed=seed)
    assert config_from_json(json.loads(json.dumps(config_to_json(config)))) == config


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("branch", "resnet", "compact, sketch_a_net"),
        ("preset", "best", "one of quick"),
        ("edge_maps", "ours", "one of computed"),
        ("distance", "plain", "one of squared"),
        ("size", 31, "32 to 512"),
        ("size", 96.5, "a whole number"),
        ("size", True, "a whole number"),
        ("shared", 1, "true or false"),
        ("margin", 0.0, "more than 0"),
        ("margin", float("nan"), "a finite number"),
        ("learning_rate", "fast", "a finite number"),
        ("partial", 1.5, "from 0 to 1"),
        ("ema", 1.0, "below 1"),
        ("identities", 1, "at least 2"),
        ("epochs", 0, "at least 1"),
        ("fold", 5, "0 to 4"),
        ("trained_from", 6, "0 to 5"),
        ("trunk_rate", 1.5, "from 0 to 1"),
        ("line_width", 0.5, "0.002 to 0.1"),
        ("seed", -1, "seed"),
        ("weight_decay", -0.1, "at least 0"),
        ("querybank", -1, "from 0 to 4096"),
        ("querybank", 4097, "from 0 to 4096"),
    ],
)
def test_invalid_values_are_refused_by_name(field, value, expected):
    with pytest.raises(InputError, match=expected) as refusal:
        RetrievalConfig(**{field: value})
    assert field in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_an_int_is_accepted_for_a_float():
    config = RetrievalConfig(margin=1)
    assert config.margin == 1.0
    assert isinstance(config.margin, float)


def test_settings_that_contradict_each_other_are_refused():
    with pytest.raises(InputError, match="--no-shared"):
        RetrievalConfig(photo_input="rgb")
    with pytest.raises(InputError, match="leave room for the target dataset"):
        RetrievalConfig(unlabelled=0.5, auxiliary=0.5)
    with pytest.raises(InputError, match="--sketches-per-identity 2"):
        RetrievalConfig(loss="infonce", same_side=0.5)
    with pytest.raises(InputError, match="--loss infonce"):
        RetrievalConfig(loss="triplet", sketches_per_identity=2, same_side=0.5)
    assert RetrievalConfig(photo_input="rgb", shared=False).photo_input == "rgb"


def test_a_trunk_shares_its_layers_but_not_its_normalisation():
    trunk = RetrievalConfig(branch="lite0", size=224, photo_input="rgb")
    assert trunk.shared
    assert trunk.has_trunk
    assert not trunk.has_one_branch
    assert RetrievalConfig().has_one_branch
    assert not RetrievalConfig(shared=False).has_one_branch


def test_only_the_compact_branch_starts_from_the_shipped_doodle_run():
    assert RetrievalConfig().pretrained_run == "quickdraw"
    for fields in (
        {"branch": "lite0"},
        {"branch": "vgg16"},
        {"width": 16},
        {"pretrained": False},
    ):
        assert RetrievalConfig(**fields).pretrained_run is None
    assert RETRIEVAL_PRESETS["sketch_a_net"].pretrained_run is None


def test_settings_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        RetrievalConfig().size = 128


def changed(**changes):
    return {**config_to_json(RetrievalConfig()), **changes}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (changed(version=CONFIG_VERSION + 1), "version"),
        (changed(version=None), "version"),
        (changed(task="cooking"), "expected a task"),
        (changed(task=["retrieval"]), "expected a task"),
        (changed(settings={"size": 96, "colour": 1}), "colour"),
        (changed(settings={"size": "96"}), "whole number"),
        (changed(settings=[]), "settings"),
        ([], "settings"),
        (None, "settings"),
    ],
)
def test_other_json_is_refused_with_the_reason(found, expected):
    with pytest.raises(InputError, match=expected):
        config_from_json(found)


def test_settings_missing_in_an_older_run_take_their_defaults():
    found = config_to_json(replace(RetrievalConfig(), size=128))
    del found["settings"]["partial"]
    assert config_from_json(found) == replace(RetrievalConfig(), size=128)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_file_is_reported_in_one_line(content, tmp_path):
    path = tmp_path / "config.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"config\.json"):
        load_config(path)


def test_a_missing_file_is_reported_in_one_line(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        load_config(tmp_path / "config.json")


def test_importing_settings_does_not_import_keras():
    code = "import sys, sketchnet.config.retrieval; assert not {'keras', 'cv2'} & {*sys.modules}"
    subprocess.run([sys.executable, "-c", code], check=True)
