"""`python demo/app.py` as a server: address and port, password, unusual machines."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# The page without a gallery, which needs no neural network.
EMPTY = (
    "import sys; from sketchnet_demo import command, load; "
    "load.open_runs = lambda *_: ({}, None); "
    "sys.exit(command.main(sys.argv[1:]))"
)
NO_SERVER = "http://127.0.0.1:1"
PATIENCE = 120  # seconds, on a busy machine


@contextmanager
def page(log: Path, *arguments: str, **environment: str) -> Iterator[str]:
    """Serve the page; yields its address once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    arguments = tuple(each.replace("PORT", port) for each in arguments)
    environment = {name: value.replace("PORT", port) for name, value in environment.items()}
    with (
        log.open("w") as file,
        subprocess.Popen(
            [sys.executable, "-u", "-c", EMPTY, *arguments],
            cwd=ROOT,
            env={**os.environ, **environment},
            stdout=file,
            stderr=subprocess.STDOUT,
        ) as server,
    ):
        try:
            until = time.monotonic() + PATIENCE
            while "Running on local URL" not in log.read_text():
                assert server.poll() is None, log.read_text()
                assert time.monotonic() < until, log.read_text()
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()


def status(url: str) -> int:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        refused.close()
        return refused.code


def upload(url: str) -> str:
    """Upload a file; the path where it is stored."""
    head = b'--cut\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
    kind = {"Content-Type": "multipart/form-data; boundary=cut"}
    request = urllib.request.Request(f"{url}gradio_api/upload", head + b"x\r\n--cut--", kind)
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        return json.load(answer)[0]


def test_the_page_works_on_a_machine_with_unusual_settings(tmp_path: Path):
    """A proxy for every address, no home, an upload directory of another user, ASCII output.

    It listens at the address and port of the environment, as in a Space, and without a network it
    reports that there is no public link.
    """
    (tmp_path / "file").touch()
    log = tmp_path / "log.txt"
    settings = {
        "HTTPS_PROXY": NO_SERVER,
        "HTTP_PROXY": NO_SERVER,
        "ALL_PROXY": "socks5://127.0.0.1:1",
        "NO_PROXY": "",
        "HOME": "/proc/none",
        "XDG_CACHE_HOME": "/proc/none",
        "GRADIO_TEMP_DIR": str(tmp_path / "file" / "below"),
        "PYTHONIOENCODING": "ascii",
        "GRADIO_SERVER_NAME": "0.0.0.0",
        "GRADIO_SERVER_PORT": "PORT",
    }
    with page(log, "--share", **settings) as url:
        until = time.monotonic() + PATIENCE
        while "Could not create share link" not in log.read_text():
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.1)
        assert status(f"{url}config") == 200
        assert "sketchnet-uploads-" in upload(url)
    output = log.read_text()
    assert "anybody with the link can use the page" in output
    assert "Traceback" not in output


def test_a_password_is_required(tmp_path: Path):
    with page(tmp_path / "log.txt", "--auth", "me:secret", "--port", "PORT") as url:
        assert status(f"{url}config") == 401
        assert status(f"{url}gradio_api/info") == 401
        form = b"username=me&password=wrong"
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(f"{url}login", form, timeout=PATIENCE)
        refused.value.close()
        browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        with browser.open(
            f"{url}login", b"username=me&password=secret", timeout=PATIENCE
        ) as answer:
            assert answer.status == 200
        with browser.open(f"{url}config", timeout=PATIENCE) as answer:
            assert answer.status == 200
    assert "anybody with the link" not in (tmp_path / "log.txt").read_text()
