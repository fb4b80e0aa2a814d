"""Photos are told from pictures of drawings, whatever falls on the paper."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from sketchnet.imaging.decode import read_picture
from sketchnet.imaging.picture_kind import looks_like_photo
from sketchnet.strokes.rasterize import rasterize
from tests.browser.hog_embedder import draw_shoe, with_shadow, write_shoes
from tests.imaging.paper import KINDS, lit, picture_of

LIT = ("graph_photo", "shadow_soft", "shadow_hard", "pencil_shadow", "fold", "on_desk", "thumb")


@pytest.mark.parametrize("kind", [*KINDS, "two", "small_corner"])
def test_a_drawing_on_paper_is_no_photo(kind):
    for number in range(4 if kind in LIT else 1):
        sketch = rasterize(draw_shoe(number), 400)
        picture = picture_of(kind, sketch, np.random.default_rng(number))
        assert not looks_like_photo(picture), number


@pytest.mark.parametrize("darkness", [0.5, 0.6, 0.7])
def test_shadows_on_a_broad_pen_never_make_a_photo(darkness):
    for number in range(4):
        sketch = cv2.erode(rasterize(draw_shoe(number), 400), np.ones((5, 5), np.uint8))
        picture = picture_of("clean", sketch, np.random.default_rng(number))
        shaded = lit(picture.astype(float), np.random.default_rng(number), darkness, 5)
        assert not looks_like_photo(shaded), number


@pytest.mark.parametrize(
    ("shoe", "background"),
    [
        ((20, 20, 22), (128, 128, 128)),  # black on grey
        ((20, 20, 22), (255, 255, 255)),
        ((236, 234, 230), (255, 255, 255)),  # white on white
        ((170, 40, 40), (40, 130, 130)),  # red on teal
        ((120, 120, 125), (10, 10, 10)),  # grey on black
        ((90, 60, 40), (200, 180, 150)),  # brown on beige
    ],
)
def test_a_thing_is_a_photo_on_every_background(shoe, background):
    assert looks_like_photo(thing(shoe, background))


def thing(colour: tuple[int, ...], background: tuple[int, ...]) -> np.ndarray:
    """A body with an uneven surface and a darker sole: (400, 500, 3) uint8."""
    picture = np.full((400, 500, 3), background, np.float32)
    body, sole = np.zeros((400, 500), np.float32), np.zeros((400, 500), np.float32)
    outline = [[80, 290], [110, 200], [220, 190], [300, 110], [410, 110], [430, 290]]
    cv2.fillPoly(body, [np.array(outline, np.int32)], 1)
    cv2.rectangle(sole, (75, 280), (435, 310), 1, -1)
    y, x = np.mgrid[:400, :500]
    light = (0.8 + 0.25 * np.sin(x / 60) * np.cos(y / 45))[..., None]
    for mask, shade in ((body, 1.0), (sole, 0.6)):
        mask = cv2.GaussianBlur(mask, (0, 0), 1)[..., None]
        picture = picture * (1 - mask) + np.array(colour) * shade * light * mask
    return picture.clip(0, 255).astype(np.uint8)


def test_rendered_photos_are_photos(tmp_path):
    write_shoes(tmp_path, 0, 10)
    photos = [with_shadow(read_picture(path)) for path in sorted(tmp_path.glob("*.png"))]
    assert all(looks_like_photo(photo) for photo in photos)


def test_grey_pictures_are_judged_like_coloured_ones():
    picture = thing((20, 20, 22), (128, 128, 128))
    assert looks_like_photo(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY))
    assert not looks_like_photo(rasterize(draw_shoe(1), 400))
