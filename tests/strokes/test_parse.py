"""Nested lists as drawings: both forms, ambiguous ones, far, broken and excessive ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketchnet.strokes.parse import (
    MAX_COORDINATE,
    MAX_POINTS,
    MAX_STROKES,
    as_drawing,
    from_quickdraw,
    stroke_form,
)
from sketchnet.utils.errors import InputError


def same(one: list[np.ndarray], other: list) -> bool:
    return len(one) == len(other) and all(map(np.array_equal, one, other))


def test_points_with_times_and_arrays_are_read() -> None:
    drawing = as_drawing([[[1, 2, 90], [3, 4, 99]], np.array([[5, 6]])])
    assert same(drawing, [np.array([[1, 2], [3, 4]]), np.array([[5, 6]])])
    assert all(stroke.dtype == np.float32 for stroke in drawing)
    assert same(as_drawing(np.zeros((2, 5, 2))), [np.zeros((5, 2))] * 2)


def test_the_official_form_is_recognised_with_and_without_times() -> None:
    wanted = [np.array([[1, 5], [2, 6], [3, 7], [4, 8]])]
    assert same(as_drawing([[[1, 2, 3, 4], [5, 6, 7, 8]]]), wanted)
    assert same(as_drawing([[[1, 2, 3, 4], [5, 6, 7, 8], [0, 9, 20, 31]]]), wanted)
    assert same(as_drawing([[[7], [8]]]), [np.array([[7, 8]])])


TWO = [[10, 20], [30, 40]]
THREE = [[10, 20], [30, 40], [50, 60]]
LONG = [[1, 2, 3, 4], [5, 6, 7, 8]]


@pytest.mark.parametrize(
    ("strokes", "form"),
    [
        ([TWO], "ambiguous"),
        ([THREE, TWO], "ambiguous"),
        ([[[1, 2, 0], [3, 4, 9]]], "ambiguous"),
        ([TWO, LONG], "official"),
        ([TWO, [[7], [8]]], "official"),
        ([TWO, [[1, 2]]], "points"),
        ([THREE, [*THREE, [70, 80]]], "points"),
        ([np.array(TWO), np.zeros((9, 2))], "points"),
        ([], "points"),
        ([[], [[], []]], "points"),
    ],
)
def test_the_form_of_a_drawing_is_decided_by_all_its_strokes(strokes, form) -> None:
    assert stroke_form(strokes) == form
    read_as = "official" if form == "official" else "points"
    assert same(as_drawing(strokes), as_drawing(strokes, read_as))


def test_an_ambiguous_drawing_is_points_unless_the_form_is_given() -> None:
    assert same(as_drawing([TWO]), [np.array([[10, 20], [30, 40]])])
    assert same(as_drawing([TWO], "points"), [np.array([[10, 20], [30, 40]])])
    assert same(as_drawing([TWO], "official"), [np.array([[10, 30], [20, 40]])])
    assert same(from_quickdraw([TWO]), [np.array([[10, 30], [20, 40]])])
    assert same(as_drawing([THREE], "official"), [np.array([[10, 30], [20, 40]])])


def test_a_given_form_reads_what_the_shape_alone_would_not() -> None:
    """Two points with time, pressure and tilt look like the official form."""
    points = [[1, 2, 0, 0.5, 9], [3, 4, 16, 0.7, 8]]
    assert same(as_drawing([points], "points"), [np.array([[1, 2], [3, 4]])])


@pytest.mark.parametrize(
    ("strokes", "form", "named"),
    [
        ([[[1, 2], [3, 4], [5, 6], [7, 8]]], "official", '"points"'),
        ([[[7], [8]]], "points", '"official"'),
    ],
)
def test_the_wrong_form_is_refused_with_the_right_one(strokes, form, named) -> None:
    with pytest.raises(InputError, match=named):
        as_drawing(strokes, form)


def test_bad_points_and_empty_strokes_are_left_out() -> None:
    drawing = as_drawing([[[np.nan, 1], [2, 3], [4, np.inf]], [], [[None, 1]]])
    assert same(drawing, [np.array([[2, 3]])])
    assert as_drawing([]) == []


@given(
    right=st.floats(-1e9, 1e9),
    down=st.floats(-1e9, 1e9),
    extent=st.floats(1e3, 1e12),
)
def test_a_far_or_huge_drawing_keeps_its_shape(right, down, extent) -> None:
    """As raw files of other programs have them: in micrometres, or far from the origin."""
    if max(abs(right), abs(down)) > 1e6 * extent:
        return  # the numbers given to us have lost the shape already
    corners = np.array([[0, 0], [1, 0.1], [0.9, 0.5], [0.2, 0.4]])
    found = as_drawing([corners * extent + [right, down]])[0].astype(np.float64)
    assert np.abs(found).max() <= MAX_COORDINATE
    found = (found - found[0]) / (found[1] - found[0])[0]
    np.testing.assert_allclose(found, corners, atol=0.01 + 2e-7 * np.hypot(right, down) / extent)


def test_a_few_points_out_of_range_are_clipped_and_move_nothing() -> None:
    stroke = [[float(i), 2.0 * i] for i in range(40)]
    (found,) = as_drawing([[*stroke, [9e9, -9e9]]])
    np.testing.assert_array_equal(found[:-1], stroke)
    assert found[-1].tolist() == [MAX_COORDINATE, -MAX_COORDINATE]


def test_moving_into_range_is_reported() -> None:
    reports: list[str] = []
    from_quickdraw([[[0, 255], [0, 255]]], reports.append)
    assert reports == []
    from_quickdraw([[[4e6, 4.1e6], [0, 255]]], reports.append)
    assert reports == ["coordinates beyond 1,000,000, moved into range"]


def test_excess_is_thinned_and_both_ends_of_a_stroke_stay() -> None:
    long = np.column_stack([np.arange(300_000), np.zeros(300_000)])
    (stroke,) = as_drawing([long])
    assert len(stroke) <= MAX_POINTS
    assert stroke[0, 0] == 0
    assert stroke[-1, 0] == 299_999
    assert np.diff(stroke[:, 0]).max() <= 4
    many = as_drawing([[[i, 0]] for i in range(5_000)])
    assert len(many) == MAX_STROKES
    assert many[0][0, 0] == 0
    assert many[-1][0, 0] == 4_999


@pytest.mark.parametrize("form", ["auto", "points", "official"])
@pytest.mark.parametrize(
    "wrong",
    ["[[[1, 2]]]", {"strokes": []}, 7, None, [[1, 2], [3, 4]], [[["a", "b"]]], [[[1, 2], [3]]],
     [[[1]]], np.zeros((2, 2, 2, 2)), [[[1, 2, 3, 4], [5, 6, 7, 8], [1]], [[1, 2]] * 5]],
)  # fmt: skip
def test_other_values_are_refused_in_one_line(wrong: object, form) -> None:
    with pytest.raises(InputError, match=r"expected .*; received .*; "):
        as_drawing(wrong, form)


def test_strokes_of_both_forms_are_refused() -> None:
    mixed = [LONG, [[1, 2]] * 5]
    for read in (as_drawing, stroke_form):
        with pytest.raises(InputError, match="all strokes in one form"):
            read(mixed)
