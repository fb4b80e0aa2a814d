"""The filter in front of Gradio: wrong calls get a status and one line, right ones one form."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from sketchnet_demo.api_arguments import PARAMETERS
from sketchnet_demo.api_filter import NO_CALL, NO_REASON, ApiFilter

CORNER = [[10, 10, 200, 220], [20, 200, 200, 210]]
STROKES = {"strokes": [CORNER]}
FUNCTIONS = {7: "find", 8: "embed"}


class Gradio:
    """An application that records the bodies it receives and sends prepared messages."""

    def __init__(self, *messages: dict[str, Any], error: Exception | None = None) -> None:
        self.bodies: list[bytes] = []
        self.messages = messages or (answer(200, b"{}"))
        self.error = error

    async def __call__(self, scope, receive, send) -> None:
        message = await receive()
        assert int(dict(scope["headers"])[b"content-length"]) == len(message["body"])
        self.bodies.append(message["body"])
        for each in self.messages:
            await send(each)
        if self.error is not None:
            raise self.error


def answer(status: int, *bodies: bytes) -> list[dict[str, Any]]:
    start = {"type": "http.response.start", "status": status, "headers": []}
    return [start, *({"type": "http.response.body", "body": body} for body in bodies)]


def request(gradio: Gradio, path: str, body: object = None, method: str = "POST", root: str = ""):
    """Status and body of the answer to a request."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = [(b"content-length", str(len(content)).encode())]
    scope = {"type": "http", "method": method, "path": root + path, "headers": headers}
    parts = [content[:3], content[3:]]
    received = [{"body": part, "more_body": part is parts[0]} for part in parts]
    sent: list[dict[str, Any]] = []

    async def receive():
        return received.pop(0)

    async def send(message):
        sent.append(message)

    if method == "GET":
        received[:] = [{"body": content}]
    asyncio.run(ApiFilter(gradio, FUNCTIONS)(scope | {"root_path": root}, receive, send))
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/gradio_api/call/find", {"data": [None, "5", [CORNER]], "session_hash": "a"}),
        ("/gradio_api/run/find", {"data": [None, "5", [CORNER], None, None]}),
        ("/gradio_api/call/v2/find/", STROKES | {"k": "5"}),
    ],
)
@pytest.mark.parametrize("root", ["", "/behind/a/proxy"])
def test_a_call_reaches_gradio_with_all_arguments(path, body, root):
    gradio = Gradio()
    assert request(gradio, path, body, root=root)[0] == 200
    arguments = [None, "5", [CORNER], *[None] * 6]
    (received,) = map(json.loads, gradio.bodies)
    if "v2" in path:
        assert received == dict(zip(PARAMETERS["find"], arguments, strict=True))
    else:
        assert received == body | {"data": arguments}


@pytest.mark.parametrize(
    ("path", "body", "status", "message"),
    [
        ("/gradio_api/call/nothing", {"data": []}, 404, "one of the endpoints /find, /embed"),
        ("/gradio_api/call/suggest", {"data": []}, 404, "one of the endpoints /find, /embed"),
        ("/gradio_api/call/", {"data": []}, 404, "one of the endpoints /find, /embed"),
        ("/gradio_api/call/find", b"not JSON", 422, "expected a call as JSON"),
        ("/gradio_api/call/find", b"[" * 100_000, 422, "expected a call as JSON"),
        ("/gradio_api/call/find", b"\xff\xfe", 422, "expected a call as JSON"),
        (
            "/gradio_api/call/find",
            STROKES,
            422,
            '{"data": [image, k, strokes, as, form, filters, text, colours, gallery]}',
        ),
        (
            "/gradio_api/call/find",
            {"data": "a"},
            422,
            '{"data": [image, k, strokes, as, form, filters, text, colours, gallery]}',
        ),
        ("/gradio_api/call/find", {"data": [None] * 11}, 422, "at most 9 values"),
        ("/gradio_api/call/v2/find", [1], 422, "expected an object with image"),
        ("/gradio_api/call/v2/find", STROKES | {"count": 3}, 422, "received count"),
        ("/gradio_api/call/v2/embed", STROKES | {"k": 3}, 422, "received k"),
        ("/gradio_api/api/embed", {"data": [None]}, 422, "expected an image or strokes"),
    ],
)
def test_a_wrong_call_is_answered_with_its_status(path, body, status, message):
    gradio = Gradio()
    found, content = request(gradio, path, body)
    error = json.loads(content)
    assert (found, error["status"]) == (status, status)
    assert message in error["error"]
    assert "\n" not in error["error"]
    assert gradio.bodies == [], "Gradio sees nothing of it"


def test_files_of_a_client_are_left_to_the_endpoint():
    """Gradio would fetch an address, and move the file of a path."""
    gradio = Gradio()
    file = {"path": "http://example.com/a.png", "meta": {"_type": "gradio.FileData"}}
    body = {"data": [file, 10], "fn_index": 7, "session_hash": "a"}
    request(gradio, "/gradio_api/queue/join", body)
    assert json.loads(gradio.bodies[0]) == body | {"data": [{"path": file["path"]}, 10]}


@pytest.mark.parametrize(
    "body",
    [
        {"fn_index": 3, "data": ["[[[1],[2]]]", None]},
        {"fn_index": 3, "data": ['"fn_index":7']},
        {"data": [1]},
        b"not JSON",
        b'{"fn_index": 7, "data": ',
        b'{"fn_index": 7}',
    ],
)
def test_events_of_the_page_pass_unchanged(body):
    gradio = Gradio()
    request(gradio, "/gradio_api/queue/join", body)
    assert gradio.bodies == [body if isinstance(body, bytes) else json.dumps(body).encode()]


def event(data: object) -> bytes:
    return b"event: error\ndata: " + json.dumps(data).encode() + b"\n\n"


@pytest.mark.parametrize(
    ("data", "reason", "status"),
    [
        ({"error": "expected a picture", "title": "Error"}, "expected a picture", 422),
        ({"error": None}, NO_REASON, 500),
        ("", NO_CALL, 404),
        ("404: Not Found", NO_CALL, 404),
        ("Server stopped unexpectedly.", "Server stopped unexpectedly.", 503),
    ],
)
def test_an_error_event_says_the_reason_and_the_status(data, reason, status):
    gradio = Gradio(*answer(200, b"event: heartbeat\ndata: null\n\n", event(data)))
    _, content = request(gradio, "/gradio_api/call/find/0123", method="GET")
    assert content.startswith(b"event: heartbeat\ndata: null\n\nevent: error\ndata: ")
    assert json.loads(content.split(b"data: ")[2]) == {"error": reason, "status": status}


def test_the_answer_to_an_unknown_call_is_ended():
    unknown = Gradio(*answer(200, event("")), error=RuntimeError("response already started"))
    assert request(unknown, "/gradio_api/call/find/0123", method="GET")[0] == 200
    broken = Gradio(*answer(200, b""), error=RuntimeError("a bug"))
    with pytest.raises(RuntimeError, match="a bug"):
        request(broken, "/gradio_api/call/find/0123", method="GET")


@pytest.mark.parametrize(
    ("body", "status", "reason"),
    [
        (b'{"error": "expected a picture", "title": "Error"}', 422, "expected a picture"),
        (b'{"error": null}', 500, NO_REASON),
        (b"Internal Server Error", 500, NO_REASON),
    ],
)
def test_an_error_of_a_direct_call_says_the_reason_and_the_status(body, status, reason):
    found, content = request(
        Gradio(*answer(500, body)), "/gradio_api/run/find", {"data": [None, 3, [CORNER]]}
    )
    assert found == status
    assert json.loads(content) == {"error": reason, "status": status}


@pytest.mark.parametrize("path", ["/gradio_api/call/find", "/gradio_api/call/v2/find"])
def test_filters_are_no_files(path):
    """An object of filters becomes a text: Gradio would take a `path` in it for a file."""
    filters = {"fields": {"path": ["/etc/passwd"]}, "meta": {"_type": "gradio.FileData"}}
    gradio = Gradio()
    given = {"strokes": [CORNER], "filters": filters}
    values = [given.get(name) for name in PARAMETERS["find"]]
    request(gradio, path, given if "v2" in path else {"data": values})
    passed = json.loads(gradio.bodies[0])
    by_name = passed if "v2" in path else dict(zip(PARAMETERS["find"], passed["data"], strict=True))
    assert by_name["filters"] == json.dumps(filters)
    gradio = Gradio()
    request(gradio, "/gradio_api/queue/join", {"data": values, "fn_index": 7})
    assert json.loads(gradio.bodies[0])["data"][5] == json.dumps(filters)
