"""Any JSON in any argument of any endpoint gets an answer, or one clear line with its status."""

from __future__ import annotations

import base64
import json

import cv2
import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st

from sketchnet.strokes.rasterize import rasterize
from sketchnet_demo.api_arguments import PARAMETERS
from tests.browser.hog_embedder import draw_shoe
from tests.browser.plain_client import PlainClient


def data_url(picture: np.ndarray) -> str:
    png = cv2.imencode(".png", picture)[1]
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"


numbers = st.integers(-(2**70), 2**70) | st.floats(width=64)  # also NaN, infinity
scalars = st.none() | st.booleans() | numbers | st.text(max_size=30)
words = st.sampled_from(["auto", "sketch", "photo", "points", "official", "fields", "ids", "path"])
any_json = st.recursive(
    scalars | words,
    lambda each: st.lists(each, max_size=4) | st.dictionaries(words | st.text(max_size=8), each),
    max_leaves=12,
)
points = st.lists(st.floats(0, 255).map(round), min_size=2, max_size=2)
PLAUSIBLE = {
    "image": st.none() | st.just(data_url(rasterize(draw_shoe(3), 64))),
    "k": st.integers(1, 100) | st.integers(1, 9).map(str),
    "strokes": st.lists(st.lists(points, min_size=2, max_size=9), max_size=3),
    "as": st.sampled_from(["auto", "sketch", "photo", None]),
    "form": st.sampled_from(["auto", "points", "official", ""]),
    "filters": st.sampled_from([None, {}, "{}", {"ids": ["shoe_001"]}]),
    "text": st.text(max_size=20),
    "colours": st.sampled_from([None, [], ["red"], "blue"]),
    "gallery": st.sampled_from([None, "first", "second"]),
}
RARELY = st.sampled_from([False] * 9 + [True])
NO_CALLS = [b"", b"{", b"[]", b"null", b'{"data": 3}', b"\xff", b"[" * 5000]


@st.composite
def calls(draw: st.DrawFn) -> tuple[str, dict[str, object]]:
    """An endpoint and its arguments: left out, plausible or anything; sometimes unknown ones."""
    endpoint = draw(st.sampled_from(list(PARAMETERS)))
    given = [name for name in PARAMETERS[endpoint] if draw(st.booleans())]
    named = {name: draw(any_json if draw(RARELY) else PLAUSIBLE[name]) for name in given}
    unknown = draw(st.dictionaries(st.text(max_size=8), any_json, max_size=1))
    return endpoint, unknown | named


@hypothesis.given(call=calls())
@hypothesis.settings(suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture])
def test_every_argument_may_be_anything(served, call):
    endpoint, named = call
    status, answer = PlainClient(served.url).call_by_name(endpoint, **named)
    assert status in (200, 422)
    assert answer is not None
    if status == 422:
        assert answer.startswith("expected ")
        assert "\n" not in answer


@pytest.mark.parametrize("endpoint", PARAMETERS)
@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b'{"data": 3}', b"\xff", b"[" * 5000]
)
def test_a_body_that_is_no_call_is_refused(served, endpoint, content):
    for route in ("run", "call", "call/v2"):
        status, answer = PlainClient(served.url).request(
            f"/gradio_api/{route}/{endpoint}", content, Content_Type="application/json"
        )
        assert status == 422
        assert json.loads(answer)["status"] == 422
