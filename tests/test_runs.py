"""The directory of a run: files, names, settings, damage."""

from __future__ import annotations

import hashlib
import json
import zipfile
from shutil import copytree

import numpy as np
import pytest

from sketchnet import runs
from sketchnet.models import saving
from sketchnet.utils.errors import InputError
from tests.tiny import SIZE, tiny_config, tiny_network, write_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("runs") / "shoes", seed=3)


def outputs(model) -> dict:
    pictures = np.random.default_rng(0).integers(0, 256, (2, SIZE, SIZE, 1)).astype(np.float32)
    return model({"sketch": pictures, "photo": pictures[::-1]}, training=False)


def test_a_model_survives_the_disk(run):
    saved = outputs(tiny_network(tiny_config(), seed=3))
    loaded = outputs(saving.load_model(run))
    assert saved.keys() == loaded.keys()
    for key, value in saved.items():
        np.testing.assert_array_equal(value, loaded[key])


def test_the_fingerprint_is_the_checksum_of_the_model(run, tmp_path):
    expected = hashlib.sha256((run / "model.keras").read_bytes()).hexdigest()
    assert runs.fingerprint(run) == expected
    (tmp_path / "model.keras").write_bytes(b"another network")
    assert runs.fingerprint(tmp_path) != expected


def test_saving_leaves_no_temporary_files(run):
    assert sorted(path.name for path in run.iterdir()) == ["config.json", "model.keras"]


def test_a_failed_save_leaves_the_old_model(run, monkeypatch):
    before = runs.fingerprint(run)
    model = tiny_network(tiny_config(), seed=8)

    def full(*_args, **_kwargs):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        saving.save_model(model, run)
    assert runs.fingerprint(run) == before
    assert sorted(path.name for path in run.iterdir()) == ["config.json", "model.keras"]


def test_a_run_records_its_settings_but_no_paths(tmp_path):
    data = tmp_path / "deep" / "shoes"
    data.mkdir(parents=True)
    config = tiny_config(seed=5)
    weights = tmp_path / "old" / "weights.npy"
    runs.start_run(tmp_path / "run", config, [data, data / ".." / "chairs"], weights)
    assert runs.config_of(tmp_path / "run") == config
    assert runs.data_of(tmp_path / "run") == ("shoes", "chairs")
    text = (tmp_path / "run" / "config.json").read_text()
    assert str(tmp_path) not in text
    assert json.loads(text)["initial_weights"] == "weights.npy"


def test_changed_settings_keep_the_other_records(tmp_path):
    runs.start_run(tmp_path / "run", tiny_config(), [tmp_path / "shoes"])
    runs.change_config(tmp_path / "run", tiny_config(epochs=99))
    assert runs.config_of(tmp_path / "run").epochs == 99
    assert runs.data_of(tmp_path / "run") == ("shoes",)


def test_a_run_is_never_overwritten(tmp_path):
    runs.start_run(tmp_path / "run", tiny_config(), [])
    runs.start_run(tmp_path / "run", tiny_config(seed=1), [])  # no epoch was trained yet
    (tmp_path / "run" / "history.csv").touch()
    with pytest.raises(InputError, match="--resume"):
        runs.start_run(tmp_path / "run", tiny_config(), [])
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="exists already"):
        runs.start_run(tmp_path / "file", tiny_config(), [])


def test_a_run_is_found_by_path_or_shipped_name(run, tmp_path, monkeypatch):
    monkeypatch.setattr(runs, "SHIPPED", tmp_path / "weights")
    monkeypatch.chdir(tmp_path)
    assert runs.resolve_run(run) == run
    with pytest.raises(InputError, match=r"\(none\)"):
        runs.resolve_run("shoes")
    shipped = copytree(run, tmp_path / "weights" / "shoes")
    assert runs.resolve_run("shoes") == shipped
    (tmp_path / "shoes").mkdir()
    assert runs.resolve_run("shoes") == shipped, "a shipped name wins"
    assert runs.resolve_run("./shoes").resolve() == tmp_path / "shoes", "a path does not"
    with pytest.raises(InputError, match=r"\(shoes\)"):
        runs.resolve_run("boots")


@pytest.mark.parametrize("part", ["config.json", "model.keras"])
def test_a_missing_file_is_named(part, run, tmp_path):
    run = copytree(run, tmp_path / "run")
    (run / part).unlink()
    read = runs.config_of if part == "config.json" else saving.load_model
    with pytest.raises(InputError, match=f"expected {part}"):
        read(run)
    if part == "model.keras":
        with pytest.raises(InputError, match=f"expected {part}"):
            runs.fingerprint(run)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not a zip", b"hello"])
def test_a_damaged_model_is_reported_in_one_line(content, run, tmp_path):
    run = copytree(run, tmp_path / "run")
    (run / "model.keras").write_bytes(content)
    with pytest.raises(InputError, match=r"model\.keras") as refusal:
        saving.load_model(run)
    assert "\n" not in str(refusal.value)


def test_code_in_a_model_is_not_executed(run, tmp_path):
    """A Lambda layer carries Python; safe mode refuses the whole file."""
    import keras

    run = copytree(run, tmp_path / "run")
    picture = keras.Input((2,))
    code = keras.layers.Lambda(lambda x: x + 1)
    keras.Model(picture, code(picture)).save(run / "model.keras")
    with zipfile.ZipFile(run / "model.keras") as archive:
        assert b"Lambda" in archive.read("config.json")
    with pytest.raises(InputError, match="cannot load"):
        saving.load_model(run)


def test_scores_survive_the_disk(run, tmp_path):
    assert runs.load_metrics(tmp_path) == {}
    runs.save_metrics(tmp_path, {"acc@1": 0.5, "triplet_accuracy": None})
    assert runs.load_metrics(tmp_path) == {"acc@1": 0.5, "triplet_accuracy": None}
