"""Folders of doodles: files found, each doodle once, seeded choice, splits, the summary."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from sketchnet.data.doodles import Doodles
from sketchnet.data.hash_split import SPLITS, split_of
from sketchnet.data.quickdraw import describe, load_doodles
from sketchnet.data.quickdraw.categories import (
    CATEGORIES,
    DEFAULT_CATEGORIES,
    NEVER_MIRRORED,
    official_categories,
    official_category,
)
from sketchnet.data.quickdraw.sources import find_sources, sources_fingerprint, word_of
from sketchnet.strokes.formats import from_quickdraw, tidy
from sketchnet.strokes.packed import PackedDrawings
from sketchnet.utils.errors import InputError


def write(path: Path, word: str, keys: range, recognized: bool = True) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        for key in keys:
            strokes = [[[0, 200 + key % 50, 90], [0, 10, 255]], [[5, 60], [key % 40, 80]]]
            fields = {"word": word, "key_id": str(key), "recognized": recognized}
            file.write(json.dumps(fields | {"drawing": strokes}) + "\n")
    return path


# Categories.


def test_the_official_categories(real_data: Path) -> None:
    assert len(CATEGORIES) == len(set(CATEGORIES)) == 345
    names = {path.stem for path in (real_data / "quickdraw" / "simplified").glob("*.ndjson")}
    assert set(CATEGORIES) - names == {"zigzag"}
    assert names < set(CATEGORIES)
    assert set(DEFAULT_CATEGORIES) < set(CATEGORIES)
    assert set(CATEGORIES) > NEVER_MIRRORED


def test_a_category_by_another_spelling() -> None:
    assert official_category("Flip_Flops") == "flip flops"
    assert official_category("the eiffel tower") == "The Eiffel Tower"
    assert official_category("T-Shirt") == "t-shirt"
    assert official_category("sneaker") is None
    assert official_categories(["Apple", "pear", "apple"]) == ("apple", "pear")
    with pytest.raises(InputError, match="helicopter"):
        official_categories(["helicoptre"])


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("apple.ndjson", "apple"),
        ("full_simplified_flip flops.ndjson", "flip flops"),
        ("full%2Fraw%2FThe%20Mona%20Lisa.ndjson", "The Mona Lisa"),
        ("full-numpy_bitmap-hot_dog.npy", "hot dog"),
        ("sketchrnn_cat.full.npz", "cat"),
        ("banana_4000x784.bin", "banana"),
        ("full_simplified_hot dog.ndjson.gz", "hot dog"),
        ("Apple.JSONL", "apple"),
        ("pear.gz", "pear"),
        ("version 1.5", "version 1.5"),
        ("my doodles.ndjson", "my doodles"),
    ],
)
def test_the_word_in_a_file_name(name: str, word: str) -> None:
    assert word_of(Path(name)) == word


# Splits.


def test_splits_are_stable_and_of_the_documented_size() -> None:
    keys = [str(5_000_000_000_000_000 + 977 * i) for i in range(20_000)]
    found = [split_of(key) for key in keys]
    shares = [found.count(name) / len(found) for name in SPLITS]
    np.testing.assert_allclose(shares, [0.8, 0.1, 0.1], atol=0.01)
    assert [split_of(key) for key in keys[::-1]] == found[::-1]
    assert [split_of(key, seed=1) for key in keys] != found
    # Fixed: a change would let test doodles into the training of earlier runs.
    others = {key: split_of(str(key)) for key in range(25) if split_of(str(key)) != "train"}
    assert others == {3: "val", 7: "val", 8: "test", 11: "val", 21: "test", 23: "val"}


# Loading.


def test_loaded_doodles_are_simplified_and_labelled(tmp_path: Path) -> None:
    write(tmp_path / "pear.ndjson", "pear", range(3))
    write(tmp_path / "apple.ndjson", "apple", range(10, 14))
    drawings = load_doodles(tmp_path)
    assert drawings.categories == ("apple", "pear")
    assert drawings.labels.dtype == np.int32
    assert drawings.labels.tolist() == [0] * 4 + [1] * 3
    assert set(drawings.key_ids) == {"10", "11", "12", "13", "0", "1", "2"}
    row = drawings.key_ids.index("12")
    expected = tidy(from_quickdraw([[[0, 212, 90], [0, 10, 255]], [[5, 60], [12, 80]]]))
    for stroke, other in zip(drawings.drawings[row], expected, strict=True):
        np.testing.assert_array_equal(stroke, other)
    assert drawings.counts().tolist() == [4, 3]
    assert drawings.problems == ()


def test_the_same_key_in_several_files_is_one_drawing(tmp_path: Path) -> None:
    write(tmp_path / "simplified" / "apple.ndjson", "apple", range(20))
    write(tmp_path / "raw" / "apple.ndjson", "apple", range(10, 30))
    assert sorted(load_doodles(tmp_path).key_ids, key=int) == [str(i) for i in range(30)]
    both = [tmp_path / "raw", tmp_path / "simplified", tmp_path / "raw" / "apple.ndjson"]
    assert sorted(load_doodles(both).key_ids) == sorted(load_doodles(tmp_path).key_ids)
    limited = load_doodles(tmp_path, per_category=25)
    assert len(set(limited.key_ids)) == len(limited) == 25


def test_one_key_under_two_words_is_taken_once(tmp_path: Path) -> None:
    write(tmp_path / "mixed.ndjson", "apple", range(3))
    write(tmp_path / "mixed.ndjson", "pear", range(2, 5))
    assert sorted(load_doodles(tmp_path).key_ids) == ["0", "1", "2", "3", "4"]


def test_the_choice_does_not_depend_on_the_order_of_files(tmp_path: Path) -> None:
    write(tmp_path / "a" / "apple.ndjson", "apple", range(100))
    write(tmp_path / "b" / "first.ndjson", "apple", range(60, 100))
    write(tmp_path / "b" / "second.ndjson", "apple", range(60))
    few, same = (load_doodles(tmp_path / name, per_category=10) for name in "ab")
    assert few.key_ids == same.key_ids
    more = load_doodles(tmp_path / "a", per_category=30)
    assert more.key_ids[:10] == few.key_ids  # a larger number adds to a smaller one
    assert load_doodles(tmp_path / "a", per_category=10, seed=1).key_ids != few.key_ids


def test_splits_are_disjoint_whatever_the_subset(tmp_path: Path) -> None:
    write(tmp_path / "apple.ndjson", "apple", range(300))
    whole = load_doodles(tmp_path)
    parts = {name: set(load_doodles(tmp_path, split=name).key_ids) for name in SPLITS}
    assert set.union(*parts.values()) == set(whole.key_ids)
    assert sum(map(len, parts.values())) == 300
    for name, keys in parts.items():
        assert set(whole.split(name).key_ids) == keys
        assert set(load_doodles(tmp_path, split=name, per_category=5).key_ids) <= keys
    assert whole.split("all") is whole


def test_unrecognized_drawings_are_left_out_unless_wanted(tmp_path: Path) -> None:
    write(tmp_path / "apple.ndjson", "apple", range(5))
    write(tmp_path / "apple.ndjson", "apple", range(5, 8), recognized=False)
    assert len(load_doodles(tmp_path)) == 5
    assert len(load_doodles(tmp_path, recognized_only=False)) == 8


def test_categories_select_and_order(tmp_path: Path) -> None:
    for start, word in enumerate(("pear", "apple", "my cat")):
        write(tmp_path / f"{word}.ndjson", word, range(100 * start, 100 * start + len(word)))
    chosen = load_doodles(tmp_path, ["my cat", "Pear", "zebra"])
    assert chosen.categories == ("my cat", "pear", "zebra")
    assert chosen.counts().tolist() == [6, 4, 0]
    assert chosen.problems == ("no drawings of zebra",)
    with pytest.raises(InputError, match="drawings of zebra"):
        load_doodles(tmp_path, ["zebra"])


def test_every_form_in_one_folder(tmp_path: Path, rng: np.random.Generator) -> None:
    write(tmp_path / "apple.ndjson", "apple", range(3))
    held = np.empty(2, object)
    held[:] = [np.array([[1, 2, 0], [30, 4, 1]], np.int16), np.array([[5, 5, 0], [1, 9, 1]], "i2")]
    np.savez(tmp_path / "pear.npz", train=held[:1], valid=held[1:])
    np.save(tmp_path / "banana.npy", rng.integers(0, 255, (4, 784)).astype(np.uint8))
    (tmp_path / "notes.txt").write_text("no drawings")
    (tmp_path / "apple.ndjson.part").write_text("broken")
    (tmp_path / ".hidden").mkdir()
    write(tmp_path / ".hidden" / "apple.ndjson", "apple", range(9))
    assert [s.form for s in find_sources(tmp_path)] == ["ndjson", "sketch-rnn", "bitmaps"]
    drawings = load_doodles(tmp_path)
    assert drawings.categories == ("apple", "banana", "pear")
    assert drawings.counts().tolist() == [3, 4, 2]
    assert sorted(drawings.bitmaps) == [3, 4, 5, 6]
    assert drawings.drawings[4] == []
    assert drawings.take([8, 4]).bitmaps.keys() == {1}


def test_problems_are_reported(tmp_path: Path) -> None:
    path = write(tmp_path / "apple.ndjson", "apple", range(3))
    path.write_text(path.read_text() + "broken\n")
    (problem,) = load_doodles(tmp_path).problems
    assert "apple.ndjson: broken line, 1 skipped (first: line 4)" in problem


@pytest.mark.parametrize("content", [None, b"", b"broken\n"])
def test_nothing_to_load_is_an_input_error(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "apple.ndjson").write_bytes(content)
    with pytest.raises(InputError, match="expected drawings"):
        load_doodles(tmp_path)
    with pytest.raises(InputError, match="not there"):
        load_doodles(tmp_path / "nowhere")
    (tmp_path / "picture.png").write_bytes(b"x")
    with pytest.raises(InputError, match="holds none in these forms"):
        load_doodles(tmp_path / "picture.png")


@pytest.mark.parametrize("wrong", [{"per_category": 0}, {"split": "training"}])
def test_wrong_arguments(tmp_path: Path, wrong: dict) -> None:
    with pytest.raises(InputError, match="expected"):
        load_doodles(tmp_path, **wrong)


def test_a_link_to_a_folder_above_is_not_followed_forever(tmp_path: Path) -> None:
    write(tmp_path / "apple.ndjson", "apple", range(3))
    (tmp_path / "again").symlink_to(tmp_path, target_is_directory=True)
    assert len(find_sources(tmp_path)) == 1


def test_the_real_drawings(real_data: Path) -> None:
    folder = real_data / "quickdraw"
    drawings = load_doodles([folder / "simplified", folder / "raw"], DEFAULT_CATEGORIES)
    assert drawings.categories == DEFAULT_CATEGORIES
    assert drawings.counts().min() >= 10
    assert len(set(drawings.key_ids)) == len(drawings)
    for drawing in drawings.drawings:
        points = np.concatenate(drawing)
        # The outermost point itself may fall to the tolerance of the simplification.
        assert points.min() == pytest.approx(0, abs=2.5)
        assert points.max() == pytest.approx(255, abs=2.5)


# The fingerprint of a folder.


def test_the_fingerprint_changes_with_files_and_categories_and_nothing_else(tmp_path: Path) -> None:
    path = write(tmp_path / "a" / "apple.ndjson", "apple", range(3))
    first = sources_fingerprint(tmp_path)
    assert sources_fingerprint(tmp_path) == sources_fingerprint([tmp_path]) == first
    (tmp_path / "notes.txt").write_text("no drawings")
    (tmp_path / "pear.ndjson.part").write_text("unfinished")
    (tmp_path / "pear.ndjson.part.json").write_text("{}")
    assert sources_fingerprint(tmp_path) == first

    seen = {first}
    for change in (
        lambda: write(path, "apple", range(3, 4)),
        lambda: write(tmp_path / "pear.ndjson", "pear", range(2)),
        lambda: os.utime(path, ns=(1, 1)),
        lambda: path.rename(tmp_path / "a" / "pear.ndjson"),
        lambda: (tmp_path / "a" / "pear.ndjson").unlink(),
    ):
        change()
        seen.add(sources_fingerprint(tmp_path))
    for categories in ([], ["dog"], ["cat"], ["dog", "cat"], ["cat", "dog"]):
        seen.add(sources_fingerprint(tmp_path, categories))
    assert len(seen) == 11


def test_the_fingerprint_of_a_moved_folder_is_the_same(tmp_path: Path) -> None:
    write(tmp_path / "one" / "apple.ndjson", "apple", range(3))
    before = sources_fingerprint(tmp_path / "one", ["apple"])
    (tmp_path / "one").rename(tmp_path / "two.1")
    assert sources_fingerprint(tmp_path / "two.1", ["apple"]) == before
    assert sources_fingerprint(tmp_path / "none") == sources_fingerprint(tmp_path / "other")


# Doodles in memory.


def test_packed_drawings_come_back(rng: np.random.Generator) -> None:
    kept = [
        [rng.normal(size=(int(n), 2)).astype(np.float32) for n in rng.integers(1, 9, strokes)]
        for strokes in (3, 0, 1, 5)
    ]
    packed = PackedDrawings.of([*kept, None])
    assert len(packed) == 5
    for drawing, expected in zip(packed, [*kept, []], strict=True):
        assert len(drawing) == len(expected)
        for stroke, other in zip(drawing, expected, strict=True):
            np.testing.assert_array_equal(stroke, other)
    assert len(packed[-2]) == 5
    assert [len(drawing) for drawing in packed[1:]] == [0, 1, 5, 0]
    assert [len(drawing) for drawing in packed.take(np.array([3, 0]))] == [5, 3]
    with pytest.raises(IndexError):
        packed[5]
    assert len(PackedDrawings.of([])) == 0


def labelled(labels: list[int], categories: tuple[str, ...]) -> Doodles:
    one = [np.zeros((2, 2), np.float32)]
    keys = tuple(f"key {row}" for row in range(len(labels)))
    packed = PackedDrawings.of([one] * len(labels))
    return Doodles(packed, np.array(labels, np.int32), categories, keys)


def test_only_and_without_relabel() -> None:
    drawings = labelled([0, 1, 2, 1, 0], ("a", "b", "c"))
    only = drawings.only(["c", "a"])
    assert (only.categories, only.labels.tolist()) == (("c", "a"), [1, 0, 1])
    assert only.key_ids == ("key 0", "key 2", "key 4")
    rest = drawings.without(["a"])
    assert (rest.categories, rest.labels.tolist()) == (("b", "c"), [0, 1, 0])
    with pytest.raises(InputError, match="zebra"):
        drawings.only(["zebra"])
    with pytest.raises(InputError, match="split"):
        drawings.split("tset")


def test_inconsistent_doodles_are_refused() -> None:
    with pytest.raises(ValueError, match="labels"):
        labelled([0, 3], ("a", "b"))
    with pytest.raises(ValueError, match="one length"):
        Doodles(PackedDrawings.of([]), np.zeros(1, np.int32), ("a",), ())


# The summary.


def test_describe_counts(tmp_path: Path) -> None:
    assert describe(tmp_path) is None
    write(tmp_path / "simplified" / "apple.ndjson", "apple", range(50))
    write(tmp_path / "raw" / "apple.ndjson", "apple", range(40, 60))
    path = write(tmp_path / "simplified" / "pear.ndjson", "pear", range(100, 104), recognized=False)
    path.write_text(path.read_text() + "broken\n")
    found = describe(tmp_path)
    assert found is not None
    assert dict(found.forms) == {"ndjson": 3}
    assert found.duplicates == 10
    assert len(found.problems) == 1
    apple, pear = found.rows
    assert (apple.category, apple.drawings, apple.recognized) == ("apple", 60, 60)
    assert (pear.drawings, pear.recognized, pear.train) == (4, 0, 0)
    splits = [split_of(str(key)) for key in range(60)]
    assert [apple.train, apple.val, apple.test] == [splits.count(name) for name in SPLITS]
    table = found.table()
    assert len({len(line) for line in table}) == 1
    assert table[-1][:3] == ("2 categories", "64", "60")
    assert found.table(most=1)[2][0] == "… 1 more"


def test_describe_the_real_files(real_data: Path, tmp_path: Path) -> None:
    for name in ("simplified", "raw", "bitmap28"):
        (tmp_path / name).symlink_to(real_data / "quickdraw" / name)
    found = describe(tmp_path)
    assert found is not None
    assert dict(found.forms) == {"ndjson": 344, "raw ndjson": 12, "bitmaps": 3}
    assert len(found.rows) == 344
    assert found.problems == ()
    assert found.duplicates > 100  # most raw drawings are among the simplified ones
