"""Every Python example of docs/integrations.md runs, where its package is installed."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from sketchnet import runs
from sketchnet.inference.embedder import Embedder
from sketchnet.inference.export import export_run
from sketchnet.retrieval.gallery import build_gallery
from tests.tiny import sketch_of, write_pairs, write_run

TEXT = (Path(__file__).parents[2] / "docs" / "integrations.md").read_text("utf-8")
EXAMPLES = dict(re.findall(r"^## ([^\n]+)\n.*?^```python\n(.*?)^```$", TEXT, re.M | re.S))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """The run, gallery and sketch that the examples name."""
    folder = tmp_path_factory.mktemp("integrations")
    run = write_run(folder / "runs" / "mine")
    photos = write_pairs(folder / "data", range(12)) / "photos"
    build_gallery(Embedder(run), photos, folder / "galleries" / "mine")
    cv2.imwrite(str(folder / "sketch.png"), sketch_of(3))
    return folder


@pytest.fixture
def run_example(folder, monkeypatch):
    """Run an example as it is written; returns its names."""
    monkeypatch.chdir(folder)

    def run(name: str) -> dict:
        names = {"__name__": "example"}
        exec(compile(EXAMPLES[name], f"integrations.md, {name}", "exec"), names)
        return names

    return run


def test_there_is_an_example_of_each_kind():
    assert list(EXAMPLES) == ["FastAPI", "Qdrant", "Keras", "ONNX Runtime", "LiteRT"]


def test_fastapi(run_example, folder):
    testclient = pytest.importorskip("fastapi.testclient")
    client = testclient.TestClient(run_example("FastAPI")["app"])
    sent = {"sketch": (folder / "sketch.png").read_bytes()}
    found = client.post("/shoes", params={"k": 4}, files=sent).json()
    assert len(found) == 4
    assert all(0 <= each["similarity"] <= 1 for each in found)


def test_qdrant(run_example, capsys):
    pytest.importorskip("qdrant_client")
    names = run_example("Qdrant")
    remote = [line.split()[1] for line in capsys.readouterr().out.splitlines()]
    local = names["ShoeFinder"]("runs/mine", "galleries/mine").find("sketch.png", k=3)
    assert remote == [match.id for match in local]


def test_keras(run_example):
    assert run_example("Keras")["network"].count_params() > 0


@pytest.mark.slow
@pytest.mark.parametrize("name", ["shoes", "quickdraw"])
def test_one_import_suffices_in_a_new_process(name):
    example = EXAMPLES["Keras"].replace("runs/mine", runs.resolve_run(name).as_posix())
    done = subprocess.run([sys.executable, "-c", example], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "Total params" in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize(("name", "form"), [("ONNX Runtime", "onnx"), ("LiteRT", "tflite")])
def test_exported_networks(name, form, run_example, folder):
    export_run(runs.resolve_run("shoes"), form, folder / f"shoes.{form}")
    vector = run_example(name)["vector"]
    assert vector.shape == (1, 256)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-4)
