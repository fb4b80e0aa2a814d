"""Photos and sketches in one folder, distinguished by words in their names."""

from __future__ import annotations

import pytest

from sketchnet.data.pairs.listing import Listing
from sketchnet.data.pairs.load import load_collection, read_layouts
from tests.data.pairs.files import owners, put
from tests.tiny import sketch_of


@pytest.mark.parametrize(
    ("photos", "sketches", "pairs"),
    [
        ("3_photo.jpg 8_photo.jpg", "3_sketch 8_sketch_2",
         {"3_sketch": "3_photo", "8_sketch_2": "8_photo"}),
        ("3.jpg 8.jpg", "sketch_3 sketch_8", {"sketch_3": "3", "sketch_8": "8"}),
        ("a/3.jpg b/3.jpg", "a/3-sketch b/3-Sketch", {"a/3-sketch": "a/3", "b/3-Sketch": "b/3"}),
    ],
)  # fmt: skip
def test_words_in_names_mark_the_sketches(tmp_path, photos, sketches, pairs):
    put(tmp_path, photos)
    put(tmp_path, sketches, sketch_of)
    collection = load_collection(tmp_path)
    assert owners(collection) == pairs
    assert len(collection.photos) == 2
    assert collection.problems == ()


def test_photos_whose_names_all_have_the_word_stay_photos(tmp_path):
    put(tmp_path, "drawing_1.jpg drawing_2.jpg drawing_3.jpg")
    collection = read_layouts(Listing(tmp_path))
    assert len(collection.photos) == 3
    assert collection.sketches == ()


def test_sketches_that_fit_no_photo_are_left_out_of_a_gallery_and_named(tmp_path):
    put(tmp_path, "boot.jpg mule.jpg")
    put(tmp_path, "sketch_17", sketch_of)
    collection = load_collection(tmp_path)
    assert [photo.id for photo in collection.photos] == ["boot", "mule"]
    assert "sketch_17" in "\n".join((*collection.problems, *collection.left_out))
