"""Serves the thumbnails of the results, which a browser keeps: no visit loads one twice.

Gradio checks and opens every file anew, which for ten pictures takes longer than the search. The
address of a thumbnail changes with the file (`version`), so that it can be kept forever. Every
other address is left to Gradio, which refuses whatever is not a thumbnail.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import anyio
from starlette.requests import Request
from starlette.responses import Response

from .signed_in import signed_in

PREFIX = "/gradio_api/file="
KEEP = {"cache-control": "private, max-age=31536000, immutable"}
TYPES = {".jpg": "image/jpeg", ".png": "image/png"}


class Thumbnails:
    """ASGI middleware in front of Gradio, behind the `RequestFilter`."""

    def __init__(self, app: Any, folders: Iterable[str]) -> None:
        """`folders`: the absolute folders whose pictures are served."""
        self.app, self.folders = app, frozenset(folders)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        app = self.app
        if (path := self._asked(scope)) and await signed_in(Request(scope)):
            content = await anyio.to_thread.run_sync(_read, path, _version_in(scope))
            if content is not None:
                app = Response(content, headers=KEEP, media_type=TYPES[path.suffix])
        await app(scope, receive, send)

    def _asked(self, scope: dict[str, Any]) -> Path | None:
        """The thumbnail that a request asks for; None for every other request."""
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["query_string"]:
            return None
        address = scope["path"].removeprefix(scope.get("root_path", ""))
        folder, slash, name = address.removeprefix(PREFIX).rpartition("/")
        if not address.startswith(PREFIX) or not slash or folder not in self.folders:
            return None
        path = Path(folder) / name
        return path if path.suffix in TYPES and path.name == name else None


def version(picture: Path) -> str:
    """What changes with a file: the time of its last change. "" where there is no file."""
    try:
        return f"{picture.stat().st_mtime_ns:x}"
    except (OSError, ValueError):  # ValueError: a name with a null character
        return ""


def _version_in(scope: dict[str, Any]) -> str:
    return parse_qs(scope["query_string"].decode("latin-1")).get("v", [""])[0]


def _read(path: Path, asked: str) -> bytes | None:
    """The file, if it is of the version that was asked for and no link to another one."""
    try:
        if path.is_symlink() or not asked or version(path) != asked:
            return None
        return path.read_bytes()
    except (OSError, ValueError):
        return None
