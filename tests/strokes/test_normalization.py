"""Normalisation of offsets: the published constants in both sequence forms, and fitted ones."""

from __future__ import annotations

import numpy as np

from sketchnet.strokes.formats import from_stroke3, from_stroke5, to_stroke5
from sketchnet.strokes.normalization import StrokeNormalization

DRAWING = [
    np.array([[122.5, 122.5], [157.03, 149.04]], np.float32),
    np.array([[157.03, 149.04]], np.float32),
]
# (Δx - 0.04) / 34.53 and (Δy + 0.67) / 26.54, the pen standing at 122.5, 122.5 before.
STROKE_3 = [
    [-0.04 / 34.53, 0.67 / 26.54, 0],
    [34.49 / 34.53, 27.21 / 26.54, 1],
    [-0.04 / 34.53, 0.67 / 26.54, 1],
]


def test_stroke3_and_stroke5_under_the_published_normalisation() -> None:
    stroke3 = StrokeNormalization().apply(DRAWING)
    np.testing.assert_allclose(stroke3, STROKE_3, atol=1e-5)
    stroke5 = to_stroke5(stroke3, 5)
    assert stroke5.shape == (5, 5)
    np.testing.assert_allclose(stroke5[:3, :2], np.array(STROKE_3)[:, :2], atol=1e-5)
    assert stroke5[:, 2:].tolist() == [[1, 0, 0], [0, 1, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]]
    np.testing.assert_array_equal(from_stroke5(stroke5), stroke3)


def test_fitted_normalisation_can_be_inverted() -> None:
    rng = np.random.default_rng(3)
    drawings = [[rng.normal(100, 40, (9, 2)).astype(np.float32)] for _ in range(5)]
    fitted = StrokeNormalization.fit(drawings)
    rows = np.concatenate([fitted.apply(drawing) for drawing in drawings])
    np.testing.assert_allclose(rows[:, :2].mean(axis=0), 0, atol=1e-5)
    np.testing.assert_allclose(rows[:, :2].std(axis=0), 1, atol=1e-5)
    back = fitted.apply(drawings[0]).astype(np.float64)
    back[:, :2] = back[:, :2] * fitted.deviation + fitted.mean
    back[0, :2] += fitted.start
    np.testing.assert_allclose(from_stroke3(back)[0], drawings[0][0], atol=1e-3)
