"""Bitmaps redrawn from their lines, and bitmaps of held-out drawings left out."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from sketchnet.data.doodles import Doodles, joined
from sketchnet.data.traced_bitmaps import traced, with_traced_bitmaps, without_copies
from sketchnet.strokes.packed import PackedDrawings
from sketchnet.strokes.rasterize import rasterize
from tests.doodles import WORDS, doodle, doodles


def bitmap_of(drawing) -> np.ndarray:
    """28 × 28, as the published ones: drawn large, then averaged."""
    return cv2.resize(rasterize(drawing, 112, width=7), (28, 28), interpolation=cv2.INTER_AREA)


def bitmaps_of(source: Doodles, prefix: str = "bitmap") -> Doodles:
    return Doodles(
        PackedDrawings.of([None] * len(source)),
        source.labels,
        source.categories,
        tuple(f"{prefix}{row}" for row in range(len(source))),
        {row: bitmap_of(drawing) for row, drawing in enumerate(source.drawings)},
    )


@pytest.mark.parametrize("word", WORDS)
def test_traced_lines_look_like_the_drawing(word, rng):
    """Nearly all ink of one picture lies within two pixels of ink of the other."""
    for _ in range(3):
        drawing = doodle(word, rng)
        found, expected = (
            rasterize(each, 96) < 128 for each in (traced(bitmap_of(drawing)), drawing)
        )
        near = np.ones((7, 7), np.uint8)
        for one, other in ((found, expected), (expected, found)):
            around = cv2.dilate(other.astype(np.uint8), near) > 0
            assert (one & around).sum() > 0.9 * one.sum() > 0


def test_a_blank_bitmap_has_no_lines():
    assert traced(np.full((28, 28), 255, np.uint8)) == []


def test_traced_rows_keep_labels_names_and_bitmaps():
    bitmaps = bitmaps_of(doodles(2))
    found = with_traced_bitmaps(bitmaps)
    assert found.key_ids == bitmaps.key_ids
    assert found.bitmaps.keys() == bitmaps.bitmaps.keys()
    np.testing.assert_array_equal(found.labels, bitmaps.labels)
    assert all(len(drawing) for drawing in found.drawings)


def test_a_bitmap_of_a_held_out_drawing_is_left_out():
    """Stars and stairs differ from one another; the category of a copy must be the same."""
    drawn = doodles(4, seed=1)
    kept_apart = drawn.take([4, 9])  # one of stairs, one star
    bitmaps = bitmaps_of(drawn)
    left = without_copies(bitmaps, kept_apart)
    assert {"bitmap4", "bitmap9"}.isdisjoint(left.key_ids)
    assert set(left.key_ids) >= {f"bitmap{row}" for row in range(4)}, "circles have no copies"
    assert without_copies(bitmaps, kept_apart.take([])) is bitmaps


def test_joined_doodles_keep_their_bitmaps():
    first, second = doodles(2), bitmaps_of(doodles(1, seed=3))
    both = joined(first, second)
    assert both.key_ids == first.key_ids + second.key_ids
    assert sorted(both.bitmaps) == [6, 7, 8]
    np.testing.assert_array_equal(both.bitmaps[7], second.bitmaps[1])
    np.testing.assert_array_equal(both.labels, [0, 0, 1, 1, 2, 2, 0, 1, 2])
