"""The line reader against worked examples, broken lines, other encodings, and the real files."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import numpy as np
import pytest

from sketchnet.data.quickdraw.items import DoodleItem, Problems
from sketchnet.data.quickdraw.ndjson import read_ndjson
from sketchnet.data.quickdraw.sources import form_of
from sketchnet.data.quickdraw.text_files import LONGEST_LINE
from sketchnet.strokes.formats import tidy

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
    assert form_of(path) == "raw ndjson"
    read(path, b"broken\n" + line())
    assert form_of(path) == "ndjson"


def test_missing_fields_have_defaults(tmp_path: Path) -> None:
    bare = line(word=None, timestamp=None, recognized=None, key_id=None)
    (first, again), _ = read(tmp_path / "x.ndjson", bare + bare)
    assert first.word == "pear"  # from the file's name
    assert first.recognized
    assert first.timestamp is None
    assert first.key_id.startswith("content-")
    assert first.key_id == again.key_id


def test_unusual_but_valid_lines(tmp_path: Path) -> None:
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


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le", "utf-32", "utf-8-sig"])
@pytest.mark.parametrize("is_packed", [False, True])
def test_every_unicode_encoding_is_read(tmp_path: Path, encoding: str, is_packed: bool) -> None:
    """UTF-16 is what the shells of Windows write."""
    text = (line(key_id="1", word="château") + b"broken\r\n" + line(key_id="2")).decode()
    content = text.encode(encoding)
    content = gzip.compress(content) if is_packed else content
    items, problems = read(tmp_path / "apple.ndjson", content)
    assert [(item.key_id, item.word) for item in items] == [("1", "château"), ("2", "apple")]
    assert "broken line, 1 skipped (first: line 2)" in problems[-1]
    assert any("text in UTF-" in problem for problem in problems) == (encoding != "utf-8-sig")


def test_a_gzip_file_that_was_cut_off_keeps_its_whole_lines(tmp_path: Path, rng) -> None:
    drawings = [[rng.integers(0, 256, (2, 300)).tolist()] for _ in range(60)]
    whole = gzip.compress(b"".join(line(key_id=str(i), drawing=d) for i, d in enumerate(drawings)))
    items, problems = read(tmp_path / "apple.ndjson.gz", whole[: len(whole) // 2])
    assert 10 < len(items) < 50
    assert [item.key_id for item in items] == [str(i) for i in range(len(items))]
    assert "cut off gzip file" in problems[0]


@pytest.mark.parametrize("at", [3, 12, 40])
def test_a_broken_gzip_file_is_a_problem(tmp_path: Path, at: int) -> None:
    content = bytearray(gzip.compress(line() * 3))
    content[at : at + 8] = b"\xff" * 8
    path = tmp_path / "apple.ndjson.gz"
    _, problems = read(path, bytes(content))
    assert "broken or cut off gzip file" in problems[-1]
    assert form_of(path) == "ndjson"


def test_a_gzip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """200 MB of blanks in 200 kB."""
    path = tmp_path / "apple.ndjson.gz"
    with gzip.open(path, "wb") as file:
        for _ in range(200):
            file.write(b" " * (1 << 20))
    problems = Problems()
    assert list(read_ndjson(path, "apple", problems)) == []
    assert len(problems) == 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, True), (False, False), (1, True), (0, False), (0.0, False), ("True", True),
        ("true", True), ("1", True), ("yes", True), ("False", False), ("false ", False),
        ("FALSE", False), ("0", False), ("0.0", False), ("no", False), ("", True), (None, True),
    ],
)  # fmt: skip
def test_recognized_as_boolean_number_or_text(tmp_path: Path, value, expected) -> None:
    (item,), _ = read(tmp_path / "x.ndjson", line(recognized=value))
    assert item.recognized is expected


def test_a_key_that_went_through_a_column_of_floats_is_the_same(tmp_path: Path) -> None:
    keys = (5152802093400064, "5152802093400064", 5152802093400064.0, "5152802093400064.0")
    items, _ = read(tmp_path / "x.ndjson", b"".join(line(key_id=key) for key in keys))
    assert [item.key_id for item in items] == ["5152802093400064"] * 4


def test_far_raw_coordinates_keep_the_shape_and_are_reported(tmp_path: Path) -> None:
    """The same drawing, in other units and far from the origin."""
    near = [[[0, 100, 200, 150], [0, 50, 0, 90]], [[30, 40], [80, 20]]]
    far = [[[573.0 * x - 76_623 for x in xs], [573.0 * y + 4e6 for y in ys]] for xs, ys in near]
    (expected, found), problems = read(
        tmp_path / "x.ndjson", line(drawing=near) + line(key_id="2", drawing=far)
    )
    for stroke, other in zip(tidy(expected.drawing), tidy(found.drawing), strict=True):
        np.testing.assert_allclose(stroke, other, atol=0.1)
    assert "coordinates beyond 1,000,000" in problems[0]
    assert "line 2" in problems[0]


def test_the_real_files(real_data: Path) -> None:
    folder = real_data / "quickdraw"
    problems = Problems()
    items = list(read_ndjson(folder / "simplified" / "airplane.ndjson", "airplane", problems))
    lines = (folder / "simplified" / "airplane.ndjson").read_text().splitlines()
    assert [item.key_id for item in items] == [json.loads(each)["key_id"] for each in lines]
    forms = {
        name: form_of(folder / name / "airplane.ndjson") for name in ("raw", "simplified", "spg")
    }
    assert forms == {"raw": "raw ndjson", "simplified": "ndjson", "spg": "ndjson"}
    assert len(problems) == 0
