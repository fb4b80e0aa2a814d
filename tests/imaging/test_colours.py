"""Colours of shoes whose colours are known: plain figures, and synthetic shoes."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from sketchnet.data.synthetic.shoes.build import build_shoe
from sketchnet.data.synthetic.shoes.photo import render_photo
from sketchnet.data.synthetic.shoes.sample_design import sample_design
from sketchnet.imaging.colour_names import SHADES, likeness_to_names, name_of, named
from sketchnet.imaging.colours import (
    NAMED_COLOURS,
    colour_of,
    hexadecimal,
    lab_of,
    likeness,
    shoe_colours,
)

RED, BLUE, WHITE = (190, 38, 42), (48, 84, 155), (255, 255, 255)


def two_tone(paper=WHITE) -> np.ndarray:
    """A shape of 120x60 px: three quarters red on the left, the rest blue."""
    picture = np.full((160, 200, 3), paper, np.uint8)
    cv2.rectangle(picture, (40, 50), (129, 109), RED, -1)
    cv2.rectangle(picture, (130, 50), (159, 109), BLUE, -1)
    return picture


@pytest.mark.parametrize("paper", [WHITE, (235, 230, 220), (70, 160, 90), (10, 10, 10)])
def test_the_palette_has_the_shares_of_the_body_and_no_background(paper):
    palette = shoe_colours(two_tone(paper)).palette
    assert palette[:, 3].sum() == pytest.approx(1, abs=1e-5)
    for colour, share in ((RED, 0.75), (BLUE, 0.25)):
        found = (likeness(palette[:, :3], lab_of(colour)) * palette[:, 3]).sum()
        assert found == pytest.approx(share, abs=0.04)
    assert (likeness(palette[:, :3], lab_of(paper)) * palette[:, 3]).sum() < 0.02


def test_places_have_their_colours():
    areas = shoe_colours(two_tone()).areas
    assert areas[..., 3].min() > 0.8
    assert [name_of(lab) for lab in areas[2, [0, 3, 7], :3]] == ["red", "red", "blue"]


def test_light_parts_within_an_outline_belong_to_the_shoe():
    picture = np.full((160, 200, 3), 255, np.uint8)
    cv2.ellipse(picture, (100, 80), (70, 40), 0, 0, 360, (60, 60, 60), 3)
    palette = shoe_colours(picture).palette
    white = (likeness(palette[:, :3], lab_of(WHITE)) * palette[:, 3]).sum()
    assert white > 0.8


def test_a_shadow_is_background():
    picture = two_tone()
    shadow = np.zeros((160, 200), np.float32)
    cv2.ellipse(shadow, (100, 112), (70, 12), 0, 0, 360, 1, -1)
    shade = 255 - 40 * cv2.GaussianBlur(shadow, (0, 0), 4)
    picture = np.minimum(picture, shade[..., None].astype(np.uint8))
    palette = shoe_colours(picture).palette
    red = (likeness(palette[:, :3], lab_of(RED)) * palette[:, 3]).sum()
    assert red > 0.6


@pytest.mark.parametrize("shape", [(1, 1, 3), (3, 500, 3), (40, 40, 3)])
def test_pictures_without_a_shoe_have_colours_too(shape):
    colours = shoe_colours(np.full(shape, 200, np.uint8))
    assert np.isfinite(colours.palette).all()
    assert np.isfinite(colours.areas).all()


def test_the_same_picture_has_the_same_colours():
    noise = np.random.default_rng(0).integers(0, 255, (90, 120, 3)).astype(np.uint8)
    first, second = shoe_colours(noise), shoe_colours(noise.copy())
    np.testing.assert_array_equal(first.palette, second.palette)
    np.testing.assert_array_equal(first.areas, second.areas)


def test_synthetic_shoes_have_more_of_their_own_upper_colour_than_of_others():
    designs = [sample_design(np.random.default_rng([9, n]), "loafer") for n in range(8)]
    palettes = [shoe_colours(render_photo(build_shoe(design))).palette for design in designs]
    own, others = [], []
    for design in designs:
        wished = lab_of(design.upper)
        for other, palette in zip(designs, palettes, strict=True):
            share = (likeness(palette[:, :3], wished) * palette[:, 3]).sum()
            if other is design:
                own.append(share)
            elif np.linalg.norm(lab_of(other.upper) - wished) > 40:
                others.append(share)
    assert np.median(own) > 3 * np.median(others)


def test_lab_is_the_formula_of_the_cie():
    """White is L 100, and a red calculated from the definition of sRGB, D65."""
    np.testing.assert_allclose(lab_of((255, 255, 255)), [100, 0, 0], atol=0.1)
    np.testing.assert_allclose(lab_of((255, 0, 0)), [53.24, 80.09, 67.20], atol=0.2)


@pytest.mark.parametrize(
    ("text", "colour"),
    [
        ("red", RED), (" Red ", RED), ("#ff8000", (255, 128, 0)), ("FF8000", (255, 128, 0)),
        ("#f80", (255, 136, 0)), ("gray", NAMED_COLOURS["grey"]), ("reddish", None),
        ("#ff80", None), (3, None), (None, None), ("#gggggg", None),
    ],
)  # fmt: skip
def test_colours_as_text(text, colour):
    assert colour_of(text) == colour
    if colour:
        assert colour_of(hexadecimal(colour)) == colour


def test_a_named_colour_stands_for_its_shades():
    assert [shades[0] for shades in SHADES.values()] == [*NAMED_COLOURS.values()]
    assert [*SHADES] == [named(colour) for colour in NAMED_COLOURS.values()]
    assert named((1, 2, 3)) is None
    shades = [(name, shade) for name, every in SHADES.items() for shade in every]
    found = likeness_to_names(lab_of([shade for _, shade in shades]))
    for (name, shade), row in zip(shades, found, strict=True):
        assert name_of(lab_of(shade)) == name
        assert [*SHADES][int(row.argmax())] == name
        assert row.max() > 0.5
        assert row.sum() <= 1.5


def test_likeness_to_names_is_that_of_two_loops():
    lab = lab_of(np.random.default_rng(0).integers(0, 256, (40, 3)))
    found = likeness_to_names(lab.reshape(8, 5, 3)).reshape(40, 12)
    for colour, row in zip(lab, found, strict=True):
        nearest = [min(np.linalg.norm(lab_of(s) - colour) for s in SHADES[n]) for n in SHADES]
        for number, own in enumerate(nearest):
            other = min(each for n, each in enumerate(nearest) if n != number)
            share = min(max(0.5 + (other - own) / 16, 0), 1) * min(max((40 - own) / 15, 0), 1)
            assert row[number] == pytest.approx(share, abs=2e-3)
