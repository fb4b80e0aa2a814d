"""The `.npz` reader against files that NumPy writes: old and new, lists, padded, cut off."""

from __future__ import annotations

import io
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from sketchnet.data.quickdraw.items import DoodleItem, Problems
from sketchnet.data.quickdraw.sketch_rnn_npz import holds_sketch_rnn, read_sketch_rnn
from sketchnet.strokes.formats import to_stroke3, to_stroke5


def offsets(rng: np.random.Generator, count: int) -> list[np.ndarray]:
    arrays = []
    for _ in range(count):
        array = rng.integers(-120, 120, (int(rng.integers(2, 60)), 3)).astype(np.int16)
        array[:, 2] = rng.random(len(array)) < 0.2
        array[-1, 2] = 1
        arrays.append(array)
    return arrays


def as_objects(arrays: list[np.ndarray]) -> np.ndarray:
    held = np.empty(len(arrays), object)
    held[:] = arrays
    return held


def read(path: Path) -> tuple[list[DoodleItem], tuple[str, ...]]:
    problems = Problems()
    return list(read_sketch_rnn(path, "apple", problems)), problems.messages()


def assert_same(items: list[DoodleItem], arrays: list[np.ndarray]) -> None:
    assert len(items) == len(arrays)
    for item, array in zip(items, arrays, strict=True):
        assert item.drawing is not None
        np.testing.assert_array_equal(to_stroke3(item.drawing), array)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_all_three_splits_are_read(tmp_path: Path, rng: np.random.Generator, save) -> None:
    train, valid, test = (offsets(rng, n) for n in (30, 3, 4))
    path = tmp_path / "apple.npz"
    save(path, train=as_objects(train), valid=as_objects(valid), test=as_objects(test))
    items, problems = read(path)
    assert holds_sketch_rnn(path)
    assert_same(items, [*train, *valid, *test])
    assert {item.word for item in items} == {"apple"}
    assert all(item.recognized for item in items)
    assert problems == ()


@pytest.mark.parametrize("protocol", [2, 3, 4])  # those that NumPy has used for files
def test_every_pickle_protocol(tmp_path: Path, rng: np.random.Generator, protocol: int) -> None:
    train = offsets(rng, 10)
    member = io.BytesIO()
    header = {"descr": "|O", "fortran_order": False, "shape": (10,)}
    np.lib.format.write_array_header_1_0(member, header)
    pickle.dump(as_objects(train), member, protocol=protocol)
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("train.npy", member.getvalue())
    items, problems = read(path)
    assert_same(items, train)
    assert problems == ()


def test_a_python_2_pickle(tmp_path: Path) -> None:
    """The bytes that Python 2 wrote: raw data as a string opcode, `numpy.core` by name."""
    array = np.array([[1, 2, 0], [-3, 4, 1]], np.int16)
    raw = array.tobytes()
    inner = (
        b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tU\x01btR"
        b"(K\x01(K\x02K\x03tcnumpy\ndtype\n(U\x02i2K\x00K\x01tR"
        b"(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U" + bytes([len(raw)]) + raw
    )
    member = io.BytesIO()
    header = {"descr": "|O", "fortran_order": False, "shape": (1,)}
    np.lib.format.write_array_header_1_0(member, header)
    member.write(b"\x80\x02(l" + inner + b"tbae.")
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("train.npy", member.getvalue())
    items, _ = read(path)
    assert_same(items, [array])


def test_the_key_depends_on_the_offsets_only(tmp_path: Path, rng: np.random.Generator) -> None:
    arrays = offsets(rng, 5)
    for name, order in (("a.npz", arrays), ("b.npz", arrays[::-1])):
        np.savez(tmp_path / name, train=as_objects(order))
    first, second = (read(tmp_path / name)[0] for name in ("a.npz", "b.npz"))
    assert [item.key_id for item in first] == [item.key_id for item in second][::-1]
    assert len({item.key_id for item in first}) == 5


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_truncated_file_keeps_its_whole_drawings(
    tmp_path: Path, rng: np.random.Generator, save
) -> None:
    train, test = offsets(rng, 400), offsets(rng, 5)
    whole = tmp_path / "whole.npz"
    save(whole, test=as_objects(test), train=as_objects(train))
    content = whole.read_bytes()
    cut = tmp_path / "cut.npz"
    cut.write_bytes(content[: int(len(content) * 0.7)])
    assert holds_sketch_rnn(cut)
    items, problems = read(cut)
    kept = len(items) - len(test)
    assert 150 < kept < 400
    assert_same(items, [*test, *train[:kept]])
    assert problems


def test_drawings_of_one_length(tmp_path: Path, rng: np.random.Generator) -> None:
    arrays = rng.integers(-9, 9, (6, 8, 3)).astype(np.int16)
    arrays[:, :, 2] = [0, 0, 0, 1, 0, 0, 0, 1]
    np.savez(tmp_path / "x.npz", train=arrays)
    assert_same(read(tmp_path / "x.npz")[0], list(arrays))


def stroke5(array: np.ndarray, length: int | None = None) -> np.ndarray:
    return to_stroke5(array.astype(np.float32), len(array) if length is None else length)


@pytest.mark.parametrize("dtype", ["i2", "i4", "i8", "f4", "f8", "u1"])
def test_stroke5_sequences(tmp_path: Path, rng: np.random.Generator, dtype: str) -> None:
    arrays = [np.abs(array) for array in offsets(rng, 8)]
    saved = [stroke5(array, len(array) + n % 3).astype(dtype) for n, array in enumerate(arrays)]
    np.savez(tmp_path / "x.npz", train=as_objects(saved[:5]), valid=as_objects(saved[5:]))
    items, problems = read(tmp_path / "x.npz")
    assert_same(items, arrays)
    assert problems == ()


def test_padded_sequences_in_one_array(tmp_path: Path, rng: np.random.Generator) -> None:
    arrays = offsets(rng, 6)
    longest = max(map(len, arrays))
    padded = np.stack([np.pad(array, ((0, longest - len(array)), (0, 0))) for array in arrays])
    np.savez(tmp_path / "three.npz", train=padded.astype(np.float32))
    np.savez(tmp_path / "five.npz", train=np.stack([stroke5(a, longest) for a in arrays]))
    for name in ("three.npz", "five.npz"):
        assert_same(read(tmp_path / name)[0], arrays)


@pytest.mark.parametrize("columns", [3, 5])
def test_sequences_as_lists(tmp_path: Path, rng: np.random.Generator, columns: int) -> None:
    arrays = offsets(rng, 5)
    saved = [(array if columns == 3 else stroke5(array)).tolist() for array in arrays]
    np.savez_compressed(tmp_path / "plum.npz", train=as_objects(saved))
    assert holds_sketch_rnn(tmp_path / "plum.npz")
    items, problems = read(tmp_path / "plum.npz")
    assert_same(items, arrays)
    assert problems == ()
    assert [item.key_id for item in items] == [
        item.key_id for item in read(tmp_path / "plum.npz")[0]
    ]


def test_lists_of_strokes(tmp_path: Path) -> None:
    points = [[[0, 0], [10, 0], [10, 10], [0, 10]], [[3, 3], [4, 4]]]
    official = [[[0, 10, 10, 0], [0, 0, 10, 10]], [[3, 4], [3, 4]]]
    np.savez(tmp_path / "x.npz", train=as_objects([points, official, [[1, 2], [3, 4]]]))
    items, problems = read(tmp_path / "x.npz")
    assert [[stroke.tolist() for stroke in item.drawing] for item in items] == [points, points]
    assert "neither stroke-3 nor stroke-5, 1 skipped" in problems[0]


@pytest.mark.parametrize("name", ["x_train", "train_x", "strokes-test", "val", "validation"])
def test_members_named_after_a_split(tmp_path: Path, rng: np.random.Generator, name: str) -> None:
    arrays = offsets(rng, 4)
    np.savez(tmp_path / "kiwi.npz", **{name: as_objects(arrays), "labels": np.arange(4)})
    assert holds_sketch_rnn(tmp_path / "kiwi.npz")
    assert_same(read(tmp_path / "kiwi.npz")[0], arrays)


def test_numbers_of_another_shape_under_such_a_name_are_not_drawings(tmp_path: Path) -> None:
    np.savez(tmp_path / "mnist.npz", x_train=np.zeros((5, 28, 28), np.uint8), y_train=np.arange(5))
    assert not holds_sketch_rnn(tmp_path / "mnist.npz")


def test_nothing_of_the_file_is_executed(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "executed",))

    held = np.empty(1, object)
    held[0] = Evil()
    np.savez(tmp_path / "x.npz", train=held)
    items, _ = read(tmp_path / "x.npz")
    assert items == []
    assert not (tmp_path / "executed").exists()


def test_other_archives_are_not_recognised(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", weights=np.zeros(3))
    assert not holds_sketch_rnn(tmp_path / "x.npz")
    (tmp_path / "y.npz").write_bytes(b"nothing of the kind")
    assert not holds_sketch_rnn(tmp_path / "y.npz")
    assert read(tmp_path / "y.npz")[0] == []
