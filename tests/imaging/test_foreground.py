"""Photos on other backgrounds than white: the shoe stays, the background becomes white."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from sketchnet.data.synthetic.shoes.build import build_shoe
from sketchnet.data.synthetic.shoes.photo import render_photo
from sketchnet.data.synthetic.shoes.sample_design import sample_design
from sketchnet.imaging.clutter import is_cluttered
from sketchnet.imaging.foreground import on_white, separate
from sketchnet.imaging.prepare import prepare_rgb
from tests.imaging.product_photos import (
    KINDS,
    SHADOWS,
    background,
    cut_out,
    photo_of,
    placed,
)


def overlap(picture: np.ndarray, expected: np.ndarray) -> float:
    """Intersection over union of what is not white in two pictures."""
    one, other = picture.min(axis=2) < 240, expected.min(axis=2) < 240
    return float((one & other).sum() / (one | other).sum())


@pytest.fixture(scope="module")
def photos() -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    return [render_photo(build_shoe(sample_design(rng))) for _ in range(4)]


@pytest.mark.parametrize("kind", ["black", "grey", "teal", "gradient", "wood", "grass", "carpet"])
def test_the_background_becomes_white_and_the_shoe_stays(photos, kind):
    behind = background(kind, np.random.default_rng(5))
    white, found = np.full_like(behind, 255), []
    for row, photo in enumerate(photos):
        shoe = cut_out(photo)
        shadow = SHADOWS.get(kind, 0)
        bare = on_white(placed(behind, *shoe, np.random.default_rng(row), shadow))
        found.append(overlap(bare, placed(white, *shoe, np.random.default_rng(row))))
    assert np.mean(found) > 0.8, found


def test_things_around_a_shoe_go(photos):
    white, before, now = np.full_like(background("clutter", np.random.default_rng(0)), 255), [], []
    for row, photo in enumerate(photos):
        behind = background("clutter", np.random.default_rng(50 + row))
        shoe = cut_out(photo)
        scene = placed(behind, *shoe, np.random.default_rng(row), SHADOWS["clutter"])
        alone = placed(white, *shoe, np.random.default_rng(row))
        before.append(overlap(scene, alone))
        now.append(overlap(on_white(scene), alone))
    assert np.mean(now) > 0.75 > 0.5 > np.mean(before), now


def test_only_things_make_a_border_cluttered(photos):
    for kind in ("black", "gradient", "wood", "grass", "carpet", "clutter"):
        for row, photo in enumerate(photos):
            scene = photo_of(kind, photo, np.random.default_rng(row), photo)
            small = cv2.resize(scene, (160, 160), interpolation=cv2.INTER_AREA)
            ring = np.ones(small.shape[:2], bool)
            ring[8:-8, 8:-8] = False
            assert is_cluttered(small, ring) == (kind == "clutter"), (kind, row)


@pytest.mark.parametrize("kind", ["cut_out", "drop_shadow", "collage"])
def test_photos_on_white_stay_as_they_are(photos, kind):
    for row, photo in enumerate(photos):
        picture = photo_of(kind, photo, np.random.default_rng(row), photos[row - 1])
        assert on_white(picture) is picture


def test_a_shoe_that_touches_the_border_on_white_stays_whole(photos):
    shoe, _ = cut_out(photos[0])
    assert on_white(shoe) is shoe


def test_of_a_pair_one_shoe_stays(photos):
    for photo in photos:
        pair = photo_of("mirrored_pair", photo, np.random.default_rng(0), photo)
        bare = on_white(pair)
        assert (bare[:, : pair.shape[1] // 2] > 240).all()  # its shadow may stay
        alone = prepare_rgb(np.ascontiguousarray(pair[:, pair.shape[1] // 2 :]), 96)
        assert overlap(prepare_rgb(bare, 96), alone) > 0.9


@pytest.mark.parametrize("value", [0, 90, 255])
@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 200, 3), (64, 64, 3)])
def test_a_photo_of_nothing_stays(value, shape):
    photo = np.full(shape, value, np.uint8)
    assert (on_white(photo) == photo).all()


def test_the_same_photo_gives_the_same_result(photos):
    picture = photo_of("grass", photos[0], np.random.default_rng(0), photos[1])
    first = on_white(picture)
    cv2.setRNGSeed(7)
    np.testing.assert_array_equal(on_white(picture), first)


def test_every_kind_can_be_drawn(photos):
    for kind in KINDS:
        picture = photo_of(kind, photos[0], np.random.default_rng(0), photos[1])
        assert picture.dtype == np.uint8
        assert picture.shape[2] == 3


@pytest.mark.parametrize(
    ("kind", "count"), [("cut_out", 1), ("mirrored_pair", 2), ("grass", 1), ("collage", 3)]
)
def test_large_objects_are_counted_on_white_only(photos, kind, count):
    picture = photo_of(kind, photos[0], np.random.default_rng(0), photos[1])
    bare, found = separate(picture)
    assert min(found, 3) == count
    np.testing.assert_array_equal(bare, on_white(picture))
