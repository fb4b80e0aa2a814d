"""Settings of a doodle training: checked values, presets, and a round trip through JSON."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sketchnet.config.doodles import DOODLE_PRESETS, DoodleConfig
from sketchnet.config.files import (
    config_from_json,
    config_to_json,
    load_config,
    save_config,
    task_of,
)
from sketchnet.utils.errors import InputError


@pytest.mark.parametrize("name", list(DOODLE_PRESETS))
def test_presets_have_their_names_and_survive_json(name: str, tmp_path) -> None:
    config = replace(DOODLE_PRESETS[name], categories=("apple", "flip flops"), seed=7)
    assert DOODLE_PRESETS[name].preset == name
    assert config_from_json(json.loads(json.dumps(config_to_json(config)))) == config
    save_config(config, tmp_path / "config.json", data=["quickdraw"])
    assert load_config(tmp_path / "config.json") == config
    assert task_of(config) == "quickdraw"


def test_the_defaults_are_the_preset_default() -> None:
    assert DOODLE_PRESETS["default"] == DoodleConfig()
    assert set(DOODLE_PRESETS) == {"quick", "default", "published"}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"image_branch": "alexnet"}, "image_branch"),
        ({"image_branch": "none", "stroke_branch": "none"}, "an image branch"),
        ({"mode": "both"}, "mode"),
        ({"loss": "infonce"}, "loss"),
        ({"mining": "easy"}, "mining"),
        ({"distance": "cosine"}, "distance"),
        ({"preset": "sketch_a_net"}, "preset"),
        ({"partial": 1.5}, "a fraction from 0 to 1"),
        ({"drop_input": -0.1}, "a fraction from 0 to 1"),
        ({"margin": 0.0}, "more than 0"),
        ({"size": 16}, "32 to 512"),
        ({"max_points": 4}, "from 8"),
        ({"drawings_per_category": 1}, "no triplet"),
        ({"categories_per_batch": 1}, "at least 2"),
        ({"label_smoothing": 1.0}, "below 1"),
        ({"epochs": 0}, "at least 1"),
        ({"seed": -1}, "seed"),
        ({"categories": ("apple",), "without": ("apple",)}, "'apple'"),
        ({"categories": ["apple"]}, "categories"),
        ({"learning_rate": float("nan")}, "finite"),
    ],
)
def test_invalid_settings_are_refused_in_one_line(fields: dict, message: str) -> None:
    with pytest.raises(InputError, match=message) as refused:
        DoodleConfig(**fields)
    assert "\n" not in str(refused.value)


def test_one_drawing_per_category_is_enough_to_classify() -> None:
    assert DoodleConfig(mode="classify", drawings_per_category=1).drawings_per_category == 1
