"""Answers wrong calls of the endpoints with a status and one line, before Gradio processes them.

Gradio alone answers a wrong call with status 200 and `{"error": null}`, or with status 500. Here
the arguments of a call are checked and brought into one form. A wrong call is answered with status
404 or 422 and `{"error": "expected …; received …", "status": 422}`. What only the search itself
finds wrong, such as a blank picture, is answered with the same fields: as the event `error` of a
call, or as the answer of `run`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from sketchnet.utils.errors import InputError

from .api_arguments import PARAMETERS, by_name, parse_arguments

CALL = re.compile(r"/gradio_api/(?P<kind>call/v2|call|run|api)/(?P<name>[^/]*)/?")
EVENT = re.compile(r"/gradio_api/call/(?:v2/)?[^/]+/[^/]+/?")
JOIN = re.compile(r"/gradio_api/queue/join/?")
FUNCTION = re.compile(rb'(?<!\\)"fn_index"\s*:\s*(\d+)')
ERROR_EVENT = b"event: error\ndata: "
NO_REASON = "the call could not be answered"
NO_CALL = "there is no such call, or its answer has been read"


class ApiFilter:
    """ASGI middleware in front of Gradio, behind the `RequestFilter`."""

    def __init__(self, app: Any, functions: Mapping[int, str]) -> None:
        """`functions`: the endpoints of the page, by the number of their function in Gradio."""
        self.app, self.functions = app, functions

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if scope["method"] == "POST" and (call := CALL.fullmatch(path)):
            body = await _read(receive)
            try:
                body = self.checked(call["name"], body, named=call["kind"] == "call/v2")
            except LookupError:
                return await _refuse(send, 404, self._no_endpoint(call["name"]))
            except InputError as error:
                return await _refuse(send, 422, str(error))
            scope, receive = _with_body(scope, body, receive)
            if call["kind"] in ("run", "api"):
                send = _with_own_errors(send)
        elif scope["method"] == "POST" and JOIN.fullmatch(path):
            body = self.without_files(await _read(receive))
            scope, receive = _with_body(scope, body, receive)
        elif scope["method"] == "GET" and EVENT.fullmatch(path):
            return await _events(self.app, scope, receive, send)
        await self.app(scope, receive, send)

    def checked(self, name: str, body: bytes, named: bool) -> bytes:
        """The body of a call in the form that Gradio reads.

        Raises LookupError for an unknown endpoint, InputError for wrong arguments.
        """
        if name not in self.functions.values():
            raise LookupError(name)
        fields = ", ".join(PARAMETERS[name])
        try:
            given = json.loads(body)
        except (ValueError, RecursionError):
            raise InputError("a call as JSON", "something else", f"send {fields}") from None
        if not named:
            if not isinstance(given, dict) or not isinstance(given.get("data"), list):
                form = f'{{"data": [{fields}]}}'
                raise InputError(form, "another form", f"or send {fields} to call/v2/{name}")
            values = by_name(name, given["data"])
        elif isinstance(given, dict):
            values = given
        else:
            raise InputError(f"an object with {fields}", type(given).__name__)
        parse_arguments(name, values)
        values = {each: _plain(values.get(each), each) for each in PARAMETERS[name]}
        if named:
            return json.dumps(values).encode()
        return json.dumps(given | {"data": list(values.values())}).encode()

    def without_files(self, body: bytes) -> bytes:
        """The body of a call by Gradio's client, whose wrong arguments the endpoint reports."""
        found = FUNCTION.search(body)
        if found is None or int(found[1]) not in self.functions:
            return body  # an event of the page
        try:
            given = json.loads(body)
            names = PARAMETERS[self.functions[int(found[1])]]
            named = zip_longest(given["data"], names[: len(given["data"])])
            return json.dumps(given | {"data": [_plain(*each) for each in named]}).encode()
        except (ValueError, TypeError, LookupError, RecursionError):
            return body

    def _no_endpoint(self, name: str) -> str:
        known = ", ".join(f"/{each}" for each in self.functions.values())
        return str(InputError(f"one of the endpoints {known}", f"/{name}"))


def _plain(value: Any, name: str | None) -> Any:
    """A file object without the mark by which Gradio would move the file, or fetch an address.

    Filters and colours become a text, in which Gradio looks for no files.
    """
    if name in ("filters", "colours") and isinstance(value, dict | list):
        return json.dumps(value)
    if isinstance(value, dict):
        return {name: each for name, each in value.items() if name in ("path", "url")}
    return value


async def _read(receive: Any) -> bytes:
    parts = []
    while True:
        message = await receive()
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def _with_body(scope: dict[str, Any], body: bytes, receive: Any) -> tuple[dict[str, Any], Any]:
    """Scope and receive for a request with another body."""
    headers = [each for each in scope["headers"] if each[0] != b"content-length"]
    headers.append((b"content-length", str(len(body)).encode()))
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_body() -> Any:
        return messages.pop() if messages else await receive()

    return {**scope, "headers": headers}, receive_body


async def _refuse(send: Any, status: int, reason: str) -> None:
    body = json.dumps({"error": reason, "status": status}).encode()
    head = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})


async def _events(app: Any, scope: dict[str, Any], receive: Any, send: Any) -> None:
    """Pass on the events of a call, with a status in every `error`.

    Gradio has answered 200 before it knows. For an unknown call it sends an error without a text
    and fails; the answer is ended properly instead.
    """
    failed = False

    async def send_with_status(message: dict[str, Any]) -> None:
        nonlocal failed
        body = message.get("body", b"")
        if body.startswith(ERROR_EVENT):
            body, failed = _event_with_status(body)
            message = {**message, "body": body}
        await send(message)

    try:
        await app(scope, receive, send_with_status)
    except RuntimeError:
        if not failed:
            raise
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _event_with_status(event: bytes) -> tuple[bytes, bool]:
    """The event with a reason and a status, and whether Gradio failed after it."""
    try:
        data = json.loads(event.removeprefix(ERROR_EVENT))
    except ValueError:
        return event, False
    if isinstance(data, dict):
        answer = _answer(data)
    elif not data or str(data).startswith("404"):
        answer = {"error": NO_CALL, "status": 404}
    else:
        answer = {"error": str(data), "status": 503}
    return ERROR_EVENT + json.dumps(answer).encode() + b"\n\n", not isinstance(data, dict)


def _answer(data: dict[str, Any]) -> dict[str, Any]:
    """The error of a failed call with its status. Gradio gives the text of input errors only."""
    reason = data.get("error")
    return {"error": reason or NO_REASON, "status": 422 if reason else 500}


def _with_own_errors(send: Any) -> Any:
    """Pass on the answer of `run`, where Gradio answers input errors with status 500."""
    start: dict[str, Any] = {}

    async def send_answer(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start" and message["status"] == 500:
            start.update(message)
            return
        if start:
            try:
                answer = _answer(json.loads(message.get("body", b"")))
            except (ValueError, AttributeError):
                answer = {"error": NO_REASON, "status": 500}
            await _refuse(send, answer["status"], answer["error"])
        else:
            await send(message)

    return send_answer
