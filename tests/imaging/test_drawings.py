"""The drawing that is meant is found on every kind of paper of `paper.py`."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest

from sketchnet.imaging.drawings import find_drawings, ink_of
from sketchnet.imaging.ink import LEVEL
from sketchnet.imaging.prepare import prepare_sketch
from sketchnet.strokes.rasterize import rasterize
from tests.browser.hog_embedder import draw_shoe
from tests.imaging.paper import KINDS, picture_of

CANVAS = 128
LEAST = {"hatched": 0.65, "labels": 0.4}  # hatching is drawn; arrows of a broad pen leave rests
TURNS = {"upside": 2, "sideways": 3}  # quarter turns that set a picture upright


@cache
def sketch(number: int) -> np.ndarray:
    return rasterize(draw_shoe(number), 400)


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """The cosine of the blurred ink of two prepared sketches, 1 where they are the same."""
    one, other = (cv2.GaussianBlur(255.0 - each, (0, 0), CANVAS / 64) for each in (one, other))
    return float((one * other).sum() / np.sqrt((one**2).sum() * (other**2).sum() + 1e-9))


def test_likeness_tells_other_sketches_and_other_crops_apart():
    one, other = (prepare_sketch(sketch(number), CANVAS) for number in (1, 2))
    assert likeness(one, one) == pytest.approx(1)
    assert likeness(one, other) < 0.9
    assert likeness(one, cv2.resize(one, (CANVAS, CANVAS // 2))[:, :].repeat(2, axis=0)) < 1
    assert likeness(one, np.roll(one, 10, axis=0)) < 0.5


@pytest.mark.parametrize("kind", [*KINDS, "small_corner"])
def test_a_sketch_is_prepared_as_without_its_paper(kind):
    found = []
    for number in range(3):
        rng = np.random.default_rng(number)
        picture = np.rot90(picture_of(kind, sketch(number), rng), TURNS.get(kind, 0))
        prepared = prepare_sketch(np.ascontiguousarray(picture), CANVAS)
        found.append(likeness(prepared, prepare_sketch(sketch(number), CANVAS)))
    assert np.median(found) > LEAST.get(kind, 0.85), found
    assert min(found) > LEAST.get(kind, 0.6), found


def test_two_drawings_on_a_page_are_both_offered():
    picture = picture_of("two", sketch(3), np.random.default_rng(0), other=sketch(7))
    drawings = find_drawings(picture)
    assert len(drawings) == 2
    left, right = sorted(drawings, key=lambda drawing: drawing.box[0])
    assert left.box[0] + left.box[2] <= right.box[0]
    for drawing, number in ((left, 3), (right, 7)):
        prepared = prepare_sketch(255 - drawing.ink, CANVAS)
        assert likeness(prepared, prepare_sketch(sketch(number), CANVAS)) > 0.85


def test_a_box_says_which_drawing_is_meant():
    picture = picture_of("two", sketch(3), np.random.default_rng(0), other=sketch(7))
    for drawing in find_drawings(picture):
        np.testing.assert_array_equal(ink_of(picture, drawing.box), drawing.ink)


@pytest.mark.parametrize("longest", [90, 700, 1500, 2600, 4100])
def test_the_box_is_in_pixels_of_the_picture_at_every_size(longest):
    clean = picture_of("clean", sketch(4), np.random.default_rng(2))
    picture = cv2.resize(clean, (longest, longest * 4 // 5), interpolation=cv2.INTER_AREA)
    (drawing,) = find_drawings(picture)
    y, x = np.nonzero(picture.min(axis=2) < 128)
    if longest < 100:  # nothing is told apart on so small a picture
        assert drawing.box == (0, 0, *picture.shape[1::-1])
        return
    expected = np.array([x.min(), y.min(), x.max() - x.min() + 1, y.max() - y.min() + 1])
    np.testing.assert_allclose(drawing.box, expected, atol=longest / 100 + 2)


def test_blank_paper_has_no_drawing():
    assert find_drawings(np.full((300, 400, 3), 250, np.uint8)) == []
    assert not (ink_of(np.full((300, 400, 3), 250, np.uint8)) >= LEVEL).any()
