"""Agents call the tools at /mcp with the official client of the Model Context Protocol."""

from __future__ import annotations

import asyncio
import base64
import http.client
import json
import re
import subprocess
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import cv2
import pytest

from sketchnet.strokes.rasterize import rasterize
from sketchnet_demo.request_filter import MAX_BODY, refusal
from tests.browser.hog_embedder import draw_doodles, draw_shoe

mcp = pytest.importorskip("mcp", reason="requirements-mcp.txt")

ROOT = Path(__file__).resolve().parents[2]
SHOE = [stroke.tolist() for stroke in draw_shoe(7)]


def with_client(url: str, act: Callable[[Any], Awaitable[Any]]) -> Any:
    """What `act` returns, given a session of the official client."""
    from mcp.client.streamable_http import streamable_http_client

    async def run() -> Any:
        async with (
            streamable_http_client(url) as (read, write, _),
            mcp.ClientSession(read, write) as session,
        ):
            await session.initialize()
            return await act(session)

    with ThreadPoolExecutor(1) as thread:  # Playwright has an event loop in this one
        return thread.submit(asyncio.run, run()).result()


def call(served, tool: str, **arguments: Any) -> Any:
    return with_client(served.url + "mcp", lambda session: session.call_tool(tool, arguments))


def test_every_tool_and_every_argument_is_described(served):
    tools = with_client(served.url + "mcp", lambda session: session.list_tools()).tools
    names = {"find_shoes", "describe_gallery", "embed_drawing", "suggest_doodles"}
    assert {tool.name for tool in tools} == names
    for tool in tools:
        assert tool.description
        assert all("description" in each for each in tool.inputSchema["properties"].values())


def test_strokes_find_their_shoe_and_its_thumbnail(served):
    found = call(served, "find_shoes", strokes=SHOE, k=4, pictures=2)
    facts, *pictures = found.content
    matches = json.loads(facts.text)
    assert matches[0]["id"] == "shoe_007"
    assert all(set(match) == {"id", "similarity", "fields"} for match in matches)
    assert len(matches) == 4
    assert [picture.mimeType for picture in pictures] == ["image/jpeg"] * 2
    assert str(served.folder) not in found.model_dump_json()


def test_the_example_of_the_documentation_runs(served):
    text = (ROOT / "docs" / "api.md").read_text("utf-8")
    (program,) = (each for each in re.findall(r"```python\n(.*?)```", text, re.S) if "mcp" in each)
    program = program.replace("http://127.0.0.1:7860/", served.url)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert len(json.loads(done.stdout)) == 3, done.stderr


def test_a_picture_finds_the_same_shoe(served):
    _, png = cv2.imencode(".png", rasterize(draw_shoe(7), 300))
    found = call(served, "find_shoes", image=base64.b64encode(png).decode(), pictures=0)
    assert json.loads(found.content[0].text)[0]["id"] == "shoe_007"


def test_a_doodle_gets_its_category_and_similar_drawings(served):
    drawing = [stroke.tolist() for stroke in draw_doodles(1).drawings[0]]
    found = call(served, "suggest_doodles", strokes=drawing, k=3).structuredContent
    assert found["categories"][0]["category"] == "fish"
    assert len(found["drawings"]) == 3


def test_the_gallery_is_described(served):
    assert call(served, "describe_gallery").structuredContent["photos"] == 40


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({}, "an image or strokes"),
        ({"image": "/etc/passwd"}, "base64"),
        ({"image": "https://example.com/shoe.png"}, "base64"),
        ({"strokes": SHOE, "k": 101}, "less than or equal to 100"),
        ({"strokes": [[[1], [2]]]}, "each stroke as points"),
        ({"strokes": SHOE, "filters": {"colour": "red"}}, "colour"),
    ],
)
def test_wrong_arguments_are_reported_and_nothing_is_read(served, arguments, reason):
    answer = call(served, "find_shoes", **arguments)
    assert answer.isError
    assert reason in answer.content[0].text
    assert "Traceback" not in answer.content[0].text


def test_a_foreign_page_that_rebinds_its_name_is_refused(served):
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"})
    kinds = "application/json, text/event-stream"
    head = {"Host": "evil.example", "Content-Type": "application/json", "Accept": kinds}
    with closing(http.client.HTTPConnection(urlsplit(served.url).netloc)) as connection:
        connection.request("POST", "/mcp", body, head)
        assert connection.getresponse().status == 421


def request(length: int) -> dict[str, Any]:
    headers = [(b"content-length", b"%d" % length)]
    return {"type": "http", "method": "POST", "path": "/mcp", "headers": headers}


def test_the_route_is_closed_unless_it_is_wanted_and_takes_no_large_requests():
    assert refusal(request(9))[0] == 404
    assert refusal(request(9), mcp=True) is None
    assert refusal(request(MAX_BODY + 1), mcp=True)[0] == 413
    assert refusal({**request(9), "path": "/mcp/x"}, mcp=True)[0] == 404


@pytest.mark.parametrize("given", [b"", b"Basic bWU6d3Jvbmc=", b"Bearer me:secret"])
def test_the_password_of_the_page_is_required(given):
    from sketchnet_demo.mcp_server import McpRoute, build_server  # needs the optional package

    sent = []

    async def send(message):
        sent.append(message)

    route = McpRoute(None, build_server({}, None, local=True), ("me", "secret"))
    scope = request(2) | {"headers": [(b"authorization", given)]}
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, route(scope, None, send)).result()
    assert sent[0]["status"] == 401
    assert route._allowed({"headers": [(b"authorization", b"Basic bWU6c2VjcmV0")]})
