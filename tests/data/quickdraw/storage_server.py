"""A loopback server that cuts off, ignores ranges, changes files, refuses, and counts its bytes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import unquote


class Storage(ThreadingHTTPServer):
    """Files by path, and what goes wrong with the next responses."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.etag: str | None = '"one"'
        self.ranges = True
        self.cut_after: list[int] = []
        self.fail_with: list[int] = []
        self.requests: list[tuple[str, str, str | None]] = []
        self.sent = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that closes the connection early is expected."""


class Handler(BaseHTTPRequestHandler):
    server: Storage

    def log_message(self, *args: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        server, name = self.server, unquote(self.path)
        wanted = self.headers.get("Range")
        server.requests.append((self.command, name, wanted))
        if server.fail_with and self.command == "GET":
            self.send_error(server.fail_with.pop(0))
            return
        if name not in server.files:
            self.send_error(404)
            return
        content = whole = server.files[name]
        status = 200
        if_range = self.headers.get("If-Range")
        if wanted and server.ranges and if_range in (None, server.etag):
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
            if start >= len(whole):
                self.send_response(416)
                self.send_header("Content-Range", f"bytes */{len(whole)}")
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            content, status = whole[start:], 206
        self.send_response(status)
        if status == 206:
            span = f"bytes {len(whole) - len(content)}-{len(whole) - 1}/{len(whole)}"
            self.send_header("Content-Range", span)
        if server.etag:
            self.send_header("ETag", server.etag)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if server.cut_after:
            content = content[: server.cut_after.pop(0)]
            self.close_connection = True
        for start in range(0, len(content), 1 << 14):
            self.wfile.write(content[start : start + (1 << 14)])
            server.sent += len(content[start : start + (1 << 14)])


@contextmanager
def serve_storage() -> Iterator[Storage]:
    """Serve files until the end of the block."""
    server = Storage()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
