"""The endpoints for other programs, called by Gradio's client, by curl and by plain HTTP."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from sketchnet.strokes.rasterize import rasterize
from tests.browser.hog_embedder import draw_doodles, draw_shoe

client_module = pytest.importorskip("gradio_client")
ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [path for path in (ROOT / "README.md", ROOT / "docs" / "api.md") if path.exists()]


@pytest.fixture(scope="module")
def client(served):
    return client_module.Client(served.url, verbose=False)


@pytest.fixture(scope="module")
def sketch(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("sketch") / "sketch.png"
    cv2.imwrite(str(path), rasterize(draw_shoe(7), 300))
    return path


def test_find_needs_only_an_image(client, sketch: Path):
    found = client.predict(client_module.handle_file(sketch), api_name="/find")
    assert len(found) == 10
    assert found[0]["id"] == "shoe_007"
    similarity = [entry["similarity"] for entry in found]
    assert similarity == sorted(similarity, reverse=True)
    assert all(0 <= value <= 1 for value in similarity)
    with Image.open(found[0]["picture"]) as picture:  # the client has fetched the file
        assert max(picture.size) > 100


def test_find_accepts_k_and_strokes(client, sketch: Path):
    strokes = json.dumps([stroke.T.tolist() for stroke in draw_shoe(3)])
    found = client.predict(
        image=client_module.handle_file(sketch), k=3, strokes=strokes, api_name="/find"
    )
    assert [entry["id"] for entry in found][:1] == ["shoe_003"]
    assert len(found) == 3


def test_embed_returns_the_unit_vector(client, sketch: Path):
    vector = np.array(client.predict(client_module.handle_file(sketch), api_name="/embed"))
    assert abs(np.linalg.norm(vector) - 1) < 1e-5


def test_suggest_returns_categories_and_strokes(client, tmp_path: Path):
    fish = tmp_path / "fish.png"
    cv2.imwrite(str(fish), rasterize(draw_doodles(1).drawings[0], 256))
    answer = client.predict(client_module.handle_file(fish), api_name="/suggest")
    assert answer["categories"][0]["category"] == "fish"
    assert abs(sum(each["probability"] for each in answer["categories"]) - 1) < 0.01
    assert all(len(stroke) == 2 for each in answer["drawings"] for stroke in each["strokes"])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"k": 0}, "expected k from 1 to 100"),
        ({"k": 1e9}, "expected k from 1 to 100"),
        ({"strokes": "[[[1], [2, 3]]]"}, "expected stroke 1"),
        ({"strokes": "nonsense"}, "expected strokes as JSON"),
    ],
)
def test_wrong_input_is_reported_in_one_line(client, sketch: Path, wrong: dict, message: str):
    with pytest.raises(Exception, match=message):
        client.predict(image=client_module.handle_file(sketch), api_name="/find", **wrong)


def example(language: str, holding: str) -> str:
    """The block of the README or of docs/api.md in a language that contains a word."""
    text = "\n".join(path.read_text("utf-8") for path in DOCUMENTS)
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return next(block for block in blocks if holding in block)


def run_example(served, sketch: Path, *command: str) -> str:
    text = command[-1].replace("http://127.0.0.1:7860", served.url.rstrip("/"))
    assert served.url.rstrip("/") in text, "the example names another port than the default"
    done = subprocess.run(
        [*command[:-1], text], cwd=sketch.parent, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_documented_python_example_runs(served, sketch: Path):
    show = "\nprint(found[0]['id'], words['categories'][0]['probability'] > 0, len(vector))"
    text = example("python", "gradio_client") + show
    printed = run_example(served, sketch, sys.executable, "-c", text).splitlines()
    assert printed[-1] == "shoe_007 True 1152"


@pytest.mark.skipif(shutil.which("curl") is None, reason="NO CURL: its example is not run")
@pytest.mark.parametrize("endpoint", ["find", "suggest", "embed"])
def test_the_documented_curl_example_runs_for_each_endpoint(served, sketch: Path, endpoint: str):
    text = example("bash", "/gradio_api")
    assert "call/v2/find" in text
    printed = run_example(served, sketch, "bash", "-euc", text.replace("v2/find", f"v2/{endpoint}"))
    assert "event: complete" in printed
    answer = json.loads(printed.split("data: ", 1)[1])[0]
    assert {
        "find": lambda: answer[0]["id"] == "shoe_007",
        "suggest": lambda: set(answer) == {"categories", "drawings"},
        "embed": lambda: abs(np.linalg.norm(answer) - 1) < 1e-5,
    }[endpoint]()


def test_a_file_that_was_not_uploaded_is_not_read(served):
    call = {"data": [{"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}, 10, ""]}
    request = urllib.request.Request(
        f"{served.url}gradio_api/call/find",
        json.dumps(call).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        event = json.load(answer)["event_id"]
    with urllib.request.urlopen(f"{served.url}gradio_api/call/find/{event}", timeout=20) as answer:
        events = answer.read().decode()
    assert "event: error" in events
    assert "root:" not in events
