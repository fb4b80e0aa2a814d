"""A page without a server for tests: its runtime from npm, a static server, and Chromium."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest

from sketchnet.utils.cache import cache_home
from sketchnet.web.runtime import LITERT, Package

ROOT = Path(__file__).parents[2]


def runtime_package(package: Package = LITERT, *, fetch: bool = True) -> Path:
    """The folder of an npm package, from the cache or by `npm pack`; skips where neither works."""
    title = package.name.strip("@").replace("/", "-")
    folder = cache_home() / f"{title}-{package.version}"
    if (folder / "package.json").is_file():
        return folder
    if not fetch:
        pytest.skip(f"NOT TESTED: {package.name} is not here (pytest -m slow tests/web)")
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip(f"NOT TESTED: no npm here to fetch {package.name}")
    with tempfile.TemporaryDirectory() as name:
        command = [npm, "pack", f"{package.name}@{package.version}"]
        with suppress(subprocess.TimeoutExpired):
            subprocess.run(command, cwd=name, capture_output=True, timeout=300)
        archives = list(Path(name).glob("*.tgz"))
        if not archives:
            pytest.skip(f"NOT TESTED: npm could not fetch {package.name}@{package.version}")
        with tarfile.open(archives[0]) as file:
            file.extractall(name, filter="data")
        others = shutil.ignore_patterns("*.map", "*jspi*", "*jsep*", "*asyncify*", "*webg*")
        shutil.copytree(Path(name) / "package", folder, ignore=others, dirs_exist_ok=True)
    return folder


class _Handler(SimpleHTTPRequestHandler):
    """A static server as hosts are: it answers ranges of bytes, which Python's own does not."""

    extensions_map = {  # noqa: RUF012 (the base class declares it so)
        **SimpleHTTPRequestHandler.extensions_map,
        ".mjs": "text/javascript",
        ".wasm": "application/wasm",
    }
    ranges = True
    isolated = False
    sent: ClassVar[dict[str, int]] = {}

    def end_headers(self) -> None:
        if self.isolated:  # what a browser wants before it lets a page use several threads
            self.send_header("Cross-Origin-Opener-Policy", "same-origin")
            self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
        super().end_headers()

    def send_header(self, keyword: str, value: str) -> None:
        if keyword == "Content-Length":
            self.sent[self.path] = self.sent.get(self.path, 0) + int(value)
        super().send_header(keyword, value)

    def log_message(self, *_args: object) -> None:
        pass

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        if wanted is None or not self.ranges:
            return super().do_GET()
        first, last = map(int, wanted.removeprefix("bytes=").split("-"))
        content = Path(self.translate_path(self.path)).read_bytes()
        part = content[first : last + 1]
        self.send_response(206)
        self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part)


@contextmanager
def static_server(
    folder: Path,
    *,
    ranges: bool = True,
    isolated: bool = False,
    sent: dict[str, int] | None = None,
) -> Iterator[str]:
    """Serve a folder on loopback; yields the address.

    Args:
        ranges: whether ranges of bytes are answered.
        isolated: whether pages may use several threads.
        sent: receives the bytes that were sent, by path.
    """
    settings = {"ranges": ranges, "isolated": isolated, "sent": {} if sent is None else sent}
    handler = partial(type("Handler", (_Handler,), settings), directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


@contextmanager
def chromium() -> Iterator:
    """Headless Chromium; skips where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="NOT TESTED: no playwright")
    path = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if path is None:
        pytest.skip("NOT TESTED: no Chromium (apt-get install chromium)")
    with api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            browser.close()
