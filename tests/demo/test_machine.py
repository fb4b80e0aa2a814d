"""Trouble of this computer is reported in one line before a network is loaded, or avoided."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from sketchnet.utils.errors import InputError
from sketchnet_demo import command, load
from sketchnet_demo.machine import bypass_proxy, check_address, prepare_upload_directory


@pytest.fixture
def taken() -> int:
    """A port that another program listens on."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        yield server.getsockname()[1]


@pytest.mark.parametrize(
    ("host", "port", "message"),
    [
        (None, 99999, "expected a port from 1 to 65535; received 99999"),
        (None, 0, "expected a port from 1 to 65535; received 0"),
        (None, -1, "expected a port from 1 to 65535; received -1"),
        ("no-such-host.invalid", None, "expected an address of this computer; received no-such"),
        ("a b", 8000, "expected an address of this computer"),
        (f"{'x' * 70}.com", 8000, "expected an address of this computer"),
        ("192.0.2.1", None, "expected an address of this computer"),  # reserved, no computer has it
    ],
)
def test_an_impossible_address_is_reported(monkeypatch, capsys, host, port, message):
    monkeypatch.setattr(load, "open_runs", lambda *_: pytest.fail("loaded"))
    arguments = [] if host is None else [f"--host={host}"]
    arguments += [] if port is None else [f"--port={port}"]
    assert command.main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith(message)
    assert error.count("\n") == 1


def test_a_port_that_is_taken_is_reported(taken):
    with pytest.raises(InputError, match=f"received {taken}, which another program uses"):
        check_address(None, taken)


@pytest.mark.parametrize("port", ["99999", "x", ""])
def test_the_address_in_the_environment_is_checked_too(monkeypatch, port):
    monkeypatch.setenv("GRADIO_SERVER_PORT", port)
    with pytest.raises(InputError, match="expected a port from 1 to 65535"):
        check_address(None, None)
    monkeypatch.delenv("GRADIO_SERVER_PORT")
    monkeypatch.setenv("GRADIO_SERVER_NAME", "no-such-host.invalid")
    with pytest.raises(InputError, match="expected an address of this computer"):
        check_address(None, None)


@pytest.mark.parametrize("host", [None, "127.0.0.1", "localhost", "0.0.0.0"])
def test_a_usual_address_is_accepted(monkeypatch, host):
    monkeypatch.delenv("GRADIO_SERVER_NAME", raising=False)
    monkeypatch.delenv("GRADIO_SERVER_PORT", raising=False)
    check_address(host, None)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    check_address(host, port)


def test_the_own_server_is_reached_without_the_proxy(monkeypatch):
    httpx = pytest.importorskip("httpx")
    for name in ("http_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "intranet.example")
    monkeypatch.setenv("no_proxy", "")
    bypass_proxy()
    assert os.environ["NO_PROXY"].split(",") == [
        "intranet.example",
        "127.0.0.1",
        "localhost",
        "::1",
    ]
    with httpx.Client() as client:  # fails with a SOCKS proxy, for which no package is installed
        local = client._transport_for_url(httpx.URL("http://127.0.0.1:7860/"))
        other = client._transport_for_url(httpx.URL("https://example.com/"))
    assert local is client._transport
    assert other is not client._transport


def test_proxies_that_are_no_addresses_are_left_out(monkeypatch):
    httpx = pytest.importorskip("httpx")
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTPS_PROXY", "ALL_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HTTP_PROXY", "::::")
    monkeypatch.setenv("https_proxy", "proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "[::1, intranet.example")
    bypass_proxy()
    assert "HTTP_PROXY" not in os.environ
    assert os.environ["NO_PROXY"].split(",")[:2] == [" intranet.example", "127.0.0.1"]
    with httpx.Client() as client:
        other = client._transport_for_url(httpx.URL("https://example.com/"))
        assert other is not client._transport, "a proxy without a scheme stays"
        assert client._transport_for_url(httpx.URL("http://127.0.0.1:1/")) is client._transport


def test_uploads_go_to_a_directory_that_can_be_written(monkeypatch, tmp_path: Path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "file" / "below"))
    prepare_upload_directory()
    own = os.environ["GRADIO_TEMP_DIR"]
    assert os.access(own, os.W_OK)
    prepare_upload_directory()
    assert os.environ["GRADIO_TEMP_DIR"] == own, "a directory that works is kept"
