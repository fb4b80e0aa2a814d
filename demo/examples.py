"""Example shoes to start from: defined by a few points, drawn on the canvas as strokes."""

from __future__ import annotations

from functools import cache
from html import escape

import numpy as np

from sketchnet.strokes.formats import Drawing

from .stroke_record import on_canvas
from .svg import drawing_svg

Points = list[tuple[float, float]]

# Side views, toe to the right. Curves pass through the points; a repeated point is a corner.
SHOES: dict[str, list[Points]] = {
    "Sneaker": [
        [(6, 50), (4, 38), (8, 24), (14, 19), (20, 25), (32, 27), (40, 20), (45, 18), (58, 30),
         (72, 37), (86, 40), (94, 45), (96, 51)],
        [(6, 50), (34, 52), (64, 51), (96, 51)],
        [(6, 50), (5, 57), (11, 60), (50, 60), (90, 60), (98, 57), (96, 51)],
        [(80, 39), (75, 45), (76, 51)],
        [(47, 22), (41, 29)],
        [(53, 27), (47, 34)],
        [(59, 31), (53, 38)],
    ],
    "Ankle boot": [
        [(12, 66), (10, 44), (11, 22), (13, 8), (13, 8), (42, 6), (42, 6), (43, 22), (52, 36),
         (70, 42), (88, 50), (94, 60), (93, 66)],
        [(12, 66), (50, 67), (93, 66)],
        [(12, 66), (11, 76), (11, 76), (33, 76), (33, 76), (34, 71), (60, 73), (90, 73), (96, 70),
         (93, 66)],
        [(22, 8), (23, 24), (29, 35)],
        [(36, 7), (35, 24), (29, 35)],
    ],
    "Pump": [
        [(7, 19), (18, 24), (36, 38), (54, 44), (66, 40)],
        [(7, 19), (4, 28), (8, 37), (22, 43), (40, 55), (58, 63), (78, 66), (98, 65)],
        [(66, 40), (78, 49), (90, 57), (98, 65)],
        [(6, 35), (9, 50), (10, 66), (10, 66), (14, 66), (14, 66), (16, 52), (22, 43)],
    ],
    "Sandal": [
        [(4, 52), (30, 49), (60, 54), (96, 51), (99, 57), (60, 61), (20, 60), (3, 58), (4, 52)],
        [(62, 53), (66, 40), (76, 36), (87, 40), (91, 52)],
        [(12, 51), (11, 34), (20, 26), (32, 28), (38, 38), (37, 50)],
        [(34, 30), (50, 41), (65, 43)],
        [(21, 26), (20, 20), (27, 20), (27, 26)],
    ],
    "Tall boot": [
        [(20, 90), (18, 60), (17, 30), (18, 5), (18, 5), (48, 4), (48, 4), (47, 30), (48, 54),
         (56, 66), (74, 72), (88, 80), (92, 90)],
        [(20, 90), (50, 91), (92, 90)],
        [(20, 90), (19, 100), (19, 100), (38, 100), (38, 100), (40, 95), (60, 97), (90, 97),
         (95, 94), (92, 90)],
        [(18, 14), (33, 15), (48, 13)],
        [(48, 54), (40, 60), (36, 67)],
    ],
}  # fmt: skip


@cache
def examples() -> str:
    """The examples as cards; a click draws one on the canvas."""
    return f'<ol class="shoes examples">{"".join(_card(name) for name in SHOES)}</ol>'


def _card(name: str) -> str:
    drawing: Drawing = [curve(points) for points in SHOES[name]]
    return (
        f'<li class="shoe"><button class="look" data-strokes="{escape(on_canvas(drawing))}" '
        f'aria-label="Start from: {name}" title="{name}">{drawing_svg(drawing, name)}</button></li>'
    )


def curve(points: Points, steps: int = 6) -> np.ndarray:
    """A smooth stroke (n, 2) float32 through the points: a Catmull-Rom spline (1974)."""
    p = np.array([points[0], *points, points[-1]], np.float32)
    t = np.arange(steps, dtype=np.float32)[:, None] / steps
    pieces = [
        0.5
        * (
            2 * b
            + (c - a) * t
            + (2 * a - 5 * b + 4 * c - d) * t**2
            + (3 * b - a - 3 * c + d) * t**3
        )
        for a, b, c, d in zip(p, p[1:], p[2:], p[3:], strict=False)
        if (b != c).any()
    ]
    return np.concatenate([*pieces, p[-1:]])
