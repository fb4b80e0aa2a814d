"""Folders that changed since their gallery was built: what is noticed, embedded and removed."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from sketchnet.imaging.prepare import prepare_photo_input, read_picture
from sketchnet.retrieval.gallery import build_gallery, gallery_changes, load_gallery, photos_in
from sketchnet.retrieval.gallery.remove import remove_photos
from sketchnet.retrieval.gallery.store import checksum
from sketchnet.utils.errors import InputError
from tests.browser.hog_embedder import HogEmbedder
from tests.tiny import photo_of, write_photos


class Counting(HogEmbedder):
    """Counts the photos that it embeds."""

    def __init__(self) -> None:
        super().__init__()
        self.embedded = 0

    def photos(self, prepared, views=10, progress=None, *, mirrored=False):
        self.embedded += len(prepared)
        return super().photos(prepared, views, progress, mirrored=mirrored)


@pytest.fixture
def embedder() -> Counting:
    return Counting()


@pytest.fixture
def photos(tmp_path, embedder) -> Path:
    """A folder of five photos, with its gallery in `out`."""
    folder = write_photos(tmp_path / "photos", range(5))
    build_gallery(embedder, folder, tmp_path / "out")
    embedder.embedded = 0
    return folder


def write(path: Path, number: int) -> None:
    assert cv2.imwrite(str(path), photo_of(number)[..., ::-1])


def shows(gallery, photo_id: str, number: int) -> bool:
    """Whether the thumbnail and the vector of a photo are those of picture `number`."""
    row = gallery.row(photo_id)
    shown = read_picture(gallery.picture(row)).astype(int)
    embedder = HogEmbedder()
    config = embedder.config
    prepared = prepare_photo_input(
        photo_of(number), embedder.canvas, config.photo_input, config.line_width
    )
    expected = embedder.photos(prepared[None]).vectors[0]
    is_vector = np.allclose(gallery.embeddings.vectors[row], expected, atol=1e-5)
    return is_vector and bool(np.abs(shown - photo_of(number)).mean() < 6)


def test_an_unchanged_folder_embeds_nothing(photos, tmp_path, embedder):
    assert not gallery_changes(tmp_path / "out", photos)
    before = (tmp_path / "out" / "gallery.json").stat().st_mtime_ns
    built = build_gallery(embedder, photos, tmp_path / "out")
    assert (built.embedded, embedder.embedded, str(built.changes)) == (
        0, 0, "0 new, 0 changed, 0 gone"
    )  # fmt: skip
    assert (tmp_path / "out" / "gallery.json").stat().st_mtime_ns == before


def test_added_replaced_and_removed_photos_are_noticed(photos, tmp_path, embedder):
    for number in (10, 11, 12):
        write(photos / f"shoe_{number}.png", number)
    write(photos / "shoe_1.png", 20)
    for number in (0, 3):
        (photos / f"shoe_{number}.png").unlink()
    changes = gallery_changes(tmp_path / "out", photos)
    assert str(changes) == "3 new, 1 changed, 2 gone"
    assert changes.new == ("shoe_10", "shoe_11", "shoe_12")
    assert (changes.changed, changes.gone) == (("shoe_1",), ("shoe_0", "shoe_3"))

    built = build_gallery(embedder, photos, tmp_path / "out")
    assert built.changes == changes
    assert (built.embedded, embedder.embedded) == (4, 4)
    gallery = load_gallery(tmp_path / "out")
    assert sorted(gallery.ids) == [f"shoe_{n}" for n in (1, 10, 11, 12, 2, 4)]
    for photo_id, number in (("shoe_1", 20), ("shoe_2", 2), ("shoe_4", 4), ("shoe_12", 12)):
        assert shows(gallery, photo_id, number)
    assert not gallery_changes(tmp_path / "out", photos)


def test_a_replaced_photo_of_the_same_size_and_time_of_day_is_noticed(photos, tmp_path):
    path = photos / "shoe_1.png"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    assert gallery_changes(tmp_path / "out", photos).changed == ("shoe_1",)


def test_a_touched_or_copied_file_is_the_same(photos, tmp_path, embedder):
    for path in photos.iterdir():
        os.utime(path, (1, 1))
    assert not gallery_changes(tmp_path / "out", photos)
    build_gallery(embedder, photos, tmp_path / "out")
    assert embedder.embedded == 0
    assert load_gallery(tmp_path / "out").files[0].modified == 10**9, "it is not read again"


def test_a_renamed_photo_keeps_its_embedding(photos, tmp_path, embedder):
    (photos / "shoe_2.png").rename(photos / "boot.png")
    built = build_gallery(embedder, photos, tmp_path / "out")
    assert str(built.changes) == "1 new, 0 changed, 1 gone"
    assert embedder.embedded == 0
    assert "shoe_2" not in built.gallery
    assert shows(built.gallery, "boot", 2)


def test_two_photos_that_swap_names_swap_embeddings(photos, tmp_path, embedder):
    (photos / "shoe_1.png").rename(photos / "x.png")
    (photos / "shoe_2.png").rename(photos / "shoe_1.png")
    (photos / "x.png").rename(photos / "shoe_2.png")
    built = build_gallery(embedder, photos, tmp_path / "out")
    assert str(built.changes) == "0 new, 2 changed, 0 gone"
    assert embedder.embedded == 0
    assert shows(built.gallery, "shoe_1", 2)
    assert shows(built.gallery, "shoe_2", 1)


def test_a_moved_folder_is_recognised_by_its_photos(photos, tmp_path, embedder):
    moved = tmp_path / "elsewhere"
    photos.rename(moved)
    assert not gallery_changes(tmp_path / "out", moved)
    build_gallery(embedder, moved, tmp_path / "out")
    (moved / "shoe_3.png").unlink()
    assert str(gallery_changes(tmp_path / "out", moved)) == "0 new, 0 changed, 1 gone"
    assert embedder.embedded == 0


def test_photos_of_another_folder_stay(photos, tmp_path, embedder):
    more = write_photos(tmp_path / "more", range(20, 23))
    built = build_gallery(embedder, more, tmp_path / "out")
    assert str(built.changes) == "3 new, 0 changed, 0 gone"
    assert len(built.gallery) == 8
    (photos / "shoe_0.png").unlink()
    (more / "shoe_21.png").unlink()
    assert len(build_gallery(embedder, photos, tmp_path / "out").gallery) == 7
    built = build_gallery(embedder, more, tmp_path / "out")
    assert built.changes.gone == ("shoe_21",)
    assert sorted(built.gallery.ids) == [f"shoe_{n}" for n in (1, 2, 20, 22, 3, 4)]


def test_photos_given_one_by_one_remove_nothing(photos, tmp_path, embedder):
    write(photos / "shoe_1.png", 20)
    some = [photo for photo in photos_in(photos) if photo.id in ("shoe_1", "shoe_2")]
    built = build_gallery(embedder, some, tmp_path / "out")
    assert str(built.changes) == "0 new, 1 changed, 0 gone"
    assert len(built.gallery) == 5
    assert shows(built.gallery, "shoe_1", 20)


def test_a_broken_photo_is_not_new_at_every_check_but_tried_at_every_build(
    photos, tmp_path, embedder
):
    (photos / "torn.png").write_bytes(b"broken")
    assert gallery_changes(tmp_path / "out", photos).new == ("torn",)
    assert [name for name, _ in build_gallery(embedder, photos, tmp_path / "out").skipped] == [
        "torn"
    ]
    assert not gallery_changes(tmp_path / "out", photos)
    assert len(build_gallery(embedder, photos, tmp_path / "out").skipped) == 1
    write(photos / "torn.png", 30)
    assert gallery_changes(tmp_path / "out", photos).new == ("torn",)
    assert shows(build_gallery(embedder, photos, tmp_path / "out").gallery, "torn", 30)


def test_a_photo_that_cannot_be_read_now_keeps_its_row(photos, tmp_path, embedder, monkeypatch):
    from sketchnet.retrieval.gallery import photos as listing

    def fail(path):
        raise OSError(5, "Input/output error")

    os.utime(photos / "shoe_2.png", (1, 1))
    monkeypatch.setattr(listing, "checksum", fail)
    assert not gallery_changes(tmp_path / "out", photos)
    assert len(build_gallery(embedder, photos, tmp_path / "out").gallery) == 5


# --- several files of one picture ---------------------------------------------------------------


def test_copies_are_one_photo_with_several_names(tmp_path, embedder):
    photos = write_photos(tmp_path / "photos", range(3))
    (photos / "sale").mkdir()
    shutil.copyfile(photos / "shoe_1.png", photos / "sale" / "copy.png")
    shutil.copyfile(photos / "shoe_1.png", photos / "sale" / "shoe_1.png")
    cv2.imwrite(str(photos / "shoe_2.bmp"), photo_of(2)[..., ::-1])  # the same pixels
    built = build_gallery(embedder, photos, tmp_path / "out")
    assert built.embedded == len(built.gallery) == 3
    assert {frozenset(names) for names in built.copies} == {
        frozenset({"shoe_1", "sale/copy", "sale/shoe_1"}), frozenset({"shoe_2", "shoe_2.png"})
    }  # fmt: skip
    gallery = load_gallery(tmp_path / "out")
    assert gallery.row("sale/copy") == gallery.row("shoe_1")
    assert "shoe_2.png" in gallery
    assert not gallery_changes(gallery, photos)

    embedder.embedded = 0
    assert build_gallery(embedder, photos, tmp_path / "out").copies == built.copies
    assert embedder.embedded == 0


def test_a_new_copy_of_a_known_photo_is_not_embedded(photos, tmp_path, embedder):
    shutil.copyfile(photos / "shoe_3.png", photos / "twin.png")
    built = build_gallery(embedder, photos, tmp_path / "out")
    assert str(built.changes) == "1 new, 0 changed, 0 gone"
    assert (built.embedded, embedder.embedded) == (0, 0)
    assert built.copies == (("shoe_3", "twin"),)


def test_where_one_of_two_copies_goes_the_other_stays(photos, tmp_path, embedder):
    shutil.copyfile(photos / "shoe_3.png", photos / "twin.png")
    build_gallery(embedder, photos, tmp_path / "out")
    (photos / "shoe_3.png").unlink()
    built = build_gallery(embedder, photos, tmp_path / "out")
    assert str(built.changes) == "0 new, 0 changed, 1 gone"
    assert embedder.embedded == 0
    assert built.copies == ()
    assert shows(built.gallery, "twin", 3)


def test_a_copy_that_is_replaced_becomes_a_photo_of_its_own(photos, tmp_path, embedder):
    shutil.copyfile(photos / "shoe_3.png", photos / "twin.png")
    build_gallery(embedder, photos, tmp_path / "out")
    write(photos / "twin.png", 40)
    built = build_gallery(embedder, photos, tmp_path / "out")
    assert str(built.changes) == "0 new, 1 changed, 0 gone"
    assert shows(built.gallery, "twin", 40)
    assert shows(built.gallery, "shoe_3", 3)


# --- galleries of older versions ----------------------------------------------------------------


@pytest.fixture
def older(photos, tmp_path) -> Path:
    """The gallery as an older version wrote it: without sizes, times and checksums of files."""
    out = tmp_path / "out"
    kept = json.loads((out / "photos.json").read_text())
    text = json.dumps({name: kept[name] for name in ("ids", "originals")}, indent=0)
    (out / "photos.json").write_text(text)
    head = json.loads((out / "gallery.json").read_text())
    head["skipped"] = [{"photo": "x", "reason": "broken"}]
    head["checksums"]["photos.json"] = checksum(out / "photos.json")
    (out / "gallery.json").write_text(json.dumps(head))
    return out


def test_an_older_gallery_learns_its_files_at_the_next_build(older, photos, embedder):
    assert len(load_gallery(older)) == 5
    assert not gallery_changes(older, photos)
    build_gallery(embedder, photos, older)
    assert embedder.embedded == 0
    assert all(load_gallery(older).files)


def test_an_older_gallery_notices_what_changed_after_it_was_written(older, photos, embedder):
    write(photos / "shoe_1.png", 20)
    (photos / "shoe_4.png").unlink()
    built = build_gallery(embedder, photos, older)
    assert str(built.changes) == "0 new, 1 changed, 1 gone"
    assert shows(built.gallery, "shoe_1", 20)
    assert len(built.gallery) == 4


# --- removing -----------------------------------------------------------------------------------


def test_removed_photos_are_out_and_the_others_unchanged(photos, tmp_path):
    before = load_gallery(tmp_path / "out")
    left = remove_photos(tmp_path / "out", ["shoe_1", "shoe_3"])
    assert left.ids == ("shoe_0", "shoe_2", "shoe_4")
    for row, old in ((0, 0), (1, 2), (2, 4)):
        np.testing.assert_array_equal(left.embeddings.vectors[row], before.embeddings.vectors[old])
        np.testing.assert_array_equal(left.embeddings.maps[row], before.embeddings.maps[old])
        assert shows(left, left.ids[row], old)
    assert load_gallery(tmp_path / "out").ids == left.ids
    assert [path.name for path in tmp_path.glob(".*")] == []
    assert gallery_changes(tmp_path / "out", photos).new == ("shoe_1", "shoe_3")


def test_any_name_of_a_photo_removes_it(photos, tmp_path, embedder):
    shutil.copyfile(photos / "shoe_3.png", photos / "twin.png")
    build_gallery(embedder, photos, tmp_path / "out")
    left = remove_photos(tmp_path / "out", ["twin"])
    assert "shoe_3" not in left
    assert len(left) == 4


def test_unknown_ids_and_all_photos_are_refused(photos, tmp_path):
    with pytest.raises(InputError, match="'unknown'"):
        remove_photos(tmp_path / "out", ["shoe_1", "unknown"])
    with pytest.raises(InputError, match="delete the folder"):
        remove_photos(tmp_path / "out", [f"shoe_{n}" for n in range(5)])
    assert len(load_gallery(tmp_path / "out")) == 5
