"""Drawings of several kinds, as the canvas records them."""

from __future__ import annotations

import numpy as np

from sketchnet.data.synthetic.doodles.draw import GENERATORS, draw_doodle
from sketchnet.data.synthetic.shoes.build import build_shoe
from sketchnet.data.synthetic.shoes.sample_design import sample_design
from sketchnet.data.synthetic.shoes.sketch import sketch_shoe
from sketchnet.data.synthetic.sketcher import sample_sketcher
from sketchnet.strokes.geometry import Drawing, partial_drawing

CANVAS = 800
Record = list[list[list[float]]]


def drawings(count: int, seed: int = 0) -> list[Record]:
    """Sketches of shoes, whole and partial, doodles and scribbles, in turn, anywhere on the canvas.

    Each is a record of the canvas, `[[[x, …], [y, …]], …]`, with one decimal as there.
    """
    rng = np.random.default_rng(seed)
    kinds = [_shoe, _partial_shoe, _doodle, _scribble]
    return [_on_canvas(kinds[i % len(kinds)](rng), rng) for i in range(count)]


def _shoe(rng: np.random.Generator) -> Drawing:
    return sketch_shoe(build_shoe(sample_design(rng)), sample_sketcher(rng), rng)


def _partial_shoe(rng: np.random.Generator) -> Drawing:
    return partial_drawing(_shoe(rng), rng.uniform(0.2, 0.8))


def _doodle(rng: np.random.Generator) -> Drawing:
    return draw_doodle(list(GENERATORS)[rng.integers(len(GENERATORS))], rng)


def _scribble(rng: np.random.Generator) -> Drawing:
    """Random walks, among them dots."""
    return [
        (rng.uniform(0, 700, 2) + rng.normal(0, 8, (rng.integers(1, 60), 2)).cumsum(0))
        for _ in range(rng.integers(1, 8))
    ]


def _on_canvas(drawing: Drawing, rng: np.random.Generator) -> Record:
    points = np.concatenate(drawing)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    scale = rng.uniform(200, 780) / max(float(extent.max()), 1e-6)
    corner = rng.uniform(0, 1, 2) * (CANVAS - extent * scale)
    return [
        np.round((stroke - low) * scale + corner, 1).clip(0, CANVAS).T.tolist()
        for stroke in drawing
    ]
