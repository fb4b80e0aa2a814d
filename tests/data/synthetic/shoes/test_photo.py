from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sketchnet.data.synthetic.shoes.build import build_shoe
from sketchnet.data.synthetic.shoes.design import ShoeDesign
from sketchnet.data.synthetic.shoes.photo import render_photo
from sketchnet.data.synthetic.shoes.sample_design import SHOE_KINDS, sample_design


def design_of(kind: str, seed: int = 0) -> ShoeDesign:
    return sample_design(np.random.default_rng(seed), kind)


def photo_of(design: ShoeDesign, side: int = 96) -> np.ndarray:
    return render_photo(build_shoe(design), side)


@pytest.mark.parametrize("kind", SHOE_KINDS)
def test_a_photo_shows_a_centred_shoe_on_white(kind):
    picture = photo_of(design_of(kind), 128)
    assert picture.dtype == np.uint8
    assert picture.shape == (128, 128, 3)
    border = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    assert border.min() >= 245
    shoe = picture.min(axis=2) < 235
    rows, columns = np.nonzero(shoe)
    assert 0.04 < shoe.mean() < 0.6
    assert max(np.ptp(rows), np.ptp(columns)) > 0.85 * 128
    assert abs(rows.min() + rows.max() - 128) < 22
    assert abs(columns.min() + columns.max() - 128) < 22


def test_a_photo_depends_on_its_design_alone():
    first, second = photo_of(design_of("oxford")), photo_of(design_of("oxford"))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, photo_of(design_of("oxford", 1)))


def test_colours_do_not_change_the_outline():
    design = replace(design_of("chelsea"), material="leather", pattern="plain")
    masks = []
    for colour in ((30, 30, 30), (150, 40, 60)):
        picture = photo_of(replace(design, upper=colour, trim=colour, accent=colour))
        masks.append(picture.min(axis=2) < 200)
    assert np.mean(masks[0] != masks[1]) < 0.005


@pytest.mark.parametrize(
    "pattern", ["dots", "stripes", "check", "leopard", "snake", "flowers", "quilt", "weave"]
)
def test_every_print_is_visible(pattern):
    colours = {"upper": (230, 200, 60), "accent": (40, 40, 160)}
    design = replace(design_of("ballerina"), pattern="plain", **colours)
    plain = photo_of(design).astype(int)
    printed = photo_of(replace(design, pattern=pattern)).astype(int)
    assert np.abs(plain - printed).max(axis=2).mean() > 1
