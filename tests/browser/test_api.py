"""The endpoints that other programs call, by Gradio's own client and by plain HTTP."""

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
README = (Path(__file__).resolve().parents[2] / "README.md").read_text("utf-8")


@pytest.fixture(scope="module")
def client(served):
    return client_module.Client(served.url, verbose=False)


@pytest.fixture(scope="module")
def sketch(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("sketch") / "sketch.png"
    cv2.imwrite(str(path), rasterize(draw_shoe(7), 300))
    return path


def test_find_needs_nothing_but_an_image(client, sketch: Path):
    found = client.predict(client_module.handle_file(sketch), api_name="/find")
    assert len(found) == 10
    assert found[0]["id"] == "shoe_007"
    similarity = [entry["similarity"] for entry in found]
    assert similarity == sorted(similarity, reverse=True)
    assert all(0 <= value <= 1 for value in similarity)
    with Image.open(found[0]["picture"]) as picture:  # the client has fetched the file
        assert max(picture.size) > 100


def test_find_takes_k_and_strokes(client, sketch: Path):
    strokes = json.dumps([stroke.T.tolist() for stroke in draw_shoe(3)])
    found = client.predict(
        image=client_module.handle_file(sketch), k=3, strokes=strokes, api_name="/find"
    )
    assert [entry["id"] for entry in found][:1] == ["shoe_003"]
    assert len(found) == 3


def test_embed_gives_the_unit_vector(client, sketch: Path):
    vector = np.array(client.predict(client_module.handle_file(sketch), api_name="/embed"))
    assert abs(np.linalg.norm(vector) - 1) < 1e-5


def test_suggest_gives_words_and_strokes(client, tmp_path: Path):
    fish = tmp_path / "fish.png"
    cv2.imwrite(str(fish), rasterize(draw_doodles(1).drawings[0], 256))
    answer = client.predict(client_module.handle_file(fish), api_name="/suggest")
    assert answer["categories"][0]["category"] == "fish"
    assert abs(sum(each["probability"] for each in answer["categories"]) - 1) < 0.01
    assert all(len(stroke) == 2 for each in answer["drawings"] for stroke in each["strokes"])


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"k": 0}, "expected k from 1 to 100"),
        ({"k": 1e9}, "expected k from 1 to 100"),
        ({"strokes": "[[[1], [2, 3]]]"}, "expected stroke 1"),
        ({"strokes": "nonsense"}, "expected strokes as JSON"),
    ],
)
def test_wrong_input_is_answered_with_one_line(client, sketch: Path, wrong: dict, told: str):
    with pytest.raises(Exception, match=told):
        client.predict(image=client_module.handle_file(sketch), api_name="/find", **wrong)


def example(language: str, holding: str) -> str:
    """The block of README.md in a language that holds a word."""
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    return next(block for block in blocks if holding in block)


def run_example(served, sketch: Path, *command: str) -> str:
    text = command[-1].replace("http://127.0.0.1:7860", served.url.rstrip("/"))
    assert served.url.rstrip("/") in text, "an example asks the port of a page that was told none"
    done = subprocess.run(
        [*command[:-1], text], cwd=sketch.parent, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_python_example_of_the_readme_runs(served, sketch: Path):
    show = "\nprint(found[0]['id'], words['categories'][0]['probability'] > 0, len(vector))"
    text = example("python", "gradio_client") + show
    said = run_example(served, sketch, sys.executable, "-c", text).splitlines()
    assert said[-1] == "shoe_007 True 1152"


@pytest.mark.skipif(shutil.which("curl") is None, reason="NO CURL: its example is not run")
@pytest.mark.parametrize("endpoint", ["find", "suggest", "embed"])
def test_the_curl_example_of_the_readme_runs_for_each_endpoint(served, sketch: Path, endpoint: str):
    text = example("bash", "/gradio_api")
    assert "call/v2/find" in text
    said = run_example(served, sketch, "bash", "-euc", text.replace("v2/find", f"v2/{endpoint}"))
    assert "event: complete" in said
    answer = json.loads(said.split("data: ", 1)[1])[0]
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
        told = answer.read().decode()
    assert "event: error" in told
    assert "root:" not in told
