"""Wished colours anywhere, at a place, and painted over a drawing."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from sketchnet.imaging.colours import shoe_colours
from sketchnet.retrieval.catalogue.colour_share import share_of_colour
from sketchnet.retrieval.catalogue.filters import WishedColour
from sketchnet.retrieval.catalogue.wishes import painted_areas

RED, BLUE, GREEN = (190, 38, 42), (48, 84, 155), (80, 125, 70)


def shoe(left, right) -> np.ndarray:
    picture = np.full((160, 200, 3), 255, np.uint8)
    cv2.rectangle(picture, (40, 50), (99, 109), left, -1)
    cv2.rectangle(picture, (100, 50), (159, 109), right, -1)
    return picture


@pytest.fixture(scope="module")
def colours():
    found = [shoe_colours(shoe(*pair)) for pair in ((RED, BLUE), (BLUE, RED), (GREEN, GREEN))]
    return np.stack([c.palette for c in found]), np.stack([c.areas for c in found])


def test_a_place_tells_apart_what_the_palette_does_not(colours):
    anywhere = share_of_colour(*colours, WishedColour(RED))
    np.testing.assert_allclose(anywhere, [0.5, 0.5, 0], atol=0.05)
    at_left = share_of_colour(*colours, WishedColour(RED, place=(0, 0, 0.4, 1)))
    np.testing.assert_allclose(at_left, [1, 0, 0], atol=0.05)
    at_right = share_of_colour(*colours, WishedColour(RED, place=(0.6, 0.2, 1, 0.8)))
    np.testing.assert_allclose(at_right, [0, 1, 0], atol=0.05)
    across = share_of_colour(*colours, WishedColour(RED, place=(0.25, 0, 0.75, 1)))
    np.testing.assert_allclose(across, [0.5, 0.5, 0], atol=0.15)


def test_painted_areas_are_wishes_at_their_places(colours):
    """Red painted over the left half of a drawing finds the shoe that is red there."""
    painting = np.zeros((300, 400, 4), np.uint8)
    cv2.rectangle(painting, (110, 120), (180, 190), (*RED, 255), -1)
    cv2.rectangle(painting, (220, 120), (290, 190), (*BLUE, 255), -1)
    cv2.circle(painting, (20, 20), 3, (*GREEN, 255), -1)  # too small to be meant
    wishes = painted_areas(painting, (100, 100, 200, 100))
    assert sorted(wish.colour for wish in wishes) == sorted([RED, BLUE])
    places = {wish.colour: wish.place for wish in wishes}
    assert places[RED] == pytest.approx((0.05, 0.2, 0.405, 0.91), abs=0.01)
    assert places[BLUE] == pytest.approx((0.6, 0.2, 0.955, 0.91), abs=0.01)
    scores = np.mean([share_of_colour(*colours, wish) for wish in wishes], axis=0)
    assert np.argmax(scores) == 0
    np.testing.assert_allclose(scores, [1, 0, 0], atol=0.15)


def test_nothing_painted_is_no_wish():
    assert painted_areas(np.zeros((50, 50, 4), np.uint8), (0, 0, 50, 50)) == ()
