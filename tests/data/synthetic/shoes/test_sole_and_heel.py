from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sketchnet.data.synthetic.shoes.design import ShoeDesign
from sketchnet.data.synthetic.shoes.sole_and_heel import build_bottom

PLAIN = ShoeDesign("plain")


@pytest.mark.parametrize("shape", ["stiletto", "cone", "block", "spool", "flare", "cuban"])
def test_a_heel_reaches_from_the_ground_to_the_sole(shape):
    design = replace(PLAIN, heel_shape=shape, heel_height=0.3, heel_length=0.2, heel_tip=0.5)
    heel = build_bottom(design).heel
    assert np.allclose(heel[0, :, 1], 0)
    assert heel[-1, :, 1].min() > 0.2
    ratio = np.ptp(heel[0, :, 0]) / np.ptp(heel[-1, :, 0])
    assert ratio == pytest.approx(design.heel_tip, abs=0.02)


def test_a_one_piece_sole_stands_on_the_ground():
    bottom = build_bottom(replace(PLAIN, heel_shape="wedge", heel_height=0.2))
    assert bottom.heel is None
    assert np.abs(bottom.edge[0, :, 1]).max() < 0.05
    assert bottom.edge[-1, 0, 1] > 0.2
