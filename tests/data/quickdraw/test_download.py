"""Downloads from a loopback server that cuts off, ignores ranges, changes files and refuses."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from sketchnet.data.quickdraw.download import KINDS, OFFICIAL_URL, download_categories
from sketchnet.utils.errors import InputError
from tests.data.quickdraw.storage_server import Storage, serve_storage

CONTENT = bytes(range(256)) * 3000  # several blocks


@pytest.fixture
def storage() -> Iterator[Storage]:
    with serve_storage() as server:
        server.files["/full/simplified/apple.ndjson"] = CONTENT
        server.files["/full/simplified/flip flops.ndjson"] = b"flip"
        yield server


def fetch(storage: Storage, out: Path, *names: str, **options) -> tuple[Path, ...]:
    options = {"base_url": storage.url, "pause": 0.0, "progress": lambda *_: None} | options
    return download_categories(names or ["apple"], out, **options)


def ranges(storage: Storage) -> list[str | None]:
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


def test_a_file_that_is_there_is_not_downloaded_again(storage: Storage, tmp_path: Path) -> None:
    fetch(storage, tmp_path)
    storage.requests.clear()
    fetch(storage, tmp_path)
    assert [command for command, _, _ in storage.requests] == ["HEAD"]


def test_a_file_of_the_wrong_size_is_downloaded_again(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "apple.ndjson").write_bytes(CONTENT[:1000])
    (path,) = fetch(storage, tmp_path)
    assert path.read_bytes() == CONTENT


def test_a_cut_connection_is_resumed(storage: Storage, tmp_path: Path) -> None:
    storage.cut_after = [300_000, 5]
    (path,) = fetch(storage, tmp_path)
    assert path.read_bytes() == CONTENT
    assert ranges(storage) == [None, "bytes=300000-", "bytes=300005-"]


def test_any_number_of_cuts_is_resumed_while_bytes_arrive(storage: Storage, tmp_path: Path) -> None:
    storage.cut_after = [50_000] * 12
    (path,) = fetch(storage, tmp_path)
    assert path.read_bytes() == CONTENT
    assert len(ranges(storage)) == 13


def test_a_later_call_resumes(storage: Storage, tmp_path: Path) -> None:
    storage.cut_after = [400_000, 0, 0, 0, 0, 0]
    with pytest.raises(InputError, match="ended early"):
        fetch(storage, tmp_path)
    assert files_in(tmp_path) == ["apple.ndjson.part", "apple.ndjson.part.json"]
    storage.cut_after = []
    storage.requests.clear()
    (path,) = fetch(storage, tmp_path)
    assert path.read_bytes() == CONTENT
    assert ranges(storage) == ["bytes=400000-"]
    assert files_in(tmp_path) == ["apple.ndjson"]


@pytest.mark.parametrize("etag", ['"two"', None, 'W/"weak"'])
def test_a_file_that_has_changed_is_started_again(
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


def test_a_server_without_ranges_sends_the_whole_file(storage: Storage, tmp_path: Path) -> None:
    storage.ranges, storage.cut_after = False, [400_000]
    (path,) = fetch(storage, tmp_path)
    assert path.read_bytes() == CONTENT
    assert ranges(storage) == [None, "bytes=400000-"]


def test_a_part_that_is_already_whole(storage: Storage, tmp_path: Path) -> None:
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
    assert ranges(storage) == [None]


def test_a_part_longer_than_the_file_is_started_again(storage: Storage, tmp_path: Path) -> None:
    (tmp_path / "apple.ndjson.part").write_bytes(CONTENT + b"more")
    mark = {"version": '"one"', "size": len(CONTENT)}
    (tmp_path / "apple.ndjson.part.json").write_text(json.dumps(mark))
    (path,) = fetch(storage, tmp_path)
    assert path.read_bytes() == CONTENT


def test_temporary_errors_are_retried(storage: Storage, tmp_path: Path) -> None:
    storage.fail_with = [503, 429]
    (path,) = fetch(storage, tmp_path)
    assert path.read_bytes() == CONTENT


def test_permanent_errors_are_one_line(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="404") as refused:
        fetch(storage, tmp_path, "pear")
    assert len(ranges(storage)) == 1
    storage.fail_with = [500] * 9
    with pytest.raises(InputError, match="500") as failed:
        fetch(storage, tmp_path)
    for error in (refused, failed):
        assert "\n" not in str(error.value)
    assert "check the network" in str(failed.value)


def test_no_network_is_one_line_and_files_still_serve(storage: Storage, tmp_path: Path) -> None:
    fetch(storage, tmp_path, "apple")
    closed = "http://127.0.0.1:1"
    with pytest.raises(InputError, match="check the network") as error:
        fetch(storage, tmp_path, "pear", base_url=closed)
    assert "\n" not in str(error.value)
    assert str(tmp_path) in str(error.value)
    (path,) = fetch(storage, tmp_path, "apple", base_url=closed)
    assert path.read_bytes() == CONTENT


def test_wrong_arguments_send_no_request(storage: Storage, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="banana"):
        fetch(storage, tmp_path, "apple", "bananna")
    with pytest.raises(InputError, match="kind"):
        fetch(storage, tmp_path, kind="svg")
    assert storage.requests == []
    assert OFFICIAL_URL.startswith("https://")


def test_progress_rises_to_the_total(storage: Storage, tmp_path: Path) -> None:
    calls: list[tuple[str, int, int | None]] = []
    storage.cut_after = [300_000]
    fetch(storage, tmp_path, progress=lambda *call: calls.append(call))
    assert {name for name, _, _ in calls} == {"apple.ndjson"}
    assert [here for _, here, _ in calls] == sorted(here for _, here, _ in calls)
    assert calls[-1][1:] == (len(CONTENT), len(CONTENT))


def test_progress_is_a_line_on_stderr(storage: Storage, tmp_path: Path, capsys) -> None:
    fetch(storage, tmp_path, progress=None)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == "apple.ndjson 768kB/768kB\n"


# The first drawings of each category.

LINES = [b'{"key_id": "%d", "drawing": "%s"}\n' % (i, b"x" * (50 + i % 300)) for i in range(4000)]


@pytest.fixture
def lines(storage: Storage) -> Storage:
    storage.files["/full/simplified/apple.ndjson"] = b"".join(LINES)
    return storage


def first(n: int) -> bytes:
    return b"".join(LINES[:n])


def test_the_first_drawings_are_whole_lines_and_the_rest_is_not_sent(
    lines: Storage, tmp_path: Path
) -> None:
    size = 64 << 20
    whole = first(4000)
    lines.files["/full/simplified/apple.ndjson"] = (whole * (1 + size // len(whole)))[:size]
    (path,) = fetch(lines, tmp_path, per_category=20)
    assert path.read_bytes() == first(20)
    assert files_in(tmp_path) == ["apple.ndjson", "apple.ndjson.partial.json"]
    assert lines.sent < size / 4  # what fits into the buffers of the connection


def test_enough_drawings_need_no_network(lines: Storage, tmp_path: Path) -> None:
    fetch(lines, tmp_path, per_category=20)
    (path,) = fetch(lines, tmp_path, per_category=15, base_url="http://127.0.0.1:1")
    assert path.read_bytes() == first(20)


@pytest.mark.parametrize("wanted", [21, 1500, 4000, 9000, None])
def test_a_larger_number_continues_where_the_first_ended(
    lines: Storage, tmp_path: Path, wanted: int | None
) -> None:
    fetch(lines, tmp_path, per_category=20)
    lines.requests.clear()
    (path,) = fetch(lines, tmp_path, per_category=wanted)
    assert path.read_bytes() == first(4000 if wanted is None else wanted)
    assert ranges(lines) == [f"bytes={len(first(20))}-"]
    is_whole = wanted is None or wanted >= 4000
    assert files_in(tmp_path) == ["apple.ndjson", *(["apple.ndjson.partial.json"] * (not is_whole))]


def test_a_cut_connection_of_the_first_drawings_is_resumed(lines: Storage, tmp_path: Path) -> None:
    lines.cut_after = [50_000, 70_001]
    (path,) = fetch(lines, tmp_path, per_category=2000)
    assert path.read_bytes() == first(2000)
    assert ranges(lines) == [None, "bytes=50000-", "bytes=120001-"]


def test_the_first_drawings_of_a_file_that_has_changed_are_downloaded_again(
    lines: Storage, tmp_path: Path
) -> None:
    fetch(lines, tmp_path, per_category=20)
    lines.etag = '"two"'
    lines.files["/full/simplified/apple.ndjson"] = b"".join(LINES[::-1])
    (path,) = fetch(lines, tmp_path, per_category=30)
    assert path.read_bytes() == b"".join(LINES[::-1][:30])


def test_the_first_drawings_of_a_part_leave_the_part(lines: Storage, tmp_path: Path) -> None:
    """A whole download was stopped; then a few drawings are wanted at once, then the whole."""
    lines.cut_after = [400_000, 0, 0, 0, 0, 0]
    with pytest.raises(InputError):
        fetch(lines, tmp_path)
    lines.cut_after = []
    lines.requests.clear()
    (path,) = fetch(lines, tmp_path, per_category=100)
    assert path.read_bytes() == first(100)
    assert ranges(lines) == []
    (path,) = fetch(lines, tmp_path)
    assert path.read_bytes() == first(4000)
    assert ranges(lines) == ["bytes=400000-"]
    assert files_in(tmp_path) == ["apple.ndjson"]


def test_a_crash_before_the_mark_downloads_the_file_again(lines: Storage, tmp_path: Path) -> None:
    fetch(lines, tmp_path, per_category=20)
    (tmp_path / "apple.ndjson.partial.json").unlink()
    (path,) = fetch(lines, tmp_path, per_category=40)
    assert path.read_bytes() == first(40)
    assert ranges(lines)[-1] is None


def test_a_whole_file_with_fewer_drawings_is_enough(storage: Storage, tmp_path: Path) -> None:
    storage.files["/full/simplified/apple.ndjson"] = first(5).rstrip(b"\n")
    (path,) = fetch(storage, tmp_path, per_category=9)
    assert path.read_bytes() == first(5).rstrip(b"\n")
    assert files_in(tmp_path) == ["apple.ndjson"]


def test_files_without_lines_have_no_first_drawings(storage: Storage, tmp_path: Path) -> None:
    for options in ({"kind": "binary", "per_category": 5}, {"per_category": 0}):
        with pytest.raises(InputError, match="of kind simplified or raw"):
            fetch(storage, tmp_path, **options)
    assert storage.requests == []
