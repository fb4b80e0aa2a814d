from __future__ import annotations

import numpy as np
import pytest

from sketchnet.data.synthetic.curves import curve, oval, scribble, transform


def test_a_curve_passes_through_its_points_at_equal_steps():
    points = [(0.0, 0.0), (1.0, 2.0), (3.0, 1.0), (4.0, 4.0)]
    path = curve(*points, count=301)
    for i, point in enumerate(points):
        assert path[i * 100] == pytest.approx(point, abs=1e-3)


def test_an_oval_is_closed_and_has_its_radii():
    path = oval(2, 3, 1, 0.5, sweep=2 * np.pi, count=50)
    assert path[0] == pytest.approx(path[-1], abs=1e-5)
    assert np.allclose((path[:, 0] - 2) ** 2 + ((path[:, 1] - 3) / 0.5) ** 2, 1, atol=1e-5)


@pytest.mark.parametrize("seed", range(6))
def test_a_scribble_stays_near_its_ellipse_and_covers_most_of_it(seed):
    path = scribble(10, 20, 4, 2, 12, np.random.default_rng(seed))
    unit = (path - [10, 20]) / [4, 2]
    assert np.linalg.norm(unit, axis=1).max() < 1.8
    assert (np.ptp(unit, axis=0) > 0.9).all()


def test_transform_scales_then_rotates_then_moves():
    (path,) = transform([np.array([[1, 0], [0, 1]], np.float32)], 5, 7, 2, np.pi / 2)
    assert np.allclose(path, [[5, 9], [3, 7]], atol=1e-6)
