from __future__ import annotations

import time

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sketchnet.imaging.vectorize import thin, vectorize
from sketchnet.strokes.geometry import ink_length, lengths_along

CANVAS = 96


def drawn(*polylines: list[tuple[int, int]], width: int = 3) -> np.ndarray:
    picture = np.full((CANVAS, CANVAS), 255, np.uint8)
    for points in polylines:
        cv2.polylines(picture, [np.array(points, np.int32)], False, 0, width)
    return picture


def ink(strokes: list[np.ndarray]) -> np.ndarray:
    """Return a mask of the strokes, one pixel wide."""
    mask = np.zeros((CANVAS, CANVAS), np.uint8)
    for stroke in strokes:
        cv2.polylines(mask, [stroke.round().astype(np.int32)], False, 1)
    return mask > 0


def largest_distance(of: np.ndarray, to: np.ndarray) -> float:
    """Return the largest distance of a pixel of one mask from the other mask."""
    distance = cv2.distanceTransform((~to).astype(np.uint8), cv2.DIST_L2, 5)
    return float(distance[of].max(initial=0.0))


@pytest.mark.parametrize("width", [1, 2, 3, 5])
def test_a_line_gives_one_stroke_of_the_same_length(width):
    (stroke,) = vectorize(drawn([(20, 30), (70, 50)], width=width))
    assert lengths_along(stroke)[-1] == pytest.approx(np.hypot(50, 20), abs=width + 3)
    beside = (stroke - [20, 30]) @ [-20, 50] / np.hypot(50, 20)
    assert np.abs(beside).max() < 1.5


def test_two_crossing_lines_give_two_strokes():
    strokes = vectorize(drawn([(20, 20), (75, 75)], [(20, 75), (75, 20)]))
    assert len(strokes) == 2
    for stroke in strokes:
        assert np.hypot(*(stroke[-1] - stroke[0])) == pytest.approx(np.hypot(55, 55), abs=5)


def test_a_line_that_ends_on_another_is_a_second_stroke():
    strokes = vectorize(drawn([(15, 20), (80, 20)], [(48, 20), (48, 80)]))
    lengths = sorted(lengths_along(stroke)[-1] for stroke in strokes)
    assert lengths == pytest.approx([60, 65], abs=5)


def test_a_ring_is_closed():
    picture = np.full((CANVAS, CANVAS), 255, np.uint8)
    cv2.circle(picture, (48, 48), 30, 0, 3)
    (stroke,) = vectorize(picture)
    np.testing.assert_allclose(stroke[0], stroke[-1])
    np.testing.assert_allclose(np.hypot(*(stroke - 48).T), 30, atol=2)


@pytest.mark.parametrize("grey", [255, 0])
def test_a_picture_without_lines_has_no_strokes(grey):
    assert vectorize(np.full((CANVAS, CANVAS), grey, np.uint8)) == []


def test_a_short_spur_is_removed_and_a_branch_is_kept():
    line = [(10, 48), (85, 48)]
    lengths = {
        length: len(vectorize(drawn(line, [(48, 48), (48, 48 - length)], width=1)))
        for length in (3, 12)
    }
    assert lengths == {3: 1, 12: 2}


def test_lines_that_meet_at_sharp_angles_are_not_joined():
    fan = [[(48, 75), end] for end in [(15, 25), (48, 15), (81, 25)]]
    assert len(vectorize(drawn(*fan))) == 3


def test_noise_is_traced_in_two_seconds(rng):
    """Comparing all pairs of line ends at a crowded crossing would take longer."""
    noise = np.where(rng.random((225, 225)) < 0.7, 0, 255).astype(np.uint8)
    start = time.process_time()
    strokes = vectorize(noise)
    assert time.process_time() - start < 2.0
    assert np.isfinite(np.concatenate(strokes)).all()


points = st.lists(st.tuples(*2 * [st.integers(8, CANVAS - 8)]), min_size=2, max_size=5)


@settings(max_examples=60, deadline=None)
@given(st.lists(points, min_size=1, max_size=4))
def test_strokes_lie_on_the_ink_and_cover_all_of_it(polylines):
    picture = drawn(*polylines)
    strokes = vectorize(picture)
    was = picture < 128
    assert ink_length(strokes) <= was.sum()
    if strokes:
        assert largest_distance(ink(strokes), was) < 3
    # Dots give no strokes.
    long = [line for line in polylines if ink_length([np.array(line, np.float32)]) > 8]
    if long:
        assert largest_distance(drawn(*long) < 128, ink(strokes)) < 9


@settings(max_examples=60, deadline=None)
@given(st.lists(points, min_size=1, max_size=4), st.integers(1, 6))
def test_thinning_keeps_connected_components_and_holes(polylines, width):
    was = (drawn(*polylines, width=width) < 128).astype(np.uint8)
    thinned = thin(was > 0)
    assert (thinned <= was).all()
    # No 3×3 block is left: its inner pixel would not lie on a thin line.
    assert not cv2.erode(thinned, np.ones((3, 3), np.uint8), borderValue=0).any()
    assert thinned.sum() <= was.sum() / max(1.0, width / 3) + 20 * len(polylines)
    assert cv2.connectedComponents(thinned)[0] == cv2.connectedComponents(was)[0]
    # Ink is 8-connected, so holes are counted by 4-connected paper.
    holes = [
        cv2.connectedComponents(1 - np.pad(mask, 1), connectivity=4)[0] for mask in (was, thinned)
    ]
    assert holes[0] == holes[1]
