"""The record of strokes: what the browser sends is used only after it was checked."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketchnet.utils.errors import InputError
from sketchnet_demo.examples import SHOES, curve, examples
from sketchnet_demo.stroke_record import (
    CANVAS_SIZE,
    MAX_POINTS,
    MAX_STROKES,
    on_canvas,
    read_strokes,
)

coordinates = st.floats(-1e6, 1e6, allow_nan=False, width=32)
strokes = st.lists(st.tuples(coordinates, coordinates), min_size=1, max_size=12)


@given(st.lists(strokes, max_size=6))
def test_strokes_keep_their_order_and_coordinates(drawing):
    record = [[[x for x, _ in s], [y for _, y in s], [*range(len(s))]] for s in drawing]
    read = read_strokes(json.dumps(record))
    assert [stroke.tolist() for stroke in read] == [[list(p) for p in s] for s in drawing]
    assert all(stroke.dtype == np.float32 for stroke in read)


@pytest.mark.parametrize("nothing", [None, "", "[]"])
def test_no_record_is_an_empty_drawing(nothing):
    assert read_strokes(nothing) == []


@pytest.mark.parametrize(
    "record",
    [
        "null",
        "1",
        '"strokes"',
        "{}",
        "not JSON",
        "[" * 100_000,
        "[1]",
        "[[]]",
        "[[[], []]]",
        "[[[1], [2, 3]]]",
        "[[[1, 2]]]",
        "[[[1], [2], [3], [4]]]",
        '[[["a"], ["b"]]]',
        "[[[true], [false]]]",
        "[[[null], [1]]]",
        "[[[NaN], [1]]]",
        "[[[1], [Infinity]]]",
        "[[[1e400], [1]]]",
        "[[[1e7], [1]]]",
        "[[[[1]], [[2]]]]",
        json.dumps([[[1], [1]]] * (MAX_STROKES + 1)),
        json.dumps([[[1] * (MAX_POINTS + 1)] * 2]),
        json.dumps([[[123.456789] * 90_000] * 2]),
        "[[[" + "9" * 5000 + "], [1]]]",
    ],
)
def test_any_other_record_is_refused_in_one_line(record):
    with pytest.raises(InputError) as refused:
        read_strokes(record)
    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) < 300


@given(st.text(max_size=200))
def test_any_text_is_strokes_or_an_input_error(text):
    try:
        read = read_strokes(text)
    except InputError:
        return
    assert all(stroke.ndim == 2 and stroke.shape[1] == 2 for stroke in read)


@given(st.lists(strokes, min_size=1, max_size=4))
def test_a_drawing_for_the_canvas_lies_within_it(drawing):
    arrays = [np.array(stroke, np.float32) for stroke in drawing]
    placed = read_strokes(on_canvas(arrays))
    assert [len(stroke) for stroke in placed] == [len(stroke) for stroke in arrays]
    points = np.concatenate(placed)
    assert points.min() >= 0
    assert points.max() <= CANVAS_SIZE


def test_examples_pass_through_their_points_and_are_all_shown():
    for points in (p for drawing in SHOES.values() for p in drawing):
        line = curve(points)
        distance = np.abs(line[:, None] - np.array(points)).sum(axis=2).min(axis=0)
        assert distance.max() < 1e-4
    assert examples().count("data-strokes=") == len(SHOES)
