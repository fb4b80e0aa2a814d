"""Sequences and geometry of drawings, against worked examples, round trips and the real files."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketchnet.strokes.formats import (
    as_drawing,
    fit,
    from_quickdraw,
    from_stroke3,
    from_stroke5,
    ink_length,
    partial_drawing,
    resample,
    simplify,
    stroke_snapshots,
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


# Sequences


def test_stroke3_of_a_worked_example() -> None:
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


def test_rows_of_zeros_at_the_end_are_padding() -> None:
    rows = to_stroke3(L_SHAPE)
    padded = np.concatenate([rows, np.zeros((5, 3))])
    assert same(from_stroke3(padded), L_SHAPE)
    assert same(from_stroke3(np.zeros((3, 3))), [np.zeros((1, 2))])
    assert from_stroke3(np.zeros((0, 3))) == []


@pytest.mark.parametrize("scale", [1 / 7, 1, 255])
def test_a_pen_column_on_another_scale_is_read(scale: float) -> None:
    """As people save them who divide the whole array by a constant."""
    drawing = [np.array([[7, 14], [21, 7]]), np.array([[0, 0], [70, 70], [7, 0]])]
    found = from_stroke3(to_stroke3(drawing) * scale)
    assert [len(stroke) for stroke in found] == [2, 3]
    assert np.allclose(np.concatenate(found), np.concatenate(drawing) * scale, atol=1e-3)


def test_the_largest_pen_state_of_stroke5_counts() -> None:
    rows = np.array([[1, 2, 0.7, 0.2, 0.1], [3, 4, 0.3, 0.6, 0.1], [0, 0, 0.1, 0.1, 0.8]])
    assert from_stroke5(rows).tolist() == [[1, 2, 0], [3, 4, 1]]


# Partial drawings


def test_a_cut_may_lie_inside_a_segment() -> None:
    assert ink_length(L_SHAPE) == 7
    (half,) = partial_drawing(L_SHAPE, 5 / 7)
    assert np.allclose(half, [[0, 0], [3, 0], [3, 2]])


@given(drawings(real), st.floats(0, 1))
def test_a_part_has_its_share_of_the_length(drawing: list[np.ndarray], share: float) -> None:
    least = max(1, ink_length(drawing) / 1000)  # up to there a stroke counts as a dot
    drawing = [stroke for stroke in drawing if ink_length([stroke]) > least]
    part = partial_drawing(drawing, share)
    assert ink_length(part) == pytest.approx(share * ink_length(drawing), rel=1e-3, abs=1e-2)
    for one, other in zip(part[:-1], drawing, strict=False):
        assert np.array_equal(one, other)


@given(drawings(whole))
def test_completion_0_is_empty_and_1_is_the_whole(drawing: list[np.ndarray]) -> None:
    assert partial_drawing(drawing, 0) == []
    assert same(partial_drawing(drawing, 1), drawing)


def test_dots_come_one_after_another() -> None:
    dots = [np.array([[i, i]], np.float32) for i in range(4)]
    assert [len(partial_drawing(dots, share)) for share in (0.1, 0.5, 0.9, 1)] == [1, 2, 4, 4]
    with pytest.raises(ValueError, match="completion level"):
        partial_drawing(dots, 1.2)


@given(drawings(whole, most=12), st.integers(1, 9))
def test_snapshots_end_with_the_whole(drawing: list[np.ndarray], most: int) -> None:
    counts = [len(snapshot) for snapshot in stroke_snapshots(drawing, most)]
    assert len(counts) == min(most, len(drawing))
    assert counts == sorted(set(counts))
    assert not drawing or (counts[-1] == len(drawing) and counts[0] >= 1)


# Geometry


def test_a_stroke_too_short_to_scale_is_a_dot() -> None:
    drawing = [np.array([[0, 0], [1e-38, 0]], np.float32)]
    with np.errstate(all="raise", under="ignore"):
        assert np.abs(fit(drawing)[0]).max() < 1e-30


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


def test_resampling_of_a_worked_example() -> None:
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
def test_tidy_does_not_depend_on_scale_and_position(
    drawing: list[np.ndarray], scale: float, right: int, down: int
) -> None:
    moved = [stroke * np.float32(scale) + np.float32([right, down]) for stroke in drawing]
    assert all(
        len(a) == len(b) and np.allclose(a, b, atol=1e-2)
        for a, b in zip(tidy(drawing), tidy(moved), strict=True)
    )


def test_tidy_bounds_the_longest_drawing(rng: np.random.Generator) -> None:
    scribble = as_drawing([rng.uniform(0, 255, (5_000, 2)) for _ in range(3)])
    tidied = tidy(scribble)
    assert len(tidied) == 3
    assert sum(map(len, tidied)) <= 100_010


def test_tidy_agrees_with_the_official_simplification(real_data) -> None:
    """Our simplification of raw files against the official simplified files, by key_id."""
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
