"""The served page among people who pry, forge and overload, by plain HTTP against a live server."""

from __future__ import annotations

import http.client
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest

from tests.hardening.bad_drawings import PAYLOADS
from tests.hardening.bad_pictures import PICTURES, file_of, shoe
from tests.soak.load import drawing, load

MEGABYTE = 1 << 20


class Line:
    """A connection that sends what it is told, untouched by any client's manners."""

    def __init__(self, url: str) -> None:
        self.place = urlsplit(url).netloc

    def ask(self, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """Status and content; the path goes out byte for byte."""
        connection = http.client.HTTPConnection(self.place, timeout=60)
        try:
            method = "GET" if body is None else "POST"
            connection.putrequest(method, path, skip_accept_encoding=True)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders()
            try:
                if body is not None:
                    connection.send(body)
            except OSError:  # the server need not hear a refused body to its end
                pass
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def upload(self, *files: tuple[str, bytes]) -> tuple[int, bytes]:
        head = '--cut\r\nContent-Disposition: form-data; name="files"; filename="{}"\r\n\r\n'
        parts = [head.format(name).encode() + content + b"\r\n" for name, content in files]
        body = b"".join(parts) + b"--cut--\r\n"
        return self.ask(
            "/gradio_api/upload", body, Content_Type="multipart/form-data; boundary=cut"
        )

    def call(self, endpoint: str, *data: object) -> str:
        """The events that an endpoint answers with, as text."""
        body = json.dumps({"data": data}).encode()
        status, found = self.ask(
            f"/gradio_api/call/{endpoint}", body, Content_Type="application/json"
        )
        assert status == 200, found
        event = json.loads(found)["event_id"]
        return self.ask(f"/gradio_api/call/{endpoint}/{event}")[1].decode()

    def find(self, content: bytes, name: str = "sketch.png") -> tuple[str, Path]:
        """What `/find` answers to an uploaded file, and where the file lay."""
        status, found = self.upload((name, content))
        assert status == 200, found
        (path,) = json.loads(found)
        return self.call("find", picture(path), 3, ""), Path(path)


def picture(path: str, **more: object) -> dict:
    return {"path": path, "meta": {"_type": "gradio.FileData"}} | more


@pytest.fixture(scope="module")
def line(served) -> Line:
    return Line(served.url)


@pytest.fixture(scope="module")
def sketch() -> bytes:
    return file_of(shoe())


@pytest.fixture(autouse=True)
def alive_afterwards(line, sketch) -> Iterator[None]:
    yield
    answer, _ = line.find(sketch)
    assert "event: complete" in answer


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
    """A server inside, which no visitor may reach: its port, and what it was asked for."""
    asked: list[str] = []

    class Inside(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"root: the secret")

        do_HEAD = do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Inside)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port, asked
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("path", FILES)
def test_no_file_but_thumbnails_is_served_and_nothing_is_fetched(served, line, secret, path):
    port, asked = secret
    thumbnails = served.folder / "first-gallery" / "thumbnails"
    links = {thumbnails / "link.jpg": served.folder / "log.txt", thumbnails / "all": Path("/")}
    for link, target in links.items():  # made after the start: later nobody looks for them
        link.symlink_to(target)
    path = path.format(folder=served.folder, port=port, long="a" * 3000)
    try:
        for route in ("/gradio_api/file=", "/gradio_api/file/", "/file="):
            status, found = line.ask(f"{route}{quote(path, safe='/%:~')}")
            assert status in (400, 403, 404), (route, status)
            assert b"root:" not in found
            assert b"import" not in found
    finally:
        for link in links:
            link.unlink()
    assert asked == []


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
def test_other_routes_lead_nowhere(line, secret, path):
    port, asked = secret
    status, found = line.ask(path.format(port=port))
    assert status in (400, 403, 404, 405)
    assert b"root:" not in found
    assert asked == []


@pytest.mark.parametrize("path", ["process_recording", "vibe-edit", "component_server"])
def test_nothing_else_takes_files(line, path):
    assert line.ask(f"/gradio_api/{path}", b"x" * 1000)[0] == 404


def test_uploads_are_limited_in_size_each_and_together(line):
    assert line.upload(("a.png", bytes(20 * MEGABYTE + 1)))[0] == 413
    many = [(f"{number}.png", bytes(MEGABYTE)) for number in range(25)]
    assert line.upload(*many)[0] == 413
    status, _ = line.ask("/gradio_api/upload", b"", Content_Type="multipart/form-data; boundary=a")
    assert status in (200, 400)


def test_a_body_of_unknown_length_is_refused(line):
    connection = http.client.HTTPConnection(line.place, timeout=60)
    connection.putrequest("POST", "/gradio_api/upload")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    assert connection.getresponse().status == 411
    connection.close()


@pytest.mark.parametrize(
    "name", ["../../../evil.png", "/etc/evil.png", "a\\..\\evil.png", "x" * 300]
)
def test_the_name_of_an_upload_leads_nowhere_else(line, sketch, name):
    status, found = line.upload((name, sketch))
    if status == 200:
        (path,) = json.loads(found)
        parent = Path(path).resolve().parent
        assert len(parent.name) == 64  # the hash that Gradio files it under
        assert "event: complete" in line.call("find", picture(path), 3, "")


SOME = [name for name in PICTURES if not name.startswith(("megapixels_39", "turned"))]


@pytest.mark.parametrize("name", SOME)
def test_every_bad_picture_is_an_answer_or_one_line_and_is_removed(line, name):
    answer, path = line.find(PICTURES[name][1](), name)
    assert "event: complete" in answer or "expected" in answer
    assert "Traceback" not in answer
    assert not path.exists()


def test_a_picture_that_another_took_away_is_one_line(line, sketch):
    answer, path = line.find(sketch, "same.png")
    assert "event: complete" in answer
    answer = line.call("find", picture(str(path)), 3, "")
    assert "event: error" in answer
    assert "Traceback" not in answer


@pytest.mark.parametrize("name", PAYLOADS)
def test_every_forged_record_is_one_line(line, name):
    answer = line.call("find", None, 3, PAYLOADS[name]())
    assert "event: error" in answer
    assert "expected" in answer


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
def test_a_file_that_was_not_uploaded_is_neither_read_nor_removed(served, line, secret, image):
    port, asked = secret
    thumbnail = served.folder / "first-gallery" / "thumbnails" / "000001.jpg"
    text = json.dumps(image).replace("{thumbnail}", str(thumbnail)).replace("{port}", str(port))
    answer = line.call("find", json.loads(text), 3, "")
    assert "event: error" in answer
    assert "root:" not in answer
    assert thumbnail.is_file()
    assert asked == []


@pytest.mark.parametrize(
    "data",
    [[], [None], [None, "a", ""], [None, {}, ""], [None, 3, [1]], [None, 3, {"a": 1}], [None] * 50],
    ids=str,
)
def test_calls_of_another_shape_are_errors(line, data):
    assert "event: error" in line.call("find", *data)


def test_private_events_are_not_for_other_programs(line):
    info = json.loads(line.ask("/gradio_api/info")[1])
    assert set(info["named_endpoints"]) == {"/find", "/embed", "/suggest"}
    config = line.ask("/config")[1].decode()
    assert "/etc" not in config


def test_five_at_once_get_their_own_shoes(served, monkeypatch):
    """The short form of `python -m tests.soak.load`."""
    monkeypatch.setattr("tests.soak.load.STROKE", (0.1, 0.4))
    tally = load(served.url, users=5, seconds=3)
    assert tally.errors == []
    assert tally.foreign == []
    assert len(tally.seconds) >= 5
    assert tally.distinct > 0.5, "answers that are all alike would hide a mistake"


def test_it_would_see_an_answer_of_somebody_else(served, monkeypatch):
    monkeypatch.setattr("tests.soak.load.STROKE", (0.0, 0.1))
    asked = iter([0, 1])  # alone; with the others, shoe 2 is drawn
    monkeypatch.setattr("tests.soak.load.drawing", lambda user: drawing(next(asked, 2)))
    assert load(served.url, users=2, seconds=2).foreign


@pytest.mark.slow
def test_who_waits_long_is_told_of_the_queue(open_desk):
    desk = open_desk()
    held = []
    desk.page.route("**/queue/join*", lambda route: held.append(route))
    desk.page.evaluate("rows => window.sketchnet.put(rows)", [[[100, 600], [100, 600]]])
    desk.until(lambda: bool(held))
    assert desk.page.locator("#queued").is_hidden()
    desk.page.wait_for_selector("#queued:has-text('Your turn will come')")
    held[0].continue_()
    desk.until(lambda: len(desk.shoes()) == 10)
    desk.until(lambda: desk.page.locator("#queued").is_hidden())
