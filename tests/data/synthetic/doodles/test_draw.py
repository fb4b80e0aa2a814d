from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sketchnet.data.synthetic.doodles.draw import GENERATORS, draw_doodle
from sketchnet.strokes.rasterize import rasterize


def test_the_categories_are_the_ten_of_the_quick_start():
    assert set(GENERATORS) == {
        "airplane",
        "apple",
        "banana",
        "blackberry",
        "bus",
        "grapes",
        "helicopter",
        "pear",
        "truck",
        "van",
    }


@settings(max_examples=60)
@given(st.sampled_from(sorted(GENERATORS)), st.integers(0, 2**31))
def test_coordinates_are_integers_that_span_0_to_255(category, seed):
    drawing = draw_doodle(category, np.random.default_rng(seed))
    points = np.concatenate(drawing)
    assert (points == np.round(points)).all()
    assert points.min() == 0
    assert points.max() == 255
    assert all(len(stroke) >= 1 for stroke in drawing)


def test_the_same_seed_gives_the_same_doodle():
    first, second = (draw_doodle("truck", np.random.default_rng(5)) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))


@pytest.mark.parametrize("category", sorted(GENERATORS))
def test_doodles_of_a_category_vary_in_strokes_and_proportions(category):
    drawings = [draw_doodle(category, np.random.default_rng(seed)) for seed in range(30)]
    assert len({len(drawing) for drawing in drawings}) >= 4
    shapes = [np.ptp(np.concatenate(drawing), axis=0) for drawing in drawings]
    assert np.std([np.log(w / h) for w, h in shapes]) > 0.1
    points = [sum(map(len, drawing)) for drawing in drawings]
    assert 15 < np.median(points) < 200  # as in the official simplified files


def test_categories_are_separable_but_not_trivially():
    """A nearest-neighbour classifier on small blurred pictures: above chance, below perfect."""
    names = sorted(GENERATORS)

    def pictures(count: int, series: int) -> tuple[np.ndarray, np.ndarray]:
        drawings = [
            draw_doodle(name, np.random.default_rng([series, label, i]))
            for label, name in enumerate(names)
            for i in range(count)
        ]
        flat = np.stack([255.0 - rasterize(each, 28, width=2.5).ravel() for each in drawings])
        labels = np.repeat(np.arange(len(names)), count)
        return flat / np.linalg.norm(flat, axis=1, keepdims=True), labels

    gallery, gallery_labels = pictures(30, 0)
    queries, labels = pictures(10, 1)
    nearest = (queries @ gallery.T).argmax(axis=1)
    accuracy = (gallery_labels[nearest] == labels).mean()
    assert 0.6 < accuracy < 0.98  # chance is 0.1
