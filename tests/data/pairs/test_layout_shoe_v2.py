"""QMUL ChairV2 and ShoeV2 strokes: keys, points, and the photos that they belong to."""

from __future__ import annotations

import os
import pickle
from pathlib import Path

import numpy as np
import pytest

from sketchnet.data.pairs.layout_shoe_v2 import read, to_drawing
from sketchnet.data.pairs.listing import Listing
from sketchnet.data.pairs.load import load_collection
from sketchnet.utils.errors import InputError
from tests.tiny import write_photos

TWO_STROKES = np.array([[10, 20, 0], [30, 40, 1], [50, 60, 0], [70, 80, 0], [90, 99, 1]], float)


def write(folder: Path, content, name: str = "ShoeV2_Coordinate") -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(pickle.dumps(content))
    return folder


def as_lists(drawing) -> list:
    return [stroke.tolist() for stroke in drawing]


def test_points_become_strokes():
    drawing = to_drawing(TWO_STROKES)
    assert as_lists(drawing) == [[[10, 20], [30, 40]], [[50, 60], [70, 80], [90, 99]]]
    assert all(stroke.dtype == np.float32 for stroke in drawing)


@pytest.mark.parametrize(
    ("ends", "lengths"),
    [
        ([0, 0, 0, 0, 0], [5]),
        ([0, 0, 0, 0, 1], [5]),
        ([1, 1, 1, 1, 1], [1] * 5),
        ([1, 0, 0, 0, 0], [1, 4]),
    ],
)
def test_every_point_is_in_one_stroke(ends, lengths):
    points = np.column_stack([TWO_STROKES[:, :2], ends])
    drawing = to_drawing(points)
    assert [len(stroke) for stroke in drawing] == lengths
    np.testing.assert_array_equal(np.concatenate(drawing), TWO_STROKES[:, :2])


@pytest.mark.parametrize(
    "points",
    [
        np.zeros((0, 3)),
        np.zeros((3, 2)),
        np.zeros(3),
        np.full((2, 3), np.nan),
        [["a", "b", "c"]],
        None,
    ],
    ids=["no point", "no pen", "one row", "not finite", "text", "nothing"],
)
def test_other_arrays_are_not_drawings(points):
    with pytest.raises(ValueError):
        to_drawing(points)


def test_ids_may_hold_underscores(tmp_path):
    write_photos(tmp_path / "photo", [0], "a_v1.png")
    write_photos(tmp_path / "photo", [1], "a.png")
    write_photos(tmp_path / "photo", [2], "b_2.png")
    write(
        tmp_path,
        {
            f"/{key}": TWO_STROKES
            for key in ("train/a_v1_1", "train/a_v1_2", "train/a_1", "test/b_2_1")
        },
    )
    collection = load_collection(tmp_path)
    assert {sketch.id: sketch.photo_id for sketch in collection.sketches} == {
        "a_v1_1": "a_v1", "a_v1_2": "a_v1", "a_1": "a", "b_2_1": "b_2"
    }  # fmt: skip
    assert {photo.id: photo.split for photo in collection.photos} == {
        "a_v1": "train", "a": "train", "b_2": "test"
    }  # fmt: skip
    assert all(photo.photo is not None for photo in collection.photos)
    assert collection.layouts == ("strokes (ShoeV2_Coordinate)", "pictures (photo/)")
    assert collection.problems == ()


def test_strokes_and_pictures_of_one_sketch_are_one(tmp_path):
    write_photos(tmp_path / "photo", [1, 2], "{}.png")
    write_photos(tmp_path / "sketch", [1, 2], "{}_1.png")
    write(tmp_path, {"/test/1_1": TWO_STROKES})
    collection = load_collection(tmp_path)
    both, picture = collection.sketches
    assert (both.id, both.photo_id, picture.id) == ("1_1", "1", "2_1")
    assert both.drawing is not None
    assert both.picture == tmp_path / "sketch" / "1_1.png"
    assert picture.drawing is None
    assert [photo.split for photo in collection.photos] == ["test", "train"]


def test_broken_drawings_and_lost_photos_are_named(tmp_path):
    write_photos(tmp_path / "photo", [1], "1.png")
    write(
        tmp_path,
        {
            "/train/1_1": TWO_STROKES,
            "/train/1_2.png": TWO_STROKES,
            "/train/1_3": np.zeros((0, 3)),
            "/test/1_4": TWO_STROKES,
            "/train/1": TWO_STROKES,
            "/dev/1_5": TWO_STROKES,
            "/train/2_1": TWO_STROKES,
            7: TWO_STROKES,
        },
    )
    collection = load_collection(tmp_path)
    assert [sketch.id for sketch in collection.sketches] == ["1_1", "1_2"]
    problems = "\n".join(collection.problems)
    for named in ("/train/1_3", "/test/1_4", "/train/1:", "/dev/1_5", "photo 2", " 7:"):
        assert named in problems
    assert len(collection.problems) == 6


def test_a_malicious_file_is_a_problem_and_does_nothing(tmp_path):
    class Bomb:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "executed"),)

    write_photos(tmp_path / "photo", [1], "1.png")
    write(tmp_path, {"/train/1_1": Bomb()})
    collection = load_collection(tmp_path)
    assert not (tmp_path / "executed").exists()
    assert "mkdir" in collection.problems[0]
    assert len(collection.photos) == 1


@pytest.mark.parametrize("content", [[1, 2], np.zeros(3), None])
def test_another_content_is_a_problem(tmp_path, content):
    write(tmp_path, content)
    assert "expected a dict" in read(Listing(tmp_path)).problems[0]
    with pytest.raises(InputError, match="expected a dict"):
        load_collection(tmp_path)


def test_a_folder_without_strokes_is_in_another_layout(tmp_path):
    assert read(Listing(tmp_path)) is None


def test_the_real_chairs(real_data):
    collection = load_collection(real_data / "ChairV2")
    for split, photos, sketches in (("train", 300, 952), ("test", 100, 323)):
        part = collection.subset(split)
        assert (len(part.photos), len(part.sketches)) == (photos, sketches)
    points = np.concatenate([stroke for s in collection.sketches for stroke in s.drawing])
    assert np.isfinite(points).all()
    assert points.min() >= -1
    assert points.max() <= 257
