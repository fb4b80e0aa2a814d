"""Texts on photos on white: the letters beside the shoe go, the shoe stays."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from sketchnet.data.synthetic.shoes.build import build_shoe
from sketchnet.data.synthetic.shoes.photo import render_photo
from sketchnet.data.synthetic.shoes.sample_design import sample_design
from sketchnet.imaging.foreground import on_white
from sketchnet.imaging.watermark import find_text
from tests.imaging.product_photos import SIDE, cut_out, placed

WHITE = np.full((SIDE, SIDE, 3), 255, np.uint8)
TEXTS = {  # text, font, scale, thickness, colour, opacity
    "pale grey": ("SHOP", 2, 1.4, 3, (150, 150, 150), 0.3),
    "pale red": ("SAMPLE", 2, 0.8, 2, (200, 30, 30), 0.3),
    "thin": ("shoes.com", 0, 0.6, 1, (90, 90, 90), 0.3),
    "script": ("Atelier", 7, 1.2, 2, (100, 100, 160), 0.35),
}


def marked(
    photo: np.ndarray, kind: str, places: list[tuple[int, int]]
) -> tuple[np.ndarray, np.ndarray]:
    """The photo with a text at each place, and the mask of the text."""
    text, font, scale, thickness, colour, opacity = TEXTS[kind]
    ink = np.zeros(photo.shape[:2], np.uint8)
    for place in places:
        cv2.putText(ink, text, place, font, scale, 255, thickness, cv2.LINE_AA)
    share = ink[..., None] / 255 * opacity
    return (photo * (1 - share) + np.array(colour) * share).astype(np.uint8), ink > 0


@pytest.fixture(scope="module")
def shoes() -> list[np.ndarray]:
    rng = np.random.default_rng(3)
    photos = [render_photo(build_shoe(sample_design(rng))) for _ in range(2)]
    return [
        placed(WHITE, *cut_out(photo), np.random.default_rng(row))
        for row, photo in enumerate(photos)
    ]


@pytest.mark.parametrize("kind", TEXTS)
def test_a_watermark_goes_and_the_shoe_stays(shoes, kind):
    places = [(x, y) for y in range(30, SIDE, 90) for x in range(-40 + y % 60, SIDE, 190)]
    for shoe in shoes:
        picture, ink = marked(shoe, kind, places)
        bare = on_white(picture)
        paper = (shoe > 250).all(axis=2)
        away = cv2.erode(paper.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
        before, now = ((each.min(axis=2) < 240) & away for each in (picture, bare))
        assert now.sum() < 0.1 * before.sum(), "letters beside the shoe"
        dark = (shoe.min(axis=2) < 120) & ~ink
        assert np.abs(bare[dark].astype(int) - shoe[dark]).max() <= 1, "the shoe itself"


def test_a_printed_name_in_the_corner_goes(shoes):
    for shoe in shoes:
        picture = shoe.copy()
        cv2.putText(picture, "SHOES&CO", (310, 30), 2, 0.9, (20, 20, 20), 2, cv2.LINE_AA)
        np.testing.assert_allclose(on_white(picture)[:45], 255, atol=12)
        assert (on_white(picture)[60:] == shoe[60:]).all()


def test_laces_and_seams_of_a_pale_shoe_stay():
    """Small pieces of one pale colour, but inside of the shoe's outline."""
    picture = WHITE.copy()
    cv2.ellipse(picture, (240, 260), (180, 90), 0, 0, 360, (60, 60, 60), 4)
    for x in range(140, 340, 25):
        cv2.line(picture, (x, 230), (x + 8, 290), (200, 200, 200), 4)
    assert find_text(picture) is None


def test_two_marks_are_no_text(shoes):
    picture = shoes[0].copy()
    for x in (20, 60):
        cv2.circle(picture, (x, 30), 8, (220, 220, 220), cv2.FILLED)
    assert on_white(picture) is picture
