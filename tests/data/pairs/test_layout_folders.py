"""One folder a side: a person's own, trainA/trainB, and folders with lists."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from sketchnet.data.pairs.layout_folders import read_listed, read_own, read_sides
from sketchnet.data.pairs.load import load_collection
from sketchnet.imaging.prepare import read_picture
from tests.tiny import photo_of, sketch_of


def put(folder: Path, names: str, picture=None) -> None:
    """Write a picture for each name; without an ending it is a PNG."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, name in enumerate(names.split()):
        path = folder / (name if "." in name else f"{name}.png")
        assert cv2.imwrite(str(path), picture(i) if picture else photo_of(i))


def owners(collection) -> dict[str, str]:
    return {sketch.id: sketch.photo_id for sketch in collection.sketches}


@pytest.mark.parametrize("photos", ["photos", "photo", "images", "image"])
@pytest.mark.parametrize("sketches", ["sketches", "sketch"])
def test_a_persons_own_folder(tmp_path, photos, sketches):
    put(tmp_path / photos, "boot.jpg red_boot.jpg mule.JPG")
    put(tmp_path / sketches, "boot boot_2 red_boot-1 red_boot_late mule", sketch_of)
    collection = read_own(tmp_path)
    assert owners(collection) == {
        "boot": "boot", "boot_2": "boot", "red_boot-1": "red_boot",
        "red_boot_late": "red_boot", "mule": "mule",
    }  # fmt: skip
    assert {photo.split for photo in collection.photos} == {"train"}
    assert collection.problems == ()
    assert collection.layouts == (f"pictures ({photos}/, {sketches}/)",)
    assert collection.photos[0].photo == tmp_path / photos / "boot.jpg"


def test_the_three_sketch_edition(tmp_path):
    put(tmp_path / "images", "001.jpg 002.jpg 010.jpg")
    put(tmp_path / "sketches", "001-1.jpg 001-2.jpg 001-3.jpg 010-1.jpg", sketch_of)
    assert owners(read_own(tmp_path)) == {
        "001-1": "001", "001-2": "001", "001-3": "001", "010-1": "010"
    }  # fmt: skip


def test_strange_files_are_named_or_passed_over(tmp_path):
    put(tmp_path / "photos", "boot.jpg boot.png 1")
    put(tmp_path / "sketches", "boot 10 stray", sketch_of)
    (tmp_path / "photos" / "Thumbs.db").write_bytes(b"")
    (tmp_path / "photos" / "._boot.jpg").write_bytes(b"")
    (tmp_path / "photos" / "folder.png").mkdir()
    collection = read_own(tmp_path)
    assert [photo.id for photo in collection.photos] == ["1", "boot"]
    assert owners(collection) == {"boot": "boot"}
    assert sorted(problem.split(":")[0] for problem in collection.problems) == [
        "photos/boot.png", "sketches/10.png", "sketches/stray.png"
    ]  # fmt: skip


def test_a_folder_without_photos_is_not_ours(tmp_path):
    put(tmp_path / "sketches", "a", sketch_of)
    assert read_own(tmp_path) is None
    assert read_sides(tmp_path) is None
    assert read_listed(tmp_path) is None
    (tmp_path / "photos").mkdir()
    put(tmp_path / "other", "a")
    assert load_collection(tmp_path / "other").sketches == ()


@pytest.mark.parametrize("sketch_side", ["A", "B"])
def test_train_a_and_train_b(tmp_path, sketch_side):
    photo_side = "AB".replace(sketch_side, "")
    put(tmp_path / f"train{photo_side}", "24_v1 24 x_y")
    put(tmp_path / f"train{sketch_side}", "24_v1_1 24_v1_2 24_1 x_y_1", sketch_of)
    put(tmp_path / f"test{photo_side}", "30 31")
    put(tmp_path / f"test{sketch_side}", "30_1 31_1 31_2 32_1", sketch_of)
    collection = read_sides(tmp_path)
    assert owners(collection) == {
        "24_v1_1": "24_v1", "24_v1_2": "24_v1", "24_1": "24", "x_y_1": "x_y",
        "30_1": "30", "31_1": "31", "31_2": "31",
    }  # fmt: skip
    assert {photo.id: photo.split for photo in collection.photos} == {
        "24_v1": "train", "24": "train", "x_y": "train", "30": "test", "31": "test"
    }  # fmt: skip
    assert collection.problems == (f"test{sketch_side}/32_1.png: no photo belongs to it, skipped",)


def test_one_name_in_two_splits_is_two_things(tmp_path):
    for split in ("train", "val", "test"):
        put(tmp_path / f"{split}B", "1 2")
        put(tmp_path / f"{split}A", "1_1 2_1", sketch_of)
    collection = read_sides(tmp_path)
    assert [photo.id for photo in collection.photos] == [
        "1", "2", "val-1", "val-2", "test-1", "test-2"
    ]  # fmt: skip
    assert owners(collection)["test-2_1"] == "test-2"
    assert len(collection.subset("val").sketches) == 2


def lists(folder: Path, **content: str) -> None:
    for name, lines in content.items():
        (folder / f"{name}.txt").write_text("\n".join(lines.split()) + "\n")


@pytest.mark.parametrize("folders", ["ShoeV2_photo ShoeV2_sketch", "my_photos my_sketches_png"])
def test_folders_with_lists(tmp_path, folders):
    photos, sketches = folders.split()
    put(tmp_path / photos, "a_1 b c unlisted")
    put(tmp_path / sketches, "a_1_1 a_1_2 b_1 c_1 c_2", sketch_of)
    lists(
        tmp_path,
        photo_train="a_1.png b.png gone.png", photo_test="c.png b.png",
        sketch_train="a_1_1.svg a_1_2.svg b_1.svg", sketch_test="c_1.svg",
    )  # fmt: skip
    collection = read_listed(tmp_path)
    assert owners(collection) == {"a_1_1": "a_1", "a_1_2": "a_1", "b_1": "b", "c_1": "c"}
    assert {photo.id: photo.split for photo in collection.photos} == {
        "a_1": "train", "b": "train", "c": "test"
    }  # fmt: skip
    assert sorted(collection.problems) == [
        "photo unlisted: in no list, skipped",
        "photo_test.txt: b is in train already",
        "photo_train.txt: gone is listed but not there",
        "sketch c_2: in no list, skipped",
    ]


def test_the_photos_list_decides_the_split(tmp_path):
    put(tmp_path / "x_photo", "a b")
    put(tmp_path / "x_sketch", "a_1 b_1", sketch_of)
    lists(tmp_path, photo_train="a.png", photo_test="b.png", sketch_train="a_1.png b_1.png")
    train = read_listed(tmp_path).subset("train")
    assert owners(train) == {"a_1": "a"}


def test_folders_without_lists_are_all_train(tmp_path):
    put(tmp_path / "x_photo", "a b")
    put(tmp_path / "x_sketch", "a_1", sketch_of)
    collection = load_collection(tmp_path)
    assert {photo.split for photo in collection.photos} == {"train"}
    assert owners(collection) == {"a_1": "a"}


def test_layouts_that_share_a_folder_are_one_collection(tmp_path):
    put(tmp_path / "photos", "a b")
    put(tmp_path / "trainB", "a c")
    put(tmp_path / "trainA", "a_1 c_1", sketch_of)
    put(tmp_path / "testB", "b")
    put(tmp_path / "testA", "b_1", sketch_of)
    collection = load_collection(tmp_path)
    assert {photo.id: photo.split for photo in collection.photos} == {
        "a": "train", "b": "test", "c": "train"  # the stricter split wins
    }  # fmt: skip
    assert owners(collection) == {"a_1": "a", "c_1": "c", "b_1": "b"}
    assert read_picture(collection.photos[0].photo).shape == (96, 96, 3)
    assert len(collection.layouts) == 3
