"""Pictures of a photo and its lines side by side."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from sketchnet.data.pairs.layout_side_by_side import read
from sketchnet.data.pairs.listing import Listing
from sketchnet.data.pairs.load import load_collection
from sketchnet.data.pairs.picture_source import load_picture
from tests.data.pairs.files import owners, put, splits
from tests.tiny import photo_of, sketch_of


def lines_of(number: int) -> np.ndarray:
    return cv2.cvtColor(sketch_of(number), cv2.COLOR_GRAY2BGR)


def toned(number: int) -> np.ndarray:
    """A photo whose object has tones, as a real one does."""
    return np.maximum(photo_of(number), 90)


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("name", ["{}_AB.png", "{}.png"])
def test_halves_become_photo_and_sketch(tmp_path, side, name):
    def double(number: int) -> np.ndarray:
        halves = [lines_of(number), toned(number)]
        return np.concatenate(halves if side == "left" else halves[::-1], axis=1)

    put(tmp_path / "train", [name.format(i) for i in (3, 8, 16)], double)
    put(tmp_path / "val", [name.format(i) for i in (3, 21)], double)
    collection = load_collection(tmp_path)
    assert splits(collection) == {
        "3": "train", "8": "train", "16": "train", "val-3": "val", "val-21": "val"
    }  # fmt: skip
    assert owners(collection) == {photo.id: photo.id for photo in collection.photos}
    assert collection.problems == ()
    for number in range(3):  # as written by `put`, one after another
        np.testing.assert_array_equal(
            load_picture(collection.photos[number].photo)[..., ::-1], toned(number)
        )
        np.testing.assert_array_equal(
            load_picture(collection.sketches[number].picture, grey=True), sketch_of(number)
        )


def test_wide_photos_are_photos(tmp_path):
    blank = np.full((96, 96, 3), 255, np.uint8)
    for name, left in (("two shoes", toned), ("room beside it", lambda _: blank)):
        folder = tmp_path / name
        put(
            folder,
            "1.png 2.png 3.png",
            lambda i, left=left: np.concatenate([left(i), toned(i + 5)], axis=1),
        )
        assert read(Listing(folder)) is None
        assert len(load_collection(folder).photos) == 3


def test_one_picture_of_another_shape_makes_it_another_layout(tmp_path):
    put(tmp_path, "1.png 2.png", lambda i: np.concatenate([lines_of(i), toned(i)], axis=1))
    put(tmp_path, "3.png", toned)
    assert read(Listing(tmp_path)) is None
