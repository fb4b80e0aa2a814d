"""The flat shapes of ornaments, and their placement on the shoe.

A shape has coordinates u towards the heel and v up the leather, and a radius of about 1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sketchnet.data.synthetic.shoes.pattern import Ornament


@dataclass(frozen=True)
class Shape:
    """A part of an ornament.

    Attributes:
        outline: Polygon (n, 2).
        tone: Factor on the ornament's colour that fills the polygon; 0 draws it as a line only.
    """

    outline: np.ndarray
    tone: float = 1.0


def circle(u: float = 0, v: float = 0, r: float = 1, ry: float = 0, count: int = 20) -> np.ndarray:
    """A closed ellipse (count + 1, 2)."""
    a = np.linspace(0, 2 * np.pi, count + 1)
    return np.column_stack([u + r * np.cos(a), v + (ry or r) * np.sin(a)]).astype(np.float32)


def box(u: float, v: float, w: float, h: float) -> np.ndarray:
    """A closed rectangle (5, 2) around (u, v) with half sides w and h."""
    corners = [(-w, -h), (w, -h), (w, h), (-w, h), (-w, -h)]
    return np.array(corners, np.float32) + np.array([u, v], np.float32)


def petal(angle: float, length: float, width: float) -> np.ndarray:
    """A petal (24, 2) that starts at the origin and points to `angle` (radians)."""
    a = np.linspace(0, np.pi, 12)
    along = np.concatenate([(1 - np.cos(a)) / 2, ((1 - np.cos(a)) / 2)[::-1]]) * length
    side = np.concatenate([np.sin(a) ** 0.8, -(np.sin(a)[::-1] ** 0.8)]) * width / 2
    c, s = np.cos(angle), np.sin(angle)
    return np.column_stack([along * c - side * s, along * s + side * c]).astype(np.float32)


def _bow() -> list[Shape]:
    return [
        Shape(petal(-1.1, 0.95, 0.28), 0.8),
        Shape(petal(-2.0, 0.95, 0.28), 0.8),
        Shape(petal(0.25, 1.1, 0.75)),
        Shape(petal(np.pi - 0.25, 1.1, 0.75)),
        Shape(circle(r=0.24, ry=0.28), 0.9),
    ]


def _lace_bow() -> list[Shape]:
    return [
        Shape(petal(0.1, 1.1, 0.5), 0),
        Shape(petal(np.pi - 0.4, 1.1, 0.5), 0),
        Shape(np.array([[0, 0], [-0.5, -0.4], [-0.8, -1.0]], np.float32), 0),
        Shape(np.array([[0, 0], [0.4, -0.5], [0.6, -1.1]], np.float32), 0),
    ]


def _flower() -> list[Shape]:
    leaves = [
        Shape(petal(a, 1.0, 0.72), 1 - 0.12 * (i % 2))
        for i, a in enumerate(np.arange(6) * np.pi / 3)
    ]
    return [*leaves, Shape(circle(r=0.3), 0.6)]


def _buckle() -> list[Shape]:
    pin = np.array([[-0.9, 0], [0.2, 0]], np.float32)
    return [Shape(box(0, 0, 0.75, 0.95)), Shape(box(0, 0, 0.45, 0.62), 0.35), Shape(pin, 0)]


def _tassel() -> list[Shape]:
    shapes = []
    for u, lean in ((-0.35, -0.25), (0.35, 0.2)):
        fringe = np.array(
            [
                [u - 0.1, 0.2],
                [u + 0.1, 0.2],
                [u + 0.25 + lean, -0.95],
                [u - 0.25 + lean, -0.95],
                [u - 0.1, 0.2],
            ],
            np.float32,
        )
        shapes += [Shape(fringe), Shape(circle(u, 0.25, 0.17), 0.8)]
    return [Shape(box(0, 0.4, 0.5, 0.1)), *shapes]


def _bit() -> list[Shape]:
    return [
        Shape(circle(-0.7, 0, 0.32)),
        Shape(circle(-0.7, 0, 0.17), 0.3),
        Shape(circle(0.7, 0, 0.32)),
        Shape(circle(0.7, 0, 0.17), 0.3),
        Shape(box(0, 0, 0.5, 0.12)),
    ]


def _star() -> list[Shape]:
    a = np.arange(11) * np.pi / 5 + np.pi / 2
    r = np.where(np.arange(11) % 2 == 0, 1.0, 0.42)
    return [Shape(np.column_stack([r * np.cos(a), r * np.sin(a)]).astype(np.float32))]


def _letter() -> list[Shape]:
    n = [
        (-0.9, -1),
        (-0.45, -1),
        (-0.3, 0.1),
        (0.35, -1),
        (0.8, -1),
        (1.0, 1),
        (0.55, 1),
        (0.4, -0.1),
        (-0.25, 1),
        (-0.7, 1),
        (-0.9, -1),
    ]
    return [Shape(np.array(n, np.float32))]


def _stones() -> list[Shape]:
    return [
        Shape(circle(u, v, 0.27, count=8), tone)
        for u, v, tone in (
            (0, 0, 1.1),
            (-0.55, 0.1, 0.9),
            (0.55, 0.1, 0.9),
            (-0.28, -0.45, 1.0),
            (0.28, -0.45, 1.0),
            (-0.28, 0.5, 0.85),
            (0.28, 0.5, 0.85),
        )
    ]


def _loop() -> list[Shape]:
    a = np.linspace(np.pi, 0, 9)
    arch = np.column_stack([0.3 * np.cos(a) + 0.15, 0.75 + 0.25 * np.sin(a)])
    legs = np.concatenate([[[-0.15, -0.3]], arch, [[0.45, -0.3]]])
    return [Shape(legs.astype(np.float32), 0)]


# Kind of ornament -> its shapes, in drawing order.
SHAPES: dict[str, Callable[[], list[Shape]]] = {
    "bow": _bow,
    "lace bow": _lace_bow,
    "flower": _flower,
    "buckle": _buckle,
    "tassel": _tassel,
    "bit": _bit,
    "star": _star,
    "letter": _letter,
    "patch": lambda: [Shape(circle(r=1.0)), Shape(circle(r=0.8), 0.85), *_star()],
    "button": lambda: [Shape(circle(r=0.8)), Shape(circle(r=0.55), 0.85)],
    "pompon": lambda: [Shape(circle(r=1.0)), Shape(circle(0.1, 0.1, 0.6), 1.12)],
    "stones": _stones,
    "puller": lambda: [Shape(box(0, -0.5, 0.16, 0.5)), Shape(circle(0, 0, 0.2), 0.8)],
    "loop": _loop,
    "stud": lambda: [Shape(circle(r=1.0, count=8))],
}


def place_ornament(frame: np.ndarray, ornament: Ornament, outline: np.ndarray) -> np.ndarray:
    """Place a flat outline (n, 2) of an ornament on the shoe.

    Args:
        frame: `Upper.frame` at the ornament's position.
        ornament: Its kind and size.
        outline: Coordinates u and v.

    Returns:
        Points (n, 3) of the shoe.
    """
    u, v = np.split(outline.astype(np.float64), 2, axis=1)
    along, up, normal = frame[1:]
    if ornament.kind == "loop":  # a pull loop stands in the plane of the picture
        along, up, normal = np.eye(3)
    return frame[0] + ornament.size * (u * along + v * up) + 0.012 * normal
