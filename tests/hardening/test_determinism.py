"""Equal results: of two trainings, of batches of any size, of the evaluation and of the page."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from sketchnet.evaluation.retrieval import evaluate_retrieval
from sketchnet.inference import embedder as embedding
from sketchnet.inference.embedder import Embedder
from sketchnet.retrieval.gallery import build_gallery
from sketchnet.retrieval.search import ShoeFinder
from tests.hardening.readers import ROOT
from tests.tiny import sketch_of, strokes_of, tiny_config, tiny_network, write_pairs, write_run

SHOES = 12

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="module")
def shoes(tmp_path_factory) -> Path:
    """Two of three sketches show another shoe, so that ranks differ even without training."""
    folder = write_pairs(tmp_path_factory.mktemp("data") / "shoes", range(SHOES))
    for number in range(SHOES):
        shown = number if number % 3 == 0 else (5 * number + 1) % SHOES
        cv2.imwrite(str(folder / "sketches" / f"shoe_{number}.png"), sketch_of(shown))
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Path:
    return write_run(tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture(scope="module")
def finder(run, shoes, tmp_path_factory) -> ShoeFinder:
    """The page's finder over the photos that the evaluation ranks."""
    embedder = Embedder(run)
    gallery = tmp_path_factory.mktemp("gallery") / "gallery"
    build_gallery(embedder, shoes / "photos", gallery)
    return ShoeFinder(embedder, gallery)


TRAINING = """
import json, sys
from pathlib import Path
from sketchnet.models import retrieval_network
from sketchnet.tasks.train_retrieval import train_retrieval
from tests.tiny import tiny_config, tiny_network
retrieval_network.build_retrieval_network = lambda config: tiny_network(config)
run, data = map(Path, sys.argv[1:])
config = tiny_config(epochs=2, steps_per_epoch=2, identities=4, mining="random", ema=0.5, seed=5)
report = train_retrieval(config, [data], run, log=lambda line: None)
from tensorflow.python.framework.config import is_op_determinism_enabled
assert is_op_determinism_enabled()
import zipfile
weights = zipfile.ZipFile(run / "last.keras").read("model.weights.h5")
import hashlib
print(json.dumps([report["map"], report["percentile"], hashlib.sha256(weights).hexdigest()]))
"""


def train(run: Path, data: Path) -> list[object]:
    """Train in a separate process; returns scores and a hash of the weights."""
    done = subprocess.run(
        [sys.executable, "-c", TRAINING, str(run), str(data)],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
def test_the_same_seed_gives_the_same_scores_and_weights_in_two_processes(shoes, tmp_path):
    first = train(tmp_path / "first", shoes)
    assert train(tmp_path / "second", shoes) == first


@pytest.mark.parametrize("jit_compile", [False, True])
def test_deterministic_operations_are_required_except_with_jit_compile(jit_compile):
    from tensorflow.python.framework import config as tf_config

    from sketchnet.training.fit import make_deterministic

    before = tf_config.is_op_determinism_enabled()
    tf_config.disable_op_determinism()
    try:
        make_deterministic(tiny_config(jit_compile=jit_compile))
        assert tf_config.is_op_determinism_enabled() == (not jit_compile)
    finally:
        (tf_config.enable_op_determinism if before else tf_config.disable_op_determinism)()


def pictures(count: int, canvas: int) -> np.ndarray:
    return np.stack([sketch_of(number, canvas) for number in range(count)])


def test_an_embedding_does_not_depend_on_its_batch(finder):
    embedder = finder.embedder
    prepared = pictures(SHOES, embedder.canvas)
    for views in (1, 10):
        together = embedder.sketches(prepared, views)
        for rows in (slice(0, 1), slice(3, 5), slice(4, 11)):
            alone = embedder.sketches(prepared[rows], views)
            for found, expected in (
                (alone, together[rows]),
                (alone.mirrored, together.mirrored[rows]),
            ):
                np.testing.assert_allclose(found.vectors, expected.vectors, rtol=0, atol=1e-5)
                np.testing.assert_allclose(found.maps, expected.maps, rtol=0, atol=1e-3)  # float16


@pytest.mark.parametrize("largest", [10, 20])
def test_an_evaluation_does_not_depend_on_its_batches(largest, finder, shoes, monkeypatch):
    expected = evaluate_retrieval(finder.embedder, [shoes], "all")
    monkeypatch.setattr(embedding, "BATCHES", (1, 2, 5, largest))
    found = evaluate_retrieval(finder.embedder, [shoes], "all")
    assert found["n_queries"] == SHOES
    for name in ("acc@1", "acc@5", "acc@10", "map", "percentile"):
        assert found[name] == pytest.approx(expected[name], abs=1e-5), name


def test_the_output_of_a_network_does_not_depend_on_the_batch():
    """Without the fixed batch sizes of `Embedder`, which could hide a difference."""
    from sketchnet.models.two_branch import sketch_branch

    config = tiny_config()
    branch = sketch_branch(tiny_network(config))
    batch = pictures(9, config.size).astype(np.float32)[..., None]
    whole = branch.predict_on_batch(batch)["embedding"]
    for size in (1, 4):
        part = branch.predict_on_batch(batch[:size])["embedding"]
        np.testing.assert_allclose(part, whole[:size], rtol=0, atol=1e-5)


def ranks_of_page(finder: ShoeFinder, sketches: list[object]) -> list[int]:
    """The rank of shoe i for sketch i in the results of the page."""
    found = [finder.find(sketch, SHOES) for sketch in sketches]
    return [
        next(match.rank for match in matches if match.id == f"shoe_{number}")
        for number, matches in enumerate(found)
    ]


def test_the_ranks_of_the_page_give_the_scores_of_the_evaluation(finder, shoes):
    report = evaluate_retrieval(finder.embedder, [shoes], "all")
    found = ranks_of_page(finder, [shoes / "sketches" / f"shoe_{i}.png" for i in range(SHOES)])
    assert report["n_gallery"] == len(finder.gallery) == SHOES
    assert report["map"] == pytest.approx(np.mean(1 / np.array(found)), abs=1e-9)
    assert report["acc@1"] == pytest.approx(np.mean(np.array(found) == 1))
    assert report["acc@5"] == pytest.approx(np.mean(np.array(found) <= 5))
    assert len(set(found)) > 2, "equal ranks would prove nothing"


def test_the_endpoint_returns_the_results_of_the_finder(gradio, finder):
    from sketchnet_demo.page import build_page

    page = build_page({"shoes": finder})
    find = next(fn.fn for fn in page.fns.values() if fn.api_name == "find")
    for number in (2, 7):
        strokes = strokes_of(number, 256)
        record = json.dumps([stroke.T.tolist() for stroke in strokes])
        entries = find(None, 10, record, None, "official")
        expected = finder.find([stroke.tolist() for stroke in strokes], 10)
        assert [entry["id"] for entry in entries] == [match.id for match in expected]
        for entry, match in zip(entries, expected, strict=True):
            assert entry["similarity"] == pytest.approx(match.similarity, abs=1e-4)
