"""A shoe built from its design, once, for its photo and for every sketch of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sketchnet.data.synthetic.shoes.camera import Camera
from sketchnet.data.synthetic.shoes.sole_and_heel import Bottom, build_bottom
from sketchnet.data.synthetic.shoes.design import ShoeDesign
from sketchnet.data.synthetic.shoes.pattern_pieces import ALL
from sketchnet.data.synthetic.shoes.upper import STATIONS, Upper, build_upper
from sketchnet.data.synthetic.shoes.pattern import Pattern
from sketchnet.data.synthetic.shoes.renderer import Canvas

HOLLOW = ("open", "mule")  # covers that leave the back of the foot bare


@dataclass(frozen=True)
class Shoe:
    """`tongue` is a surface (rows, columns, 3) from the throat up, or None; `bar` one from the far
    edge of the opening to the near one, or None."""

    design: ShoeDesign
    upper: Upper
    bottom: Bottom
    tongue: np.ndarray | None
    bar: np.ndarray | None
    pattern: Pattern

    def extent(self) -> np.ndarray:
        """Points (n, 3) that bound the shoe."""
        parts = [self.bottom.edge]
        if self.design.cover in HOLLOW:
            parts += [self.upper.at(p.outline) for p in self.pattern.pieces if p.covers]
            parts += [self.upper.at(line) for line in self.rims()]
        else:
            parts += [self.upper.near, self.upper.far]
        parts += [part for part in (self.bottom.heel, self.tongue, self.bar) if part is not None]
        return np.concatenate([part.reshape(-1, 3) for part in parts])

    def rims(self) -> list[np.ndarray]:
        """The upper's free edge on the pattern: near and far, each (n, 2); none on a sandal."""
        if self.design.cover == "open":
            return []
        begin, end = self.upper.throat + 0.002, 1.0
        if self.design.cover == "mule":
            end = begin + 0.01
        p = np.linspace(begin, end, 48)
        near = np.column_stack([p, np.full(48, 1.0)]).astype(np.float32)
        return [near, near + np.array([0, 1e-4], np.float32)]


def build_shoe(design: ShoeDesign) -> Shoe:
    """Geometry and pattern of `design`."""
    upper = build_upper(design)
    pattern = Pattern()
    for feature in ALL:
        feature(design, upper, pattern)
    return Shoe(
        design, upper, build_bottom(design), _tongue(design, upper), _bar(design, upper), pattern
    )


def framed(shoe: Shoe, camera: Camera, side: int, fill: float) -> Canvas:
    """A canvas of `side` pixels on which the shoe is centred and takes `fill` of the side."""
    placed = camera.project(shoe.extent())[:, :2]
    low, high = placed.min(axis=0), placed.max(axis=0)
    scale = side * fill / float((high - low).max())
    return Canvas(side, camera, scale, tuple(side / 2 - (low + high) / 2 * scale))


def _tongue(design: ShoeDesign, upper: Upper) -> np.ndarray | None:
    """A padded flap that goes on where the ridge ends."""
    if not design.tongue or not (design.laces or design.velcro):
        return None
    p = np.linspace(upper.throat - 0.09, upper.throat, 6)
    ridge = np.column_stack(
        [np.interp(p, np.linspace(0, 1, STATIONS), upper.near[-1, :, i]) for i in range(3)]
    )
    forward = ridge[-1] - ridge[0]
    forward /= np.linalg.norm(forward)
    rise = forward * 0.75 + np.array([-0.12, 0.6, 0])
    beyond = ridge[-1] + rise * np.linspace(0, design.tongue, 6)[1:, None]
    spine = np.concatenate([ridge, beyond])[::-1]
    across = np.linspace(-1, 1, 11)
    # Rounded at its end, bent over the foot.
    width = 0.09 * np.sqrt(1 - np.linspace(0.95, 0, len(spine)) ** 4)
    points = np.repeat(spine[:, None], len(across), axis=1)
    points[..., 2] += width[:, None] * across
    points[..., 1] -= 0.028 * across**2 + 0.006
    points[..., 0] += 0.03 * across**2
    return points.astype(np.float32)


def _bar(design: ShoeDesign, upper: Upper) -> np.ndarray | None:
    """A strap that bridges the opening, arched as over a foot."""
    if not design.bar or design.cover not in ("closed", "slingback"):
        return None
    edges = [[design.bar + s * design.bar_width * 0.4, 1.0] for s in (-1, 1)]
    near = upper.at(np.array(edges))
    far = upper.at(np.array(edges) + np.array([0, 1e-4]))
    over = np.linspace(0, 1, 21)[:, None, None]
    points = far * (1 - over) + near * over
    points[..., 1] += 0.10 * np.sin(np.pi * over[..., 0])
    return points.astype(np.float32)
