from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sketchnet.data.synthetic.shoes.camera import Camera


@given(st.floats(-60, 60), st.floats(-30, 60))
def test_points_along_the_viewing_direction_project_to_the_same_place(azimuth, elevation):
    camera = Camera(azimuth, elevation)
    assert np.allclose(camera.axes.T @ camera.axes, np.eye(3), atol=1e-5)
    middle = np.array([0.5, 0, 0], np.float32)
    first, second = camera.project(np.stack([middle, middle + camera.towards]))
    assert np.allclose(first[:2], second[:2], atol=1e-5)
    assert second[2] - first[2] == pytest.approx(1, abs=1e-5)


def test_the_toe_is_on_the_left_and_y_points_down():
    toe, heel, above = Camera().project(np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32))
    assert toe[0] < heel[0]
    assert above[1] < toe[1]
