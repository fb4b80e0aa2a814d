"""The `.bin` reader against records packed by the test, whole, broken and cut off."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from sketchnet.data.quickdraw.binary import looks_binary, read_binary
from sketchnet.data.quickdraw.items import DoodleItem, Problems

TIME = 1488318000


def record(
    key: int, strokes: list[tuple[list[int], list[int]]], country: bytes = b"US", seen: int = 1
) -> bytes:
    packed = struct.pack("<Q", key) + country + struct.pack("<bI", seen, TIME)
    packed += struct.pack("<H", len(strokes))
    for xs, ys in strokes:
        packed += struct.pack("<H", len(xs)) + bytes(xs) + bytes(ys)
    return packed


def random_record(key: int, rng: np.random.Generator, **fields: object) -> bytes:
    strokes = []
    for length in rng.integers(1, 30, int(rng.integers(1, 6))):
        xs, ys = rng.integers(0, 256, (2, length)).tolist()
        strokes.append((xs, ys))
    return record(key, strokes, **fields)  # type: ignore[arg-type]


def read(path: Path, content: bytes) -> tuple[list[DoodleItem], tuple[str, ...]]:
    path.write_bytes(content)
    problems = Problems()
    return list(read_binary(path, "apple", problems)), problems.messages()


def test_a_record_becomes_a_drawing(tmp_path: Path) -> None:
    content = record(2**63 + 5, [([0, 255], [1, 2]), ([7], [9])], seen=0)
    (item,), problems = read(tmp_path / "apple.bin", content)
    assert item.key_id == str(2**63 + 5)
    assert (item.word, item.recognized, item.timestamp) == ("apple", False, float(TIME))
    assert item.drawing is not None
    np.testing.assert_array_equal(item.drawing[0], [[0, 1], [255, 2]])
    np.testing.assert_array_equal(item.drawing[1], [[7, 9]])
    assert problems == ()


def test_many_records_in_order(tmp_path: Path, rng: np.random.Generator) -> None:
    content = b"".join(random_record(key, rng) for key in range(1, 200))
    items, problems = read(tmp_path / "x.bin", content)
    assert [item.key_id for item in items] == [str(key) for key in range(1, 200)]
    assert problems == ()


def test_a_truncated_file_keeps_its_whole_records(tmp_path: Path, rng: np.random.Generator) -> None:
    records = [random_record(key, rng) for key in range(1, 6)]
    content = b"".join(records)
    for cut in (1, len(records[-1]) // 2, len(records[-1]) - 1):
        items, problems = read(tmp_path / "x.bin", content[:-cut])
        assert [item.key_id for item in items] == ["1", "2", "3", "4"]
        assert len(problems) == 1
    assert read(tmp_path / "x.bin", b"") == ([], ())


@pytest.mark.parametrize("damage", ["recognized", "no strokes", "empty stroke", "too long"])
def test_a_broken_record_is_counted_and_skipped(
    tmp_path: Path, rng: np.random.Generator, damage: str
) -> None:
    records = [random_record(key, rng) for key in range(1, 8)]
    broken = bytearray(records[3])
    if damage == "recognized":
        broken[10] = 9
    elif damage == "no strokes":
        broken[15:17] = b"\0\0"
    elif damage == "empty stroke":
        broken[17:19] = b"\0\0"
    else:
        broken[15:17] = b"\xff\xff"
    records[3] = bytes(broken)
    items, problems = read(tmp_path / "x.bin", b"".join(records))
    assert [item.key_id for item in items] == ["1", "2", "3", "5", "6", "7"]
    assert len(problems) == 1
    assert "broken record, 1 skipped" in problems[0]


def test_a_wrong_length_that_runs_into_the_next_record(tmp_path: Path) -> None:
    stroke = ([1, 2, 3], [4, 5, 6])
    broken = bytearray(record(2, [stroke]))
    broken[17:19] = struct.pack("<H", 5)  # four bytes too many
    content = record(1, [stroke]) + bytes(broken) + record(3, [stroke]) + record(4, [stroke])
    items, problems = read(tmp_path / "x.bin", content)
    assert [item.key_id for item in items] == ["1", "3", "4"]
    assert len(problems) == 1


def test_drawings_are_distinguished_from_bitmaps(tmp_path: Path, rng: np.random.Generator) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(random_record(1, rng))
    assert looks_binary(path)
    path.write_bytes(b"\0" * 784 * 3)
    assert not looks_binary(path)
    path.write_bytes(b"")
    assert not looks_binary(path)


def test_a_file_with_a_broken_first_record_is_recognised(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    path = tmp_path / "x.bin"
    path.write_bytes(b"\xff" * 30 + random_record(1, rng) + random_record(2, rng))
    assert looks_binary(path)


def test_the_real_bitmaps_are_not_drawings(real_data: Path) -> None:
    files = sorted((real_data / "quickdraw" / "bitmap28").glob("*.bin"))
    assert len(files) == 2
    assert not any(looks_binary(path) for path in files)


def test_a_truncated_file_is_recognised(tmp_path: Path, rng: np.random.Generator) -> None:
    path = tmp_path / "x.bin"
    first, second = random_record(1, rng), random_record(2, rng)
    for cut in (1, len(second) // 2, len(second) - 3):
        path.write_bytes(first + second[:-cut])
        assert looks_binary(path)
