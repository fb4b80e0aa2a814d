"""28×28 bitmaps, with a NumPy header and without."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sketchnet.data.quickdraw.bitmaps import holds_bitmaps, read_bitmaps
from sketchnet.data.quickdraw.items import DoodleItem, Problems


def read(path: Path) -> tuple[list[DoodleItem], tuple[str, ...]]:
    problems = Problems()
    return list(read_bitmaps(path, "apple", problems)), problems.messages()


@pytest.fixture
def rows(rng: np.random.Generator) -> np.ndarray:
    return rng.integers(1, 256, (5, 784)).astype(np.uint8)


@pytest.mark.parametrize("shape", [(5, 784), (5, 28, 28), (5, 1, 784), (1, 5, 784)])
def test_npy_of_any_shape(tmp_path: Path, rows: np.ndarray, shape: tuple[int, ...]) -> None:
    np.save(tmp_path / "apple.npy", rows.reshape(shape))
    items, problems = read(tmp_path / "apple.npy")
    assert problems == ()
    for item, row in zip(items, rows, strict=True):
        assert item.drawing is None
        np.testing.assert_array_equal(item.bitmap, 255 - row.reshape(28, 28))


def test_a_file_without_header_gives_the_same(tmp_path: Path, rows: np.ndarray) -> None:
    np.save(tmp_path / "a.npy", rows)
    (tmp_path / "apple.bin").write_bytes(rows.tobytes())
    with_header, without = read(tmp_path / "a.npy")[0], read(tmp_path / "apple.bin")[0]
    assert [item.key_id for item in with_header] == [item.key_id for item in without]
    assert len({item.key_id for item in without}) == 5


@pytest.mark.parametrize("name", ["a.npy", "apple.bin"])
def test_a_truncated_file_keeps_its_whole_rows(tmp_path: Path, rows: np.ndarray, name: str) -> None:
    path = tmp_path / name
    if name == "a.npy":
        np.save(path, rows)
    else:
        path.write_bytes(rows.tobytes())
    path.write_bytes(path.read_bytes()[:-100])
    items, problems = read(path)
    assert len(items) == 4
    assert "bitmap cut off, 1 skipped (first: number 5)" in problems[0]


def test_blank_rows_are_counted(tmp_path: Path, rows: np.ndarray) -> None:
    rows[2] = 0
    np.save(tmp_path / "a.npy", rows)
    items, problems = read(tmp_path / "a.npy")
    assert len(items) == 4
    assert "blank bitmap, 1 skipped (first: number 3)" in problems[0]


@pytest.mark.parametrize(
    "array",
    [np.zeros((3, 784)), np.zeros((3, 10), np.uint8), np.zeros(7, np.uint8), np.array([None])],
)
def test_other_arrays_are_not_bitmaps(tmp_path: Path, array: np.ndarray) -> None:
    np.save(tmp_path / "a.npy", array)
    assert not holds_bitmaps(tmp_path / "a.npy")
    items, problems = read(tmp_path / "a.npy")
    assert items == []
    assert len(problems) == 1


def test_files_too_short_are_not_bitmaps(tmp_path: Path) -> None:
    for content in (b"", b"\x93NUMPY", b"short"):
        (tmp_path / "a.npy").write_bytes(content)
        (tmp_path / "apple.bin").write_bytes(content)
        assert not holds_bitmaps(tmp_path / "a.npy")
        assert not holds_bitmaps(tmp_path / "apple.bin")


def test_the_real_files(real_data: Path) -> None:
    folder = real_data / "quickdraw" / "bitmap28"
    counts = {path.name: len(read(path)[0]) for path in folder.glob("*x784.*")}
    assert counts == {
        "apple_3000x784.npy": 3000,
        "banana_4000x784.bin": 4000,
        "helicopter_1000x784.bin": 1000,
    }


def test_any_other_bin_is_not_bitmaps(tmp_path: Path, rows: np.ndarray) -> None:
    for name, expected in (("weights.bin", False), ("mine_5x784.bin", True), ("Hot_Dog.bin", True)):
        (tmp_path / name).write_bytes(rows.tobytes())
        assert holds_bitmaps(tmp_path / name) == expected
