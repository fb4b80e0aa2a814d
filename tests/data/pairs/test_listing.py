"""The listing of a folder: which pictures it finds, and that it names all it leaves out."""

from __future__ import annotations

import os

import pytest

from sketchnet.data.pairs.left_out import summarise
from sketchnet.data.pairs.listing import Listing
from sketchnet.utils.errors import InputError
from tests.data.pairs.files import put


def names(listing: Listing) -> list[str]:
    return [listing.relative(path) for path in listing.root.all_pictures()]


def left_out(listing: Listing) -> dict[str, tuple[int, bool]]:
    return {each.name: (each.pictures, each.is_loss) for each in listing.left_out}


def test_pictures_of_all_folders_in_natural_order(tmp_path):
    put(tmp_path, "10.jpg 9.JPG z/1.png z/b/2.jpg a.webp")
    (tmp_path / "notes.txt").write_text("no picture")
    listing = Listing(tmp_path)
    assert names(listing) == ["9.JPG", "10.jpg", "a.webp", "z/1.png", "z/b/2.jpg"]
    assert listing.left_out == []
    assert listing.ids(listing.root)[tmp_path / "z" / "b" / "2.jpg"] == "z/b/2"


def test_system_folders_are_left_out_counted_and_named(tmp_path):
    put(tmp_path, "3.jpg 5.jpg")
    put(tmp_path / "@eaDir" / "3.jpg", "SYNOPHOTO_THUMB_M.jpg SYNOPHOTO_THUMB_XL.jpg")
    put(tmp_path / "#recycle", "old.jpg")
    put(tmp_path / "__MACOSX", "._3.jpg")
    put(tmp_path / ".Trash-1000" / "files", "gone.png")
    put(tmp_path / "$RECYCLE.BIN", "gone.png")
    put(tmp_path, "._3.jpg ._5.jpg")
    (tmp_path / "Thumbs.db").write_bytes(b"")
    (tmp_path / ".git").mkdir()
    listing = Listing(tmp_path)
    assert names(listing) == ["3.jpg", "5.jpg"]
    assert left_out(listing) == {
        "@eaDir/": (2, False), "#recycle/": (1, False), "__MACOSX/": (1, False),
        ".Trash-1000/": (1, False), "$RECYCLE.BIN/": (1, False),
        "._3.jpg": (1, False), "._5.jpg": (1, False),
    }  # fmt: skip
    lines = summarise(listing.left_out)
    assert "@eaDir/: 2 pictures, kept by a storage or other system, left out" in lines
    assert "._3.jpg and 1 more hidden files: left out" in lines
    assert len(lines) == 6


def test_linked_folders_are_followed_once_each(tmp_path):
    put(tmp_path / "elsewhere", "3.jpg 5.jpg 8.jpg")
    put(tmp_path / "photos", "13.jpg")
    (tmp_path / "photos" / "boots").symlink_to("../elsewhere")
    (tmp_path / "photos" / "again").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "photos" / "up").symlink_to("..")
    (tmp_path / "elsewhere" / "home").symlink_to(tmp_path / "photos")
    listing = Listing(tmp_path / "photos")
    assert names(listing) == ["13.jpg", "again/3.jpg", "again/5.jpg", "again/8.jpg"]
    assert left_out(listing).keys() == {"boots/", "up/", "again/home/"}


def test_a_folder_keeps_its_own_name_before_links_to_it(tmp_path):
    put(tmp_path / "z", "1.jpg")
    (tmp_path / "a").symlink_to("z")
    listing = Listing(tmp_path)
    assert names(listing) == ["z/1.jpg"]
    assert "a/" in left_out(listing)


def test_a_link_to_itself_or_to_its_parent_ends(tmp_path):
    put(tmp_path / "deep" / "er", "1.jpg")
    (tmp_path / "deep" / "er" / "loop").symlink_to(tmp_path)
    (tmp_path / "round").symlink_to("round")
    assert names(Listing(tmp_path)) == ["deep/er/1.jpg"]


def test_galleries_of_sketchnet_are_left_out_wherever_they_lie(tmp_path):
    put(tmp_path, "1.jpg")
    for folder in (tmp_path / "gallery", tmp_path / "old" / "gallery"):
        put(folder / "thumbnails", "000000.jpg 000001.jpg")
        (folder / "gallery.json").write_text("{}")
        (folder / "photos.json").write_text("{}")
    listing = Listing(tmp_path)
    assert names(listing) == ["1.jpg"]
    assert left_out(listing) == {"gallery/": (2, False), "old/gallery/": (2, False)}
    with pytest.raises(InputError, match="name the folder that it was built from"):
        Listing(tmp_path / "gallery")


def test_formats_that_are_not_read_are_losses(tmp_path):
    put(tmp_path, "1.jpg")
    content = (tmp_path / "1.jpg").read_bytes()
    for name in ("2.jfif", "3.JPE", "4.HEIC", "5.avif"):
        (tmp_path / name).write_bytes(content)
    for name in ("shoe.pdf", "shoe.psd", "raw.NEF", "all.zip"):
        (tmp_path / name).write_bytes(b"x")
    listing = Listing(tmp_path)
    assert names(listing) == ["1.jpg", "2.jfif", "3.JPE", "4.HEIC", "5.avif"]
    assert all(is_loss for _, is_loss in left_out(listing).values())
    assert left_out(listing).keys() == {"shoe.pdf", "shoe.psd", "raw.NEF", "all.zip"}
    assert "all.zip: an archive that is not read; unpack it first, left out" in summarise(
        listing.left_out
    )


def test_what_is_no_regular_file_is_named(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")  # to open it would block
    (tmp_path / "lost.jpg").symlink_to("/nowhere")
    (tmp_path / "folder.png").mkdir()
    listing = Listing(tmp_path)
    assert names(listing) == []
    assert left_out(listing) == {"pipe.png": (1, True), "lost.jpg": (1, True)}


def test_very_deep_folders(tmp_path):
    deep = tmp_path.joinpath(*["d"] * 900)
    os.makedirs(deep)
    put(deep, "1.jpg")
    assert len(names(Listing(tmp_path))) == 1


def test_no_folder_is_one_line(tmp_path):
    (tmp_path / "file").write_text("x")
    for path in (tmp_path / "file", tmp_path / "nowhere"):
        with pytest.raises(InputError, match="expected a folder of pictures"):
            Listing(path)
