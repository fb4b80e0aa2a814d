"""Refuses requests that the page does not need, bodies that are too large, uploads on a full disk.

Gradio answers many more routes than this page uses: it fetches any address of the internet for a
visitor (`file=https://…`), stores recordings and links on its disk, and accepts a thousand files in
one upload.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

from gradio.utils import get_upload_folder

MAX_BODY = 21 << 20  # bytes of one request; a picture may have 20 MB
MIN_FREE_DISK = 256 << 20  # bytes that uploads leave free

MCP_ROUTE = "/mcp"  # open with `--mcp` alone

ROUTES = re.compile(
    r"/(assets|static|svelte)/.*"
    r"|/(config|theme\.css|favicon\.ico|manifest\.json|robots\.txt|login|logout)?/?"
    r"|/gradio_api/(info|openapi\.json|app_id|user|token|login_check|startup-events|theme\.css)/?"
    r"|/gradio_api/(queue|heartbeat|call|run|api)/.*"
    r"|/gradio_api/(live|upload|upload_progress|cancel|reset)/?"
    r"|/gradio_api/file=(?!\w+:).*",
    re.DOTALL,
)


class RequestFilter:
    """ASGI middleware in front of Gradio."""

    def __init__(self, app: Any, mcp: bool = False) -> None:
        self.app, self.mcp = app, mcp

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http" and (refused := refusal(scope, self.mcp)):
            status, reason = refused
            head = [(b"content-type", b"text/plain"), (b"content-length", b"%d" % len(reason))]
            await send({"type": "http.response.start", "status": status, "headers": head})
            await send({"type": "http.response.body", "body": reason})
        elif scope["type"] != "websocket":
            await self.app(scope, receive, send)


def refusal(scope: dict[str, Any], mcp: bool = False) -> tuple[int, bytes] | None:
    """Status and reason where a request is refused; None where it is passed on."""
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    if not ROUTES.fullmatch(path) and not (mcp and path.rstrip("/") == MCP_ROUTE):
        return 404, b"no such page"
    length = dict(scope["headers"]).get(b"content-length", b"" if _has_body(scope) else b"0")
    if not length.isdigit():
        return 411, b"a Content-Length is required"
    if int(length) > MAX_BODY:
        return 413, b"at most 20 MB"
    if path.startswith("/gradio_api/upload") and _disk_is_full():
        return 503, b"no disk space for uploads; try again later"
    return None


def _has_body(scope: dict[str, Any]) -> bool:
    return scope["method"] not in ("GET", "HEAD", "OPTIONS")


def _disk_is_full() -> bool:
    folder = Path(get_upload_folder())  # Gradio creates it with the first upload
    present = folder if folder.exists() else folder.parent
    return shutil.disk_usage(present).free < MIN_FREE_DISK
