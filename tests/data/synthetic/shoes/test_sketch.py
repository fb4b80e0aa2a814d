from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sketchnet.data.synthetic.shoes.build import build_shoe
from sketchnet.data.synthetic.shoes.photo import render_photo
from sketchnet.data.synthetic.shoes.sample_design import SHOE_KINDS, sample_design
from sketchnet.data.synthetic.shoes.sketch import sketch_shoe
from sketchnet.data.synthetic.sketcher import sample_sketcher
from sketchnet.imaging.prepare import prepare_photo, prepare_sketch
from sketchnet.metrics.ranking import acc_at, ranks
from sketchnet.strokes.formats import Drawing


def random_sketch(kind: str | None, shoe_seed: int, sketch_seed: int) -> Drawing:
    shoe = build_shoe(sample_design(np.random.default_rng(shoe_seed), kind))
    rng = np.random.default_rng(sketch_seed)
    return sketch_shoe(shoe, sample_sketcher(rng), rng)


@pytest.mark.parametrize("kind", SHOE_KINDS)
def test_a_sketch_is_strokes_on_a_canvas_of_256_pixels(kind):
    drawing = random_sketch(kind, 0, 3)
    assert len(drawing) >= 2
    points = np.concatenate(drawing)
    assert all(stroke.dtype == np.float32 and stroke.shape[1] == 2 for stroke in drawing)
    assert np.isfinite(points).all()
    assert points.min() >= 0
    assert points.max() <= 255
    assert np.ptp(points, axis=0).max() > 120


def test_sketches_of_a_shoe_are_equal_only_for_the_same_seed():
    first, same, other = (random_sketch("work boot", 0, seed) for seed in (1, 1, 2))
    assert all(np.array_equal(a, b) for a, b in zip(first, same, strict=True))
    assert np.concatenate(first).shape != np.concatenate(other).shape


def test_more_detail_gives_more_strokes(rng):
    shoe = build_shoe(sample_design(np.random.default_rng(0), "work boot"))
    sketcher = replace(
        sample_sketcher(rng),
        omission_probability=0.0,
        split_probability=0.0,
        retrace_probability=0.0,
        short_stroke_length=0.0,
    )

    def mean_strokes(detail: float) -> float:
        careful = replace(sketcher, detail=detail)
        return float(
            np.mean([len(sketch_shoe(shoe, careful, np.random.default_rng(i))) for i in range(8)])
        )

    assert mean_strokes(0.2) < 0.7 * mean_strokes(1.2)


def gradient_descriptor(picture: np.ndarray) -> np.ndarray:
    """Blurred maps of gradient orientations as a unit vector: a descriptor without learning."""
    ink = cv2.GaussianBlur(255 - picture, (0, 0), 2).astype(np.float32)
    dy, dx = np.gradient(ink)
    angle = (np.arctan2(dy, dx) % np.pi) / np.pi * 8
    maps = []
    for k in range(8):
        off = np.minimum(np.abs(angle - k), 8 - np.abs(angle - k))
        map_ = np.hypot(dx, dy) * (1 - off).clip(0)
        maps.append(cv2.resize(cv2.GaussianBlur(map_, (0, 0), 5), (12, 12)))
    cells = np.stack(maps, axis=-1)
    cells /= np.linalg.norm(cells, axis=-1, keepdims=True) + 8
    return cells.ravel() / np.linalg.norm(cells)


def test_retrieval_without_learning_is_above_chance_and_below_perfect():
    photos, sketches = [], []
    for seed in range(40):
        shoe = build_shoe(sample_design(np.random.default_rng([7, seed])))
        photos.append(gradient_descriptor(prepare_photo(render_photo(shoe), 96)))
        rng = np.random.default_rng([8, seed])
        sketch = sketch_shoe(shoe, sample_sketcher(rng), rng)
        sketches.append(gradient_descriptor(prepare_sketch(sketch, 96)))
    distances = 1 - np.stack(sketches) @ np.stack(photos).T
    found = acc_at(ranks(distances, np.arange(40)), 1)
    assert 0.35 < found < 0.9  # chance is 0.025


@settings(max_examples=25)
@given(st.integers(0, 2**31))
def test_every_seed_gives_a_shoe_and_a_sketch(seed):
    drawing = random_sketch(None, seed, seed + 1)
    assert drawing
    assert np.isfinite(np.concatenate(drawing)).all()
