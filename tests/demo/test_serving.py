"""`python demo/app.py` as it is served: address and port, passwords, sharing without a network."""

from __future__ import annotations

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
# The page's furniture without anything to search, which needs no network to load.
EMPTY = (
    "import sys; from sketchnet_demo import command, load; "
    "load.open_runs = lambda *_: ({}, None); "
    "sys.exit(command.main(sys.argv[1:]))"
)
NOBODY = "http://127.0.0.1:1"
PATIENCE = 120  # seconds, on a busy machine


@contextmanager
def page(log: Path, *arguments: str, **environment: str) -> Iterator[str]:
    """Serve, wait until it answers, and give its address."""
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


def test_sharing_without_a_network_says_so_and_serves_locally(tmp_path: Path):
    """At the address and port that the environment names, as a Space names them."""
    log = tmp_path / "log.txt"
    offline = {"HTTPS_PROXY": NOBODY, "HTTP_PROXY": NOBODY, "NO_PROXY": "127.0.0.1,localhost"}
    offline |= {"GRADIO_SERVER_NAME": "0.0.0.0", "GRADIO_SERVER_PORT": "PORT"}
    with page(log, "--share", **offline) as url:
        until = time.monotonic() + PATIENCE
        while "Could not create share link" not in log.read_text():
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.1)
        assert status(f"{url}config") == 200
    told = log.read_text()
    assert "anybody with the link can use the page" in told
    assert "Traceback" not in told


def test_a_password_is_asked_for(tmp_path: Path):
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
