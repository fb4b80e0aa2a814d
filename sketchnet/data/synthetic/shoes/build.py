"""Builds the geometry and the flat pattern of a shoe from its design parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sketchnet.data.synthetic.shoes.camera import Camera
from sketchnet.data.synthetic.shoes.design import ShoeDesign
from sketchnet.data.synthetic.shoes.pattern import Pattern
from sketchnet.data.synthetic.shoes.pattern_pieces import build_pattern
from sketchnet.data.synthetic.shoes.renderer import Canvas
from sketchnet.data.synthetic.shoes.sole_and_heel import Bottom, build_bottom
from sketchnet.data.synthetic.shoes.upper import STATIONS, Upper, build_upper

OPEN_BACK = ("open", "mule")  # values of `ShoeDesign.cover` without leather at the heel


@dataclass(frozen=True)
class Shoe:
    """A shoe in three dimensions.

    Attributes:
        design: The parameters from which it was built.
        upper: The walls of the upper.
        bottom: The sole and the heel.
        tongue: A surface (rows, columns, 3) from its free end down to below the throat, or None.
        bar: A strap from the far edge of the opening to the near edge, in the same form, or None.
        pattern: The parts of the upper in pattern coordinates.
    """

    design: ShoeDesign
    upper: Upper
    bottom: Bottom
    tongue: np.ndarray | None
    bar: np.ndarray | None
    pattern: Pattern

    def extent(self) -> np.ndarray:
        """Points (n, 3) whose bounding box is that of the visible shoe."""
        parts = [self.bottom.edge]
        if self.design.cover in OPEN_BACK:
            parts += [self.upper.at(p.outline) for p in self.pattern.pieces if p.covers]
            parts += [self.upper.at(line) for line in self.rims()]
        else:
            parts += [self.upper.near, self.upper.far]
        parts += [part for part in (self.bottom.heel, self.tongue, self.bar) if part is not None]
        return np.concatenate([part.reshape(-1, 3) for part in parts])

    def rims(self) -> list[np.ndarray]:
        """The edge of the opening, near and far, each (n, 2) as (p, t); none on a sandal."""
        if self.design.cover == "open":
            return []
        start, end = self.upper.throat + 0.002, 1.0
        if self.design.cover == "mule":
            end = start + 0.01
        p = np.linspace(start, end, 48)
        near = np.column_stack([p, np.full(48, 1.0)]).astype(np.float32)
        return [near, near + np.array([0, 1e-4], np.float32)]


def build_shoe(design: ShoeDesign) -> Shoe:
    """Build the shoe that `design` describes."""
    upper = build_upper(design)
    return Shoe(
        design,
        upper,
        build_bottom(design),
        _build_tongue(design, upper),
        _build_bar(design, upper),
        build_pattern(design, upper),
    )


def framed_canvas(shoe: Shoe, camera: Camera, side: int, fill: float) -> Canvas:
    """A canvas of `side` pixels on which the shoe is centred and covers the share `fill` of it."""
    projected = camera.project(shoe.extent())[:, :2]
    low, high = projected.min(axis=0), projected.max(axis=0)
    scale = side * fill / float((high - low).max())
    return Canvas(side, camera, scale, tuple(side / 2 - (low + high) / 2 * scale))


def _build_tongue(design: ShoeDesign, upper: Upper) -> np.ndarray | None:
    """A flap that continues the ridge of the foot beyond the throat."""
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
    # The flap is rounded at its end and curved over the foot.
    width = 0.09 * np.sqrt(1 - np.linspace(0.95, 0, len(spine)) ** 4)
    points = np.repeat(spine[:, None], len(across), axis=1)
    points[..., 2] += width[:, None] * across
    points[..., 1] -= 0.028 * across**2 + 0.006
    points[..., 0] += 0.03 * across**2
    return points.astype(np.float32)


def _build_bar(design: ShoeDesign, upper: Upper) -> np.ndarray | None:
    """A strap across the opening, arched over the foot."""
    if not design.bar or design.cover not in ("closed", "slingback"):
        return None
    edges = [[design.bar + s * design.bar_width * 0.4, 1.0] for s in (-1, 1)]
    near = upper.at(np.array(edges))
    far = upper.at(np.array(edges) + np.array([0, 1e-4]))
    over = np.linspace(0, 1, 21)[:, None, None]
    points = far * (1 - over) + near * over
    points[..., 1] += 0.10 * np.sin(np.pi * over[..., 0])
    return points.astype(np.float32)
