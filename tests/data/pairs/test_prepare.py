"""Prepared pairs: rows that belong together, edge variants, and what is broken."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from sketchnet.data.pairs.collection import Collection, Photo, Sketch
from sketchnet.data.pairs.load import load_collection
from sketchnet.data.pairs.picture_source import PictureHalf
from sketchnet.data.pairs.prepare import prepare_pairs
from sketchnet.imaging.prepare import prepare_edge_map, prepare_photo, prepare_rgb, prepare_sketch
from tests.tiny import photo_of, sketch_of, strokes_of, write_pairs

CANVAS = 48
BLANK = np.full((40, 40), 255, np.uint8)


@pytest.fixture
def collection() -> Collection:
    """Photo 0 with photo and edges, 1 with photo alone, 2 with edges alone, 3 without sketch."""
    photos = (
        Photo("0", "train", photo_of(0), sketch_of(10)),
        Photo("1", "train", photo_of(1)),
        Photo("2", "test", None, sketch_of(2)),
        Photo("3", "train", photo_of(3)),
    )
    sketches = (
        Sketch("2a", "2", sketch_of(2)),
        Sketch("0a", "0", sketch_of(0)),
        Sketch("1a", "1", None, strokes_of(1)),
        Sketch("0b", "0", sketch_of(5), strokes_of(0)),
    )
    triplets = (("0a", "0", "3"), ("2a", "1", "2"))
    return Collection("c", (), photos, sketches, triplets)


def test_rows_belong_together(collection):
    pairs = prepare_pairs(collection, CANVAS, progress=False)
    assert pairs.sketch_ids == ("2a", "0a", "1a", "0b")
    assert pairs.photo_ids == ("0", "1", "2", "3")
    assert pairs.sketch_photo.tolist() == [2, 0, 1, 0]
    assert pairs.triplets.tolist() == [[1, 0, 3], [0, 1, 2]]
    assert (pairs.sketch_photo.dtype, pairs.triplets.dtype) == (np.int32, np.int32)
    assert pairs.problems == ()
    assert pairs.sketches.shape == (4, CANVAS, CANVAS)
    np.testing.assert_array_equal(pairs.sketches[1], prepare_sketch(sketch_of(0), CANVAS))
    assert pairs.drawings[0] is None
    for row, number in ((2, 1), (3, 0)):  # strokes are preferred to pixels
        np.testing.assert_array_equal(
            pairs.sketches[row], prepare_sketch(strokes_of(number), CANVAS)
        )
        assert pairs.drawings[row] is collection.sketches[row].drawing


def test_computed_edge_maps_with_provided_ones_where_there_is_no_photo(collection):
    photos = prepare_pairs(collection, CANVAS, progress=False).photos
    assert photos.shape == (4, 1, CANVAS, CANVAS)
    assert photos.dtype == np.uint8
    np.testing.assert_array_equal(photos[0, 0], prepare_photo(photo_of(0), CANVAS))
    np.testing.assert_array_equal(photos[2, 0], prepare_edge_map(sketch_of(2), CANVAS))


def test_provided_edge_maps_with_computed_ones_where_there_are_none(collection):
    photos = prepare_pairs(collection, CANVAS, edge_maps="provided", progress=False).photos
    assert photos.shape == (4, 1, CANVAS, CANVAS)
    np.testing.assert_array_equal(photos[0, 0], prepare_edge_map(sketch_of(10), CANVAS))
    np.testing.assert_array_equal(photos[1, 0], prepare_photo(photo_of(1), CANVAS))


def test_both_variants_with_the_computed_one_first(collection):
    photos = prepare_pairs(collection, CANVAS, edge_maps="both", progress=False).photos
    assert photos.shape == (4, 2, CANVAS, CANVAS)
    np.testing.assert_array_equal(photos[0, 0], prepare_photo(photo_of(0), CANVAS))
    np.testing.assert_array_equal(photos[0, 1], prepare_edge_map(sketch_of(10), CANVAS))
    for row in (1, 2, 3):  # the only one there is, twice
        np.testing.assert_array_equal(photos[row, 0], photos[row, 1])


def test_in_colour_an_edge_map_stands_for_a_missing_photo(collection):
    pairs = prepare_pairs(collection, CANVAS, photo_input="rgb", progress=False)
    assert pairs.photo_ids == ("0", "1", "2", "3")
    assert pairs.photos.shape == (4, 1, CANVAS, CANVAS, 3)
    np.testing.assert_array_equal(pairs.photos[1, 0], prepare_rgb(photo_of(1), CANVAS))
    edge_map = prepare_edge_map(sketch_of(2), CANVAS)
    for channel in range(3):
        np.testing.assert_array_equal(pairs.photos[2, 0, ..., channel], edge_map)


def test_photos_without_a_picture_are_skipped_with_what_belongs_to_them(collection):
    photos = tuple(
        replace(photo, edges=None) if photo.id == "2" else photo for photo in collection.photos
    )
    pairs = prepare_pairs(replace(collection, photos=photos), CANVAS, progress=False)
    assert pairs.photo_ids == ("0", "1", "3")
    assert pairs.sketch_ids == ("0a", "1a", "0b")
    assert pairs.triplets.tolist() == [[0, 0, 2]]
    text = "\n".join(pairs.problems)
    assert "photo 2" in text
    assert "1 sketches" in text
    assert "1 triplets" in text


def test_halves_of_pictures_are_prepared_as_pictures_of_their_own(tmp_path: Path):
    double = np.concatenate([np.stack([sketch_of(1)] * 3, axis=2), photo_of(1)], axis=1)
    cv2.imwrite(str(tmp_path / "1_AB.png"), double[..., ::-1])
    photo = Photo("1", "train", PictureHalf(tmp_path / "1_AB.png", "right"))
    sketch = Sketch("1", "1", PictureHalf(tmp_path / "1_AB.png", "left"))
    pairs = prepare_pairs(Collection("c", (), (photo,), (sketch,)), CANVAS, progress=False)
    np.testing.assert_array_equal(pairs.photos[0, 0], prepare_photo(photo_of(1), CANVAS))
    np.testing.assert_array_equal(pairs.sketches[0], prepare_sketch(sketch_of(1), CANVAS))


def test_broken_and_blank_pictures_are_skipped_and_named(tmp_path: Path):
    folder = write_pairs(tmp_path / "own", [1, 2, 3, 4])
    (folder / "photos" / "shoe_1.png").write_bytes(b"broken")
    cv2.imwrite(str(folder / "sketches" / "shoe_2.png"), BLANK)
    whole = (folder / "sketches" / "shoe_3.png").read_bytes()
    (folder / "sketches" / "shoe_3.png").write_bytes(whole[: len(whole) // 2])
    loaded = replace(load_collection(folder), problems=("an earlier one",))
    pairs = prepare_pairs(loaded, CANVAS, progress=False)
    assert pairs.photo_ids == ("shoe_2", "shoe_3", "shoe_4")
    assert pairs.sketch_ids == ("shoe_4",)
    assert pairs.sketch_photo.tolist() == [2]
    assert len(pairs.problems) == 5
    for start, problem in zip(
        ("an earlier one", "photo shoe_1:", "1 sketches", "sketch shoe_2: it is blank",
         "sketch shoe_3:"),
        pairs.problems, strict=True,
    ):  # fmt: skip
        assert problem.startswith(start)
        assert "\n" not in problem


def test_a_broken_photo_is_replaced_by_its_provided_edge_map(tmp_path: Path):
    (tmp_path / "a.jpg").write_bytes(b"broken")
    photos = (Photo("a", "train", tmp_path / "a.jpg", sketch_of(1)),)
    for edge_maps, variants in (("computed", 1), ("both", 2)):
        pairs = prepare_pairs(
            Collection("c", photos=photos), CANVAS, edge_maps=edge_maps, progress=False
        )
        assert pairs.photos.shape == (1, variants, CANVAS, CANVAS)
        np.testing.assert_array_equal(pairs.photos[0, 0], prepare_edge_map(sketch_of(1), CANVAS))
        assert len(pairs.problems) == 1
        assert "skipped" not in pairs.problems[0]


@pytest.mark.parametrize(
    ("photo_input", "shape"), [("edges", (0, 1, 48, 48)), ("rgb", (0, 1, 48, 48, 3))]
)
def test_nothing_left_keeps_its_shape(photo_input, shape):
    pairs = prepare_pairs(Collection("empty"), CANVAS, photo_input=photo_input, progress=False)
    assert pairs.photos.shape == shape
    assert pairs.sketches.shape == (0, 48, 48)
    assert pairs.triplets.shape == (0, 3)
    assert pairs.sketch_photo.shape == (0,)


@pytest.mark.parametrize("wrong", [{"photo_input": "grey"}, {"edge_maps": "none"}])
def test_unknown_options_are_refused(collection, wrong):
    with pytest.raises(ValueError, match="expected photo_input"):
        prepare_pairs(collection, CANVAS, **wrong)


def test_progress_is_one_line_on_standard_error(collection, capsys):
    prepare_pairs(collection, CANVAS)
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.splitlines() == ["preparing photos 4/4", "preparing sketches 4/4"]
    prepare_pairs(collection, CANVAS, progress=False)
    assert capsys.readouterr().err == ""


def test_the_real_shoes_prepare_without_loss(real_data):
    shoes = load_collection(real_data / "qmul_v1" / "shoes")
    few = shoes.select([photo.id for photo in shoes.photos[:24]])
    pairs = prepare_pairs(few, 109, edge_maps="both", progress=False)
    assert pairs.problems == ()
    assert pairs.sketches.shape == (24, 109, 109)
    assert pairs.photos.shape == (24, 2, 109, 109)
    ink = (pairs.photos < 128).mean(axis=(2, 3))
    assert ink.min() > 0.01
    assert ink.max() < 0.6
    # the two edge maps of a shoe are nearer to each other than to those of other shoes
    blurred = np.stack([[cv2.GaussianBlur(v, (0, 0), 3) for v in p] for p in pairs.photos / 255.0])
    distance = np.abs(blurred[:, None, 0] - blurred[None, :, 1]).mean(axis=(2, 3))
    assert (distance.argmin(axis=1) == np.arange(24)).mean() > 0.9
