"""Generates a doodle of one of ten Quick, Draw! categories: ideal paths, then drawing errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from sketchnet.data.synthetic.curves import line
from sketchnet.data.synthetic.doodles import aircraft, berries, fruit, vehicles
from sketchnet.data.synthetic.sketcher import (
    Sketcher,
    distort_proportions,
    sample_sketcher,
    simulate_strokes,
)
from sketchnet.strokes.formats import Drawing, fit, simplify

Rng = np.random.Generator

# Category -> function that returns the ideal paths of one random instance.
GENERATORS: dict[str, Callable[[Rng], list[np.ndarray]]] = {
    "airplane": aircraft.airplane,
    "apple": fruit.apple,
    "banana": fruit.banana,
    "blackberry": berries.blackberry,
    "bus": vehicles.bus,
    "grapes": berries.grapes,
    "helicopter": aircraft.helicopter,
    "pear": fruit.pear,
    "truck": vehicles.truck,
    "van": vehicles.van,
}


def draw_doodle(category: str, rng: Rng) -> Drawing:
    """Generate one doodle.

    Args:
        category: A key of `GENERATORS`.
        rng: Decides the shape and the drawing errors.

    Returns:
        Strokes of integers from 0 to 255, fitted and simplified as the official simplified
        Quick, Draw! files are.
    """
    sketcher = _in_a_hurry(sample_sketcher(rng), rng)
    paths = GENERATORS[category](rng)
    if len(paths) > 2:
        kept = [p for p in paths[1:] if rng.random() > sketcher.omission_probability]
        paths = [paths[0], *kept]
    paths = distort_proportions(fit(paths, 200.0), sketcher, rng)
    paths = _join_some(paths, sketcher, rng)
    strokes = [stroke for path in paths for stroke in simulate_strokes(path, sketcher, rng)]
    if rng.random() < 0.03:
        strokes.append(_stray_mark(rng))
    strokes = fit([stroke.astype(np.float32) for stroke in strokes], 255.0)
    # Fitted again because the simplification may have removed the outermost point.
    strokes = fit(simplify(strokes, 2.0), 255.0)
    return [np.round(stroke) for stroke in strokes]


def _in_a_hurry(sketcher: Sketcher, rng: Rng) -> Sketcher:
    """The same sketcher with the larger errors of twenty seconds with a mouse."""
    factor = rng.uniform(1.0, 2.4)
    return replace(
        sketcher,
        wobble=sketcher.wobble * factor,
        tremor=sketcher.tremor * factor,
        placement_error=sketcher.placement_error * factor,
        corner_rounding=sketcher.corner_rounding * rng.uniform(0.5, 1.6),
        end_gap=float(rng.normal(0.5, 3.5)),
        omission_probability=0.05,
        warp=sketcher.warp * 1.3,
        short_stroke_length=0.0,
        stretch=tuple(np.exp(rng.normal(0, 0.14, 2))),
        rotation=float(rng.normal(0, 0.07)),
        shear=float(rng.normal(0, 0.08)),
        retrace_probability=sketcher.retrace_probability * 0.5,
    )


def _join_some(paths: list[np.ndarray], sketcher: Sketcher, rng: Rng) -> list[np.ndarray]:
    """Join some consecutive paths whose ends are close, as if the pen was not lifted."""
    joined = [paths[0]]
    for path in paths[1:]:
        close = np.linalg.norm(joined[-1][-1] - path[0]) < 30
        if close and rng.random() < 0.4 * sketcher.join_probability:
            joined[-1] = np.concatenate([joined[-1], path])
        else:
            joined.append(path)
    return joined


def _stray_mark(rng: Rng) -> np.ndarray:
    """A short accidental line (2, 2) anywhere on the drawing."""
    at = rng.uniform(0, 200, 2)
    return line(tuple(at), tuple(at + rng.normal(0, 6, 2)))
