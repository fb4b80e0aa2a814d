"""Hostile requests by plain HTTP to the served page: other files, forged data, overload."""

from __future__ import annotations

import http.client
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.browser.plain_client import PlainClient, picture
from tests.hardening.bad_drawings import PAYLOADS
from tests.hardening.bad_pictures import PICTURES, file_of, shoe
from tests.soak import load as soak_load
from tests.soak.load import drawing, load

MEGABYTE = 1 << 20


@pytest.fixture(scope="module")
def client(served) -> PlainClient:
    return PlainClient(served.url)


@pytest.fixture(scope="module")
def sketch() -> bytes:
    return file_of(shoe())


@pytest.fixture(autouse=True)
def alive_afterwards(client) -> Iterator[None]:
    yield
    assert client.request("/gradio_api/app_id")[0] == 200


FILES = [
    "/etc/passwd",
    "/proc/self/environ",
    "/proc/self/cwd/demo/app.py",
    "{folder}/log.txt",
    "{folder}/first/shoe_000.png",
    "{folder}/first-gallery/gallery.json",
    "{folder}/first-gallery/embeddings.npy",
    "{folder}/first-gallery/thumbnails",
    "{folder}/first-gallery/thumbnails/",
    "{folder}/first-gallery/thumbnails/../gallery.json",
    "{folder}/first-gallery/thumbnails/..%2fgallery.json",
    "{folder}/first-gallery/thumbnails/%2e%2e/gallery.json",
    "{folder}/first-gallery/thumbnails/%252e%252e/gallery.json",
    "{folder}/first-gallery/thumbnails/..%5cgallery.json",
    "{folder}/first-gallery/thumbnails/....//gallery.json",
    "{folder}/first-gallery/thumbnails/000000.jpg/../../gallery.json",
    "{folder}/first-gallery/thumbnails/000000.jpg%00.json",
    "{folder}/first-gallery/thumbnails/link.jpg",
    "{folder}/first-gallery/thumbnails/all/etc/passwd",
    "{folder}/first-gallery/thumbnails/{long}",
    "demo/app.py",
    "./demo/app.py",
    "~/.bashrc",
    "file:///etc/passwd",
    "\\etc\\passwd",
    "//etc/passwd",
    "http://127.0.0.1:{port}/secret",
    "http:/127.0.0.1:{port}/secret",
    "https://example.com/",
    "HTTPS://example.com/",
    "ftp://example.com/",
]


@pytest.fixture(scope="module")
def secret() -> Iterator[tuple[int, list[str]]]:
    """A server that no visitor may reach: its port, and the paths requested from it."""
    requested: list[str] = []

    class Inside(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            requested.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"root: the secret")

        do_HEAD = do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Inside)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, requested
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("path", FILES)
def test_only_thumbnails_are_served_and_nothing_is_fetched(served, client, secret, path):
    port, requested = secret
    thumbnails = served.folder / "first-gallery" / "thumbnails"
    links = {thumbnails / "link.jpg": served.folder / "log.txt", thumbnails / "all": Path("/")}
    for link, target in links.items():  # created after the galleries were checked
        link.symlink_to(target)
    path = path.format(folder=served.folder, port=port, long="a" * 3000)
    try:
        for route in ("/gradio_api/file=", "/gradio_api/file/", "/file="):
            status, found = client.request(f"{route}{quote(path, safe='/%:~')}")
            assert status in (400, 403, 404), (route, status)
            assert b"root:" not in found
            assert b"import" not in found
    finally:
        for link in links:
            link.unlink()
    assert requested == []


@pytest.mark.parametrize(
    "path",
    [
        "/static/../../../../etc/passwd",
        "/static/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
        "/assets/..%2f..%2f..%2fetc/passwd",
        "/assets//etc/passwd",
        "/svelte/../../../etc/passwd",
        "/custom_component/1/client/component/../../../etc/passwd",
        "/gradio_api/custom_component/1/client/component/style.css",
        "/gradio_api/proxy=http://127.0.0.1:{port}/secret",
        "/gradio_api/deep_link?session_hash=a",
        "/gradio_api/stream/a/b/1/playlist-file",
        "/gradio_api/run-history/buckets",
        "/monitoring",
        "/docs",
        "/openapi.json",
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
    ],
)
def test_other_routes_are_refused(client, secret, path):
    port, requested = secret
    status, found = client.request(path.format(port=port))
    assert status in (400, 403, 404, 405)
    assert b"root:" not in found
    assert requested == []


@pytest.mark.parametrize("path", ["process_recording", "vibe-edit", "component_server"])
def test_no_other_route_accepts_files(client, path):
    assert client.request(f"/gradio_api/{path}", b"x" * 1000)[0] == 404


def test_uploads_are_limited_in_size(client):
    assert client.upload(("a.png", bytes(20 * MEGABYTE + 1)))[0] == 413
    many = [(f"{number}.png", bytes(MEGABYTE)) for number in range(25)]
    assert client.upload(*many)[0] == 413
    status, _ = client.request(
        "/gradio_api/upload", b"", Content_Type="multipart/form-data; boundary=a"
    )
    assert status in (200, 400)


def test_a_body_of_unknown_length_is_refused(client):
    connection = http.client.HTTPConnection(client.address, timeout=60)
    connection.putrequest("POST", "/gradio_api/upload")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    assert connection.getresponse().status == 411
    connection.close()


@pytest.mark.parametrize(
    "name", ["../../../evil.png", "/etc/evil.png", "a\\..\\evil.png", "x" * 300]
)
def test_the_name_of_an_upload_cannot_choose_another_folder(client, sketch, name):
    status, found = client.upload((name, sketch))
    if status == 200:
        (path,) = json.loads(found)
        parent = Path(path).resolve().parent
        assert len(parent.name) == 64  # the hash that Gradio stores it under
        assert client.call("find", picture(path), 3, "")[0] == 200


PICTURES_TRIED = [name for name in PICTURES if not name.startswith(("megapixels_39", "rotated"))]


@pytest.mark.parametrize("name", PICTURES_TRIED)
def test_every_bad_picture_is_answered_or_reported_and_removed(client, name):
    status, found, path = client.find(PICTURES[name][1](), name)
    assert status == 200 or (status == 422 and found.startswith("expected "))
    assert not path.exists()


def test_a_picture_removed_by_another_request_is_reported_in_one_line(client, sketch):
    status, _, path = client.find(sketch, "same.png")
    assert status == 200
    status, error = client.call("find", picture(str(path)), 3, "")
    assert status == 422
    assert error.startswith("expected the path of an uploaded image")


@pytest.mark.parametrize("name", PAYLOADS)
def test_every_forged_record_is_reported_in_one_line(client, name):
    status, error = client.call("find", None, 3, PAYLOADS[name]())
    assert status == 422
    assert "expected" in error


@pytest.mark.parametrize(
    "image",
    [
        picture("/etc/passwd"),
        picture("{thumbnail}"),
        picture("http://127.0.0.1:{port}/secret"),
        picture("", url="http://127.0.0.1:{port}/secret"),
        picture("a.png", url="file:///etc/passwd"),
        {"path": "/etc/passwd"},
        "/etc/passwd",
        ["/etc/passwd"],
        {"__type__": "x"},
        7,
    ],
    ids=str,
)
def test_a_file_that_was_not_uploaded_is_neither_read_nor_removed(served, client, secret, image):
    port, requested = secret
    thumbnail = served.folder / "first-gallery" / "thumbnails" / "000001.jpg"
    text = json.dumps(image).replace("{thumbnail}", str(thumbnail)).replace("{port}", str(port))
    status, error = client.call("find", json.loads(text), 3, "")
    assert status == 422
    assert "root:" not in error
    assert thumbnail.is_file()
    assert requested == []


@pytest.mark.parametrize(
    "data",
    [[], [None], [None, "a", ""], [None, {}, ""], [None, 3, [1]], [None, 3, {"a": 1}], [None] * 50],
    ids=str,
)
def test_calls_of_another_shape_are_errors(client, data):
    assert client.call("find", *data)[0] == 422


def test_private_events_are_not_for_other_programs(client):
    info = json.loads(client.request("/gradio_api/info")[1])
    assert set(info["named_endpoints"]) == {"/find", "/embed", "/suggest", "/gallery"}
    config = client.request("/config")[1].decode()
    assert "/etc" not in config


def test_five_visitors_at_once_get_their_own_results(served, monkeypatch):
    """The short form of `python -m tests.soak.load`."""
    monkeypatch.setattr(soak_load, "SECONDS_PER_STROKE", (0.1, 0.4))
    tally = load(served.url, users=5, seconds=3)
    assert tally.errors == []
    assert tally.wrong == []
    assert len(tally.seconds) >= 5
    assert tally.distinct > 0.5, "equal answers would hide a mistake"


def test_the_load_test_notices_an_answer_for_another_visitor(served, monkeypatch):
    monkeypatch.setattr(soak_load, "SECONDS_PER_STROKE", (0.0, 0.1))
    drawn = iter([0, 1])  # first alone; then, with the others, shoe 2
    monkeypatch.setattr(soak_load, "drawing", lambda user: drawing(next(drawn, 2)))
    assert load(served.url, users=2, seconds=2).wrong


@pytest.mark.slow
def test_a_visitor_who_waits_sees_that_the_search_is_queued(open_page):
    visitor = open_page()
    held = []
    visitor.page.route("**/gradio_api/live", lambda route: held.append(route))
    visitor.page.evaluate("rows => window.sketchnet.put(rows)", [[[100, 600], [100, 600]]])
    visitor.until(lambda: bool(held))
    assert visitor.page.locator("#queued").is_hidden()
    visitor.page.wait_for_selector("#queued:has-text('Your search is queued')")
    held[0].continue_()
    visitor.until(lambda: len(visitor.shoes()) == 10)
    visitor.until(lambda: visitor.page.locator("#queued").is_hidden())
