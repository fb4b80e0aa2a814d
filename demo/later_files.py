"""Serves the parts of the page that are loaded when they are first used (`later.js`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

TYPES = {".js": b"text/javascript; charset=utf-8", ".css": b"text/css; charset=utf-8"}


class LaterFiles:
    """ASGI middleware in front of all others: it answers `/later/NAME` from memory.

    These files are part of the page and hold nothing of a visitor, so they need no password.
    """

    def __init__(self, app: Any, files: Mapping[str, str]) -> None:
        """`files`: what is served, by its name such as `boards.js`."""
        self.app = app
        self.files = {f"/later/{name}": text.encode() for name, text in files.items()}

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        path = scope["path"].removeprefix(scope.get("root_path", "")) if "path" in scope else ""
        if scope["type"] != "http" or path not in self.files or scope["method"] != "GET":
            return await self.app(scope, receive, send)
        body = self.files[path]
        head = [
            (b"content-type", TYPES[path[path.rindex(".") :]]),
            (b"content-length", b"%d" % len(body)),
            (b"cache-control", b"no-cache"),
            (b"x-content-type-options", b"nosniff"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": head})
        await send({"type": "http.response.body", "body": body})
