"""Damaged and forged galleries and runs: refused with the reason, and no code is executed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import numpy as np
import pytest

from sketchnet import runs
from sketchnet.inference.doodle_embedder import load_input_spec
from sketchnet.models import saving
from sketchnet.retrieval.doodle_gallery import load_doodle_gallery
from sketchnet.retrieval.gallery import build_gallery, load_gallery
from sketchnet.utils.errors import InputError
from tests.browser.hog_embedder import HogEmbedder
from tests.hardening.bad_folders import (
    DOODLE_GALLERIES,
    GALLERIES,
    RUNS,
    change,
    doodle_gallery,
    flip,
)
from tests.hardening.readers import ROOT, read_in_subprocess
from tests.tiny import write_photos, write_run


@pytest.fixture
def gallery(finder, tmp_path):
    shutil.copytree(finder.gallery.folder, tmp_path / "gallery")
    return tmp_path / "gallery"


def test_the_undamaged_copy_is_valid(gallery):
    assert len(load_gallery(gallery)) == 4


@pytest.mark.parametrize("name", GALLERIES)
def test_a_damaged_gallery_is_refused_with_the_reason(name, gallery):
    GALLERIES[name](gallery)
    with pytest.raises(InputError, match=r"damaged|version|holds no") as refusal:
        load_gallery(gallery)
    assert str(gallery) in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("part", ["embeddings.npy", "local.npy", "photos.json", "gallery.json"])
def test_a_flipped_bit_of_a_gallery_is_detected_or_has_no_effect(part, gallery):
    before = load_gallery(gallery)
    whole = (gallery / part).read_bytes()
    rng = np.random.default_rng(0)
    for at in rng.random(40):
        flip(part, at)(gallery)
        try:
            after = load_gallery(gallery)
        except InputError:
            pass
        else:  # in a field that does not affect the search
            assert part == "gallery.json"
            assert after.ids == before.ids
            np.testing.assert_array_equal(after.embeddings.vectors, before.embeddings.vectors)
        (gallery / part).write_bytes(whole)


@pytest.mark.parametrize("name", DOODLE_GALLERIES)
def test_an_invalid_doodle_gallery_is_refused_with_the_reason(name, tmp_path):
    path = tmp_path / "drawings.npz"
    path.write_bytes(DOODLE_GALLERIES[name]())
    with pytest.raises(InputError, match=r"drawings\.npz") as refusal:
        load_doodle_gallery(path)
    assert "\n" not in str(refusal.value)


def test_a_valid_doodle_gallery_is_loaded(tmp_path):
    (tmp_path / "drawings.npz").write_bytes(doodle_gallery())
    found = load_doodle_gallery(tmp_path / "drawings.npz")
    assert [len(drawing) for drawing in found.drawings] == [1, 1]


def test_memory_is_bounded_when_one_process_reads_all_doodle_galleries(tmp_path):
    for name, make in DOODLE_GALLERIES.items():
        (tmp_path / f"{name}.npz").write_bytes(make())
    results, peak = read_in_subprocess("doodle_gallery", sorted(tmp_path.iterdir()))
    assert {r.outcome for r in results} == {"refused"}
    assert peak < 1000  # TensorFlow is most of it


def test_a_flipped_bit_of_a_doodle_gallery_is_detected_or_has_no_effect(tmp_path):
    path = tmp_path / "drawings.npz"
    path.write_bytes(doodle_gallery())
    before = load_doodle_gallery(path)
    found = 0
    for at in np.random.default_rng(1).random(200):
        path.write_bytes(doodle_gallery())
        flip("drawings.npz", at)(tmp_path)
        try:
            after = load_doodle_gallery(path)
        except InputError:
            found += 1
        else:  # in the times or the system that the zip states
            np.testing.assert_array_equal(after.vectors, before.vectors)
            np.testing.assert_array_equal(after.drawings.points, before.drawings.points)
            assert (after.categories, after.key_ids) == (before.categories, before.key_ids)
    assert found > 100


@pytest.fixture(scope="module")
def valid_run(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture
def run(valid_run, tmp_path):
    shutil.copytree(valid_run, tmp_path / "run")
    return tmp_path / "run"


@pytest.mark.parametrize("name", RUNS)
def test_a_damaged_run_is_refused_with_the_reason_and_executes_nothing(name, run, monkeypatch):
    from sketchnet.inference.embedder import Embedder

    monkeypatch.chdir(run.parent)
    RUNS[name](run)
    with pytest.raises(InputError, match="expected") as refusal:
        Embedder(run)
    assert "\n" not in str(refusal.value)
    assert "root:" not in str(refusal.value)
    assert not (run.parent / "executed").exists()


def test_a_flipped_bit_of_the_weights_is_detected_or_has_no_effect(run):
    before = saving.load_model(run).get_weights()
    path, found = run / runs.MODEL, 0
    whole = path.read_bytes()
    for at in np.random.default_rng(2).random(12):
        flip(runs.MODEL, at)(run)
        try:
            after = saving.load_model(run).get_weights()
        except InputError:
            found += 1
        else:
            for ours, theirs in zip(after, before, strict=True):
                np.testing.assert_array_equal(ours, theirs)
        path.write_bytes(whole)
    assert found >= 8


def test_a_flipped_bit_of_the_onnx_file_of_a_run_is_detected_and_the_file_rebuilt(run):
    pytest.importorskip("onnxruntime", reason="runs are served by Keras here")
    from sketchnet.inference.embedder import Embedder

    def embed():
        embedder = Embedder(run)
        picture = np.full((1, embedder.canvas, embedder.canvas), 255, np.uint8)
        picture[:, 8:12, 4:30] = 0
        return embedder.sketches(picture).vectors

    before = embed()
    onnx = run / "onnx" / "picture.onnx"
    if not onnx.is_file():
        pytest.skip("there is no converter to ONNX here")
    np.testing.assert_array_equal(embed(), before)
    flip("picture.onnx", 0.6)(onnx.parent)
    flipped = onnx.read_bytes()
    np.testing.assert_array_equal(embed(), before)
    assert onnx.read_bytes() != flipped


def test_a_run_with_nan_weights_gives_an_error_per_query(run):
    from sketchnet.inference.embedder import Embedder

    network = saving.load_model(run)
    network.set_weights([np.full_like(weights, np.nan) for weights in network.get_weights()])
    saving.save_model(network, run)
    embedder = Embedder(run)
    with pytest.raises(InputError, match="NaN from the network"):
        embedder.sketches(np.zeros((1, embedder.canvas, embedder.canvas), np.uint8))


@pytest.mark.parametrize(
    "text",
    ["", "[" * 100_000, "[]", '{"acc@1": 9', b"\xff\xfe", '{"a": ' + "9" * 5000 + "}"],
)
def test_broken_metrics_and_input_specifications_are_refused_in_one_line(run, text):
    content = text.encode() if isinstance(text, str) else text
    (run / runs.METRICS).write_bytes(content)
    (run / "drawings.json").write_bytes(content)
    for load in (runs.load_metrics, load_input_spec):
        with pytest.raises(InputError, match="expected") as refusal:
            load(run)
        assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    "inputs",
    [
        {"size": 1e999, "max_points": 96},
        {"size": 10**9, "max_points": 96},
        {"size": 64, "max_points": -1},
        {"size": "a", "max_points": 96},
        {"size": 64, "max_points": 96, "normalization": {"mean": [float("nan")] * 2}},
        {"size": 64, "max_points": 96, "normalization": {"deviation": [0, 0]}},
        {"size": 64, "max_points": 96, "normalization": {"__class__": 1}},
        {"size": 64, "max_points": 96, "normalization": 7},
        {"size": 64},
    ],
)
def test_an_input_specification_out_of_range_is_refused(run, inputs):
    spec = {"inputs": {"normalization": {}} | inputs, "categories": ["a"]}
    (run / "drawings.json").write_text(json.dumps(spec))
    with pytest.raises(InputError, match=r"drawings\.json"):
        load_input_spec(run)


def test_an_invalid_data_field_of_a_run_is_ignored(run):
    change(run / runs.CONFIG, data=7)
    assert runs.data_of(run) == ()


def test_links_in_a_folder_of_photos_do_not_copy_other_files(tmp_path):
    write_photos(tmp_path / "photos", range(2))
    (tmp_path / "photos" / "secret.png").symlink_to("/etc/passwd")
    (tmp_path / "photos" / "all").symlink_to("/")
    built = build_gallery(HogEmbedder(), tmp_path / "photos", tmp_path / "gallery")
    assert [name for name, _ in built.skipped] == ["secret"]
    for path in (tmp_path / "gallery").rglob("*"):
        assert not path.is_symlink()
        assert path.is_dir() or b"root:" not in path.read_bytes()


def test_commands_report_damaged_folders_in_one_line(run, gallery, tmp_path):
    RUNS["config_nested"](run)
    GALLERIES["metadata_nested"](gallery)
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1"}
    for command in (
        ["evaluate.py", str(run), "--data", str(tmp_path)],
        ["-m", "sketchnet.gallery", "search", str(run), str(gallery), "a.png"],
        ["demo/app.py", "--run", str(run), "--gallery", str(gallery)],
    ):
        done = subprocess.run(
            [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True
        )
        assert done.returncode == 2
        assert done.stderr.count("\n") == 1, done.stderr
        assert done.stderr.startswith("expected")
