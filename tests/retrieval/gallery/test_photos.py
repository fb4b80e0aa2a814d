"""Which photos of a folder a gallery is built of, and that everything else is named."""

from __future__ import annotations

import pytest

from sketchnet.retrieval.gallery.photos import list_photos, photos_in
from sketchnet.utils.errors import InputError
from tests.data.pairs.files import put, put_pairs
from tests.tiny import sketch_of, write_pairs, write_photos


def ids(folder) -> list[str]:
    return [photo.id for photo in photos_in(folder)]


def test_photos_of_any_folder(tmp_path):
    put(tmp_path, "shoe_10.png shoe_9.png shoe_9.jpg deep/er/shoe_1.png .hidden/shoe_2.png")
    (tmp_path / "notes.txt").write_text("no photo")
    assert ids(tmp_path) == ["shoe_9", "shoe_9.png", "shoe_10", "deep/er/shoe_1"]


def test_sketches_of_a_data_folder_are_not_photos(tmp_path):
    write_pairs(tmp_path / "pairs", range(4))
    assert ids(tmp_path / "pairs") == [f"shoe_{i}" for i in range(4)]


@pytest.mark.parametrize(
    ("photos", "sketches"),
    [
        ("photo/shoe: a.jpg b.jpg", "sketch/shoe: a-1 a-2 b-1"),
        ("photos/boots: 3.jpg 5.jpg", "sketches/boots: 3 5"),
        ("Photos: 3.jpg 5.jpg", "Sketches: 3 5"),
        ("photos: 3_photo.jpg 5_photo.jpg", "sketches: 3_sketch 5_sketch"),
        ("photos: 3.jpg 5.jpg", "sketches: fits none"),
        ("shop: 3.jpg 5.jpg", "Sketches: fits none"),
        ("trainB: 3 5", "trainA: 3_1 5_1"),
        (": 3_photo.jpg 5_photo.jpg", ": 3_sketch 5_sketch"),
        (": 3.jpg 5.jpg", ": sketch_17"),
    ],
)
def test_sketches_of_no_layout_are_photos(tmp_path, photos, sketches):
    put_pairs(tmp_path, photos, sketches)
    listed = list_photos(tmp_path)
    assert len(listed.photos) == 2
    assert all(
        "sketch" not in str(photo.photo).removeprefix(str(tmp_path)) for photo in listed.photos
    )


def test_a_layout_gives_the_shorter_ids(tmp_path):
    write_photos(tmp_path / "ShoeV2" / "photo", range(3), name="{}.jpg")
    assert ids(tmp_path / "ShoeV2") == ["0", "1", "2"]
    write_photos(tmp_path / "ShoeV2" / "more", [3], name="{}.jpg")
    assert len(ids(tmp_path / "ShoeV2")) == 4, "no picture is lost for it"


def test_fields_of_a_list_stay_with_the_photos(tmp_path):
    put(tmp_path, "shop/1.jpg shop/2.jpg shop/3.jpg")
    (tmp_path / "products.csv").write_text("photo,price\nshop/1.jpg,3.90\nshop/2.jpg,5\n")
    prices = {photo.id: photo.fields.get("price") for photo in photos_in(tmp_path)}
    assert prices == {"shop/1": "3.90", "shop/2": "5", "shop/3": None}


def test_everything_that_is_not_a_photo_is_named(tmp_path):
    put(tmp_path, "1.jpg 2.jpg @eaDir/1.jpg/thumb.jpg sub/gallery/thumbnails/000000.jpg")
    for name in ("gallery.json", "photos.json"):
        (tmp_path / "sub" / "gallery" / name).write_text("{}")
    (tmp_path / "catalogue.pdf").write_bytes(b"x")
    (tmp_path / "logo.svg").write_text("<svg/>")
    (tmp_path / "lost.jpg").symlink_to("/nowhere")
    listed = list_photos(tmp_path)
    assert [photo.id for photo in listed.photos] == ["1", "2"]
    assert {name for name, _ in listed.skipped} == {"catalogue.pdf", "lost.jpg"}
    named = "\n".join(listed.left_out)
    for name in ("@eaDir/: 1 picture", "sub/gallery/: 1 picture", "logo.svg"):
        assert name in named


def test_two_files_of_one_name_in_a_layout_are_named(tmp_path):
    put_pairs(tmp_path, "photos: 16.jpg 16.png 21.jpg", "sketches: 16.jpg.png 21.jpg.png stray.png")
    listed = list_photos(tmp_path)
    assert [photo.id for photo in listed.photos] == ["16", "21"]
    assert listed.skipped == (("photos/16.png", "16.jpg has the same name"),)
    assert listed.left_out == ("sketches/stray.png: no photo belongs to it, skipped",)


@pytest.mark.parametrize("content", ["nothing", "sketches alone", "text"])
def test_a_folder_without_photos_is_named(tmp_path, content):
    if content == "sketches alone":
        put(tmp_path / "sketches", "1 2", sketch_of)
    elif content == "text":
        (tmp_path / "notes.txt").write_text("no photo")
    with pytest.raises(InputError, match="without any"):
        photos_in(tmp_path)


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(InputError, match="which is not a folder"):
        photos_in(tmp_path / "absent")
