"""Galleries on disk: written, loaded, damaged; those of older versions stay readable."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sketchnet.retrieval.gallery import build_gallery, load_gallery
from sketchnet.retrieval.gallery.store import checksum
from sketchnet.utils.errors import InputError
from tests.browser.hog_embedder import HogEmbedder
from tests.tiny import write_photos


def change(path: Path, **fields) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))


@pytest.fixture
def gallery_folder(tmp_path):
    build_gallery(HogEmbedder(), write_photos(tmp_path / "photos", range(3)), tmp_path / "out")
    return tmp_path / "out"


@pytest.mark.parametrize("name", ["embeddings.npy", "local.npy", "photos.json"])
def test_a_flipped_byte_is_found(gallery_folder, name):
    content = bytearray((gallery_folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (gallery_folder / name).write_bytes(content)
    with pytest.raises(InputError, match=f"checksum of {name}"):
        load_gallery(gallery_folder)


@pytest.mark.parametrize("name", ["embeddings.npy", "local.npy", "photos.json", "gallery.json"])
def test_a_missing_part_is_one_clear_line(gallery_folder, name):
    (gallery_folder / name).unlink()
    with pytest.raises(InputError, match=r"damaged|holds no") as error:
        load_gallery(gallery_folder)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "fields",
    [
        {"version": 99},
        {"version": None},
        {"photos": 2},
        {"checksums": {}},
        {"checksums": 3},
        {"checksums": {"../../secret": "0"}},
        {"views": "many"},
    ],
)
def test_wrong_metadata_is_refused(gallery_folder, fields):
    change(gallery_folder / "gallery.json", **fields)
    with pytest.raises(InputError, match=r"damaged|version"):
        load_gallery(gallery_folder)


@pytest.mark.parametrize("text", ["", "{", "[]", "[" * 100_000])
def test_metadata_that_is_not_an_object_is_refused(gallery_folder, text):
    (gallery_folder / "gallery.json").write_text(text)
    with pytest.raises(InputError, match="damaged"):
        load_gallery(gallery_folder)


def test_pickled_arrays_are_not_opened(gallery_folder):
    np.save(gallery_folder / "embeddings.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(InputError, match="damaged"):
        load_gallery(gallery_folder, verify=False)


@pytest.mark.parametrize(
    "columns",
    [
        {"files": [None]},
        {"files": [[1, 2], None, None]},
        {"files": [[1, 2, 3, "x"]] * 3},
        {"files": 7},
        {"aliases": {"0": [["shoe_1", "", None]]}},
        {"aliases": {"9": [["x", "", None]]}},
        {"aliases": {"x": [["x", "", None]]}},
        {"aliases": {"0": [[1, "", None]]}},
        {"aliases": [1]},
    ],
)
def test_wrong_names_and_files_are_refused(gallery_folder, columns):
    change(gallery_folder / "photos.json", **columns)
    sums = json.loads((gallery_folder / "gallery.json").read_text())["checksums"]
    sums["photos.json"] = checksum(gallery_folder / "photos.json")
    change(gallery_folder / "gallery.json", checksums=sums)
    with pytest.raises(InputError, match="damaged") as error:
        load_gallery(gallery_folder)
    assert "\n" not in str(error.value)


def test_names_of_a_photo(gallery_folder):
    gallery = load_gallery(gallery_folder)
    (name,) = gallery.names_of(1)
    assert (name.id, name.original) == ("shoe_1", "shoe_1.png")
    assert name.file.checksum == checksum(gallery_folder.parent / "photos" / "shoe_1.png")
    assert str(gallery_folder.parent) not in (gallery_folder / "photos.json").read_text()
