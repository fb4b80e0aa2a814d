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
def test_presets_survive_the_disk_and_bear_their_names(name, tmp_path):
    config = RETRIEVAL_PRESETS[name]
    save_config(config, tmp_path / "config.json", data=["shoes"])
    assert config.preset == name
    assert load_config(tmp_path / "config.json") == config
    assert json.loads((tmp_path / "config.json").read_text())["data"] == ["shoes"]


def test_paper_is_the_published_recipe():
    paper = RETRIEVAL_PRESETS["paper"]
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
    assert paper.identities * paper.sketches_per_identity == 128
    assert paper.epochs * paper.steps_per_epoch == 20_000


def test_the_defaults_are_the_preset_best():
    assert RETRIEVAL_PRESETS["best"] == RetrievalConfig()


@given(
    size=st.integers(32, 512),
    margin=st.floats(1e-6, 10),
    loss=st.sampled_from(["hinge", "softmax", "contrastive"]),
    shared=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_any_settings_survive_json(size, margin, loss, shared, seed):
    config = RetrievalConfig(size=size, margin=margin, loss=loss, shared=shared, seed=seed)
    assert config_from_json(json.loads(json.dumps(config_to_json(config)))) == config


@pytest.mark.parametrize(
    ("field", "value", "expected"),
    [
        ("branch", "resnet", "one of compact"),
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
        ("seed", -1, "seed"),
        ("weight_decay", -0.1, "at least 0"),
        ("querybank", -1, "from 0 to 4096"),
        ("querybank", 4097, "from 0 to 4096"),
    ],
)
def test_unfit_values_are_refused_by_name(field, value, expected):
    with pytest.raises(InputError, match=expected) as refusal:
        RetrievalConfig(**{field: value})
    assert field in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_whole_numbers_may_stand_for_floats():
    config = RetrievalConfig(margin=1)
    assert config.margin == 1.0
    assert isinstance(config.margin, float)


def test_settings_that_cannot_hold_together_are_refused():
    with pytest.raises(InputError, match="--no-shared"):
        RetrievalConfig(photo_input="rgb")
    with pytest.raises(InputError, match="leave room for the first folder"):
        RetrievalConfig(unlabelled=0.5, others=0.5)
    assert RetrievalConfig(photo_input="rgb", shared=False).photo_input == "rgb"


def test_settings_are_frozen():
    with pytest.raises(dataclasses.FrozenInstanceError):
        RetrievalConfig().size = 128


def spoilt(**changes):
    return {**config_to_json(RetrievalConfig()), **changes}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (spoilt(version=CONFIG_VERSION + 1), "version"),
        (spoilt(version=None), "version"),
        (spoilt(task="cooking"), "expected a task"),
        (spoilt(task=["retrieval"]), "expected a task"),
        (spoilt(settings={"size": 96, "taste": 1}), "taste"),
        (spoilt(settings={"size": "96"}), "whole number"),
        (spoilt(settings=[]), "settings"),
        ([], "settings"),
        (None, "settings"),
    ],
)
def test_foreign_json_is_refused_with_the_reason(found, expected):
    with pytest.raises(InputError, match=expected):
        config_from_json(found)


def test_settings_that_an_older_version_did_not_know_take_their_defaults():
    found = config_to_json(replace(RetrievalConfig(), size=128))
    del found["settings"]["partial"]
    assert config_from_json(found) == replace(RetrievalConfig(), size=128)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\xff\xfe", b"[" * 100_000])
def test_a_damaged_file_is_one_clear_line(content, tmp_path):
    path = tmp_path / "config.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"config\.json"):
        load_config(path)


def test_an_absent_file_is_one_clear_line(tmp_path):
    with pytest.raises(InputError, match="no such file"):
        load_config(tmp_path / "config.json")


def test_importing_settings_needs_no_keras():
    code = "import sys, sketchnet.config.retrieval; assert not {'keras', 'cv2'} & {*sys.modules}"
    subprocess.run([sys.executable, "-c", code], check=True)
