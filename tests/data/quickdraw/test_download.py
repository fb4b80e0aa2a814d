"""Downloads from a loopback server that can cut off, forget ranges, change and refuse."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

import pytest

from sketchnet.data.quickdraw.download import KINDS, OFFICIAL_URL, download_categories
from sketchnet.utils.errors import InputError

CONTENT = bytes(range(256)) * 3000  # several blocks


class Storage(ThreadingHTTPServer):
    """Files by path, and what is to go wrong with the next answers."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.files: dict[str, bytes] = {}
        self.etag: str | None = '"one"'
        self.ranges = True
        self.cut_after: list[int] = []
        self.fail_with: list[int] = []
        self.requests: list[tuple[str, str, str | None]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is no news."""


class Handler(BaseHTTPRequestHandler):
    server: Storage

    def log_message(self, *args: object) -> None:
        pass

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        server, name = self.server, unquote(self.path)
        asked = self.headers.get("Range")
        server.requests.append((self.command, name, asked))
        if server.fail_with and self.command == "GET":
            self.send_error(server.fail_with.pop(0))
            return
        if name not in server.files:
            self.send_error(404)
            return
        content = whole = server.files[name]
        status = 200
        if_range = self.headers.get("If-Range")
        if asked and server.ranges and if_range in (None, server.etag):
            start = int(asked.removeprefix("bytes=").rstrip("-"))
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
        self.wfile.write(content)


@pytest.fixture
def storage() -> Iterator[Storage]:
    server = Storage()
    server.files["/full/simplified/apple.ndjson"] = CONTENT
    server.files["/full/simplified/flip flops.ndjson"] = b"flip"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def fetch(storage: Storage, out: Path, *names: str, **options) -> tuple[Path, ...]:
    options = {"base_url": storage.url, "pause": 0.0, "progress": lambda *_: None} | options
    return download_categories(names or ["apple"], out, **options)


def asked(storage: Storage) -> list[str | None]:
    return [ranged for command, _, ranged in storage.requests if command == "GET"]


def files_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_files_arrive_whole_under_their_names(storage: Storage, tmp_path: Path) -> None:
    paths = fetch(storage, tmp_path / "new", "apple", "Flip_flops")
    assert [path.name for path in paths] == ["apple.ndjson", "flip flops.ndjson"]
    assert [path.read_bytes() for path in paths] == [CONTENT, b"flip"]
    assert files_in(tmp_path / "new") == ["apple.ndjson", "flip flops.ndjson"]


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_has_its_place(storage: Storage, tmp_path: Path, kind: str) -> None:
    for place in KINDS.values():
        storage.files["/" + place.format("The Mona Lisa")] = place.encode()
    (path,) = fetch(storage, tmp_path, "The Mona Lisa", kind=kind)
    assert path.read_bytes() == KINDS[kind].encode()
    assert path.stem == "The Mona Lisa"


def test_what_is_there_is_not_fetched_again(storage: Storage, tmp_path: Path) -> None:
    fetch(storage, tmp_path)
    storage.requests.clear()
    fetch(storage, tmp_path)
    assert [command for command, _, _ in storage.requests] == ["HEAD"]


def test_a_file_of_the_wrong_size_is_fetched_again(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "apple.ndjson").write_bytes(CONTENT[:1000])
    (path,) = fetch(storage, tmp_path)
    assert path.read_bytes() == CONTENT


def test_a_cut_connection_goes_on_where_it_ended(storage: Storage, tmp_path: Path) -> None:
    storage.cut_after = [300_000, 5]
    (path,) = fetch(storage, tmp_path)
    assert path.read_bytes() == CONTENT
    assert asked(storage) == [None, "bytes=300000-", "bytes=300005-"]


def test_many_cuts_do_not_matter_while_bytes_come(storage: Storage, tmp_path: Path) -> None:
    storage.cut_after = [50_000] * 12
    (path,) = fetch(storage, tmp_path)
    assert path.read_bytes() == CONTENT
    assert len(asked(storage)) == 13


def test_a_later_call_goes_on(storage: Storage, tmp_path: Path) -> None:
    storage.cut_after = [400_000, 0, 0, 0, 0, 0]
    with pytest.raises(InputError, match="ended early"):
        fetch(storage, tmp_path)
    assert files_in(tmp_path) == ["apple.ndjson.part", "apple.ndjson.part.json"]
    storage.cut_after = []
    storage.requests.clear()
    (path,) = fetch(storage, tmp_path)
    assert path.read_bytes() == CONTENT
    assert asked(storage) == ["bytes=400000-"]
    assert files_in(tmp_path) == ["apple.ndjson"]


@pytest.mark.parametrize("etag", ['"two"', None, 'W/"weak"'])
def test_a_file_that_changed_meanwhile_is_begun_anew(
    storage: Storage, tmp_path: Path, etag: str | None
) -> None:
    storage.cut_after = [400_000, 0, 0, 0, 0, 0]
    if etag != '"two"':
        storage.etag = etag
    with pytest.raises(InputError):
        fetch(storage, tmp_path)
    changed = CONTENT[::-1] + b"longer"
    storage.etag, storage.cut_after = etag, []
    storage.files["/full/simplified/apple.ndjson"] = changed
    (path,) = fetch(storage, tmp_path)
    assert path.read_bytes() == changed


def test_a_server_without_ranges_sends_it_all(storage: Storage, tmp_path: Path) -> None:
    storage.ranges, storage.cut_after = False, [400_000]
    (path,) = fetch(storage, tmp_path)
    assert path.read_bytes() == CONTENT
    assert asked(storage) == [None, "bytes=400000-"]


def test_a_part_that_was_whole_already(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "apple.ndjson.part").write_bytes(CONTENT)
    mark = {"version": '"one"', "size": len(CONTENT)}
    (tmp_path / "apple.ndjson.part.json").write_text(json.dumps(mark))
    (path,) = fetch(storage, tmp_path)
    assert path.read_bytes() == CONTENT
    assert files_in(tmp_path) == ["apple.ndjson"]


@pytest.mark.parametrize("mark", [None, "broken", '{"size": 1}'])
def test_a_part_of_unknown_origin_is_not_trusted(
    storage: Storage, tmp_path: Path, mark: str | None
) -> None:
    (tmp_path / "apple.ndjson.part").write_bytes(b"something else")
    if mark is not None:
        (tmp_path / "apple.ndjson.part.json").write_text(mark)
    (path,) = fetch(storage, tmp_path)
    assert path.read_bytes() == CONTENT
    assert asked(storage) == [None]


def test_a_part_longer_than_the_file_is_begun_anew(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "apple.ndjson.part").write_bytes(CONTENT + b"more")
    mark = {"version": '"one"', "size": len(CONTENT)}
    (tmp_path / "apple.ndjson.part.json").write_text(json.dumps(mark))
    (path,) = fetch(storage, tmp_path)
    assert path.read_bytes() == CONTENT


def test_passing_faults_are_tried_again(storage: Storage, tmp_path: Path) -> None:
    storage.fail_with = [503, 429]
    (path,) = fetch(storage, tmp_path)
    assert path.read_bytes() == CONTENT


def test_lasting_faults_are_told_in_one_line(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="404") as refused:
        fetch(storage, tmp_path, "pear")
    assert len(asked(storage)) == 1
    storage.fail_with = [500] * 9
    with pytest.raises(InputError, match="500") as failed:
        fetch(storage, tmp_path)
    for told in (refused, failed):
        assert "\n" not in str(told.value)
    assert "check the network" in str(failed.value)


def test_offline_is_told_in_one_line(storage: Storage, tmp_path: Path) -> None:
    fetch(storage, tmp_path, "apple")
    closed = "http://127.0.0.1:1"
    with pytest.raises(InputError, match="check the network") as told:
        fetch(storage, tmp_path, "pear", base_url=closed)
    assert "\n" not in str(told.value)
    assert str(tmp_path) in str(told.value)
    # What is here already serves without a network.
    (path,) = fetch(storage, tmp_path, "apple", base_url=closed)
    assert path.read_bytes() == CONTENT


def test_wrong_arguments_ask_nothing_of_the_server(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="banana"):
        fetch(storage, tmp_path, "apple", "bananna")
    with pytest.raises(InputError, match="kind"):
        fetch(storage, tmp_path, kind="svg")
    assert storage.requests == []
    assert OFFICIAL_URL.startswith("https://")


def test_progress_goes_up_to_the_whole(storage: Storage, tmp_path: Path) -> None:
    calls: list[tuple[str, int, int | None]] = []
    storage.cut_after = [300_000]
    fetch(storage, tmp_path, progress=lambda *call: calls.append(call))
    assert {name for name, _, _ in calls} == {"apple.ndjson"}
    assert [here for _, here, _ in calls] == sorted(here for _, here, _ in calls)
    assert calls[-1][1:] == (len(CONTENT), len(CONTENT))


def test_progress_is_a_line_on_stderr(storage: Storage, tmp_path: Path, capsys) -> None:
    fetch(storage, tmp_path, progress=None)
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.endswith("apple.ndjson: 0.8 of 0.8 MB\n")
