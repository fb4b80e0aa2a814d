"""Older names of settings and flags: accepted, with one line that says the new name."""

from __future__ import annotations

import json
from dataclasses import fields

import pytest

from sketchnet import runs
from sketchnet.config.doodles import DOODLE_PRESETS, DoodleConfig
from sketchnet.config.files import config_from_json, config_to_json, load_config, task_of
from sketchnet.config.renamed import FIELDS, VALUES, rename_flags, rename_settings
from sketchnet.config.retrieval import RETRIEVAL_PRESETS, RetrievalConfig
from sketchnet.utils.errors import InputError

# Fields of a retrieval run of the previous version, as its config.json has them.
OLDER = {
    "preset": "paper",
    "edges": "ours",
    "others": 0.25,
    "look_alikes": 3,
    "loss": "contrastive",
    "distance": "plain",
}
TODAY = {
    "preset": "sketch_a_net",
    "edge_maps": "computed",
    "auxiliary": 0.25,
    "hard_negative_group": 3,
    "loss": "infonce",
    "distance": "euclidean",
}


def test_an_older_config_is_read_under_todays_names():
    config = config_from_json({"version": 1, "task": "retrieval", "settings": OLDER})
    assert config == RetrievalConfig(**TODAY)
    assert config_to_json(config)["settings"].items() >= TODAY.items()


@pytest.mark.parametrize(
    ("task", "settings", "preset"),
    [
        ("retrieval", {}, "compact"),
        ("retrieval", {"branch": "compact"}, "compact"),
        ("retrieval", {"branch": "efficientnet_lite0", "size": 224}, "default"),
        ("quickdraw", {}, "default"),
    ],
)
def test_the_preset_best_of_an_older_run_is_the_one_with_its_network(task, settings, preset):
    saved = {"version": 1, "task": task, "settings": {"preset": "best", **settings}}
    config = config_from_json(saved)
    assert config.preset == preset
    presets = RETRIEVAL_PRESETS if task == "retrieval" else DOODLE_PRESETS
    assert getattr(config, "branch", None) == getattr(presets[preset], "branch", None)


def test_todays_names_are_unchanged():
    assert rename_settings(TODAY, "retrieval") == TODAY
    for config in (*RETRIEVAL_PRESETS.values(), DoodleConfig(categories=("hinge", "plain"))):
        assert config_from_json(json.loads(json.dumps(config_to_json(config)))) == config


@pytest.mark.parametrize(
    ("field", "older", "today"),
    [(field, *pair) for field, pairs in VALUES.items() for pair in pairs.items()],
)
def test_every_older_value_has_a_valid_value_today(field, older, today):
    assert rename_settings({field: older}, "quickdraw") == {field: today}
    kinds = [kind for kind in (RetrievalConfig, DoodleConfig) if accepts(kind, field, today)]
    assert kinds, f"{field}={today} fits no configuration"
    assert not any(accepts(kind, field, older) for kind in kinds)


def accepts(kind: type, field: str, value: str) -> bool:
    try:
        kind(**{field: value})
    except (InputError, TypeError):
        return False
    return True


def test_every_renamed_field_exists_today_and_its_older_name_does_not():
    names = {field.name for field in fields(RetrievalConfig)}
    assert set(FIELDS.values()) <= names
    assert not set(FIELDS) & names


@pytest.mark.parametrize(
    ("older", "today"),
    [
        (["--preset", "best"], ["--preset", "default"]),
        (["--preset=paper"], ["--preset=sketch_a_net"]),
        (["--edges", "ours"], ["--edge-maps", "computed"]),
        (["--edges=published"], ["--edge-maps=provided"]),
        (["--look-alikes", "4"], ["--hard-negative-group", "4"]),
        (["--others", "0.2"], ["--auxiliary", "0.2"]),
        (["--loss", "hinge"], ["--loss", "triplet"]),
        (["--distance", "plain"], ["--distance", "euclidean"]),
    ],
)
def test_older_flags_are_translated_with_a_note(older, today):
    renamed, notes = rename_flags(["retrieval", *older, "--epochs", "3"])
    assert renamed == ["retrieval", *today, "--epochs", "3"]
    assert notes
    assert all("is now" in note and "\n" not in note for note in notes)
    assert any(today[-1].rpartition("=")[2] in note or today[0] in note for note in notes)


def test_other_arguments_are_not_translated():
    arguments = ["quickdraw", "--categories", "best", "hinge", "--data", "plain", "--run", "ours"]
    assert rename_flags(arguments) == (arguments, [])


@pytest.mark.parametrize("name", ["shoes", "quickdraw"])
def test_the_settings_of_shipped_runs_are_read(name):
    path = runs.SHIPPED / name / runs.CONFIG
    config = load_config(path)
    settings = json.loads(path.read_text())["settings"]
    translated = json.loads(json.dumps(rename_settings(settings, task_of(config))))
    stored = json.loads(json.dumps(config_to_json(config)["settings"]))
    assert stored.items() >= translated.items()
    assert config.preset in (RETRIEVAL_PRESETS if name == "shoes" else DOODLE_PRESETS)
