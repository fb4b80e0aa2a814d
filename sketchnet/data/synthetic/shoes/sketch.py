"""Simulates a free-hand sketch of a shoe by a person who has just seen its photo."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sketchnet.data.synthetic.shoes.build import Shoe, build_shoe
from sketchnet.data.synthetic.shoes.camera import Camera
from sketchnet.data.synthetic.shoes.contours import Contour, contours
from sketchnet.data.synthetic.shoes.design import ShoeDesign
from sketchnet.data.synthetic.sketcher import (
    Sketcher,
    distort_proportions,
    simulate_strokes,
)
from sketchnet.strokes.formats import Drawing, simplify

CANVAS_SIZE = 256  # pixels

# Design parameters that a person remembers only roughly.
_REMEMBERED = (
    "toe_length",
    "toe_height",
    "waist",
    "instep",
    "sole",
    "platform",
    "heel_height",
    "heel_length",
    "heel_tip",
    "side_height",
    "back_height",
    "opening",
    "back_lean",
    "shaft",
    "shaft_width",
    "shaft_slope",
    "shaft_dip",
    "cap_at",
    "counter",
    "quarter_lean",
    "eyestay",
    "tongue",
    "apron",
    "gore",
    "belt_width",
    "bar_width",
    "collar_width",
    "pull_tab",
    "ornament_size",
    "toe_turn",
    "toe_spring",
)
_MAIN_PARTS = ("outline", "sole", "heel", "opening")  # drawn before all details


def sketch_shoe(shoe: Shoe, sketcher: Sketcher, rng: np.random.Generator) -> Drawing:
    """Simulate a sketch of `shoe`.

    Args:
        shoe: The shoe on the photo. The sketch shows it from a slightly different viewpoint and
            with design parameters changed at random, as a person remembers it.
        sketcher: Drawing-error parameters of the person.
        rng: Random generator.

    Returns:
        Strokes (n, 2) float32 on a canvas of 256 × 256 pixels.
    """
    remembered = build_shoe(_perturb_design(shoe.design, sketcher, rng))
    azimuth, elevation = remembered.design.view
    camera = Camera(
        azimuth + sketcher.azimuth_error, max(2.0, elevation + sketcher.elevation_error)
    )
    visible = contours(remembered, camera)
    lines = [line for line in visible if _is_drawn(line, sketcher, rng)] or visible
    paths = distort_proportions([line.path for line in lines], sketcher, rng)
    lines = [replace(line, path=path) for line, path in zip(lines, paths, strict=True)]
    lines = _join_some(_in_drawing_order(lines, rng), sketcher, rng)
    lines = _fit_to_canvas(lines, rng)
    strokes = [stroke for line in lines for stroke in simulate_strokes(line.path, sketcher, rng)]
    strokes = [stroke.clip(0, CANVAS_SIZE - 1).astype(np.float32) for stroke in strokes]
    return simplify(strokes, 0.4)


def _perturb_design(design: ShoeDesign, sketcher: Sketcher, rng: np.random.Generator) -> ShoeDesign:
    """The design with random errors in the parameters that are remembered roughly."""
    factors = np.exp(rng.normal(0, sketcher.proportion_error, len(_REMEMBERED)))
    return replace(
        design,
        **{
            name: getattr(design, name) * float(factor)
            for name, factor in zip(_REMEMBERED, factors, strict=True)
        },
    )


def _is_drawn(line: Contour, sketcher: Sketcher, rng: np.random.Generator) -> bool:
    """Decide at random whether the sketcher draws a line."""
    if line.weight >= 1:
        return bool(rng.random() > sketcher.omission_probability)
    return bool(rng.random() < line.weight * sketcher.detail)


def _in_drawing_order(lines: list[Contour], rng: np.random.Generator) -> list[Contour]:
    """Sort by part: the main parts first, which some people draw in random order; then details."""
    groups: dict[str, list[Contour]] = {}
    for line in lines:
        groups.setdefault(line.part, []).append(line)
    first = [part for part in _MAIN_PARTS if part in groups]
    rest = [part for part in groups if part not in _MAIN_PARTS]
    if rng.random() < 0.4:
        first = list(rng.permutation(first))
    rest = list(rng.permutation(rest))
    return [line for part in (*first, *rest) for line in groups[part]]


def _join_some(lines: list[Contour], sketcher: Sketcher, rng: np.random.Generator) -> list[Contour]:
    """Join some successive lines of the main parts whose ends are close into one stroke."""
    joined: list[Contour] = []
    for line in lines:
        before = joined[-1] if joined else None
        if (
            before is not None
            and line.part in _MAIN_PARTS
            and before.part in _MAIN_PARTS
            and np.linalg.norm(before.path[-1] - line.path[0]) < 8
            and rng.random() < sketcher.join_probability
        ):
            joined[-1] = replace(before, path=np.concatenate([before.path, line.path]))
        else:
            joined.append(line)
    return joined


def _fit_to_canvas(lines: list[Contour], rng: np.random.Generator) -> list[Contour]:
    """Scale and move the lines to the canvas, with random margins."""
    points = np.concatenate([line.path for line in lines])
    low, high = points.min(axis=0), points.max(axis=0)
    scale = CANVAS_SIZE * rng.uniform(0.62, 0.86) / float((high - low).max())
    room = CANVAS_SIZE - (high - low) * scale
    corner = room / 2 + rng.uniform(-0.2, 0.2, 2) * room
    return [replace(line, path=(line.path - low) * scale + corner) for line in lines]
