"""Networks run by ONNX Runtime: equal to Keras, cached, renewed, and replaced by Keras."""

from __future__ import annotations

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from sketchnet import runs
from sketchnet.config.files import save_config
from sketchnet.data.doodle_inputs import DoodleInputs
from sketchnet.imaging.views import canvas_for
from sketchnet.inference import onnx_runtime
from sketchnet.inference.doodle_embedder import DoodleEmbedder, save_input_spec
from sketchnet.inference.embedder import Embedder
from sketchnet.inference.onnx_runtime import OnnxNetwork, check_same_outputs, open_networks
from sketchnet.models import saving
from sketchnet.models.doodle_network import build_doodle_network
from sketchnet.models.two_branch import photo_branch, sketch_branch
from sketchnet.retrieval.doodle_gallery import build_doodle_gallery, save_doodle_gallery
from sketchnet.retrieval.gallery import build_gallery
from sketchnet.utils.errors import InputError
from tests.doodles import WORDS, doodles, small_config
from tests.tiny import SIZE, write_photos, write_run

INPUTS = DoodleInputs(32, 32)
COLOUR = {"shared": False, "photo_input": "rgb"}
IMAGE_AND_STROKES = {"image_branch": "compact"}
IMAGE = {"image_branch": "compact", "stroke_branch": "none"}


def write_doodle_run(folder: Path, **fields) -> Path:
    config = small_config(**fields)
    folder.mkdir(parents=True)
    save_config(config, folder / runs.CONFIG)
    saving.save_model(build_doodle_network(config, len(WORDS)), folder)
    save_input_spec(folder, INPUTS, WORDS)
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="module")
def shoes(folder) -> Path:
    """A run of one branch, with its converted network."""
    run = write_run(folder / "shoes", seed=3)
    open_networks(run)
    return run


@pytest.fixture(scope="module")
def separate(folder) -> Path:
    """A run of two branches, with their converted networks."""
    run = write_run(folder / "separate", **COLOUR)
    open_networks(run)
    return run


@pytest.fixture(scope="module")
def doodle_run(folder) -> Path:
    return write_doodle_run(folder / "doodles", **IMAGE_AND_STROKES)


@pytest.fixture
def network(shoes) -> OnnxNetwork:
    (network,) = open_networks(shoes).values()
    return network


@pytest.fixture
def instant_conversion(shoes, monkeypatch) -> None:
    """Converts copies of `shoes` at once: to the file that its network was converted to."""
    content = (shoes / "onnx" / "picture.onnx").read_bytes()
    monkeypatch.setattr(onnx_runtime, "to_onnx", lambda network, metadata: content)


def copy_unconverted(run: Path, target: Path) -> Path:
    return shutil.copytree(run, target, ignore=shutil.ignore_patterns("onnx"))


def pictures(rng, n: int, channels: int = 1) -> np.ndarray:
    return rng.integers(0, 256, (n, SIZE, SIZE, channels)).astype(np.float32)


@pytest.mark.parametrize("name", ["shoes", "separate"])
def test_converted_branches_equal_keras(name, request, rng):
    run = request.getfixturevalue(name)
    whole = saving.load_model(run)
    converted = open_networks(run)
    assert sorted(converted) == (["picture"] if name == "shoes" else ["photo", "sketch"])
    for part, network in converted.items():
        assert isinstance(network, OnnxNetwork)
        branch = (photo_branch if part == "photo" else sketch_branch)(whole)
        for n in (1, 3, 60):
            batch = pictures(rng, n, channels=3 if part == "photo" else 1)
            found, expected = network.predict_on_batch(batch), branch(batch, training=False)
            assert found.keys() == expected.keys() == network.output.keys()
            for key, values in expected.items():
                assert found[key].dtype == np.float32
                np.testing.assert_allclose(found[key], values, atol=1e-5)


@pytest.mark.parametrize("branches", ["both", "strokes", "picture"])
def test_predictions_for_drawings_of_any_length_equal_keras(branches, doodle_run, tmp_path):
    run = doodle_run
    if branches != "both":
        run = write_doodle_run(tmp_path / "run", **(IMAGE if branches == "picture" else {}))
    embedder = DoodleEmbedder(run)
    assert isinstance(embedder._network, OnnxNetwork)
    by_keras = DoodleEmbedder((saving.load_model(run), INPUTS, WORDS))
    queries = [*doodles(22).queries(), []]  # more than one chunk
    modalities = ("both", "picture", "strokes") if embedder.reads_both else ("both",)
    for some in (queries, queries[:1], queries[-1:], []):
        for modality in modalities:
            found, expected = embedder.predict(some, modality), by_keras.predict(some, modality)
            np.testing.assert_allclose(found.embeddings, expected.embeddings, atol=1e-5)
            np.testing.assert_allclose(found.probabilities, expected.probabilities, atol=1e-5)
    assert embedder.predict_by_modality(queries[:3]).keys() == set(modalities)


def test_outputs_do_not_depend_on_the_batch(network, rng):
    batch = pictures(rng, 12)
    together = network.predict_on_batch(batch)
    for i in range(12):
        alone = network.predict_on_batch(batch[i : i + 1])
        for name, values in together.items():
            np.testing.assert_allclose(alone[name][0], values[i], atol=1e-5)


@pytest.mark.parametrize("processors", [1, 3])
def test_pictures_computed_apart_have_the_outputs_of_the_whole(
    processors, network, rng, monkeypatch
):
    monkeypatch.setattr(onnx_runtime, "n_processors", lambda: processors)
    for n in (1, 2, 3, 17):
        batch = pictures(rng, n)
        names = list(network.output)
        together = network._session.run(names, {network.inputs[0].name: batch})
        found = network.predict_on_batch(batch)
        for name, values in zip(names, together, strict=True):
            np.testing.assert_allclose(found[name], values, atol=1e-5)


def test_threads_get_the_outputs_of_their_batches(network, rng):
    batches = [pictures(rng, 1 + i % 5) for i in range(40)]
    alone = [network.predict_on_batch(batch) for batch in batches]
    with ThreadPoolExecutor(8) as pool:
        at_once = list(pool.map(network.predict_on_batch, batches))
    for found, expected in zip(at_once, alone, strict=True):
        for name, values in expected.items():
            np.testing.assert_array_equal(found[name], values)


def test_a_converted_network_is_cached(shoes, monkeypatch):
    assert (shoes / "onnx" / "picture.onnx").is_file()
    monkeypatch.setattr(saving, "load_model", None)
    (again,) = open_networks(shoes).values()
    assert again.fingerprint == runs.fingerprint(shoes)


def test_the_network_of_another_training_is_converted_again(shoes, tmp_path, rng):
    run = shutil.copytree(shoes, tmp_path / "run")
    batch = pictures(rng, 2)
    (first,) = open_networks(run).values()
    write_run(run, seed=2)
    (second,) = open_networks(run).values()
    expected = sketch_branch(saving.load_model(run))(batch, training=False)["embedding"]
    np.testing.assert_allclose(second.predict_on_batch(batch)["embedding"], expected, atol=1e-5)
    assert not np.allclose(first.predict_on_batch(batch)["embedding"], expected, atol=1e-3)


def test_a_damaged_file_is_replaced(shoes, network, tmp_path, rng, instant_conversion):
    run = shutil.copytree(shoes, tmp_path / "run")
    file = run / "onnx" / "picture.onnx"
    file.write_bytes(file.read_bytes()[:1000])
    (renewed,) = open_networks(run).values()
    assert isinstance(renewed, OnnxNetwork)
    batch = pictures(rng, 2)
    expected = network.predict_on_batch(batch)["embedding"]
    np.testing.assert_array_equal(renewed.predict_on_batch(batch)["embedding"], expected)
    OnnxNetwork(file)


def test_a_shipped_run_is_cached_elsewhere_or_not_at_all(
    shoes, tmp_path, monkeypatch, instant_conversion
):
    shipped = copy_unconverted(shoes, tmp_path / "weights" / "shoes")
    monkeypatch.setattr(runs, "SHIPPED", tmp_path / "weights")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    (tmp_path / "file").touch()
    assert all(isinstance(each, OnnxNetwork) for each in open_networks(shipped).values())

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    open_networks(shipped)
    assert not (shipped / "onnx").exists()
    (cached,) = (tmp_path / "cache").rglob("*.onnx")
    assert OnnxNetwork(cached).fingerprint == runs.fingerprint(shipped)
    monkeypatch.setattr(saving, "load_model", None)
    open_networks(shipped)


def test_where_the_run_cannot_hold_the_file_the_cache_does(
    shoes, tmp_path, monkeypatch, instant_conversion
):
    run = copy_unconverted(shoes, tmp_path / "run")
    (run / "onnx").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    open_networks(run)
    assert list((tmp_path / "cache").rglob("picture.onnx"))


@pytest.mark.parametrize("missing", ["onnxruntime", "onnx"])
def test_without_the_engine_keras_runs_and_one_line_says_so(
    missing, separate, tmp_path, monkeypatch, capsys
):
    run = copy_unconverted(separate, tmp_path / "run")
    monkeypatch.setitem(sys.modules, missing, None)
    onnx_runtime._report_fallback.cache_clear()
    embedder = Embedder(run)
    canvas = canvas_for(SIZE)
    assert embedder.sketches(np.zeros((1, canvas, canvas), np.uint8), 1).vectors.shape == (1, 8)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, "one line for two networks"
    assert "Keras runs the network" in lines[0]
    assert f"import of {missing} halted" in lines[0]


def test_a_conversion_with_other_outputs_is_rejected(
    shoes, separate, tmp_path, monkeypatch, capsys
):
    run = copy_unconverted(shoes, tmp_path / "run")
    wrong = (separate / "onnx" / "sketch.onnx").read_bytes()
    monkeypatch.setattr(onnx_runtime, "to_onnx", lambda network, metadata: wrong)
    onnx_runtime._report_fallback.cache_clear()
    (network,) = open_networks(run).values()
    assert not isinstance(network, OnnxNetwork)
    assert "differs by" in capsys.readouterr().err
    assert not (run / "onnx").exists()
    with pytest.raises(ValueError, match="differs by"):
        check_same_outputs(network, OnnxNetwork(wrong))


def test_a_run_without_a_network_is_refused(shoes, tmp_path):
    run = copy_unconverted(shoes, tmp_path / "run")
    (run / "model.keras").write_bytes(b"no model")
    with pytest.raises(InputError, match="cannot load"):
        open_networks(run)


def test_a_search_does_not_import_tensorflow(shoes, doodle_run, tmp_path):
    """The slow imports are not needed once a run has its converted network."""
    photos = write_photos(tmp_path / "photos", range(3))
    build_gallery(Embedder(shoes), photos, tmp_path / "gallery")
    embedder = DoodleEmbedder(doodle_run)
    save_doodle_gallery(build_doodle_gallery(embedder, doodles(2)), tmp_path / "doodles.npz")
    program = """
import sys
from pathlib import Path
from sketchnet.retrieval.search import ShoeFinder
from sketchnet.retrieval.suggest import Suggester
shoes, gallery, sketch, doodle_run, doodles = map(Path, sys.argv[1:])
assert len(ShoeFinder(shoes, gallery).find(sketch)) == 3
found = Suggester(doodle_run, doodles).suggest([[[0, 0], [9, 9], [0, 9]]], k=2)
assert len(found.drawings) == 2
print(sorted({"tensorflow", "keras"} & set(sys.modules)))
"""
    arguments = (shoes, tmp_path / "gallery", photos / "shoe_1.png", doodle_run)
    command = [sys.executable, "-c", program, *map(str, (*arguments, tmp_path / "doodles.npz"))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
