"""Doodles drawn by program."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sketchnet.data.synthetic.doodles.draw import PROGRAMS, draw_doodle
from sketchnet.strokes.rasterize import rasterize


def test_the_ten_default_categories():
    assert set(PROGRAMS) == set(
        [
            "apple",
            "pear",
            "blackberry",
            "grapes",
            "banana",
            "bus",
            "van",
            "truck",
            "airplane",
            "helicopter",
        ]
    )


@settings(max_examples=60)
@given(st.sampled_from(sorted(PROGRAMS)), st.integers(0, 2**31))
def test_a_doodle_is_whole_numbers_that_fill_0_to_255(category, seed):
    drawing = draw_doodle(category, np.random.default_rng(seed))
    points = np.concatenate(drawing)
    assert (points == np.round(points)).all()
    assert points.min() == 0
    assert points.max() == 255
    assert all(len(stroke) >= 1 for stroke in drawing)


def test_the_same_seed_the_same_doodle():
    first, again = (draw_doodle("truck", np.random.default_rng(5)) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))


@pytest.mark.parametrize("category", sorted(PROGRAMS))
def test_doodles_vary_in_strokes_and_proportions(category):
    drawings = [draw_doodle(category, np.random.default_rng(seed)) for seed in range(60)]
    assert len({len(drawing) for drawing in drawings}) >= 4
    shapes = [np.ptp(np.concatenate(drawing), axis=0) for drawing in drawings]
    assert np.std([np.log(w / h) for w, h in shapes]) > 0.1
    points = [sum(map(len, drawing)) for drawing in drawings]
    assert 15 < np.median(points) < 200  # as in the official simplified files


def test_categories_can_be_told_apart_but_not_trivially():
    """Nearest neighbour on small blurred pictures: far above chance, below perfect."""
    names = sorted(PROGRAMS)

    def pictures(count: int, series: int) -> tuple[np.ndarray, np.ndarray]:
        found, labels = [], []
        for label, name in enumerate(names):
            for i in range(count):
                drawing = draw_doodle(name, np.random.default_rng([series, label, i]))
                found.append(255.0 - rasterize(drawing, 28, width=2.5))
                labels.append(label)
        flat = np.stack(found).reshape(len(found), -1)
        return flat / np.linalg.norm(flat, axis=1, keepdims=True), np.array(labels)

    gallery, gallery_labels = pictures(60, 0)
    queries, labels = pictures(20, 1)
    nearest = (queries @ gallery.T).argmax(axis=1)
    accuracy = (gallery_labels[nearest] == labels).mean()
    assert 0.6 < accuracy < 0.98
