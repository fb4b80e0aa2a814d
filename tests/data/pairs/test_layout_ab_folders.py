"""`trainA` and `trainB`: sketches and photos of each split in two folders."""

from __future__ import annotations

import pytest

from sketchnet.data.pairs.layout_ab_folders import read
from sketchnet.data.pairs.listing import Listing
from tests.data.pairs.files import owners, put_pairs, splits


@pytest.mark.parametrize("sketch_side", ["A", "B"])
@pytest.mark.parametrize("train", ["train", "Train"])
def test_sketches_may_lie_on_either_side(tmp_path, sketch_side, train):
    photo_side = "AB".replace(sketch_side, "")
    put_pairs(
        tmp_path,
        f"{train}{photo_side}: 24_v1 24 x_y",
        f"{train}{sketch_side}: 24_v1_1 24_v1_2 24_1 x_y_1",
    )
    put_pairs(tmp_path, f"test{photo_side}: 30 31", f"test{sketch_side}: 30_1 31_1 31_2 32_1")
    collection = read(Listing(tmp_path))
    assert owners(collection) == {
        "24_v1_1": "24_v1", "24_v1_2": "24_v1", "24_1": "24", "x_y_1": "x_y",
        "30_1": "30", "31_1": "31", "31_2": "31",
    }  # fmt: skip
    assert splits(collection) == {
        "24_v1": "train", "24": "train", "x_y": "train", "30": "test", "31": "test"
    }  # fmt: skip
    assert collection.problems == (f"test{sketch_side}/32_1.png: no photo belongs to it, skipped",)


def test_one_name_in_two_splits_is_two_photos(tmp_path):
    for split in ("train", "val", "test"):
        put_pairs(tmp_path, f"{split}B: 1 2", f"{split}A: 1_1 2_1")
    collection = read(Listing(tmp_path))
    assert [photo.id for photo in collection.photos] == [
        "1", "2", "val-1", "val-2", "test-1", "test-2"
    ]  # fmt: skip
    assert owners(collection)["test-2_1"] == "test-2"
    assert len(collection.subset("val").sketches) == 2


def test_another_folder_is_in_another_layout(tmp_path):
    put_pairs(tmp_path, "photos: 1", "sketches: 1")
    assert read(Listing(tmp_path)) is None
