"""The endpoints for other programs, called by Gradio's client, by curl and by plain HTTP."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from sketchnet.strokes.rasterize import rasterize
from tests.browser.hog_embedder import draw_doodles, draw_shoe, with_shadow
from tests.browser.plain_client import PlainClient

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
        ({"strokes": "[[[1], [2, 3]]]"}, "expected stroke 0"),
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
        "suggest": lambda: set(answer) == {"sure", "categories", "drawings"},
        "embed": lambda: abs(np.linalg.norm(answer) - 1) < 1e-5,
    }[endpoint]()


@pytest.fixture(scope="module")
def plain(served) -> PlainClient:
    return PlainClient(served.url)


def png(array: np.ndarray) -> str:
    """A picture as a data URL."""
    content = base64.b64encode(cv2.imencode(".png", array)[1].tobytes()).decode()
    return f"data:image/png;base64,{content}"


def test_a_data_url_and_strokes_of_both_forms_find_the_same(plain):
    image = plain.call_by_name("find", image=png(rasterize(draw_shoe(7), 300)), k="3")
    official = [stroke.T.tolist() for stroke in draw_shoe(7)]
    points = [stroke.tolist() for stroke in draw_shoe(7)]
    for strokes in (official, points, json.dumps(official), json.dumps(points)):
        found = plain.call_by_name("find", strokes=strokes, k=3)
        assert found[0] == image[0] == 200
        assert found[1][0]["id"] == image[1][0]["id"] == "shoe_007"
        assert len(found[1]) == len(image[1]) == 3


def test_a_photo_is_read_as_a_photo_unless_the_call_says_otherwise(plain, served):
    photo = png(with_shadow(cv2.imread(str(served.folder / "first" / "shoe_011.png"))))
    by_kind = {
        kind: plain.call_by_name("embed", image=photo, **{"as": kind})[1]
        for kind in ("auto", "photo", "sketch")
    }
    assert by_kind["auto"] == by_kind["photo"] != by_kind["sketch"]
    status, found = plain.call_by_name("find", image=photo, k=1)
    assert (status, found[0]["id"]) == (200, "shoe_011")
    sketch = png(rasterize(draw_shoe(7), 300))
    kinds = ({"as": "auto"}, {"as": "sketch"})
    one, other = (plain.call_by_name("embed", image=sketch, **kind)[1] for kind in kinds)
    assert one == other


DRAWN = [stroke.T.tolist() for stroke in draw_shoe(7)]
BLANK = png(np.full((8, 8), 255, np.uint8))
WRONG_CALLS = {
    "nothing": {},
    "null": {"image": None, "strokes": None},
    "address": {"image": "http://127.0.0.1:1/a.png"},
    "file address": {"image": {"path": "file:///etc/passwd"}},
    "other file": {"image": {"path": "/etc/passwd", "meta": {"_type": "gradio.FileData"}}},
    "data URL without base64": {"image": "data:image/png,abc"},
    "broken data URL": {"image": "data:image/png;base64,@@@@"},
    "no picture": {"image": "data:image/png;base64,aGVsbG8="},
    "blank picture": {"image": BLANK},
    "number as image": {"image": 3},
    "list as image": {"image": [1, 2]},
    "text as strokes": {"strokes": "a shoe"},
    "number as strokes": {"strokes": 3},
    "mixed strokes": {"strokes": [[[1, 2, 3, 4], [1, 2, 3, 4]], [[1, 2], [3, 4], [5, 6], [7, 8]]]},
    "ambiguous strokes": {"strokes": [[[1, 2], [3, 4]]]},
    "empty strokes": {"strokes": []},
    "unknown form": {"strokes": DRAWN, "form": "xy"},
    "unknown field": {"strokes": DRAWN, "colour": "red"},
    "several unknown fields": {"strokes": DRAWN, "a": 1, "b": 2, "__proto__": {}},
    "k of 0": {"strokes": DRAWN, "k": 0},
    "k as a word": {"strokes": DRAWN, "k": "five"},
    "k as a list": {"strokes": DRAWN, "k": [5]},
    "k beyond the limit": {"strokes": DRAWN, "k": 1_000_000},
    "unknown kind": {"strokes": DRAWN, "as": "shoe"},
    "photo of strokes": {"strokes": DRAWN, "as": "photo"},
}


@pytest.mark.parametrize("name", WRONG_CALLS)
def test_every_endpoint_answers_a_wrong_call_with_a_reason_and_a_status(plain, name):
    for endpoint in ("find", "suggest", "embed"):
        status, error = plain.call_by_name(endpoint, **WRONG_CALLS[name])
        assert 400 <= status < 500, endpoint
        assert error.startswith("expected "), endpoint
        assert "\n" not in error


@pytest.mark.parametrize(
    ("path", "status"),
    [("call/nothing", 404), ("call/v2/nothing", 404), ("call/find/nothing", 405)],
)
def test_an_unknown_endpoint_is_a_clear_error(plain, path, status):
    found, content = plain.request(
        f"/gradio_api/{path}", b'{"data": []}', Content_Type="application/json"
    )
    assert found == status
    assert json.loads(content)


def test_the_answer_of_an_unknown_call_is_a_clear_error(plain):
    _, events = plain.request("/gradio_api/call/find/0123456789abcdef")
    assert json.loads(events.split(b"data: ")[1])["status"] == 404


def test_a_direct_call_is_answered_with_the_status_of_its_error(plain):
    for image, expected in ((png(rasterize(draw_shoe(7), 300)), 200), (BLANK, 422)):
        body = json.dumps({"data": [image, 1]}).encode()
        status, content = plain.request(
            "/gradio_api/run/find", body, Content_Type="application/json"
        )
        assert status == expected
        assert "data" in json.loads(content) or json.loads(content)["error"].startswith("expected")


def test_the_example_in_javascript_runs(served):
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node: install Node.js 18 or later")
    text = (ROOT / "docs" / "integrations.md").read_text("utf-8")
    (program,) = re.findall(r"```js\n(.*?)```", text, re.S)
    command = [node, "--input-type=module", "-", served.url.rstrip("/")]
    done = subprocess.run(command, input=program, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"(shoe_\d+ 0\.\d+\n){3}", done.stdout)
