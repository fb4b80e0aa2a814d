"""A folder of photos and one of sketches: flat, by class, by split, as Sketchy has them."""

from __future__ import annotations

import unicodedata

import pytest

from sketchnet.data.pairs.layout_folders import read
from sketchnet.data.pairs.listing import Listing
from sketchnet.data.pairs.load import load_collection
from sketchnet.imaging.prepare import read_picture
from sketchnet.utils.errors import InputError
from tests.data.pairs.files import SVG, owners, put, put_pairs, splits
from tests.tiny import sketch_of


@pytest.mark.parametrize("photos", ["photos", "photo", "images", "image", "Photos", "PICTURES"])
@pytest.mark.parametrize("sketches", ["sketches", "sketch", "Sketches", "drawings"])
def test_two_folders(tmp_path, photos, sketches):
    put_pairs(
        tmp_path,
        f"{photos}: boot.jpg red_boot.jpg mule.JPG",
        f"{sketches}: boot boot_2 red_boot-1 red_boot_late mule",
    )
    collection = load_collection(tmp_path)
    assert owners(collection) == {
        "boot": "boot", "boot_2": "boot", "red_boot-1": "red_boot",
        "red_boot_late": "red_boot", "mule": "mule",
    }  # fmt: skip
    assert set(splits(collection).values()) == {"train"}
    assert collection.problems == ()
    assert collection.layouts == (f"pictures ({photos}/, {sketches}/)",)
    assert collection.photos[0].photo == tmp_path / photos / "boot.jpg"


def test_the_three_sketch_edition(tmp_path):
    put_pairs(
        tmp_path, "images: 001.jpg 002.jpg 010.jpg", "sketches: 001-1.jpg 001-2.jpg 010-1.jpg"
    )
    assert owners(load_collection(tmp_path)) == {"001-1": "001", "001-2": "001", "010-1": "010"}


@pytest.mark.parametrize(
    ("photos", "sketches", "pairs"),
    [
        ("Shoe_003.JPG Shoe_008.JPG", "shoe_003 SHOE_008_2", {"shoe_003": "Shoe_003",
                                                             "SHOE_008_2": "Shoe_008"}),
        ("0003_photo.jpg 0008_photo.jpg", "0003_sketch 0008_sketch_2",
         {"0003_sketch": "0003_photo", "0008_sketch_2": "0008_photo"}),
        ("photo_0003.jpg photo_0008.jpg", "sketch_0003 sketch_0008_2",
         {"sketch_0003": "photo_0003", "sketch_0008_2": "photo_0008"}),
        ("16.jpg 21.jpg", "16.jpg.png 21.jpg.png", {"16.jpg": "16", "21.jpg": "21"}),
        ("a.b.jpg 100%.jpg #1.jpg 👟.jpg", "a.b 100% #1 👟",
         {"a.b": "a.b", "100%": "100%", "#1": "#1", "👟": "👟"}),
    ],
)  # fmt: skip
def test_names_are_compared_in_a_normal_form(tmp_path, photos, sketches, pairs):
    put(tmp_path / "photos", photos)
    put(
        tmp_path / "sketches", [f"{n}.png" for n in sketches.replace(".png", "").split()], sketch_of
    )
    collection = load_collection(tmp_path)
    assert owners(collection) == pairs
    assert collection.problems == ()


def test_names_typed_on_a_mac(tmp_path):
    names = ["Ballerina Größe 38", "escarpin à bride", "ブーツ ぎんいろ"]
    put(tmp_path / "photos", [unicodedata.normalize("NFD", name) + ".jpg" for name in names])
    put(tmp_path / "sketches", [unicodedata.normalize("NFC", n) + ".png" for n in names], sketch_of)
    assert owners(load_collection(tmp_path)) == {name: name for name in names}


def test_class_folders_pair_within_their_class(tmp_path):
    put_pairs(tmp_path, "photos/boots: 3.jpg 5.jpg", "sketches/boots: 3 5_2 8")
    put_pairs(tmp_path, "photos/pumps: 3.jpg 8.jpg", "sketches/pumps: 3 8")
    collection = load_collection(tmp_path)
    assert owners(collection) == {
        "boots/3": "boots/3", "boots/5_2": "boots/5", "pumps/3": "pumps/3", "pumps/8": "pumps/8"
    }  # fmt: skip
    assert {photo.fields["category"] for photo in collection.photos} == {"boots", "pumps"}
    assert collection.problems == ("sketches/boots/8.png: no photo belongs to it, skipped",)


def test_photos_in_classes_and_sketches_beside_one_another(tmp_path):
    put(tmp_path / "photos", "boots/3.jpg pumps/8.jpg boots/1.jpg pumps/1.jpg")
    put(tmp_path / "sketches", "3 8 1", sketch_of)
    collection = load_collection(tmp_path)
    assert owners(collection) == {"3": "boots/3", "8": "pumps/8"}
    assert len(collection.problems) == 1, "two photos are called 1"


@pytest.mark.parametrize("with_renderings", [False, True])
def test_sketchy(tmp_path, with_renderings):
    photo = "photo/tx_000100000000" if with_renderings else "photo"
    sketch = "sketch/tx_000000000000" if with_renderings else "sketch"
    put_pairs(tmp_path, f"{photo}/sandal: n04122_108.jpg", f"{sketch}/sandal: n04122_108-1")
    put_pairs(
        tmp_path,
        f"{photo}/shoe: n04120_1.jpg n04120_10.jpg",
        f"{sketch}/shoe: n04120_10-1 n04120_10-2",
    )
    if with_renderings:
        put(tmp_path / "sketch" / "tx_000100000010" / "shoe", "n04120_10-1 n04120_10-2", sketch_of)
    collection = load_collection(tmp_path)
    assert owners(collection) == {
        "sandal/n04122_108-1": "sandal/n04122_108",
        "shoe/n04120_10-1": "shoe/n04120_10",
        "shoe/n04120_10-2": "shoe/n04120_10",
    }
    assert len(collection.photos) == 3
    assert collection.problems == ()
    if with_renderings:
        (line,) = collection.left_out
        assert line.startswith("sketch/tx_000100000010/: 2 pictures")


def test_one_pair_of_folders_for_each_class(tmp_path):
    put_pairs(tmp_path / "boots", "photos: 3.jpg", "sketches: 3")
    put_pairs(tmp_path / "pumps", "photos: 3.jpg", "sketches: 3_1")
    collection = load_collection(tmp_path)
    assert owners(collection) == {"boots/3": "boots/3", "pumps/3_1": "pumps/3"}
    unpacked = tmp_path / "unpacked"
    put_pairs(unpacked / "256x256", "photo/shoe: 1.jpg", "sketch/shoe: 1-1")
    assert owners(load_collection(unpacked)) == {"shoe/1-1": "shoe/1"}


def test_splits_as_folders(tmp_path):
    put_pairs(tmp_path, "photos/train: 1.jpg 2.jpg", "sketches/train: 1 2")
    put_pairs(tmp_path, "photos/valid: 1.jpg", "sketches/valid: 1_1")
    collection = load_collection(tmp_path)
    assert splits(collection) == {"train/1": "train", "train/2": "train", "valid/1": "val"}
    assert owners(collection)["valid/1_1"] == "valid/1"


def test_svg_sketches_are_read_as_strokes(tmp_path):
    pytest.importorskip("svgelements", reason="pip install -r requirements-formats.txt")
    put(tmp_path / "photos", "3.jpg 5.jpg 8.jpg")
    (tmp_path / "sketches").mkdir()
    (tmp_path / "sketches" / "3.svg").write_text(SVG)
    (tmp_path / "sketches" / "5.svg").write_text("<svg>")
    put(tmp_path / "sketches", "8", sketch_of)
    (tmp_path / "photos" / "9.svg").write_text(SVG)
    collection = load_collection(tmp_path)
    assert owners(collection) == {"3": "3", "8": "8"}
    assert [len(stroke) for stroke in collection.sketches[0].drawing] == [5]
    assert sorted(problem.partition(":")[0] for problem in collection.problems) == [
        "photos/9.svg", "sketches/5.svg"
    ]  # fmt: skip


def test_every_file_is_used_or_named(tmp_path):
    put(tmp_path / "photos", "boot.jpg boot.png 1")
    put(tmp_path / "sketches", "boot 10 stray", sketch_of)
    put(tmp_path / "more", "a.jpg b.jpg")
    (tmp_path / "photos" / "Thumbs.db").write_bytes(b"")
    (tmp_path / "photos" / "._boot.jpg").write_bytes(b"")
    (tmp_path / "photos" / "boot.pdf").write_bytes(b"")
    (tmp_path / "photos" / "folder.png").mkdir()
    collection = load_collection(tmp_path)
    assert [photo.id for photo in collection.photos] == ["1", "boot"]
    assert owners(collection) == {"boot": "boot"}
    assert sorted(problem.split(":")[0] for problem in collection.problems) == [
        "more/", "photos/boot.pdf", "photos/boot.png", "sketches/10.png", "sketches/stray.png"
    ]  # fmt: skip
    assert [line.split(":")[0] for line in collection.left_out] == ["photos/._boot.jpg"]


def test_where_no_name_fits_the_problem_explains_how_to_name_them(tmp_path):
    put_pairs(tmp_path, "photos: a.jpg b.jpg", "sketches: scan01 scan02")
    collection = load_collection(tmp_path)
    assert collection.sketches == ()
    assert collection.problems[0].startswith("none of 2 sketches is named after a photo: name each")


def test_a_folder_without_photos_is_in_another_layout(tmp_path):
    put(tmp_path / "sketches", "a", sketch_of)
    assert read(Listing(tmp_path)) is None
    with pytest.raises(InputError, match="sketches"):
        load_collection(tmp_path)
    (tmp_path / "photos").mkdir()
    put(tmp_path / "other", "a")
    assert load_collection(tmp_path / "other").sketches == ()


def test_layouts_that_share_a_folder_are_one_collection(tmp_path):
    put(tmp_path / "photos", "a b")
    put_pairs(tmp_path, "trainB: a c", "trainA: a_1 c_1")
    put_pairs(tmp_path, "testB: b", "testA: b_1")
    collection = load_collection(tmp_path)
    assert splits(collection) == {"a": "train", "b": "test", "c": "train"}  # the later split wins
    assert owners(collection) == {"a_1": "a", "c_1": "c", "b_1": "b"}
    assert read_picture(collection.photos[0].photo).shape == (96, 96, 3)
    assert len(collection.layouts) == 3
