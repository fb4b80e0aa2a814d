"""Renders the product photo of a shoe: side view, toe to the left, on a white background."""

from __future__ import annotations

import cv2
import numpy as np

from sketchnet.data.synthetic.shoes.build import OPEN_BACK, Shoe, framed_canvas
from sketchnet.data.synthetic.shoes.camera import Camera
from sketchnet.data.synthetic.shoes.photo_details import draw_details
from sketchnet.data.synthetic.shoes.renderer import Canvas, Finish, Surface
from sketchnet.data.synthetic.shoes.textures import (
    FINISHES,
    HEIGHT,
    colour_of,
    paint_bed,
    paint_heel,
    paint_sole,
    paint_upper,
    plain_texture,
)
from sketchnet.data.synthetic.shoes.upper import LEVELS

_SUPERSAMPLING = 2  # the photo is rendered at this multiple of its size, then averaged down
_FILL = 0.88  # share of the photo's width or height that the shoe covers


def render_photo(shoe: Shoe, side: int = 256) -> np.ndarray:
    """The photo of `shoe`, uint8 RGB (side, side, 3)."""
    design = shoe.design
    canvas = framed_canvas(shoe, Camera(*design.view), side * _SUPERSAMPLING, _FILL)
    texture = paint_upper(design, shoe.upper, shoe.pattern)
    _draw_surfaces(canvas, shoe, texture)
    picture = canvas.image()
    draw_details(picture, canvas, shoe, texture[..., 3])
    background = _background(canvas, shoe)
    background[np.isfinite(canvas.depth).reshape(background.shape)] = 255
    picture = cv2.min(picture, cv2.merge([background] * 3))
    picture = cv2.GaussianBlur(picture, (3, 3), 0.6 * _SUPERSAMPLING / 2)  # anti-aliasing
    return cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)


def _draw_surfaces(canvas: Canvas, shoe: Shoe, texture: np.ndarray) -> None:
    """Draw all surfaces, the rear ones first. `texture` is that of the upper."""
    design, upper, bottom = shoe.design, shoe.upper, shoe.bottom
    finish, matt = FINISHES[design.material], Finish(0.7, 0.03, 6)
    lining = design.lining
    open_shoe = design.cover in (*OPEN_BACK, "slingback")
    level = np.linspace(0, 1, LEVELS)[:, None]

    canvas.draw(Surface(bottom.bed), paint_bed(design), matt, shade=0.95 if open_shoe else 0.62)
    # Light enters through the opening, so the inside is darker towards the sole.
    inside = 0.75 + 0.2 * level if open_shoe else 0.45 + 0.5 * level**0.8
    canvas.draw(
        Surface(upper.far[:, ::-1], -1),
        texture[HEIGHT // 2 :][::-1, ::-1],
        finish,
        lining,
        shade=inside,
    )
    if shoe.tongue is not None:
        canvas.draw(
            Surface(shoe.tongue), plain_texture(colour_of(design, "trim")), matt, lining, 0.92
        )
    canvas.draw(Surface(bottom.edge), paint_sole(design), Finish(0.6, 0.06, 10))
    if bottom.heel is not None:
        canvas.draw(Surface(bottom.heel), paint_heel(design), Finish(0.5, 0.15, 20))
    if shoe.bar is not None:
        canvas.draw(Surface(shoe.bar), plain_texture(colour_of(design, "accent")), finish, lining)
    near = upper.near.transpose(1, 0, 2)[::-1, ::-1]
    contact = (1 - 0.28 * np.exp(-level / 0.06))[::-1, 0]
    canvas.draw(
        Surface(near),
        texture[: HEIGHT // 2].transpose(1, 0, 2)[::-1, ::-1],
        finish,
        lining,
        shade=contact[None, :],
    )


def _background(canvas: Canvas, shoe: Shoe) -> np.ndarray:
    """White with the soft shadow of the shoe, uint8 (side, side)."""
    outline = shoe.bottom.edge[0].copy()
    outline[:, 1] = 0
    small = canvas.side // 4
    points = canvas.project(outline)[:, :2] / 4
    shadow = np.zeros((small, small), np.float32)
    cv2.fillPoly(shadow, [np.round(points * 16).astype(np.int32)], 1.0, cv2.LINE_8, 4)
    soft = 0.16 * cv2.GaussianBlur(shadow, (0, 0), small / 42)
    return 255 - cv2.resize(soft * 255, (canvas.side, canvas.side)).astype(np.uint8)
