"""Every Python example of docs/integrations.md runs, where its package is installed."""

from __future__ import annotations

import json
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

DOCS = Path(__file__).parents[2] / "docs"
SMALL = (
    "epochs=1, steps_per_epoch=2, size=32, identities=4, branch='compact', photo_input='edges', "
    "width=4, depth=0"
)
TEXT = (DOCS / "integrations.md").read_text("utf-8")
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


def test_the_notebook_trains_and_finds(tmp_path, monkeypatch):
    cells = json.loads((DOCS / "notebook.ipynb").read_text("utf-8"))["cells"]
    program = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    smaller = {"photos=300, test=60": "photos=24, test=6", "epochs=3": SMALL}
    for large, small in smaller.items():
        assert large in program
        program = program.replace(large, small)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    names = {"__name__": "notebook"}
    exec(compile(program, "notebook.ipynb", "exec"), names)
    assert set(names["scores"]) >= {"acc@1", "acc@10", "n_queries"}
    assert len(names["matches"]) == 5
    assert len(names["figure"].axes) == 6


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
def test_without_the_import_keras_names_the_module():
    path = (runs.resolve_run("shoes") / runs.MODEL).as_posix()
    example = f"import keras; keras.saving.load_model({path!r})"
    done = subprocess.run([sys.executable, "-c", example], capture_output=True, text=True)
    assert done.returncode != 0
    assert "'module': 'sketchnet.models.layers'" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(("name", "form"), [("ONNX Runtime", "onnx"), ("LiteRT", "tflite")])
def test_exported_networks(name, form, run_example, folder):
    export_run(runs.resolve_run("shoes"), form, folder / f"shoes.{form}")
    vector = run_example(name)["vector"]
    assert vector.shape == (1, 256)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-4)
