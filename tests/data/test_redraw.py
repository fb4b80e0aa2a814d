"""Redraw augmentation: what is kept, how far strokes move, and where they come from."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketchnet.data.redraw import MIN_KEPT, SPACING, extract_strokes, redraw_sketch
from sketchnet.imaging.prepare import prepare_sketch
from sketchnet.strokes.geometry import ink_length, lengths_along, resample

DOWN = np.array([0, 1], np.float32)
LONG = np.array([[0, 0], [90, 10]], np.float32)
SHORT = np.array([[40, 50], [44, 50]], np.float32)


def test_nothing_gives_nothing_and_a_single_stroke_stays(rng):
    assert redraw_sketch([], rng) == []
    assert all(len(redraw_sketch([LONG], rng)) == 1 for _ in range(20))


@given(st.integers(0, 2**32 - 1))
def test_the_same_generator_gives_the_same_sketch(seed):
    lines = resample([LONG, SHORT, LONG[::-1] + 20], 6.0)
    one, two = (redraw_sketch(lines, np.random.default_rng(seed)) for _ in range(2))
    for a, b in zip(one, two, strict=True):
        np.testing.assert_array_equal(a, b)
        assert a.dtype == np.float32


def test_long_strokes_are_kept_rather_than_short_ones(rng):
    lines = [LONG + 9 * i * DOWN for i in range(4)] + [SHORT + 7 * i * DOWN for i in range(4)]
    kept = np.zeros(2)
    for _ in range(200):
        lengths = [ink_length([line]) > 40 for line in redraw_sketch(lines, rng)]
        kept += [lengths.count(True), lengths.count(False)]
    assert kept[0] > 4 * kept[1]
    assert kept[1] > 0, "short strokes are sometimes kept"


@pytest.mark.parametrize("min_kept", [MIN_KEPT, 0.8, 1.0])
@pytest.mark.parametrize("seed", range(20))
def test_enough_ink_is_kept_and_stays_near_its_place(seed, min_kept):
    rng = np.random.default_rng(seed)
    lines = resample([rng.uniform(0, 100, (2, 2)).astype(np.float32) for _ in range(12)], 5.0)
    drawn = redraw_sketch(lines, rng, min_kept=min_kept)
    # Strokes are stretched by a few per cent and bent, so the share is met only roughly.
    assert ink_length(drawn) > 0.8 * min_kept * ink_length(lines)
    assert min_kept < 1 or len(drawn) == len(lines)
    before = np.concatenate(lines)
    for stroke in drawn:
        far = np.hypot(*(stroke[:, None] - before[None]).transpose(2, 0, 1)).min(axis=1)
        assert far.max() < 20


def test_strokes_move_independently_of_one_another(rng):
    lines = [LONG, LONG + 30 * DOWN]
    gaps = []
    for _ in range(100):
        drawn = redraw_sketch(lines, rng)
        if len(drawn) == 2:
            gaps.append(drawn[1].mean(axis=0)[1] - drawn[0].mean(axis=0)[1])
    assert np.mean(gaps) == pytest.approx(30, abs=2)
    assert np.std(gaps) > 0.5


def test_a_dot_stays_finite(rng):
    for _ in range(20):
        assert np.isfinite(np.concatenate(redraw_sketch([np.ones((1, 2), np.float32)], rng))).all()


def test_a_stroke_is_rotated_stretched_and_bent(rng):
    """Each within its documented range, and none of them missing."""
    (line,) = resample([np.array([[0, 50], [100, 50]], np.float32)], 5.0)
    turned, stretched, bent = [], [], []
    for _ in range(300):
        (drawn,) = redraw_sketch([line], rng)
        chord = drawn[-1] - drawn[0]
        turned.append(np.degrees(np.arctan2(chord[1], chord[0])))
        stretched.append(np.hypot(*chord) / 100)
        across = (drawn - drawn[0]) @ np.array([-chord[1], chord[0]]) / np.hypot(*chord)
        bent.append(np.abs(across).max())
    assert 1 < np.std(turned) < 6
    assert 0.01 < np.std(stretched) < 0.1
    assert 0.3 < np.mean(bent) < 4


def test_the_kept_strokes_are_random(rng):
    """Chosen by length alone, only the shortest would ever be left out."""
    lines = [LONG * share + 10 * i * DOWN for i, share in enumerate((1.0, 0.9, 0.8, 0.7))]
    lengths = [ink_length([line]) for line in lines]
    left_out = np.zeros(4)
    for _ in range(300):
        drawn = [ink_length([line]) for line in redraw_sketch(lines, rng)]
        for i, length in enumerate(lengths):
            left_out[i] += not any(abs(length - other) < 4 for other in drawn)
    assert left_out.min() > 0


def test_strokes_are_those_of_the_drawing_else_the_lines_of_the_picture():
    picture = np.full((108, 108), 255, np.uint8)
    cv2.circle(picture, (54, 54), 40, 0, 2)
    (ring,) = extract_strokes(picture)
    np.testing.assert_allclose(np.hypot(*(ring - 54).T), 40, atol=2)
    (stroke,) = extract_strokes(picture, [LONG])
    np.testing.assert_allclose(stroke[[0, -1]], LONG)
    for line, extent in ((ring, 80), (stroke, 90)):
        assert np.diff(lengths_along(line))[:-1].max() < 1.05 * SPACING * extent
    assert extract_strokes(np.full((108, 108), 255, np.uint8)) == []


@pytest.mark.parametrize("side", [36, 55, 73, 108, 256])
def test_lines_are_extracted_on_every_canvas(side):
    """On the canvas of a 32 px network, lines are thinner than a pixel."""
    found = []
    for degrees in range(0, 180, 15):
        angle = np.radians(degrees)
        way = np.array([np.cos(angle), np.sin(angle)], np.float32)
        lines = extract_strokes(prepare_sketch([np.stack([-way, way]) * 100], side))
        found.append(ink_length(lines) / side)
    assert min(found) > 0.55
