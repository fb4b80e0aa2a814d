"""The shape distance against SciPy, and what it must not depend on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import cdist

from sketchnet.strokes.shape_distance import (
    SAME_STYLE,
    distinct_styles,
    ink_points,
    same_style,
    style_distance,
)
from tests.doodles import WORDS, doodle


def test_the_distance_is_the_mean_of_both_directions(rng: np.random.Generator) -> None:
    first, second = rng.normal(size=(7, 2)), rng.normal(size=(9, 2))
    each = cdist(first, second)
    expected = (each.min(axis=1).mean() + each.min(axis=0).mean()) / 2
    assert style_distance(first, second) == pytest.approx(expected)
    assert style_distance(second, first) == pytest.approx(expected)


@given(scale=st.floats(0.1, 50), x=st.floats(-300, 300), seed=st.integers(0, 50))
def test_scale_position_and_order_of_strokes_do_not_matter(
    scale: float, x: float, seed: int
) -> None:
    drawing = doodle("star", np.random.default_rng(seed))
    other = [(stroke[::-1] * scale + x).astype(np.float32) for stroke in drawing[::-1]]
    assert style_distance(ink_points(drawing), ink_points(other)) < 0.02
    assert same_style(drawing, other)


def test_different_shapes_are_different_styles(rng: np.random.Generator) -> None:
    shapes = [ink_points(doodle(word, rng)) for word in WORDS]
    for row, first in enumerate(shapes):
        for second in shapes[:row]:
            assert style_distance(first, second) > SAME_STYLE


def test_an_empty_drawing_is_infinitely_far_and_dots_are_equal() -> None:
    dot = [np.array([[3.0, 3.0]])]
    assert style_distance(ink_points([]), ink_points(dot)) == float("inf")
    assert same_style(dot, [np.array([[9.0, 1.0]])])
    assert ink_points(dot).tolist() == [[0, 0]]


def test_of_each_style_the_first_is_kept(rng: np.random.Generator) -> None:
    star, circle, stairs = (doodle(word, rng) for word in ("star", "circle", "stairs"))
    again = [stroke * 2 + 1 for stroke in star]
    assert distinct_styles([star, again, circle, star, stairs], 10) == [0, 2, 4]
    assert distinct_styles([star, again, circle, star, stairs], 2) == [0, 2]
    assert distinct_styles([], 3) == []
