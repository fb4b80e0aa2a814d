"""Trust: the code loads nothing that could execute, and the page serves only what it needs."""

from __future__ import annotations

import ast
import asyncio
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from sketchnet_demo import api_filter, command, later_files, load, request_filter, thumbnails
from sketchnet_demo import page as layout

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = [
    *(ROOT / "sketchnet").rglob("*.py"),
    *(ROOT / "demo").rglob("*.py"),
    ROOT / "train.py",
    ROOT / "evaluate.py",
]

PICKLES = {"pickle", "cPickle", "_pickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
LOADS = {"load", "loads", "Unpickler", "_Unpickler", "open", "DbfilenameShelf"}
RUNS = {"eval", "exec"}
UNPACKS = {"extract", "extractall", "unpack_archive"}
KERAS = {"load_model", "model_from_json", "clone_from_config", "deserialize_keras_object"}


def dangers(source: str) -> Iterator[tuple[int, str]]:
    """(line, what) for every call in a program that may execute what a file contains."""
    tree = ast.parse(source)
    with_allow_list = _bases_with_allow_list(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in PICKLES:
            for name in node.names:
                if name.name in LOADS or name.name == "*":
                    yield node.lineno, f"{node.module}.{name.name}"
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id in PICKLES and node.attr in LOADS and node not in with_allow_list:
                yield node.lineno, f"{node.value.id}.{node.attr}"
            if (node.value.id, node.attr) in {("os", "system"), ("os", "popen"), ("torch", "load")}:
                yield node.lineno, f"{node.value.id}.{node.attr}"
        if not isinstance(node, ast.Call):
            continue
        called = node.func.attr if isinstance(node.func, ast.Attribute) else None
        called = node.func.id if isinstance(node.func, ast.Name) else called
        given = {keyword.arg: keyword.value for keyword in node.keywords}
        if isinstance(node.func, ast.Name) and called in RUNS:
            yield node.lineno, called
        if called in UNPACKS or called == "enable_unsafe_deserialization":
            yield node.lineno, called
        if called == "loadmat" and "variable_names" not in given:
            yield node.lineno, "loadmat of every variable"
        if called == "load" and len(node.args) > 2:
            yield node.lineno, "a load with positional options"
        if "allow_pickle" in given and not _is(given["allow_pickle"], False):
            yield node.lineno, "allow_pickle"
        safe = ast.unparse(node.func) == "saving.load_model"  # which loads in safe mode
        if called in KERAS and not safe and not _is(given.get("safe_mode"), True):
            yield node.lineno, f"{called} without safe_mode=True"
        if "safe_mode" in given and not _is(given["safe_mode"], True):
            yield node.lineno, "safe_mode"
        if "shell" in given and not _is(given["shell"], False):
            yield node.lineno, "shell"


def _bases_with_allow_list(tree: ast.AST) -> set[ast.AST]:
    """The base classes of classes that have a `find_class` of their own."""
    return {
        base
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        and any(isinstance(m, ast.FunctionDef) and m.name == "find_class" for m in node.body)
        for base in node.bases
    }


def _is(node: ast.AST | None, value: bool) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_is_loaded_in_a_way_that_could_execute_it(path):
    assert [*dangers(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    "program",
    [
        "import pickle; pickle.load(file)",
        "class Any(pickle.Unpickler): pass",
        "from pickle import loads",
        "import numpy as np; np.load(path, allow_pickle=True)",
        "np.load(path, allow_pickle=trusted)",
        "np.load(path, None, True)",
        "keras.saving.load_model(path)",
        "keras.models.load_model(path, safe_mode=False)",
        "keras.config.enable_unsafe_deserialization()",
        "eval(text)",
        "exec(text)",
        "archive.extractall(folder)",
        "scipy.io.loadmat(path)",
        "subprocess.run(text, shell=True)",
        "os.system(text)",
        "torch.load(path)",
        "import joblib; joblib.load(path)",
    ],
)
def test_the_check_finds_unsafe_programs(program):
    assert list(dangers(program))


@pytest.mark.parametrize(
    "program",
    [
        "np.load(path, allow_pickle=False)",
        "np.load(path)",
        "scipy.io.loadmat(checked, variable_names=['data'])",
        "keras.saving.load_model(path, compile=False, safe_mode=True)",
        "pickle.dump(thing, file)",
        "class Few(pickle.Unpickler):\n    def find_class(self, module, name): return StandIn()",
        "json.load(file)",
    ],
)
def test_the_check_accepts_safe_programs(program):
    assert not list(dangers(program))


@pytest.fixture
def launched(monkeypatch, tmp_path):
    """The options that Gradio's `launch` receives, without a page and without a server."""
    received = {}
    live = SimpleNamespace(route=lambda: "live")
    page = SimpleNamespace(fns={}, live=live, launch=lambda **options: received.update(options))
    gallery = SimpleNamespace(folder=tmp_path / "gallery")
    opened = {"shoes": SimpleNamespace(gallery=gallery)}, None
    monkeypatch.setattr(layout, "build_page", lambda *_: page)
    monkeypatch.setattr(load, "open_runs", lambda *_: opened)
    return received


def test_the_page_serves_its_thumbnails_only_and_limits_uploads(launched, tmp_path):
    assert command.main([]) == 0
    assert launched["allowed_paths"] == [str(tmp_path / "gallery" / "thumbnails")]
    assert launched["max_file_size"] == "20mb"
    own, first, second, third = launched["app_kwargs"]["middleware"]
    assert own.cls is later_files.LaterFiles
    assert first.cls is request_filter.RequestFilter
    assert second.cls is api_filter.ApiFilter
    assert third.cls is thumbnails.Thumbnails
    assert third.kwargs["folders"] == launched["allowed_paths"]
    assert launched["app_kwargs"]["routes"] == ["live"]


def test_parts_of_the_page_are_served_from_memory_and_nothing_beside_them():
    passed, sent = [], []

    async def app(scope, receive, send):
        passed.append(scope["path"])

    async def send(message):
        sent.append(message)

    files = later_files.LaterFiles(app, {"boards.js": "x"})
    others = ("/later/", "/later/../launch.py", "/later/boards.css", "/later/boards.js/", "/")
    for path in (*others, "/behind/later/boards.js"):
        scope = {"type": "http", "method": "GET", "path": path, "root_path": "/behind"}
        asyncio.run(files(scope, None, send))
    assert passed == [*others]
    assert sent[1]["body"] == b"x"
    assert (b"x-content-type-options", b"nosniff") in sent[0]["headers"]


@pytest.mark.parametrize(
    ("arguments", "warns"),
    [
        (["--share"], True),
        (["--share", "--auth", "me:secret"], False),
        ([], False),
        (["--auth", "me:secret"], False),
    ],
)
def test_share_without_auth_warns(launched, capsys, arguments, warns):
    assert command.main(arguments) == 0
    captured = capsys.readouterr()
    assert ("anybody with the link" in captured.out + captured.err) == warns
    assert "secret" not in captured.out + captured.err
    assert launched["share"] == ("--share" in arguments)
    assert launched["auth"] == (("me", "secret") if "--auth" in arguments else None)


def request(path: str, method: str = "GET", length: object = None, **more: object) -> dict:
    headers = [] if length is None else [(b"content-length", str(length).encode())]
    return {"type": "http", "path": path, "method": method, "headers": headers} | more


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/config",
        "/assets/index-1.js",
        "/static/img/logo.svg",
        "/theme.css",
        "/favicon.ico",
        "/gradio_api/info",
        "/gradio_api/heartbeat/abc",
        "/gradio_api/queue/data",
        "/gradio_api/file=/photos/thumbnails/000000.jpg",
        "/gradio_api/call/find/abc",
        "/gradio_api/startup-events",
        "/gradio_api/login_check",
    ],
)
def test_the_filter_passes_the_routes_of_the_page(path):
    assert request_filter.refusal(request(path)) is None
    assert request_filter.refusal(request(f"/proxy{path}", root_path="/proxy")) is None


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/file=http://example.com/",
        "/gradio_api/file=https://example.com/",
        "/gradio_api/file=HTTPS://example.com/",
        "/gradio_api/file=file:///etc/passwd",
        "/gradio_api/proxy=http://example.com/",
        "/gradio_api/process_recording",
        "/gradio_api/deep_link",
        "/gradio_api/vibe-edit",
        "/gradio_api/component_server",
        "/gradio_api/stream/a/b/1/playlist-file",
        "/gradio_api/dev/reload",
        "/gradio_api/run-history/buckets",
        "/monitoring",
        "/monitoring/abc",
        "/docs",
        "/openapi.json",
        "/.git/config",
    ],
)
def test_the_filter_refuses_other_routes(path):
    assert request_filter.refusal(request(path))[0] == 404


@pytest.mark.parametrize(
    ("length", "status"),
    [
        (1000, None),
        (request_filter.MAX_BODY, None),
        (request_filter.MAX_BODY + 1, 413),
        (None, 411),
        ("-1", 411),
    ],
)
def test_the_filter_limits_the_size_of_a_body(length, status):
    found = request_filter.refusal(request("/gradio_api/upload", "POST", length))
    assert (found and found[0]) == status


def test_the_filter_refuses_uploads_on_a_full_disk(monkeypatch):
    full = SimpleNamespace(free=request_filter.MIN_FREE_DISK - 1)
    monkeypatch.setattr(request_filter.shutil, "disk_usage", lambda _: full)
    assert request_filter.refusal(request("/gradio_api/upload", "POST", 10))[0] == 503
    assert request_filter.refusal(request("/gradio_api/queue/join", "POST", 10)) is None


def test_the_queue_is_limited(gradio, finder):
    page = layout.build_page({"shoes": finder})
    assert page.config["dependencies"]
    assert page._queue.max_size == layout.MAX_QUEUE
