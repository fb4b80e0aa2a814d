"""Rasterized strokes against distances to the segments, and the channels of the order."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketchnet.strokes.formats import Drawing
from sketchnet.strokes.rasterize import FILL, rasterize

ZIGZAG = [
    np.array([[0, 0], [60, 10], [20, 70], [100, 100]], np.float32),
    np.array([[90, 5], [40, 95]], np.float32),
]


def from_distances(drawing: Drawing, side: int, width: float) -> np.ndarray:
    """The oracle: the distance of each pixel to the nearest segment, with a soft edge."""
    points = np.concatenate(drawing).astype(float)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    scale = (side * FILL - width) / np.ptp(points, axis=0).max()
    nearest = np.full((side, side), np.inf)
    for stroke in drawing:
        placed = (stroke.astype(float) - middle) * scale + (side - 1) / 2
        for a, b in pairwise(placed):
            for y in range(side):
                for x in range(side):
                    p, along = np.array([x, y]) - a, b - a
                    t = np.clip(p @ along / (along @ along), 0, 1)
                    nearest[y, x] = min(nearest[y, x], np.hypot(*(p - t * along)))
    return 255 * np.clip(nearest - width / 2 + 0.5, 0, 1)


def test_lines_agree_with_the_distances() -> None:
    drawn, wanted = rasterize(ZIGZAG, 48, width=2.25), from_distances(ZIGZAG, 48, 2.25)
    assert np.abs(drawn - wanted).mean() < 4
    assert np.abs(drawn - wanted).max() < 128
    assert (255.0 - drawn).sum() == pytest.approx((255 - wanted).sum(), rel=0.05)


@pytest.mark.parametrize("width", [0.75, 1.25, 2, 2.27, 3.04, 4, 5.33])
def test_a_line_has_the_requested_width(width: float) -> None:
    upright = rasterize([np.array([[0, 0], [0, 9]], np.float32)], 120, width=width)
    assert (255.0 - upright[60]).sum() / 255 == pytest.approx(width, abs=0.18)


@pytest.mark.parametrize("side", [28, 96, 109, 146])
def test_the_ink_fills_its_share_of_the_side(side: int) -> None:
    rows, columns = np.nonzero(rasterize(ZIGZAG, side) < 128)
    assert np.ptp(rows) + 1 == pytest.approx(side * FILL, abs=1.5)
    assert rows.min() + rows.max() == pytest.approx(side - 1, abs=1)
    assert columns.min() + columns.max() == pytest.approx(side - 1, abs=1)


@given(st.floats(0.01, 100), st.floats(-1e4, 1e4), st.floats(-1e4, 1e4))
def test_scale_and_position_do_not_matter(scale: float, right: float, down: float) -> None:
    moved = [(s.astype(np.float64) * scale + [right, down]) for s in ZIGZAG]
    one, other = rasterize(ZIGZAG, 64).astype(int), rasterize(moved, 64).astype(int)
    assert np.abs(one - other).mean() < 1


def test_an_empty_drawing_a_dot_and_a_flat_line() -> None:
    assert (rasterize([], 32) == 255).all()
    dot = rasterize([np.array([[7, 7]], np.float32)], 33, width=3)
    assert dot.min() == 0
    assert np.argwhere(dot < 128).mean(axis=0) == pytest.approx([16, 16], abs=0.5)
    assert (255.0 - dot).sum() / 255 < 12
    flat = rasterize([np.array([[0, 5], [9, 5]], np.float32)], 64)
    assert np.ptp(np.nonzero(flat < 128)[1]) + 1 == pytest.approx(64 * FILL, abs=1.5)


def test_the_channels_show_the_order_of_drawing() -> None:
    ink, time, pen = np.moveaxis(rasterize(ZIGZAG, 96, width=4, order=True), 2, 0)
    assert np.array_equal(ink, rasterize(ZIGZAG, 96, width=4))
    for plane in (time, pen):
        assert (plane[ink < 245] < 255).all()
        assert plane[ink == 255].min() > 200  # the round end of a piece may cover one more pixel
    core = cv2.erode(255 - ink, np.ones((3, 3), np.uint8)) == 255
    assert set(np.unique(pen[core])) <= set(range(201))
    first, last = time[10:14, 10:14].min(), time[84:88, 84:88].min()
    assert first < 20
    assert first < last < time[core].max() <= 200


def test_time_follows_the_length_and_not_the_number_of_points() -> None:
    straight = [np.array([[0, 0], [1, 0], [2, 0], [3, 0], [100, 0]], np.float32)]
    _, time, _ = np.moveaxis(rasterize(straight, 100, order=True), 2, 0)
    row = time[50, 12:88].astype(int)
    assert (np.diff(row) >= -1).all()
    assert row[38] == pytest.approx(100, abs=12)
