"""Runs on the Hub, against a double of the few calls that its client makes."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import keras
import pytest

from sketchnet import ShoeFinder, runs
from sketchnet.cli.export import main
from sketchnet.inference.embedder import Embedder
from sketchnet.models.saving import load_model
from sketchnet.retrieval.gallery import build_gallery
from sketchnet.utils.errors import InputError
from sketchnet.utils.hugging_face import download_run, repository_of
from tests.tiny import sketch_of, write_photos, write_run

COMMIT = "0123456789abcdef0123456789abcdef01234567"


class Hub(BaseHTTPRequestHandler):
    """Repositories in memory: {"user/name": {"file": bytes}}."""

    repositories: ClassVar[dict[str, dict[str, bytes]]] = {}
    protocol_version = "HTTP/1.1"

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        parts = self.path.split("?")[0].strip("/").split("/")
        if parts[:2] == ["api", "models"] and "/".join(parts[2:4]) in self.repositories:
            files = self.repositories["/".join(parts[2:4])]
            if parts[4:5] == ["tree"]:
                self._json([{"type": "file", "path": name, "size": len(content), "oid": COMMIT}
                            for name, content in files.items()])  # fmt: skip
                return
            self._json({"id": "/".join(parts[2:4]), "sha": COMMIT, "private": False,
                        "siblings": [{"rfilename": name} for name in files],
                        "tags": [], "downloads": 0, "likes": 0})  # fmt: skip
        elif len(parts) > 4 and parts[2] == "resolve" and (files := self._files(parts)) is not None:
            content = files.get("/".join(parts[4:]))
            if content is None:
                self._json({"error": "Entry not found"}, 404, "EntryNotFound")
            else:
                self._send(content, "application/octet-stream")
        else:
            self._json({"error": "Repository not found"}, 404, "RepoNotFound")

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        parts = self.path.split("?")[0].strip("/").split("/")
        if self.headers.get("Authorization") != "Bearer hf_right":
            self._json({"error": "Invalid token"}, 401)
        elif parts == ["api", "repos", "create"]:
            self.repositories.setdefault("user/new", {})
            self._json({"url": f"{self._address()}/user/new", "id": "user/new"})
        elif parts[4:5] == ["preupload"]:
            files = [{"path": each["path"], "uploadMode": "regular", "shouldIgnore": False}
                     for each in json.loads(body)["files"]]  # fmt: skip
            self._json({"files": files})
        elif parts[4:5] == ["commit"]:
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    value = line["value"]
                    self.repositories["user/new"][value["path"]] = base64.b64decode(
                        value["content"]
                    )
            commit = f"{self._address()}/user/new/commit/{COMMIT}"
            self._json({"commitUrl": commit, "commitOid": COMMIT, "success": True})
        else:
            self._json({"status": "ok"})  # the check of the card's YAML

    def _address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def _files(self, parts: list[str]) -> dict[str, bytes] | None:
        return self.repositories.get("/".join(parts[:2]))

    def _json(self, value: dict | list, status: int = 200, code: str = "") -> None:
        self._send(json.dumps(value).encode(), "application/json", status, code)

    def _send(self, content: bytes, kind: str, status: int = 200, code: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("ETag", f'"{hashlib.sha256(content).hexdigest()}"')
        self.send_header("X-Repo-Commit", COMMIT)
        if code:
            self.send_header("X-Error-Code", code)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def log_message(self, *_) -> None:
        pass


@pytest.fixture
def hub(tmp_path, monkeypatch):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(Hub, "repositories", {})
    download_run.cache_clear()
    yield Hub.repositories
    download_run.cache_clear()
    server.shutdown()
    server.server_close()


def content_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_run_is_downloaded_and_used_again_without_a_connection(hub, tmp_path, monkeypatch):
    run = write_run(tmp_path / "run")
    hub["user/name"] = content_of(run) | {"evil.pkl": b"never", "code.py": b"never"}
    folder = runs.resolve_run("hf://user/name")
    assert content_of(folder) == content_of(run), "only the files of a run are taken"
    assert runs.resolve_run(Path("hf://user/name")) == folder
    assert runs.config_of(folder) == runs.config_of(run)
    download_run.cache_clear()
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert runs.resolve_run("hf://user/name") == folder


def test_a_downloaded_run_searches_a_gallery(hub, tmp_path):
    run = write_run(tmp_path / "run")
    hub["user/name"] = content_of(run)
    build_gallery(Embedder(run), write_photos(tmp_path / "photos", range(4)), tmp_path / "gallery")
    found = [
        [match.id for match in ShoeFinder(name, tmp_path / "gallery").find(sketch_of(2), k=4)]
        for name in ("hf://user/name", run)
    ]
    assert found[0] == found[1]


def test_a_downloaded_network_that_holds_code_is_refused(hub, tmp_path):
    """It is opened in Keras' safe mode, as every run."""
    run = write_run(tmp_path / "run")
    inputs = keras.Input((32, 32, 1))
    outputs = keras.layers.Lambda(lambda value: value, name="code")(inputs)
    keras.Model(inputs, outputs).save(tmp_path / "evil.keras")
    hub["user/name"] = {**content_of(run), "model.keras": (tmp_path / "evil.keras").read_bytes()}
    with pytest.raises(InputError):
        load_model(runs.resolve_run("hf://user/name"))


def test_a_run_is_uploaded_with_its_card(hub, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HF_TOKEN", "hf_right")
    run = write_run(tmp_path / "run")
    (run / "CARD.md").write_text("# A card\n")
    (run / "checkpoint").mkdir()
    (run / "checkpoint" / "state.npz").write_bytes(b"large")
    assert main(["push", str(run), "hf://user/new"]) == 0
    assert f"/user/new/commit/{COMMIT}" in capsys.readouterr().out
    assert set(hub["user/new"]) == {"config.json", "model.keras", "README.md"}
    assert hub["user/new"]["README.md"] == b"# A card\n"
    assert hub["user/new"]["model.keras"] == (run / "model.keras").read_bytes()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("hf://user/missing", "no such repository"),
        ("hf://user", "an address like hf://user/name"),
        ("hf://user/name/deeper", "an address like hf://user/name"),
        ("hf://-/..", "an address like hf://user/name"),
    ],
)
def test_a_wrong_name_is_one_line(hub, name, message):
    with pytest.raises(InputError, match=message) as error:
        runs.resolve_run(name)
    assert "\n" not in str(error.value)


def test_no_connection_and_no_copy_is_one_line(hub, monkeypatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(InputError, match="no connection, and no copy"):
        runs.resolve_run("hf://user/name")


def test_a_repository_without_a_run_is_refused(hub):
    hub["user/name"] = {"README.md": b"something else"}
    with pytest.raises(InputError, match=r"no config\.json"):
        runs.resolve_run("hf://user/name")


def test_uploading_without_a_login_is_one_line(hub, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HF_TOKEN", "hf_wrong")
    assert main(["push", str(write_run(tmp_path / "run")), "hf://user/new"]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1


def test_other_names_are_no_addresses():
    assert repository_of("shoes") is None
    assert repository_of("runs/hf") is None
    assert repository_of("hf://user/name/") == "user/name"
