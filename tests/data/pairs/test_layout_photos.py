"""Photos without sketches: ids, classes, and that sketches are never among them."""

from __future__ import annotations

from sketchnet.data.pairs.load import load_collection
from tests.data.pairs.files import put, put_pairs
from tests.tiny import sketch_of


def ids(folder) -> list[str]:
    return [photo.id for photo in load_collection(folder).photos]


def test_ids_are_paths_without_ending(tmp_path):
    put(tmp_path, "10.jpg 9.png 9.jpg deep/er/1.png .hidden/2.png")
    assert ids(tmp_path) == ["9", "9.png", "10", "deep/er/1"]
    collection = load_collection(tmp_path)
    assert collection.photos[-1].fields == {"category": "deep/er"}
    assert collection.layouts == ("photos",)
    put(tmp_path / "flat", "1.jpg")
    assert load_collection(tmp_path / "flat").layouts == ("loose pictures",)


def test_sketches_are_never_photos(tmp_path):
    put(tmp_path, "shop/1.jpg shop/2.jpg")
    put(tmp_path, "Sketches/1.png drafts/2_sketch.png drafts/x.png", sketch_of)
    (tmp_path / "shop" / "logo.svg").write_text("<svg/>")
    assert ids(tmp_path) == ["drafts/x", "shop/1", "shop/2"]
    named = "\n".join(load_collection(tmp_path).left_out)
    for path in ("Sketches/", "drafts/", "shop/"):
        assert f"{path}: 1 picture, sketches, not photos" in named


def test_photos_beside_a_folder_of_photos_are_named(tmp_path):
    put_pairs(tmp_path, "photos: 1.jpg", "sketches: 1")
    put(tmp_path / "new", "2.jpg 3.jpg")
    assert (
        "new/: 2 pictures belong to no layout (2.jpg, …)" in load_collection(tmp_path).problems[0]
    )
