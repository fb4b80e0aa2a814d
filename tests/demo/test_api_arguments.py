"""The arguments of the endpoints: every form is understood, or refused in one line."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sketchnet.utils.errors import InputError
from sketchnet_demo.api_arguments import PARAMETERS, by_name, parse_arguments

CORNER = [[10.0, 10.0, 200.0, 220.0], [20.0, 200.0, 200.0, 210.0]]  # x, then y
POINTS = [[10.0, 20.0], [10.0, 200.0], [200.0, 200.0], [220.0, 210.0]]
PNG = base64.b64encode(b"a picture").decode()


@pytest.fixture
def upload(monkeypatch, tmp_path: Path) -> Path:
    """An uploaded file."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    path = tmp_path / "uploads" / "0123" / "sketch.png"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"a picture")
    return path


@pytest.mark.parametrize(
    "form",
    [
        lambda path: str(path),
        lambda path: {"path": str(path)},
        lambda path: {"path": str(path), "meta": {"_type": "gradio.FileData"}},
        lambda path: {"path": str(path), "url": "http://127.0.0.1:7860/gradio_api/file=x"},
    ],
)
def test_an_uploaded_file_is_found_in_every_form(upload, form):
    assert parse_arguments("find", {"image": form(upload)}).image == upload.resolve()


@pytest.mark.parametrize(
    "image",
    [
        f"data:image/png;base64,{PNG}",
        f"data:;base64,{PNG}",
        f"DATA:image/svg+xml;charset=utf-8;base64,{PNG}",
        {"url": f"data:image/png;base64,{PNG}"},
        {"path": f"data:image/png;base64,{PNG}"},
    ],
    ids=str,
)
def test_a_data_url_is_decoded(image):
    assert parse_arguments("suggest", {"image": image}).image == b"a picture"


@pytest.mark.parametrize(
    ("image", "message"),
    [
        ("http://example.com/a.png", "loads nothing from other computers"),
        ({"path": "https://example.com/a.png"}, "loads nothing from other computers"),
        ({"url": "HTTP://127.0.0.1/a.png"}, "loads nothing from other computers"),
        ("file:///etc/passwd", "loads nothing from other computers"),
        ("/etc/passwd", "expected the path of an uploaded image"),
        ("../../etc/passwd", "expected the path of an uploaded image"),
        ("{folder}", "expected the path of an uploaded image"),
        ("{folder}/missing.png", "expected the path of an uploaded image"),
        ("{link}", "expected the path of an uploaded image"),
        ("a\0b", "expected the path of an uploaded image"),
        ("a" * 10_000, "expected the path of an uploaded image"),
        ("data:image/png,abc", "expected a data URL in base64"),
        ("data:image/png;base64,a$b=", "one that cannot be decoded"),
        ("data:" + "x" * 100_000, "expected a data URL in base64"),
        ({}, "expected an image with a path or a data URL"),
        ({"name": "a.png"}, "expected an image with a path or a data URL"),
        (7, "expected an image as a path or a data URL"),
        (["a.png"], "expected an image as a path or a data URL"),
        ({"path": {"path": "a"}}, "expected an image as a path or a data URL"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_any_other_image_is_refused_with_a_reason(upload, image, message):
    link = upload.parent / "link.png"
    link.symlink_to("/etc/passwd")
    if isinstance(image, str):
        image = image.replace("{folder}", str(upload.parent)).replace("{link}", str(link))
    with pytest.raises(InputError, match=message) as refused:
        parse_arguments("find", {"image": image})
    assert len(str(refused.value)) < 400


@pytest.mark.parametrize(
    "strokes",
    [
        [CORNER],
        [[*CORNER, [0, 50, 90, 120]]],  # with times
        [POINTS],
        json.dumps([CORNER]),
        json.dumps([POINTS]),
    ],
    ids=["official", "official with times", "points", "official text", "points text"],
)
def test_both_forms_of_strokes_are_told_apart(strokes):
    arguments = parse_arguments("find", {"strokes": strokes})
    assert arguments.image is None
    assert [stroke.tolist() for stroke in arguments.strokes] == [POINTS]


@pytest.mark.parametrize(
    ("strokes", "message"),
    [
        ([[[1, 2], [3, 4]]], "whose form is clear from their shape"),
        ([[[1, 2, 3], [4, 5, 6]], [[1, 2], [3, 4]]], "whose form is clear from their shape"),
        ([CORNER, POINTS + POINTS], "all strokes in one form"),
        ("nonsense", "expected strokes as JSON"),
        (7, "expected a list of at most"),
        ({"x": [1]}, "expected a list of at most"),
        ([[[1, 2, 3, "a"], [1, 2, 3, 4]]], "expected stroke 0 as a table of numbers"),
        ([[[1, 2, 3, 1e9], [1, 2, 3, 4]]], "expected stroke 1 as"),
        ([1, 2], "expected stroke 0 as points"),
    ],
)
def test_other_strokes_are_refused_with_a_reason(strokes, message):
    with pytest.raises(InputError, match=message):
        parse_arguments("find", {"strokes": strokes})


@pytest.mark.parametrize(
    ("k", "count"), [(None, 10), ("", 10), (5, 5), ("5", 5), (5.0, 5), (" 7 ", 7), (100, 100)]
)
def test_k_is_a_number_or_a_text(k, count):
    assert parse_arguments("find", {"strokes": [CORNER], "k": k}).k == count


@pytest.mark.parametrize("k", [0, -3, 101, 2.5, "x", "1e400", True, [5], {"k": 5}, float("nan")])
def test_any_other_k_is_refused(k):
    with pytest.raises(InputError, match="expected k from 1 to 100"):
        parse_arguments("find", {"strokes": [CORNER], "k": k})


def test_the_kind_of_an_image_is_auto_sketch_or_photo(upload):
    for kind in ("auto", "sketch", "photo"):
        assert parse_arguments("find", {"image": str(upload), "as": kind}).kind == kind
    assert parse_arguments("embed", {"image": str(upload)}).kind == "auto"
    for wrong in ("Photo", 1, ["photo"]):
        with pytest.raises(InputError, match="expected as = auto, sketch, photo"):
            parse_arguments("find", {"image": str(upload), "as": wrong})
    with pytest.raises(InputError, match="sketch or auto for strokes"):
        parse_arguments("find", {"strokes": [CORNER], "as": "photo"})


def test_the_form_of_short_strokes_can_be_named():
    strokes = [[[1, 2], [3, 4]]]
    for form, points in (("points", [[1, 2], [3, 4]]), ("official", [[1, 3], [2, 4]])):
        (stroke,) = parse_arguments("embed", {"strokes": strokes, "form": form}).strokes
        assert stroke.tolist() == points
    for wrong in ([1], [[1]], [[1, 2]], ["ab"]):
        with pytest.raises(InputError, match=r"expected each stroke as points|expected stroke 1"):
            parse_arguments("find", {"strokes": wrong, "form": "points"})
    with pytest.raises(InputError, match="expected form = auto, points, official"):
        parse_arguments("find", {"strokes": strokes, "form": "xy"})


def test_unknown_fields_and_missing_queries_are_refused():
    with pytest.raises(
        InputError, match="expected the fields image, k, strokes, form; received as"
    ):
        parse_arguments("suggest", {"as": "photo"})
    with pytest.raises(InputError, match="received count, x"):
        parse_arguments("find", {"count": 3, "x": 1})
    for nothing in ({}, {"image": None, "strokes": None}, {"image": "", "strokes": "[]"}):
        with pytest.raises(InputError, match="expected an image or strokes; received neither"):
            parse_arguments("find", nothing)
    assert by_name("embed", ["a", "b"]) == {"image": "a", "strokes": "b"}
    with pytest.raises(InputError, match="at most 4 values"):
        by_name("embed", [None] * 5)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=12,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(PARAMETERS)), st.data())
def test_any_json_is_parsed_or_refused_in_one_line(endpoint, data):
    arguments = {name: data.draw(values, label=name) for name in PARAMETERS[endpoint]}
    try:
        parsed = parse_arguments(endpoint, arguments)
    except InputError:
        return
    assert parsed.image is not None or parsed.strokes or parsed.text or endpoint == "gallery"
    assert all(np.isfinite(stroke).all() for stroke in parsed.strokes)
