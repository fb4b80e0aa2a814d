"""Rendering of squares that face the camera, and the visibility of lines behind them."""

from __future__ import annotations

import numpy as np
import pytest

from sketchnet.data.synthetic.shoes.camera import Camera
from sketchnet.data.synthetic.shoes.renderer import Canvas, Finish, Surface
from sketchnet.data.synthetic.shoes.textures import plain_texture
from sketchnet.data.synthetic.shoes.visibility import visible_segments


def square(side: float, z: float, steps: int = 9) -> Surface:
    """A square around (0.5, 0, z) that faces a camera without azimuth and elevation."""
    line = np.linspace(-side / 2, side / 2, steps, dtype=np.float32)
    x, y = np.meshgrid(line, line)
    return Surface(np.stack([x + 0.5, -y, np.full_like(x, z)], axis=-1))


def front_canvas(side: int = 100) -> Canvas:
    """A canvas on which one shoe length is half its side."""
    return Canvas(side, Camera(0, 0), side / 2, (side / 2, side / 2))


def test_a_surface_is_drawn_without_holes():
    canvas = front_canvas()
    canvas.draw(square(1, 0), plain_texture((10, 20, 30)), Finish(gloss=0))
    drawn = np.isfinite(canvas.depth).reshape(100, 100)
    rows, columns = np.nonzero(drawn)
    assert drawn[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1].all()
    assert abs(drawn.sum() - 50 * 50) < 2 * 4 * 50
    assert (canvas.image()[~drawn] == 255).all()


@pytest.mark.parametrize("near_first", [True, False])
def test_the_nearer_surface_is_visible_in_any_drawing_order(near_first):
    canvas = front_canvas()
    parts = [(square(0.5, 0.3), (255, 0, 0)), (square(1.0, 0.0), (0, 0, 255))]
    for surface, colour in parts if near_first else parts[::-1]:
        canvas.draw(surface, plain_texture(colour), Finish(gloss=0))
    image = canvas.image()
    assert image[50, 50, 0] > image[50, 50, 2]
    assert image[50, 28, 2] > image[50, 28, 0]


def test_a_transparent_part_of_a_texture_shows_the_surface_behind():
    canvas = front_canvas()
    canvas.draw(square(1, 0), plain_texture((0, 0, 255)), Finish(gloss=0))
    half_transparent = np.full((8, 8, 4), 255, np.uint8)
    half_transparent[..., 1:3] = 0
    half_transparent[:, :4, 3] = 0
    canvas.draw(square(1, 0.2), half_transparent, Finish(gloss=0), (9, 9, 9))
    image = canvas.image()
    assert image[50, 35, 2] > image[50, 35, 0]
    assert image[50, 65, 0] > image[50, 65, 2]


def test_the_back_of_a_surface_has_the_colour_of_the_lining():
    canvas = front_canvas()
    front = square(1, 0)
    back = Surface(front.points, -front.outward)
    canvas.draw(back, plain_texture((255, 0, 0)), Finish(), (0, 255, 0))
    red, green, _ = canvas.image()[50, 50].astype(int)
    assert green > red


def test_lines_are_split_where_a_surface_hides_them():
    canvas = front_canvas()
    canvas.draw(square(0.5, 0.3), plain_texture((0, 0, 0)), Finish())
    x = np.linspace(0, 1, 81, dtype=np.float32)
    behind = np.column_stack([x, np.zeros(81), np.zeros(81)])
    in_front = behind + np.array([0, 0, 0.6])
    hidden, visible = visible_segments(canvas, np.stack([behind, in_front]), 0.02)
    assert len(hidden) == 2
    assert 30 < sum(map(len, hidden)) < 45
    assert [len(segment) for segment in visible] == [81]
