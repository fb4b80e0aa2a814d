"""Lists of pairs as CSV: any delimiter, encoding and column order; further columns are kept."""

from __future__ import annotations

import pytest

from sketchnet.data.pairs.layout_csv import read
from sketchnet.data.pairs.listing import Listing
from sketchnet.data.pairs.load import load_collection
from tests.data.pairs.files import owners, put, put_pairs, splits

TEXT = """sketch,photo,split,price,url
drawings/scan03.png,catalogue/SKU-1.jpg,train,3.90,https://shop.example/1
drawings/scan16.png,catalogue/SKU-2.jpg,train,16.90,"https://shop.example/2,b"
drawings/scan08.png,catalogue/SKU-1.jpg,train,,
drawings/scan13.png,catalogue/SKU-3.jpg,test,13.90,
"""


@pytest.fixture
def folder(tmp_path):
    put_pairs(
        tmp_path,
        "catalogue: SKU-1.jpg SKU-2.jpg SKU-3.jpg",
        "drawings: scan03 scan08 scan13 scan16",
    )
    return tmp_path


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace('"https://shop.example/2,b"', "https://shop.example/2,b".replace(",", ";"))
        .replace(",", "\t").encode("utf-16"),
        TEXT.replace("drawings/", "drawings\\").replace("catalogue/", ".\\Catalogue\\").encode(),
        TEXT.replace("sketch,photo,split", "Sketch , PHOTO,Split").encode(),
        TEXT.replace("drawings/", "").replace("catalogue/", "D:\\shop\\").encode(),
    ],
    ids=["plain", "BOM and CRLF", "tabs in UTF-16", "backslashes", "capitals", "names alone"],
)  # fmt: skip
def test_pairs_splits_and_fields(folder, content):
    (folder / "pairs.csv").write_bytes(content)
    collection = load_collection(folder)
    assert owners(collection) == {
        "scan03": "SKU-1", "scan16": "SKU-2", "scan08": "SKU-1", "scan13": "SKU-3"
    }  # fmt: skip
    assert splits(collection) == {"SKU-1": "train", "SKU-2": "train", "SKU-3": "test"}
    assert [photo.fields["price"] for photo in collection.photos] == ["3.90", "16.90", "13.90"]
    assert collection.photos[0].fields["url"] == "https://shop.example/1"
    assert collection.problems == ()
    assert collection.layouts == ("list (pairs.csv)",)


def test_a_list_of_photos_alone_is_a_gallery_with_fields(folder):
    (folder / "products.csv").write_text(
        "photo;name\ncatalogue/SKU-1.jpg;Boot\ncatalogue/SKU-3.jpg;Pump\n"
    )
    collection = read(Listing(folder))
    assert {photo.id: photo.fields["name"] for photo in collection.photos} == {
        "SKU-1": "Boot", "SKU-3": "Pump"
    }  # fmt: skip
    assert collection.sketches == ()


def test_what_is_missing_wrong_or_not_listed_is_named(folder):
    put(folder / "catalogue", "SKU-9.jpg")
    (folder / "pairs.csv").write_text(
        "photo,sketch,split\n"
        "catalogue/SKU-1.jpg,drawings/scan03.png,train\n"
        "catalogue/SKU-2.jpg,drawings/gone.png,dev\n"
        "../../etc/passwd,drawings/scan08.png,train\n"
        "catalogue/SKU-3.jpg,drawings/scan03.png,\n"
        ",,\n"
    )
    collection = load_collection(folder)
    assert owners(collection) == {"scan03": "SKU-1"}
    text = "\n".join(collection.problems)
    for named in (
        "gone.png is listed",
        "etc/passwd is listed",
        "'dev'",
        "scan03.png is listed twice",
    ):
        assert named in text
    assert "catalogue/: 1 pictures belong to no layout (SKU-9.jpg, …)" in text


def test_a_list_decides_where_names_would_pair_otherwise(tmp_path):
    put_pairs(tmp_path, "photos: 1.jpg 2.jpg", "sketches: 1 2 2_b")
    (tmp_path / "pairs.csv").write_text(
        "sketch,photo,split\nsketches/1.png,photos/2.jpg,test\nsketches/2.png,photos/1.jpg,test\n"
    )
    collection = load_collection(tmp_path)
    assert owners(collection) == {"1": "2", "2": "1", "2_b": "2"}
    assert set(splits(collection).values()) == {"test"}
    assert len(collection.photos) == 2


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"a,b\n1,2\n",
        b"word,key_id,drawing,image\n",
        b"photo,sketch\n",
        b"\x00\x01\xff" * 40,
        b'photo,sketch\n"unclosed',
    ],
    ids=["empty", "other columns", "doodles", "no rows", "bytes", "unclosed"],
)
def test_other_tables_change_nothing(tmp_path, content):
    put_pairs(tmp_path, "photos: 1.jpg", "sketches: 1")
    (tmp_path / "table.csv").write_bytes(content)
    assert owners(load_collection(tmp_path)) == {"1": "1"}


def test_a_list_of_other_pictures_is_named(tmp_path):
    put(tmp_path, "a.jpg b.jpg")
    (tmp_path / "products.csv").write_text("photo,price\nx/1.jpg,3\nx/2.jpg,4\n")
    collection = load_collection(tmp_path)
    assert [photo.id for photo in collection.photos] == ["a", "b"]
    assert "none of its 2 photos is there" in collection.problems[0]
