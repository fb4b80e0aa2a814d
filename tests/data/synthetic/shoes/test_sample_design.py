from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sketchnet.data.synthetic.shoes.sample_design import SHOE_KINDS, sample_design


@pytest.mark.parametrize("kind", SHOE_KINDS)
def test_a_design_has_the_requested_kind(kind):
    assert sample_design(np.random.default_rng(0), kind).kind == kind


def test_designs_of_one_kind_differ():
    designs = [sample_design(np.random.default_rng(seed), "sneaker") for seed in range(40)]
    assert len({replace(design, pattern_seed=0) for design in designs}) == 40


def test_random_designs_cover_all_kinds(rng):
    assert {sample_design(rng).kind for _ in range(300)} == set(SHOE_KINDS)
