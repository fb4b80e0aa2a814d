"""Thumbnails: kept by the browser under an address that changes with the file, and nothing else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from sketchnet_demo import cards
from sketchnet_demo.thumbnails import Thumbnails, version


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "thumbnails"
    folder.mkdir()
    (folder / "000000.jpg").write_bytes(b"picture")
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (folder / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    (folder / "notes.txt").write_text("notes")
    return folder


def client(folder: Path, auth: object = None) -> TestClient:
    """Thumbnails in front of an app that answers everything else with `gradio`."""
    everything = Route("/{path:path}", lambda request: PlainTextResponse("gradio"))
    app = Starlette(routes=[everything], middleware=[Middleware(Thumbnails, folders=[str(folder)])])
    app.auth, app.auth_dependency, app.tokens, app.cookie_id = auth, None, {}, "c"
    return TestClient(app)


def test_a_thumbnail_is_kept_until_the_file_changes(folder: Path):
    picture = folder / "000000.jpg"
    address = cards.file_url(picture)
    answer = client(folder).get(f"/{address}")
    assert answer.content == b"picture"
    assert answer.headers["content-type"] == "image/jpeg"
    assert "immutable" in answer.headers["cache-control"]
    picture.write_bytes(b"another")
    os.utime(picture, ns=(1, 1))
    assert cards.file_url(picture) != address
    assert client(folder).get(f"/{address}").text == "gradio"
    assert client(folder).get(f"/{cards.file_url(picture)}").content == b"another"


@pytest.mark.parametrize("name", ["../secret.jpg", "link.jpg", "notes.txt", "missing.jpg", ""])
def test_everything_else_is_left_to_gradio(folder: Path, name: str):
    known = version(folder / name) or "1"
    for address in (f"{folder}/{name}", f"{folder}/{name}".replace("..", "%2e%2e")):
        answer = client(folder).get(f"/gradio_api/file={address}?v={known}")
        assert answer.text == "gradio"


def test_a_password_is_required(folder: Path):
    address = cards.file_url(folder / "000000.jpg")
    assert client(folder, auth=[("me", "secret")]).get(f"/{address}").text == "gradio"


def test_a_file_that_is_missing_has_an_address_without_a_version():
    assert cards.file_url("/a b.jpg") == "gradio_api/file=/a%20b.jpg"
