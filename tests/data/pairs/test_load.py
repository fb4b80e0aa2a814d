"""Collections, the validation split, and folders of any layout."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace

import pytest

from sketchnet.data.pairs.collection import Collection, Photo, Sketch
from sketchnet.data.pairs.load import load_collection, load_collections, with_validation
from sketchnet.utils.errors import InputError
from tests.tiny import write_pairs, write_photos


def numbered(
    n: int, *, per_photo: int = 1, unsketched: int = 0, split: str = "train"
) -> Collection:
    photos = [Photo(str(i), split) for i in range(1, n + unsketched + 1)]
    sketches = [Sketch(f"{i}_{k}", str(i)) for i in range(1, n + 1) for k in range(per_photo)]
    return Collection("numbered", photos=tuple(photos), sketches=tuple(sketches))


def validation_ids(collection: Collection) -> set[str]:
    return {photo.id for photo in collection.subset("val").photos}


def test_ids_are_checked():
    one = Photo("a", "train")
    with pytest.raises(ValueError, match="given twice"):
        Collection("c", photos=(one, one))
    with pytest.raises(ValueError, match="unknown photos"):
        Collection("c", photos=(one,), sketches=(Sketch("s", "b"),))
    with pytest.raises(ValueError, match="triplet"):
        Collection("c", photos=(one,), sketches=(Sketch("s", "a"),), triplets=(("s", "a", "b"),))
    with pytest.raises(ValueError, match="expected splits"):
        Collection("c", photos=(Photo("a", "dev"),))


def test_a_subset_keeps_what_belongs_together():
    photos = (Photo("a", "train"), Photo("b", "test"), Photo("c", "train"))
    sketches = (Sketch("a1", "a"), Sketch("b1", "b"), Sketch("a2", "a"))
    triplets = (("a1", "a", "c"), ("a2", "a", "b"), ("b1", "b", "a"))
    whole = Collection("c", photos=photos, sketches=sketches, triplets=triplets)
    train = whole.subset("train")
    assert [photo.id for photo in train.photos] == ["a", "c"]
    assert [sketch.id for sketch in train.sketches] == ["a1", "a2"]
    assert train.triplets == (("a1", "a", "c"),)
    assert whole.subset("all") is whole
    assert not whole.subset("val").photos
    with pytest.raises(InputError, match="received 'dev'"):
        whole.subset("dev")


def test_renaming_can_make_two_photos_one():
    photos = (Photo("a", "train", photo=None), Photo("b", "test"), Photo("c", "train"))
    whole = Collection(
        "c",
        photos=photos,
        sketches=(Sketch("s", "b"),),
        triplets=(("s", "a", "b"), ("s", "b", "c")),
    )
    renamed = whole.rename({"b": "a"}, {"s": "t"})
    assert [(photo.id, photo.split) for photo in renamed.photos] == [("a", "test"), ("c", "train")]
    assert renamed.sketches[0].photo_id == "a"
    assert renamed.triplets == (("t", "a", "c"),)  # the other one has no two sides any more


def test_validation_is_a_fifth_of_the_identities():
    cut = with_validation(numbered(304, per_photo=3, unsketched=50))
    assert Counter(photo.split for photo in cut.photos) == {"train": 294, "val": 60}
    assert len(cut.subset("val").sketches) == 180
    sketched = {sketch.photo_id for sketch in cut.sketches}
    assert validation_ids(cut) <= sketched


def test_validation_is_disjoint_by_identity_and_by_fold():
    folds = [with_validation(numbered(53), fold=fold) for fold in range(5)]
    for cut in folds:
        train = {sketch.photo_id for sketch in cut.subset("train").sketches}
        val = {sketch.photo_id for sketch in cut.subset("val").sketches}
        assert len(val) == 10
        assert not train & val
    assert len(set().union(*(validation_ids(cut) for cut in folds))) == 50


def test_validation_depends_on_ids_and_seed_alone():
    collection = numbered(40, per_photo=2)
    photos, sketches = list(collection.photos), list(collection.sketches)
    random.Random(1).shuffle(photos)
    random.Random(2).shuffle(sketches)
    shuffled = replace(collection, name="x", photos=tuple(photos), sketches=tuple(sketches))
    assert validation_ids(with_validation(shuffled)) == validation_ids(with_validation(collection))
    assert validation_ids(with_validation(collection, seed=1)) != validation_ids(
        with_validation(collection)
    )
    padded = collection.rename({str(i): f"{i:03d}" for i in range(1, 41)}, {})
    assert {int(i) for i in validation_ids(with_validation(padded))} == {
        int(i) for i in validation_ids(with_validation(collection))
    }


def test_validation_leaves_other_splits_alone():
    collection = numbered(20)
    tested = tuple(
        replace(photo, split="test") if int(photo.id) > 10 else photo for photo in collection.photos
    )
    cut = with_validation(replace(collection, photos=tested))
    assert Counter(photo.split for photo in cut.photos) == {"train": 8, "val": 2, "test": 10}
    again = with_validation(cut)
    assert validation_ids(again) == validation_ids(cut)


@pytest.mark.parametrize(("n", "val"), [(0, 0), (1, 0), (2, 1), (4, 1), (10, 2)])
def test_validation_of_very_few(n, val):
    assert len(validation_ids(with_validation(numbered(n, unsketched=3)))) == val


def test_there_are_five_folds():
    with pytest.raises(ValueError, match="fold"):
        with_validation(numbered(10), fold=5)


def test_a_folder_without_anything_usable_is_one_line(tmp_path):
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(InputError, match=r"notes\.txt") as caught:
        load_collection(tmp_path)
    assert "\n" not in str(caught.value)
    with pytest.raises(InputError, match="expected a folder"):
        load_collection(tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(InputError, match="nothing in it"):
        load_collection(tmp_path / "empty")


def test_sketches_alone_are_not_usable(tmp_path):
    write_photos(tmp_path / "sketches", [1, 2])
    with pytest.raises(InputError, match="sketches/"):
        load_collection(tmp_path)


def test_loose_photos_are_a_gallery(tmp_path):
    write_photos(tmp_path, [1, 2, 10])
    (tmp_path / "._shoe_1.png").write_bytes(b"left by an archive")
    collection = load_collection(tmp_path)
    assert [photo.id for photo in collection.photos] == ["shoe_1", "shoe_2", "shoe_10"]
    assert collection.sketches == ()
    assert collection.layouts == ("loose pictures",)


def test_one_folder_given_twice_is_read_once(tmp_path):
    folder = write_pairs(tmp_path / "own", [1, 2])
    once, twice = load_collection(folder), load_collections([folder, folder / "." / ""])
    assert [sketch.id for sketch in twice.sketches] == [sketch.id for sketch in once.sketches]
    with pytest.raises(InputError, match="none"):
        load_collections([])


@pytest.mark.parametrize(
    ("folder", "photos", "sketches", "triplets", "splits"),
    [
        ("qmul_v1/shoes", 304, 304, 41_040, {"train": 304}),
        ("qmul_v1/chairs", 297, 297, 31_365, {"train": 200, "test": 97}),
        ("shoe_304x3", 304, 912, 0, {"train": 304}),
        ("ChairV2", 400, 1_275, 0, {"train": 300, "test": 100}),
        ("ShoeV2", 2_000, 0, 0, {"train": 2_000}),
    ],
)
def test_the_real_folders(real_data, folder, photos, sketches, triplets, splits):
    collection = load_collection(real_data / folder)
    assert len(collection.photos) == photos
    assert len(collection.sketches) == sketches
    assert len(collection.triplets) == triplets
    assert Counter(photo.split for photo in collection.photos) == splits
    assert collection.problems == ()


def test_the_real_validation_shoes_are_the_same_in_both_editions(real_data):
    v1 = validation_ids(with_validation(load_collection(real_data / "qmul_v1" / "shoes")))
    three = validation_ids(with_validation(load_collection(real_data / "shoe_304x3")))
    assert len(v1) == 60
    assert {int(name) for name in v1} == {int(name) for name in three}
