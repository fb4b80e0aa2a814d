"""Partial sketches: the right share of the ink, along strokes or by regions."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketchnet.data.partial_sketch import partial_picture, partial_sketch
from sketchnet.imaging.prepare import canvas_for, prepare_sketch

CANVAS = canvas_for(96)


def ink(picture: np.ndarray) -> int:
    return int((picture < 128).sum())


@pytest.mark.parametrize("completion", [0.25, 0.5, 0.75])
def test_a_partial_picture_keeps_its_share_of_the_ink(ell, completion, rng):
    for _ in range(20):
        part = partial_picture(ell, completion, rng)
        assert abs(ink(part) / ink(ell) - completion) < 0.1
        assert ((part == ell) | (part == 255)).all(), "nothing is added"


def test_a_complete_and_a_blank_picture_stay_as_they_are(ell, rng):
    blank = np.full_like(ell, 255)
    np.testing.assert_array_equal(partial_picture(ell, 1.0, rng), ell)
    np.testing.assert_array_equal(partial_picture(blank, 0.5, rng), blank)


def test_a_sketch_with_strokes_is_cut_along_them(rng):
    across, down = np.float32([[0, 0], [100, 0]]), np.float32([[50, 0], [50, 100]])
    whole = prepare_sketch([across, down], CANVAS)
    part = partial_sketch(whole, [across, down], 0.5, rng)
    np.testing.assert_array_equal(part, prepare_sketch([across], CANVAS))


@given(seed=st.integers(0, 1000))
def test_regions_grow_with_the_completion_level(seed):
    picture = np.full((CANVAS, CANVAS), 255, np.uint8)
    cv2.circle(picture, (54, 54), 40, 0, 2)
    parts = [
        partial_picture(picture, completion, np.random.default_rng(seed))
        for completion in (0.25, 0.5, 0.75)
    ]
    for less, more in pairwise(parts):
        assert ((less < 128) <= (more < 128)).all()
    placed = np.argwhere(partial_sketch(picture, None, 0.25, np.random.default_rng(seed)) < 128)
    assert np.ptp(placed, axis=0).max() > 0.7 * CANVAS, "the part is scaled to the canvas"


def test_a_complete_sketch_without_strokes_is_itself_and_none_is_blank(ell, rng):
    assert partial_sketch(ell, None, 1.0, rng) is ell
    dot = np.full_like(ell, 255)
    dot[50, 50] = 0
    for _ in range(10):
        assert partial_sketch(dot, None, 0.25, rng).min() < 255
