"""Runs served by ONNX Runtime: as Keras answers, kept, renewed, and given up where it must be."""

from __future__ import annotations

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
from sketchnet.inference.onnx_runtime import OnnxNetwork, check_alike, open_networks
from sketchnet.models import saving
from sketchnet.models.doodle_network import build_doodle_network
from sketchnet.models.two_branch import photo_branch, sketch_branch
from sketchnet.retrieval.doodle_gallery import build_doodle_gallery, save_doodle_gallery
from sketchnet.retrieval.gallery import build_gallery
from sketchnet.utils.errors import InputError
from tests.doodles import WORDS, doodles, small_config
from tests.tiny import SIZE, write_photos, write_run

INPUTS = DoodleInputs(32, 32)


def write_drawing_run(folder: Path, **fields) -> Path:
    config = small_config(**fields)
    folder.mkdir(parents=True)
    save_config(config, folder / runs.CONFIG)
    network = build_doodle_network(config, len(WORDS))
    saving.save_model(network, folder)
    save_input_spec(folder, INPUTS, WORDS)
    return folder


@pytest.fixture(scope="module")
def shoes(tmp_path_factory):
    return write_run(tmp_path_factory.mktemp("runs") / "shoes", seed=3)


@pytest.fixture(scope="module")
def served(shoes) -> OnnxNetwork:
    (network,) = open_networks(shoes).values()
    return network


def pictures(rng, n: int, channels: int = 1) -> np.ndarray:
    return rng.integers(0, 256, (n, SIZE, SIZE, channels)).astype(np.float32)


@pytest.mark.parametrize("shared", [True, False])
def test_branches_answer_as_keras_does(shared, shoes, tmp_path, rng):
    colour = {"shared": False, "photo_input": "rgb"}
    run = shoes if shared else write_run(tmp_path / "run", **colour)
    found = open_networks(run)
    network = saving.load_model(run)
    assert sorted(found) == (["picture"] if shared else ["photo", "sketch"])
    for name, served in found.items():
        assert isinstance(served, OnnxNetwork)
        branch = (photo_branch if name == "photo" else sketch_branch)(network)
        for n in (1, 3, 60):
            batch = pictures(rng, n, channels=3 if name == "photo" else 1)
            answers, expected = served.predict_on_batch(batch), branch.predict_on_batch(batch)
            assert answers.keys() == expected.keys() == served.output.keys()
            for key, values in expected.items():
                assert answers[key].dtype == np.float32
                np.testing.assert_allclose(answers[key], values, atol=1e-5)


@pytest.mark.parametrize(
    "fields",
    [{"image_branch": "compact"}, {}, {"image_branch": "compact", "stroke_branch": "none"}],
    ids=["both", "strokes", "picture"],
)
def test_drawings_of_any_length_answer_as_keras_does(fields, tmp_path):
    run = write_drawing_run(tmp_path / "run", **fields)
    embedder = DoodleEmbedder(run)
    assert isinstance(embedder._served, OnnxNetwork)
    by_keras = DoodleEmbedder((saving.load_model(run), INPUTS, WORDS))
    queries = [*doodles(30).queries(), []]
    for some in (queries, queries[:1], queries[-1:], []):
        for use in ("both", "picture", "strokes") if embedder.reads_both else ("both",):
            found, expected = embedder.predict(some, use), by_keras.answer(some, use)
            np.testing.assert_allclose(found.embeddings, expected.embeddings, atol=1e-5)
            np.testing.assert_allclose(found.probabilities, expected.probabilities, atol=1e-5)
    assert embedder.predict_by_input(queries[:3]).keys() == (
        {"both", "picture", "strokes"} if embedder.reads_both else {"both"}
    )


def test_company_changes_nothing(served, rng):
    batch = pictures(rng, 12)
    together = served.predict_on_batch(batch)
    for i in range(12):
        alone = served.predict_on_batch(batch[i : i + 1])
        for name, values in together.items():
            np.testing.assert_allclose(alone[name][0], values[i], atol=1e-5)


def test_many_threads_are_told_the_same_as_one(served, rng):
    batches = [pictures(rng, 1 + i % 5) for i in range(40)]
    alone = [served.predict_on_batch(batch) for batch in batches]
    with ThreadPoolExecutor(8) as pool:
        at_once = list(pool.map(served.predict_on_batch, batches))
    for found, expected in zip(at_once, alone, strict=True):
        for name, values in expected.items():
            np.testing.assert_array_equal(found[name], values)


def test_what_was_made_is_kept(shoes, served, monkeypatch):
    assert (shoes / "onnx" / "picture.onnx").is_file()
    monkeypatch.setattr(runs, "load_model", None)
    (again,) = open_networks(shoes).values()
    assert again.fingerprint == runs.fingerprint(shoes)


def test_another_network_is_made_anew_and_so_is_a_damaged_file(tmp_path, rng):
    run = write_run(tmp_path / "run", seed=1)
    batch = pictures(rng, 2)
    (first,) = open_networks(run).values()
    write_run(run, seed=2)
    (second,) = open_networks(run).values()
    expected = sketch_branch(saving.load_model(run)).predict_on_batch(batch)["embedding"]
    np.testing.assert_allclose(second.predict_on_batch(batch)["embedding"], expected, atol=1e-5)
    assert not np.allclose(first.predict_on_batch(batch)["embedding"], expected, atol=1e-3)
    file = run / "onnx" / "picture.onnx"
    file.write_bytes(file.read_bytes()[:1000])
    (third,) = open_networks(run).values()
    assert isinstance(third, OnnxNetwork)
    np.testing.assert_allclose(third.predict_on_batch(batch)["embedding"], expected, atol=1e-5)
    OnnxNetwork(file)


def test_what_may_not_be_written_to_is_served_from_the_cache(tmp_path, monkeypatch):
    """A run that ships is left alone; where nothing at all can be kept, it is made each time."""
    shipped = write_run(tmp_path / "weights" / "shoes")
    monkeypatch.setattr(runs, "SHIPPED", tmp_path / "weights")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    (tmp_path / "file").touch()
    assert all(isinstance(each, OnnxNetwork) for each in open_networks(shipped).values())

    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    open_networks(shipped)
    assert not (shipped / "onnx").exists()
    (kept,) = (tmp_path / "cache").rglob("*.onnx")
    assert OnnxNetwork(kept).fingerprint == runs.fingerprint(shipped)
    monkeypatch.setattr(runs, "load_model", None)
    open_networks(shipped)


def test_a_folder_in_the_way_sends_to_the_cache(tmp_path, monkeypatch):
    run = write_run(tmp_path / "run")
    (run / "onnx").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    open_networks(run)
    assert list((tmp_path / "cache").rglob("picture.onnx"))


@pytest.mark.parametrize("missing", ["onnxruntime", "onnx"])
def test_without_the_engine_keras_serves_and_says_so_once(missing, tmp_path, monkeypatch, capsys):
    run = write_run(tmp_path / "run", shared=False)
    monkeypatch.setitem(sys.modules, missing, None)
    onnx_runtime._tell.cache_clear()
    embedder = Embedder(run)
    Embedder(run)
    canvas = canvas_for(SIZE)
    assert embedder.sketches(np.zeros((1, canvas, canvas), np.uint8), 1).vectors.shape == (1, 8)
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 1
    assert "served by Keras" in told[0]
    assert f"import of {missing} halted" in told[0]


def test_what_answers_otherwise_is_refused(tmp_path, monkeypatch, capsys):
    from sketchnet.inference.convert import to_onnx

    run, other = write_run(tmp_path / "run"), write_run(tmp_path / "other", seed=9)
    wrong = to_onnx(sketch_branch(saving.load_model(other)))
    monkeypatch.setattr(onnx_runtime, "to_onnx", lambda *_: wrong)
    onnx_runtime._tell.cache_clear()
    (network,) = open_networks(run).values()
    assert not isinstance(network, OnnxNetwork)
    assert "off" in capsys.readouterr().err
    assert not (run / "onnx").exists()
    with pytest.raises(ValueError, match=r"is .* off"):
        check_alike(network, OnnxNetwork(wrong))


def test_a_run_without_a_network_is_refused(tmp_path):
    run = write_run(tmp_path / "run")
    (run / "model.keras").write_bytes(b"no model")
    with pytest.raises(InputError, match="cannot load"):
        open_networks(run)


def test_searching_starts_without_tensorflow(shoes, served, tmp_path):
    """What takes seconds to import is not imported, once the run keeps its served form."""
    photos = write_photos(tmp_path / "photos", range(3))
    build_gallery(Embedder(shoes), photos, tmp_path / "gallery")
    drawn = write_drawing_run(tmp_path / "doodles", image_branch="compact")
    embedder = DoodleEmbedder(drawn)
    save_doodle_gallery(build_doodle_gallery(embedder, doodles(2)), tmp_path / "doodles.npz")
    program = """
import sys
from pathlib import Path
from sketchnet.retrieval.search import ShoeFinder
from sketchnet.retrieval.suggest import Suggester
from sketchnet.models import saving
shoes, gallery, sketch, drawn, doodles = map(Path, sys.argv[1:])
assert len(ShoeFinder(shoes, gallery).find(sketch)) == 3
asked = Suggester(drawn, doodles).suggest([[[0, 0], [9, 9], [0, 9]]], k=2)
assert len(asked.drawings) == 2
print(sorted({"tensorflow", "keras"} & set(sys.modules)))
"""
    of_shoes = (shoes, tmp_path / "gallery", photos / "shoe_1.png")
    given = map(str, (*of_shoes, drawn, tmp_path / "doodles.npz"))
    done = subprocess.run(
        [sys.executable, "-c", program, *given], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
