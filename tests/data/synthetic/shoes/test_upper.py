from __future__ import annotations

import numpy as np
import pytest

from sketchnet.data.synthetic.shoes.design import ShoeDesign
from sketchnet.data.synthetic.shoes.last import bed_height, station_to_x
from sketchnet.data.synthetic.shoes.sample_design import sample_design
from sketchnet.data.synthetic.shoes.upper import build_upper

PLAIN = ShoeDesign("plain")
BOOT = ShoeDesign("boot", shaft=0.8, throat=0.66)
PUMP, SNEAKER = (sample_design(np.random.default_rng(0), kind) for kind in ("pump", "sneaker"))


@pytest.mark.parametrize("design", [PLAIN, BOOT, PUMP, SNEAKER])
def test_walls_stand_on_the_sole_and_meet_only_on_the_ridge(design):
    upper = build_upper(design)
    p = np.linspace(0, 1, upper.near.shape[1])
    assert np.allclose(upper.near[0, :, 1], bed_height(design, station_to_x(p)), atol=1e-5)
    gap = upper.near[-1, :, 2] - upper.far[-1, :, 2]
    assert np.allclose(gap[p <= upper.throat], 0, atol=1e-3)
    middle = (p > upper.throat + 0.05) & (p < 0.97)
    assert (gap[middle] > 0.02).all()
    assert (upper.near[1:-1, 1:-1, 2] >= upper.far[1:-1, 1:-1, 2]).all()


@pytest.mark.parametrize("design", [PLAIN, BOOT])
def test_pattern_coordinates_map_to_the_grid_and_to_the_far_wall(design):
    upper = build_upper(design)
    levels, stations, _ = upper.near.shape
    p, t = np.meshgrid(np.linspace(0, 1, stations), np.linspace(0, 1, levels))
    grid = upper.at(np.column_stack([p.ravel(), t.ravel()])).reshape(upper.near.shape)
    assert np.allclose(grid, upper.near, atol=1e-5)
    far = upper.at(np.array([[0.4, 1.7]]))
    assert far[0] == pytest.approx(upper.at(np.array([[0.4, 0.3]]))[0] * [1, 1, -1], abs=1e-5)


def test_level_at_and_inset_agree_with_distances_measured_on_the_wall():
    upper = build_upper(BOOT)
    stations = np.array([0.75, 0.85, 0.95])
    t = upper.level_at(stations, 0.5)
    assert np.allclose(upper.at(np.column_stack([stations, t]))[:, 1], 0.5, atol=5e-3)
    assert (upper.level_at(np.array([0.1]), 0.5) == 1).all()
    for p, level in zip(stations, upper.inset(stations, 0.1), strict=True):
        down = np.linspace(1, level, 400)
        path = upper.at(np.column_stack([np.full(400, p), down]))
        assert np.linalg.norm(np.diff(path, axis=0), axis=1).sum() == pytest.approx(0.1, abs=5e-3)


@pytest.mark.parametrize("t", [0.4, 1.6])
def test_a_frame_is_orthonormal_and_its_normal_points_outwards(t):
    _, along, up, normal = build_upper(PLAIN).frame(0.6, t)
    frame = np.stack([along, up, normal])
    assert np.allclose(frame @ frame.T, np.eye(3), atol=1e-4)
    assert up[1] > 0.5
    assert (normal[2] > 0) == (t < 1)
