"""`X_photo` and `X_sketch`, with the splits in text files as any system writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from sketchnet.data.pairs.layout_split_lists import read
from sketchnet.data.pairs.listing import Listing
from sketchnet.data.pairs.load import load_collection
from tests.data.pairs.files import owners, put_pairs, splits


def lists(folder: Path, **content: str) -> None:
    for name, lines in content.items():
        (folder / f"{name}.txt").write_text("\n".join(lines.split()) + "\n")


@pytest.mark.parametrize("folders", ["ShoeV2_photo ShoeV2_sketch", "my_photos my_sketches_png"])
def test_folders_with_lists(tmp_path, folders):
    photos, sketches = folders.split()
    put_pairs(tmp_path, f"{photos}: a_1 b c unlisted", f"{sketches}: a_1_1 a_1_2 b_1 c_1 c_2")
    lists(
        tmp_path,
        photo_train="a_1.png b.png gone.png", photo_test="c.png b.png",
        sketch_train="a_1_1.svg a_1_2.svg b_1.svg", sketch_test="c_1.svg",
    )  # fmt: skip
    collection = read(Listing(tmp_path))
    assert owners(collection) == {"a_1_1": "a_1", "a_1_2": "a_1", "b_1": "b", "c_1": "c"}
    assert splits(collection) == {"a_1": "train", "b": "train", "c": "test"}
    assert set(collection.problems) == {
        f"{photos}/unlisted.png: in no list, skipped",
        f"{sketches}/c_2.png: in no list, skipped",
        "photo_test.txt: b is in train already",
        "photo_train.txt: gone is listed but not there",
    }


@pytest.mark.parametrize(
    "content",
    [
        b"\xef\xbb\xbf3.png\r\n5.png\r\n\xc3\xa4.png\r\n",
        b"shoe_photo\\3.png\r\nshoe_photo\\5.png\r\nshoe_photo\\\xe4.png\r\n",
        "3.png\r\n5.png\r\nä.png".encode("utf-16"),
        b'"C:\\data\\3.PNG"\n./shoe_photo/5.png\n\xc3\xa4.png\n\n',
        "3\n5\na\u0308\n".encode(),
    ],
    ids=["BOM", "backslashes and cp1252", "UTF-16", "absolute and quoted", "no endings, NFD"],
)
def test_lists_of_any_system(tmp_path, content):
    put_pairs(tmp_path, "shoe_photo: 3 5 ä 13", "shoe_sketch: 3_1 5_1 ä_1 13_1")
    (tmp_path / "photo_test.txt").write_bytes(content)
    (tmp_path / "photo_train.txt").write_text("13.png\n")
    collection = read(Listing(tmp_path))
    assert splits(collection) == {"3": "test", "5": "test", "ä": "test", "13": "train"}
    assert owners(collection) == {"3_1": "3", "5_1": "5", "ä_1": "ä", "13_1": "13"}
    assert collection.problems == ()


def test_the_list_of_the_photos_decides_the_split(tmp_path):
    put_pairs(tmp_path, "x_photo: a b", "x_sketch: a_1 b_1")
    lists(tmp_path, photo_train="a.png", photo_test="b.png", sketch_train="a_1.png b_1.png")
    train = read(Listing(tmp_path)).subset("train")
    assert owners(train) == {"a_1": "a"}


def test_folders_without_lists_are_all_train(tmp_path):
    put_pairs(tmp_path, "x_photo: a b", "x_sketch: a_1")
    collection = load_collection(tmp_path)
    assert set(splits(collection).values()) == {"train"}
    assert owners(collection) == {"a_1": "a"}
