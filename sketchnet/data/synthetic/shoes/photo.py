"""A design's product photo: side view, toe to the left, on white, as a shop shows it."""

from __future__ import annotations

import cv2
import numpy as np

from sketchnet.data.synthetic.shoes.camera import Camera
from sketchnet.data.synthetic.shoes.build import HOLLOW, Shoe, build_shoe, framed
from sketchnet.data.synthetic.shoes.design import ShoeDesign
from sketchnet.data.synthetic.shoes.upper import LEVELS
from sketchnet.data.synthetic.shoes.textures import (
    FINISHES,
    HEIGHT,
    colour_of,
    paint_bed,
    paint_heel,
    paint_sole,
    paint_upper,
    plain,
)
from sketchnet.data.synthetic.shoes.photo_details import draw_trimmings
from sketchnet.data.synthetic.shoes.renderer import Canvas, Finish, Surface

_FINER = 2  # drawn this much larger, then averaged down
_FILL = 0.88  # share of the side that the shoe takes


def draw_photo(design: ShoeDesign, side: int = 256) -> np.ndarray:
    """The photo of `design` as uint8 RGB (side, side, 3) on white."""
    return photograph(build_shoe(design), side)


def photograph(shoe: Shoe, side: int = 256) -> np.ndarray:
    """The photo of a shoe that is built already."""
    design = shoe.design
    canvas = framed(shoe, Camera(*design.view), side * _FINER, _FILL)
    texture = paint_upper(design, shoe.upper, shoe.pattern)
    _draw_surfaces(canvas, shoe, texture)
    picture = canvas.picture()
    draw_trimmings(picture, canvas, shoe, texture[..., 3])
    ground = _ground(canvas, shoe)
    ground[np.isfinite(canvas.nearness).reshape(ground.shape)] = 255
    picture = cv2.min(picture, cv2.merge([ground] * 3))
    picture = cv2.GaussianBlur(picture, (3, 3), 0.6 * _FINER / 2)  # no steps on slanting edges
    return cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)


def _draw_surfaces(canvas: Canvas, shoe: Shoe, texture: np.ndarray) -> None:
    design, upper, bottom = shoe.design, shoe.upper, shoe.bottom
    finish, matt = FINISHES[design.material], Finish(0.7, 0.03, 6)
    lining = design.lining
    airy = design.cover in (*HOLLOW, "slingback")
    level = np.linspace(0, 1, LEVELS)[:, None]

    canvas.draw(Surface(bottom.bed), paint_bed(design), matt, shade=0.95 if airy else 0.62)
    # Light falls into a shoe from its opening.
    depth = 0.75 + 0.2 * level if airy else 0.45 + 0.5 * level**0.8
    canvas.draw(
        Surface(upper.far[:, ::-1], -1),
        texture[HEIGHT // 2 :][::-1, ::-1],
        finish,
        lining,
        shade=depth,
    )
    if shoe.tongue is not None:
        canvas.draw(Surface(shoe.tongue), plain(colour_of(design, "trim")), matt, lining, 0.92)
    canvas.draw(Surface(bottom.edge), paint_sole(design), Finish(0.6, 0.06, 10))
    if bottom.heel is not None:
        canvas.draw(Surface(bottom.heel), paint_heel(design), Finish(0.5, 0.15, 20))
    if shoe.bar is not None:
        canvas.draw(Surface(shoe.bar), plain(colour_of(design, "accent")), finish, lining)
    near = upper.near.transpose(1, 0, 2)[::-1, ::-1]
    contact = (1 - 0.28 * np.exp(-level / 0.06))[::-1, 0]
    canvas.draw(
        Surface(near),
        texture[: HEIGHT // 2].transpose(1, 0, 2)[::-1, ::-1],
        finish,
        lining,
        shade=contact[None, :],
    )


def _ground(canvas: Canvas, shoe: Shoe) -> np.ndarray:
    """White ground with the shoe's soft shadow, uint8 (side, side)."""
    outline = shoe.bottom.edge[0].copy()
    outline[:, 1] = 0
    small = canvas.side // 4
    points = canvas.place(outline)[:, :2] / 4
    shadow = np.zeros((small, small), np.float32)
    cv2.fillPoly(shadow, [np.round(points * 16).astype(np.int32)], 1.0, cv2.LINE_8, 4)
    soft = 0.16 * cv2.GaussianBlur(shadow, (0, 0), small / 42)
    return 255 - cv2.resize(soft * 255, (canvas.side, canvas.side)).astype(np.uint8)
