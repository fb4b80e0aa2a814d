"""Shoes drawn by program: geometry, the renderer, photos and sketches."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sketchnet.data.synthetic.sketcher import draw_line, meet_artist
from sketchnet.data.synthetic.shoes.camera import Camera
from sketchnet.data.synthetic.curves import curve, oval
from sketchnet.data.synthetic.shoes.build import build_shoe
from sketchnet.data.synthetic.shoes.sole_and_heel import build_bottom
from sketchnet.data.synthetic.shoes.design import ShoeDesign
from sketchnet.data.synthetic.shoes.sample_design import KINDS, design_shoe
from sketchnet.data.synthetic.shoes.upper import build_upper, seat, station, stretch
from sketchnet.data.synthetic.shoes.textures import plain
from sketchnet.data.synthetic.shoes.photo import draw_photo, photograph
from sketchnet.data.synthetic.shoes.sketch import draw_sketch, sketch_shoe
from sketchnet.data.synthetic.shoes.renderer import Canvas, Finish, Surface
from sketchnet.data.synthetic.shoes.visibility import visible_runs
from sketchnet.imaging.prepare import prepare_photo, prepare_sketch
from sketchnet.metrics.ranking import acc_at, ranks
from sketchnet.strokes.formats import Drawing

PLAIN = ShoeDesign("plain")
BOOT = ShoeDesign("boot", shaft=0.8, throat=0.66)


def new(kind: str, seed: int = 0) -> ShoeDesign:
    return design_shoe(np.random.default_rng(seed), kind)


def square(side: float, z: float, steps: int = 9) -> Surface:
    """A square that faces a camera without azimuth and elevation, around (0.5, 0)."""
    line = np.linspace(-side / 2, side / 2, steps, dtype=np.float32)
    x, y = np.meshgrid(line, line)
    return Surface(np.stack([x + 0.5, -y, np.full_like(x, z)], axis=-1))


def facing(side: int = 100) -> Canvas:
    return Canvas(side, Camera(0, 0), side / 2, (side / 2, side / 2))


# geometry


@given(st.floats(0, 1))
def test_stretch_undoes_station(x):
    assert stretch(station(x)) == pytest.approx(x, abs=1e-6)


@given(st.floats(-60, 60), st.floats(-30, 60))
def test_a_camera_looks_along_its_own_axis(azimuth, elevation):
    camera = Camera(azimuth, elevation)
    assert np.allclose(camera.axes.T @ camera.axes, np.eye(3), atol=1e-5)
    middle = np.array([0.5, 0, 0], np.float32)
    first, second = camera.project(np.stack([middle, middle + camera.towards]))
    assert np.allclose(first[:2], second[:2], atol=1e-5)
    assert second[2] - first[2] == pytest.approx(1, abs=1e-5)


def test_toe_to_the_left_and_up_is_up():
    toe, heel, above = Camera().project(np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32))
    assert toe[0] < heel[0]
    assert above[1] < toe[1]


@pytest.mark.parametrize("design", [PLAIN, BOOT, new("pump"), new("sneaker")])
def test_walls_stand_on_the_sole_and_meet_on_the_ridge_only(design):
    upper = build_upper(design)
    p = np.linspace(0, 1, upper.near.shape[1])
    assert np.allclose(upper.near[0, :, 1], seat(design, stretch(p)), atol=1e-5)
    gap = upper.near[-1, :, 2] - upper.far[-1, :, 2]
    assert np.allclose(gap[p <= upper.throat], 0, atol=1e-3)
    middle = (p > upper.throat + 0.05) & (p < 0.97)
    assert (gap[middle] > 0.02).all()
    assert (upper.near[1:-1, 1:-1, 2] >= upper.far[1:-1, 1:-1, 2]).all()


@pytest.mark.parametrize("design", [PLAIN, BOOT])
def test_points_of_the_pattern_are_the_grid_and_lie_between(design):
    upper = build_upper(design)
    levels, stations, _ = upper.near.shape
    p, t = np.meshgrid(np.linspace(0, 1, stations), np.linspace(0, 1, levels))
    grid = upper.at(np.column_stack([p.ravel(), t.ravel()])).reshape(upper.near.shape)
    assert np.allclose(grid, upper.near, atol=1e-5)
    far = upper.at(np.array([[0.4, 1.7]]))
    assert far[0] == pytest.approx(upper.at(np.array([[0.4, 0.3]]))[0] * [1, 1, -1], abs=1e-5)


def test_levels_and_insets_agree_with_walking_down_the_wall():
    upper = build_upper(BOOT)
    p = np.array([0.75, 0.85, 0.95])
    t = upper.level_at(p, 0.5)
    assert np.allclose(upper.at(np.column_stack([p, t]))[:, 1], 0.5, atol=5e-3)
    assert (upper.level_at(np.array([0.1]), 0.5) == 1).all()
    t = upper.inset(p, 0.1)
    for station_, level in zip(p, t, strict=True):
        down = np.linspace(1, level, 400)
        path = upper.at(np.column_stack([np.full(400, station_), down]))
        assert np.linalg.norm(np.diff(path, axis=0), axis=1).sum() == pytest.approx(0.1, abs=5e-3)


def test_a_frame_is_a_right_handed_set_of_unit_vectors():
    for t in (0.4, 1.6):
        _, along, up, normal = build_upper(PLAIN).frame(0.6, t)
        frame = np.stack([along, up, normal])
        assert np.allclose(frame @ frame.T, np.eye(3), atol=1e-4)
        assert up[1] > 0.5
        assert (normal[2] > 0) == (t < 1)


@pytest.mark.parametrize("shape", ["stiletto", "cone", "block", "spool", "flare", "cuban"])
def test_a_heel_reaches_from_the_ground_to_the_sole(shape):
    design = replace(PLAIN, heel_shape=shape, heel_height=0.3, heel_length=0.2, heel_tip=0.5)
    heel = build_bottom(design).heel
    assert np.allclose(heel[0, :, 1], 0)
    assert heel[-1, :, 1].min() > 0.2
    narrow = np.ptp(heel[0, :, 0]) / np.ptp(heel[-1, :, 0])
    assert narrow == pytest.approx(0.5, abs=0.02)


def test_a_solid_sole_stands_on_the_ground():
    bottom = build_bottom(replace(PLAIN, heel_shape="wedge", heel_height=0.2))
    assert bottom.heel is None
    assert np.abs(bottom.edge[0, :, 1]).max() < 0.05
    assert bottom.edge[-1, 0, 1] > 0.2


# curves


def test_a_curve_passes_through_its_points_at_even_places():
    points = [(0.0, 0.0), (1.0, 2.0), (3.0, 1.0), (4.0, 4.0)]
    path = curve(*points, count=301)
    for i, point in enumerate(points):
        assert path[i * 100] == pytest.approx(point, abs=1e-3)


def test_an_oval_closes_and_keeps_its_radii():
    path = oval(2, 3, 1, 0.5, sweep=2 * np.pi, count=50)
    assert path[0] == pytest.approx(path[-1], abs=1e-5)
    assert np.allclose((path[:, 0] - 2) ** 2 + ((path[:, 1] - 3) / 0.5) ** 2, 1, atol=1e-5)


# the renderer


def test_a_surface_fills_its_outline_without_pinholes():
    canvas = facing()
    canvas.draw(square(1, 0), plain((10, 20, 30)), Finish(gloss=0))
    drawn = np.isfinite(canvas.nearness).reshape(100, 100)
    rows, columns = np.nonzero(drawn)
    assert drawn[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].all()
    assert abs(drawn.sum() - 50 * 50) < 2 * 4 * 50
    assert (canvas.picture()[~drawn] == 255).all()


@pytest.mark.parametrize("near_first", [True, False])
def test_the_nearer_surface_wins_whatever_the_order(near_first):
    canvas = facing()
    parts = [(square(0.5, 0.3), (255, 0, 0)), (square(1.0, 0.0), (0, 0, 255))]
    for surface, colour in parts if near_first else parts[::-1]:
        canvas.draw(surface, plain(colour), Finish(gloss=0))
    picture = canvas.picture()
    assert picture[50, 50, 0] > picture[50, 50, 2]
    assert picture[50, 28, 2] > picture[50, 28, 0]


def test_what_is_cut_away_shows_what_lies_behind():
    canvas = facing()
    canvas.draw(square(1, 0), plain((0, 0, 255)), Finish(gloss=0))
    holed = np.full((8, 8, 4), 255, np.uint8)
    holed[..., 1:3] = 0
    holed[:, :4, 3] = 0
    canvas.draw(square(1, 0.2), holed, Finish(gloss=0), (9, 9, 9))
    picture = canvas.picture()
    assert picture[50, 35, 2] > picture[50, 35, 0]
    assert picture[50, 65, 0] > picture[50, 65, 2]


def test_the_back_of_a_surface_is_its_lining():
    canvas = facing()
    front = square(1, 0)
    canvas.draw(Surface(front.points, -front.outward), plain((255, 0, 0)), Finish(), (0, 255, 0))
    red, green, _ = canvas.picture()[50, 50].astype(int)
    assert green > red


def test_a_line_is_seen_in_the_runs_that_nothing_hides():
    canvas = facing()
    canvas.draw(square(0.5, 0.3), plain((0, 0, 0)), Finish())
    x = np.linspace(0, 1, 81, dtype=np.float32)
    behind = np.column_stack([x, np.zeros(81), np.zeros(81)])
    before = behind + np.array([0, 0, 0.6])
    hidden, open_ = visible_runs(canvas, np.stack([behind, before]), 0.02)
    assert len(hidden) == 2
    assert len(open_) == 1
    assert len(open_[0]) == 81
    assert 30 < sum(map(len, hidden)) < 45


# photos


@pytest.mark.parametrize("kind", KINDS)
def test_a_photo_is_a_framed_shoe_on_white(kind):
    design = new(kind)
    assert design.kind == kind
    picture = draw_photo(design, 128)
    assert picture.dtype == np.uint8
    assert picture.shape == (128, 128, 3)
    border = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    assert border.min() >= 245
    ink = picture.min(axis=2) < 235
    rows, columns = np.nonzero(ink)
    assert 0.04 < ink.mean() < 0.6
    assert max(np.ptp(rows), np.ptp(columns)) > 0.85 * 128
    assert abs(rows.min() + rows.max() - 128) < 22
    assert abs(columns.min() + columns.max() - 128) < 22


def test_a_photo_follows_from_its_design_alone():
    first, second = draw_photo(new("oxford"), 96), draw_photo(new("oxford"), 96)
    assert np.array_equal(first, second)
    assert not np.array_equal(first, draw_photo(new("oxford", 1), 96))


def test_colour_changes_no_outline():
    design = replace(new("chelsea"), material="leather", pattern="plain")
    masks = []
    for colour in ((30, 30, 30), (150, 40, 60)):
        picture = draw_photo(replace(design, upper=colour, trim=colour, accent=colour), 96)
        masks.append(picture.min(axis=2) < 200)
    assert np.mean(masks[0] != masks[1]) < 0.005


@pytest.mark.parametrize("pattern", ["dots", "stripes", "check", "leopard", "snake", "flowers",
                                     "quilt", "weave"])  # fmt: skip
def test_every_print_shows(pattern):
    design = replace(new("ballerina"), pattern="plain", upper=(230, 200, 60), accent=(40, 40, 160))
    bare = draw_photo(design, 96).astype(int)
    printed = draw_photo(replace(design, pattern=pattern), 96).astype(int)
    assert np.abs(bare - printed).max(axis=2).mean() > 1


def test_designs_of_a_kind_differ():
    designs = {replace(new("sneaker", seed), pattern_seed=0) for seed in range(40)}
    assert len(designs) == 40


def test_random_designs_are_of_every_kind(rng):
    assert {design_shoe(rng).kind for _ in range(300)} == set(KINDS)


# sketches


def ink_at(drawing: Drawing) -> np.ndarray:
    return np.concatenate(drawing)


@pytest.mark.parametrize("kind", KINDS)
def test_a_sketch_is_strokes_on_a_canvas_of_256(kind):
    drawing = draw_sketch(new(kind), np.random.default_rng(3))
    assert len(drawing) >= 2
    points = ink_at(drawing)
    assert all(stroke.dtype == np.float32 and stroke.shape[1] == 2 for stroke in drawing)
    assert np.isfinite(points).all()
    assert points.min() >= 0
    assert points.max() <= 255
    assert np.ptp(points, axis=0).max() > 120


def test_an_artist_repeats_itself_only_with_the_same_seed():
    design = new("work boot")
    drawings = [draw_sketch(design, np.random.default_rng(seed)) for seed in (1, 1, 2)]
    assert all(np.array_equal(a, b) for a, b in zip(drawings[0], drawings[1], strict=True))
    assert ink_at(drawings[0]).shape != ink_at(drawings[2]).shape


def test_the_careful_keep_closer_to_the_line(rng):
    line = np.column_stack([np.linspace(20, 200, 60), np.full(60, 100.0)])
    errors = {}
    for name, error in (("careful", 0.3), ("hasty", 4.0)):
        artist = replace(
            meet_artist(rng), wobble=error, tremor=0.1, misplacement=error, gap=0.0, doubling=0.0,
            breaking=0.0, hatching=0.0,
        )  # fmt: skip
        strokes = [draw_line(line, artist, np.random.default_rng(i))[0] for i in range(40)]
        errors[name] = np.mean([np.abs(stroke[:, 1] - 100).mean() for stroke in strokes])
    assert errors["careful"] < 0.5 * errors["hasty"]


def test_the_attentive_draw_more(rng):
    shoe = build_shoe(new("work boot"))
    artist = replace(meet_artist(rng), forgetting=0.0, breaking=0.0, doubling=0.0, hatching=0.0)
    few, many = (
        np.mean([len(sketch_shoe(shoe, replace(artist, attention=a), np.random.default_rng(i)))
                 for i in range(8)])
        for a in (0.2, 1.2)
    )  # fmt: skip
    assert few < 0.7 * many


def gradients(picture: np.ndarray) -> np.ndarray:
    """Blurred orientation maps, unit length: a descriptor without any learning."""
    import cv2

    ink = cv2.GaussianBlur(255 - picture, (0, 0), 2).astype(np.float32)
    dy, dx = np.gradient(ink)
    turn = (np.arctan2(dy, dx) % np.pi) / np.pi * 8
    maps = []
    for k in range(8):
        off = np.minimum(np.abs(turn - k), 8 - np.abs(turn - k))
        map_ = np.hypot(dx, dy) * (1 - off).clip(0)
        maps.append(cv2.resize(cv2.GaussianBlur(map_, (0, 0), 5), (12, 12)))
    cells = np.stack(maps, axis=-1)
    cells /= np.linalg.norm(cells, axis=-1, keepdims=True) + 8
    return cells.ravel() / np.linalg.norm(cells)


def test_a_sketch_finds_its_photo_far_above_chance_but_not_always():
    photos, sketches = [], []
    for seed in range(60):
        shoe = build_shoe(design_shoe(np.random.default_rng([7, seed])))
        photos.append(gradients(prepare_photo(photograph(shoe), 96)))
        hand = np.random.default_rng([8, seed])
        sketches.append(gradients(prepare_sketch(sketch_shoe(shoe, meet_artist(hand), hand), 96)))
    distances = 1 - np.stack(sketches) @ np.stack(photos).T
    found = acc_at(ranks(distances, np.arange(60)), 1)
    assert 0.35 < found < 0.9  # chance is 0.017


@settings(max_examples=25)
@given(st.integers(0, 2**31))
def test_any_seed_gives_a_shoe_and_a_sketch(seed):
    rng = np.random.default_rng(seed)
    drawing = draw_sketch(design_shoe(rng), rng)
    assert drawing
    assert np.isfinite(ink_at(drawing)).all()
