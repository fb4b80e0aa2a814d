from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketchnet.data.by_hand import LEAST_INK, drawn_by_hand
from sketchnet.polylines import ink_length, resample

DOWN = np.array([0, 1], np.float32)
LONG = np.array([[0, 0], [90, 10]], np.float32)
SHORT = np.array([[40, 50], [44, 50]], np.float32)


def test_no_lines_no_sketch_and_one_line_stays(rng):
    assert drawn_by_hand([], rng) == []
    assert all(len(drawn_by_hand([LONG], rng)) == 1 for _ in range(20))


@given(st.integers(0, 2**32 - 1))
def test_the_same_generator_draws_the_same(seed):
    lines = resample([LONG, SHORT, LONG[::-1] + 20], 6.0)
    one, two = (drawn_by_hand(lines, np.random.default_rng(seed)) for _ in range(2))
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a, b)
        assert a.dtype == np.float32


def test_short_lines_go_before_long_ones(rng):
    lines = [LONG + 9 * i * DOWN for i in range(4)] + [SHORT + 7 * i * DOWN for i in range(4)]
    kept = np.zeros(2)
    for _ in range(200):
        lengths = [ink_length([line]) > 40 for line in drawn_by_hand(lines, rng)]
        kept += [lengths.count(True), lengths.count(False)]
    assert kept[0] > 4 * kept[1]
    assert kept[1] > 0, "now and then a detail is drawn"


@pytest.mark.parametrize("seed", range(20))
def test_half_of_the_ink_stays_and_near_its_place(seed):
    rng = np.random.default_rng(seed)
    lines = resample([rng.uniform(0, 100, (2, 2)).astype(np.float32) for _ in range(12)], 5.0)
    drawn = drawn_by_hand(lines, rng)
    # Lines are stretched by a few per cent and bent, so the share is met but roughly.
    assert ink_length(drawn) > 0.8 * LEAST_INK * ink_length(lines)
    before = np.concatenate(lines)
    for stroke in drawn:
        far = np.hypot(*(stroke[:, None] - before[None]).transpose(2, 0, 1)).min(axis=1)
        assert far.max() < 20


def test_lines_move_apart_from_one_another(rng):
    lines = [LONG, LONG + 30 * DOWN]
    gaps = []
    for _ in range(100):
        drawn = drawn_by_hand(lines, rng)
        if len(drawn) == 2:
            gaps.append(drawn[1].mean(axis=0)[1] - drawn[0].mean(axis=0)[1])
    assert np.mean(gaps) == pytest.approx(30, abs=2)
    assert np.std(gaps) > 0.5


def test_a_dot_is_no_trouble(rng):
    for _ in range(20):
        assert np.isfinite(np.concatenate(drawn_by_hand([np.ones((1, 2), np.float32)], rng))).all()
