from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketchnet.strokes import formats
from sketchnet.strokes.formats import (
    as_drawing,
    first_share,
    fit,
    from_quickdraw,
    from_stroke3,
    from_stroke5,
    ink_length,
    resample,
    simplify,
    stroke_ends,
    tidy,
    to_stroke3,
    to_stroke5,
)
from sketchnet.utils.errors import InputError


def drawings(coordinates: st.SearchStrategy, most: int = 5) -> st.SearchStrategy:
    point = st.tuples(coordinates, coordinates)
    stroke = st.lists(point, min_size=1, max_size=8).map(lambda p: np.array(p, np.float32))
    return st.lists(stroke, min_size=0, max_size=most)


whole = st.integers(-1000, 1000)
real = st.floats(-1000, 1000, width=32)
L_SHAPE = [np.array([[0, 0], [3, 0], [3, 4]], np.float32)]


def same(one: list[np.ndarray], other: list[np.ndarray]) -> bool:
    return len(one) == len(other) and all(map(np.array_equal, one, other))


# Reading


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


def test_one_sure_stroke_decides_for_the_small_ones() -> None:
    small = [[10, 20], [30, 40]]
    assert same(as_drawing([small]), [np.array([[10, 20], [30, 40]])])
    long = [[1, 2, 3, 4], [5, 6, 7, 8]]
    assert same(as_drawing([small, long])[:1], [np.array([[10, 30], [20, 40]])])
    assert same(from_quickdraw([small]), [np.array([[10, 30], [20, 40]])])


def test_bad_points_and_empty_strokes_fall_out() -> None:
    drawing = as_drawing([[[np.nan, 1], [2, 3], [4, np.inf]], [], [[None, 1]], [[9e9, -9e9]]])
    assert same(drawing, [np.array([[2, 3]]), np.array([[1e6, -1e6]])])
    assert as_drawing([]) == []


def test_excess_is_thinned_and_both_ends_of_a_stroke_stay() -> None:
    long = np.column_stack([np.arange(300_000), np.zeros(300_000)])
    (stroke,) = as_drawing([long])
    assert len(stroke) <= formats.MAX_POINTS
    assert stroke[0, 0] == 0
    assert stroke[-1, 0] == 299_999
    assert np.diff(stroke[:, 0]).max() <= 4
    many = as_drawing([[[i, 0]] for i in range(5_000)])
    assert len(many) == formats.MAX_STROKES
    assert many[0][0, 0] == 0
    assert many[-1][0, 0] == 4_999


@pytest.mark.parametrize(
    "wrong",
    ["[[[1, 2]]]", {"strokes": []}, 7, None, [[1, 2], [3, 4]], [[["a", "b"]]], [[[1, 2], [3]]],
     [[[1]]], np.zeros((2, 2, 2, 2)), [[[1, 2, 3, 4], [5, 6, 7, 8]], [[1, 2]] * 5]],
)  # fmt: skip
def test_what_is_no_drawing_is_named(wrong: object) -> None:
    with pytest.raises(InputError, match=r"expected .*; received .*; "):
        as_drawing(wrong)


def test_points_are_refused_where_the_official_form_is_meant() -> None:
    with pytest.raises(InputError, match="as_drawing"):
        from_quickdraw([[[1, 2], [3, 4], [5, 6], [7, 8]]])


# Sequences


def test_stroke3_by_hand() -> None:
    drawing = [np.array([[1, 2], [4, 6]]), np.array([[5, 5]])]
    assert to_stroke3(drawing).tolist() == [[1, 2, 0], [3, 4, 1], [1, -1, 1]]


@given(drawings(whole))
def test_stroke3_round_trip_is_exact_for_whole_numbers(drawing: list[np.ndarray]) -> None:
    assert same(from_stroke3(to_stroke3(drawing)), drawing)


@given(drawings(real))
def test_stroke3_round_trip_is_close_for_all(drawing: list[np.ndarray]) -> None:
    back = from_stroke3(to_stroke3(drawing))
    assert [len(s) for s in back] == [len(s) for s in drawing]
    assert all(np.allclose(a, b, atol=1e-2) for a, b in zip(back, drawing, strict=True))


@given(drawings(whole), st.integers(0, 30))
def test_stroke5_pads_cuts_and_comes_back(drawing: list[np.ndarray], length: int) -> None:
    stroke3 = to_stroke3(drawing)
    rows = to_stroke5(stroke3, length)
    assert rows.shape == (length, 5)
    assert rows.dtype == np.float32
    assert (rows[:, 2:].sum(axis=1) == 1).all()
    assert np.array_equal(from_stroke5(rows), stroke3[:length])
    assert (rows[len(stroke3) :] == [0, 0, 0, 0, 1]).all()


def test_a_last_stroke_that_was_never_lifted_counts() -> None:
    assert same(from_stroke3(np.array([[1, 1, 0], [1, 0, 0]])), [np.array([[1, 1], [2, 1]])])
    with pytest.raises(InputError):
        from_stroke3(np.zeros((4, 5)))


# Shares of the ink


def test_the_pen_stops_inside_a_segment() -> None:
    assert ink_length(L_SHAPE) == 7
    (half,) = first_share(L_SHAPE, 5 / 7)
    assert np.allclose(half, [[0, 0], [3, 0], [3, 2]])


@given(drawings(real), st.floats(0, 1))
def test_a_share_is_that_share_of_the_ink(drawing: list[np.ndarray], share: float) -> None:
    drawing = [stroke for stroke in drawing if ink_length([stroke]) > 1]
    part = first_share(drawing, share)
    assert ink_length(part) == pytest.approx(share * ink_length(drawing), rel=1e-3, abs=1e-2)
    for one, other in zip(part[:-1], drawing, strict=False):
        assert np.array_equal(one, other)


@given(drawings(whole))
def test_no_share_is_nothing_and_all_is_all(drawing: list[np.ndarray]) -> None:
    assert first_share(drawing, 0) == []
    assert same(first_share(drawing, 1), drawing)


def test_dots_appear_one_after_the_other() -> None:
    dots = [np.array([[i, i]], np.float32) for i in range(4)]
    assert [len(first_share(dots, share)) for share in (0.1, 0.5, 0.9, 1)] == [1, 2, 4, 4]
    with pytest.raises(ValueError, match="share"):
        first_share(dots, 1.2)


@given(drawings(whole, most=12), st.integers(1, 9))
def test_snapshots_grow_to_the_whole(drawing: list[np.ndarray], most: int) -> None:
    counts = [len(snapshot) for snapshot in stroke_ends(drawing, most)]
    assert len(counts) == min(most, len(drawing))
    assert counts == sorted(set(counts))
    assert not drawing or (counts[-1] == len(drawing) and counts[0] >= 1)


# Geometry


@given(drawings(whole), st.floats(1, 500))
def test_fit_keeps_the_shape(drawing: list[np.ndarray], side: float) -> None:
    fitted = fit(drawing, side)
    if not drawing:
        assert fitted == []
        return
    points, old = np.concatenate(fitted), np.concatenate(drawing)
    assert np.allclose(points.min(axis=0), 0)
    extent = np.ptp(old, axis=0)
    if extent.max() > 0:
        assert np.allclose(np.ptp(points, axis=0), extent / extent.max() * side, rtol=1e-4)


def test_resampling_by_hand() -> None:
    (stroke,) = resample(L_SHAPE, 2)
    assert np.allclose(stroke, [[0, 0], [2, 0], [3, 1], [3, 3], [3, 4]])
    assert same(resample([np.ones((3, 2), np.float32)], 2), [np.ones((1, 2))])


def peucker(points: np.ndarray, epsilon: float) -> list[int]:
    """The textbook recursion, kept indices."""

    def inner(first: int, last: int) -> list[int]:
        distances = [off(points[i], points[first], points[last]) for i in range(first + 1, last)]
        if not distances or max(distances) <= epsilon:
            return []
        split = first + 1 + int(np.argmax(distances))
        return [*inner(first, split), split, *inner(split, last)]

    def off(p: np.ndarray, a: np.ndarray, b: np.ndarray) -> float:
        (dx, dy), (px, py) = b - a, p - a
        return abs(dx * py - dy * px) / np.hypot(dx, dy) if (a != b).any() else np.hypot(px, py)

    return [0, *inner(0, len(points) - 1), len(points) - 1] if len(points) > 1 else [0]


def test_simplify_is_ramer_douglas_peucker(rng: np.random.Generator) -> None:
    for number in range(300):
        steps = rng.normal(0, rng.choice([0.5, 2, 6]), (rng.integers(1, 60), 2))
        stroke = np.cumsum(steps, axis=0).astype(np.float32)
        if number % 5 == 0:
            stroke[-1] = stroke[0]
        (simple,) = simplify([stroke], 2.0)
        assert np.array_equal(simple, stroke[peucker(stroke.astype(float), 2.0)])


@given(drawings(whole))
def test_simplify_keeps_ends_and_only_drops(drawing: list[np.ndarray]) -> None:
    for stroke, simple in zip(drawing, simplify(drawing, 3.0), strict=True):
        assert np.array_equal(simple[[0, -1]], stroke[[0, -1]])
        assert {tuple(p) for p in simple} <= {tuple(p) for p in stroke}


@given(drawings(whole), st.sampled_from([0.25, 0.5, 2, 4]), whole, whole)
def test_tidy_forgets_size_and_place(
    drawing: list[np.ndarray], scale: float, right: int, down: int
) -> None:
    moved = [stroke * np.float32(scale) + np.float32([right, down]) for stroke in drawing]
    assert all(
        len(a) == len(b) and np.allclose(a, b, atol=1e-2)
        for a, b in zip(tidy(drawing), tidy(moved), strict=True)
    )


def test_tidy_survives_the_longest_scribble(rng: np.random.Generator) -> None:
    scribble = as_drawing([rng.uniform(0, 255, (5_000, 2)) for _ in range(3)])
    tidied = tidy(scribble)
    assert len(tidied) == 3
    assert sum(map(len, tidied)) <= 100_010


def test_tidy_agrees_with_the_official_simplification(real_data) -> None:
    """Raw files made tidy against the official simplified drawings of the same key_id."""
    folder = real_data / "quickdraw"
    official = {}
    for path in (folder / "raw").glob("*.ndjson"):
        for line in (folder / "simplified" / path.name).read_text().splitlines():
            entry = json.loads(line)
            official[entry["key_id"]] = from_quickdraw(entry["drawing"])
    agreeing = []
    for path in sorted((folder / "raw").glob("*.ndjson")):
        for line in path.read_text().splitlines():
            entry = json.loads(line)
            if entry["key_id"] not in official:
                continue
            ours, theirs = tidy(from_quickdraw(entry["drawing"])), official[entry["key_id"]]
            gaps = np.abs(np.concatenate(ours)[:, None] - np.concatenate(theirs)[None])
            agreeing.append(len(ours) == len(theirs) and gaps.max(axis=2).min(axis=1).max() <= 1.5)
    assert len(agreeing) > 100
    assert np.mean(agreeing) > 0.9
