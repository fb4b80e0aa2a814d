"""The `.ndjson` reader against hand-written lines, broken ones, and the real files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sketchnet.data.quickdraw.items import DoodleItem, Problems
from sketchnet.data.quickdraw.ndjson import LONGEST_LINE, holds_times, read_ndjson

SQUARE = [[[0, 255, 255], [0, 0, 255]], [[10], [20]]]


def line(**changes: object) -> bytes:
    fields: dict[str, object] = {
        "word": "apple",
        "countrycode": "US",
        "timestamp": "2017-03-08 21:12:07.26604 UTC",
        "recognized": True,
        "key_id": "5152802093400064",
        "drawing": SQUARE,
    }
    fields |= changes
    return json.dumps({k: v for k, v in fields.items() if v is not None}).encode() + b"\n"


def read(path: Path, content: bytes) -> tuple[list[DoodleItem], tuple[str, ...]]:
    path.write_bytes(content)
    problems = Problems()
    return list(read_ndjson(path, "pear", problems)), problems.messages()


def test_a_line_becomes_a_drawing(tmp_path: Path) -> None:
    (item,), problems = read(tmp_path / "apple.ndjson", line())
    assert (item.key_id, item.word, item.recognized) == ("5152802093400064", "apple", True)
    assert item.timestamp == pytest.approx(1489007527.26604)
    assert item.drawing is not None
    np.testing.assert_array_equal(item.drawing[0], [[0, 0], [255, 0], [255, 255]])
    np.testing.assert_array_equal(item.drawing[1], [[10, 20]])
    assert item.bitmap is None
    assert problems == ()


def test_raw_lines_lose_their_times(tmp_path: Path) -> None:
    raw = [[[1.5, 2.5], [3.5, 4.5], [0, 16]]]
    path = tmp_path / "x.ndjson"
    (item,), _ = read(path, line(drawing=raw))
    assert item.drawing is not None
    np.testing.assert_array_equal(item.drawing[0], [[1.5, 3.5], [2.5, 4.5]])
    assert holds_times(path)
    read(path, b"broken\n" + line())
    assert not holds_times(path)


def test_what_a_line_leaves_out_is_assumed(tmp_path: Path) -> None:
    bare = line(word=None, timestamp=None, recognized=None, key_id=None)
    (first, again), _ = read(tmp_path / "x.ndjson", bare + bare)
    assert first.word == "pear"  # from the file's name
    assert first.recognized
    assert first.timestamp is None
    assert first.key_id.startswith("content-")
    assert first.key_id == again.key_id


def test_odd_but_sound_lines(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + line(key_id=17) + b"\r\n  \n"
    content += line(key_id="18", drawing=json.dumps(SQUARE), timestamp="soon")
    content += line(key_id="19", recognized=False)
    items, problems = read(tmp_path / "x.ndjson", content)
    assert [item.key_id for item in items] == ["17", "18", "19"]
    assert [item.recognized for item in items] == [True, True, False]
    assert problems == ()


@pytest.mark.parametrize(
    "broken",
    [
        b"not json\n",
        b"[1, 2]\n",
        b'{"word": "apple"}\n',
        b"\xff\xfe\xfa\n",
        b"[" * 100_000 + b"\n",
        line(drawing=7),
        line(drawing=[[[1, 2], [1]]]),
        line(drawing=[[["a"], ["b"]]]),
        line(drawing=[[[1, 2]]]),
        line(drawing="[[["),
        line(drawing={"x": [1]}),
    ],
)
def test_a_broken_line_is_counted_and_skipped(tmp_path: Path, broken: bytes) -> None:
    items, problems = read(tmp_path / "x.ndjson", line(key_id="1") + broken + line(key_id="2"))
    assert [item.key_id for item in items] == ["1", "2"]
    assert len(problems) == 1
    assert "broken line, 1 skipped (first: line 2)" in problems[0]


def test_drawings_without_a_point_are_counted(tmp_path: Path) -> None:
    empty = line(drawing=[]) + line(drawing=[[[], []]]) + line(drawing=[[[float("nan")], [1]]])
    items, problems = read(tmp_path / "x.ndjson", empty + line())
    assert len(items) == 1
    assert "empty drawing, 3 skipped" in problems[0]


def test_a_truncated_file_keeps_its_whole_lines(tmp_path: Path) -> None:
    content = b"".join(line(key_id=str(i)) for i in range(5))
    for cut in (2, 20, len(line()) // 2):
        items, problems = read(tmp_path / "x.ndjson", content[:-cut])
        assert [item.key_id for item in items] == ["0", "1", "2", "3"]
        assert "line 5" in problems[0]
    assert read(tmp_path / "x.ndjson", b"") == ([], ())


def test_an_endless_line_is_not_held_in_memory(tmp_path: Path) -> None:
    endless = b" " * (2 * LONGEST_LINE + 5) + b"\n"
    items, problems = read(tmp_path / "x.ndjson", endless + line())
    assert len(items) == 1
    assert "line too long, 1 skipped (first: line 1)" in problems[0]


def test_reading_is_lazy(tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson"
    path.write_bytes(line(key_id="1") + b"broken\n")
    problems = Problems()
    items = read_ndjson(path, "x", problems)
    assert next(items).key_id == "1"
    assert len(problems) == 0


def test_the_real_files(real_data: Path) -> None:
    folder = real_data / "quickdraw"
    problems = Problems()
    items = list(read_ndjson(folder / "simplified" / "airplane.ndjson", "airplane", problems))
    lines = (folder / "simplified" / "airplane.ndjson").read_text().splitlines()
    assert [item.key_id for item in items] == [json.loads(each)["key_id"] for each in lines]
    assert holds_times(folder / "raw" / "airplane.ndjson")
    assert not holds_times(folder / "simplified" / "airplane.ndjson")
    assert not holds_times(folder / "spg" / "airplane.ndjson")
    assert len(problems) == 0
