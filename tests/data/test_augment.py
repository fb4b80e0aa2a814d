"""Augmentation of pictures and drawings: within its ranges, repeatable, never degenerate."""

from __future__ import annotations

import time

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketchnet.data.augment import augment_drawing, augment_picture
from sketchnet.imaging.prepare import canvas_for, centre_view

SIZE = 96
CANVAS = canvas_for(SIZE)


def ink(picture: np.ndarray) -> int:
    return int((picture < 128).sum())


def middle(picture: np.ndarray) -> np.ndarray:
    """On which side (x, y) of the centre of the ink's box its mean lies: -1 or 1 each."""
    rows, columns = np.nonzero(picture < 128)
    box = (columns.min() + columns.max()) / 2, (rows.min() + rows.max()) / 2
    return np.sign([columns.mean() - box[0], rows.mean() - box[1]])


@pytest.mark.parametrize("shape", [(CANVAS, CANVAS), (CANVAS, CANVAS, 3)])
def test_a_view_is_uint8_of_the_requested_size(shape, rng):
    view = augment_picture(np.full(shape, 255, np.uint8), SIZE, rng)
    assert view.shape == (SIZE, SIZE, *shape[2:])
    assert view.dtype == np.uint8
    assert view.min() == 255, "blank paper stays blank"


def test_a_view_depends_on_the_generator(ell):
    views = [augment_picture(ell, SIZE, np.random.default_rng(s), erase=0.5) for s in (3, 3, 4)]
    np.testing.assert_array_equal(views[0], views[1])
    assert (views[0] != views[2]).any()


@given(seed=st.integers(0, 10_000))
def test_mirroring_exchanges_left_and_right_and_nothing_else(seed):
    picture = np.full((CANVAS, CANVAS), 255, np.uint8)
    cv2.line(picture, (30, 20), (30, 90), 0, 3)
    cv2.line(picture, (30, 90), (80, 90), 0, 3)
    plain = augment_picture(picture, SIZE, np.random.default_rng(seed))
    mirrored = augment_picture(picture, SIZE, np.random.default_rng(seed), mirror=True)
    np.testing.assert_array_equal(middle(plain), [-1, 1])
    np.testing.assert_array_equal(middle(mirrored), [1, 1])


def test_without_strength_a_view_is_a_crop_of_the_picture(ell):
    """Up to half a pixel of bilinear shift, an unwarped view is found in the picture."""
    rng = np.random.default_rng(0)
    for _ in range(20):
        view = augment_picture(ell, SIZE, rng, strength=0.0)
        scores = cv2.matchTemplate(ell, view, cv2.TM_CCOEFF_NORMED)
        assert scores.max() > 0.8
        assert abs(ink(view) - ink(ell)) < 0.7 * ink(ell)


def test_views_differ_more_with_strength(ell):
    def difference(strength: float) -> float:
        rng = np.random.default_rng(0)
        centre = centre_view(ell, SIZE).astype(float)
        views = [augment_picture(ell, SIZE, rng, strength=strength) for _ in range(40)]
        return float(np.mean([np.abs(view - centre).mean() for view in views]))

    assert difference(0.0) < difference(1.0) < difference(3.0)


def test_lines_are_thickened_and_thinned(ell):
    rng = np.random.default_rng(0)
    found = [ink(augment_picture(ell, SIZE, rng, strength=0.0)) for _ in range(100)]
    assert min(found) < 0.8 * np.median(found)
    assert max(found) > 1.2 * np.median(found)


def test_erasing_removes_ink(rng):
    black = np.zeros((CANVAS, CANVAS), np.uint8)
    whole = [ink(augment_picture(black, SIZE, rng, erase=0.0)[20:-20, 20:-20]) for _ in range(20)]
    erased = [ink(augment_picture(black, SIZE, rng, erase=1.0)) for _ in range(20)]
    assert min(whole) == (SIZE - 40) ** 2
    assert max(erased) < SIZE**2


def test_white_paper_stays_white_in_colour(rng):
    photo = np.full((CANVAS, CANVAS, 3), 255, np.uint8)
    cv2.circle(photo, (54, 54), 20, (200, 30, 90), -1)
    for _ in range(20):
        view = augment_picture(photo, SIZE, rng)
        assert (view[0, 0] == 255).all()
        assert view.min() < 128


def square() -> list[np.ndarray]:
    corners = np.array([[0, 0], [200, 0], [200, 100], [0, 100]], np.float32)
    sides = zip(corners, np.roll(corners, -1, axis=0), strict=True)
    return [np.linspace(a, b, 10, dtype=np.float32) for a, b in sides]


@given(seed=st.integers(0, 10_000))
def test_an_augmented_drawing_has_nearly_the_same_strokes(seed):
    drawn = augment_drawing(square(), np.random.default_rng(seed), drop=0.0)
    assert len(drawn) == 4
    for stroke, own in zip(drawn, square(), strict=True):
        assert stroke.dtype == np.float32
        assert 2 <= len(stroke) <= len(own)
        # Five degrees, five per cent and the jitter of a drawing 200 units wide.
        assert np.abs(stroke[0] - own[0]).max() < 60


def test_without_strength_and_drop_nothing_changes(rng):
    drawn = augment_drawing(square(), rng, strength=0.0, drop=0.0)
    for stroke, own in zip(drawn, square(), strict=True):
        np.testing.assert_allclose(stroke, own, atol=1e-3)


def test_a_mirrored_drawing_is_mirrored_about_its_middle(rng):
    drawn = augment_drawing(square(), rng, mirror=True, strength=0.0, drop=0.0)
    for stroke, own in zip(drawn, square(), strict=True):
        np.testing.assert_allclose(stroke, [200, 0] + own * [-1, 1], atol=1e-3)


def test_strokes_are_dropped_but_never_all():
    rng = np.random.default_rng(0)
    left = [len(augment_drawing(square(), rng, drop=0.5)) for _ in range(200)]
    assert min(left) == 1
    assert max(left) == 4
    assert len(augment_drawing(square(), rng, drop=1.0)) == 1


@pytest.mark.parametrize(
    "drawing",
    [[], [np.zeros((1, 2), np.float32)], [np.full((5, 2), 7, np.float32)]],
    ids=["empty", "a dot", "one place"],
)
def test_degenerate_drawings_stay_finite(drawing, rng):
    drawn = augment_drawing(drawing, rng)
    assert len(drawn) == len(drawing)
    assert all(np.isfinite(stroke).all() for stroke in drawn)


def test_augmenting_keeps_up_with_training(ell, rng):
    """3,000 a second on a free core; a tenth of it still feeds the training of a shared one."""
    augment_picture(ell, SIZE, rng)
    began = time.process_time()
    for _ in range(300):
        augment_picture(ell, SIZE, rng, erase=0.5)
    assert 300 / (time.process_time() - began) > 1500
