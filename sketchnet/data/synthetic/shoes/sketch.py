"""A free-hand sketch of a shoe, as strokes, by an artist who has just seen its photo."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sketchnet.data.synthetic.sketcher import Artist, draw_line, imagine, meet_artist
from sketchnet.data.synthetic.shoes.camera import Camera
from sketchnet.data.synthetic.shoes.build import Shoe, build_shoe
from sketchnet.data.synthetic.shoes.design import ShoeDesign
from sketchnet.data.synthetic.shoes.contours import Contour, contours
from sketchnet.strokes.formats import Drawing, simplify

CANVAS = 256
_MEASURES = (
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
_FIRST = ("outline", "sole", "heel", "opening")


def draw_sketch(design: ShoeDesign, rng: np.random.Generator) -> Drawing:
    """A sketch of `design` by a new artist: strokes (n, 2) float32 on a canvas of 256."""
    return sketch_shoe(build_shoe(design), meet_artist(rng), rng)


def sketch_shoe(shoe: Shoe, artist: Artist, rng: np.random.Generator) -> Drawing:
    """A sketch of a shoe that is built already, by `artist`, who draws it as remembered."""
    shoe = build_shoe(_remembered(shoe.design, artist, rng))
    azimuth, elevation = shoe.design.view
    camera = Camera(azimuth + artist.azimuth, max(2.0, elevation + artist.elevation))
    seen = contours(shoe, camera)
    lines = [line for line in seen if _worth_drawing(line, artist, rng)] or seen
    paths = imagine([line.path for line in lines], artist, rng)
    lines = [replace(line, path=path) for line, path in zip(lines, paths, strict=True)]
    lines = _joined(_ordered(lines, rng), artist, rng)
    lines = _sized(lines, rng)
    strokes = [stroke for line in lines for stroke in draw_line(line.path, artist, rng)]
    strokes = [stroke.clip(0, CANVAS - 1).astype(np.float32) for stroke in strokes]
    return simplify(strokes, 0.4)


def _remembered(design: ShoeDesign, artist: Artist, rng: np.random.Generator) -> ShoeDesign:
    """The design with its measures as they stay in mind."""
    off = np.exp(rng.normal(0, artist.memory, len(_MEASURES)))
    return replace(
        design,
        **{
            name: getattr(design, name) * float(factor)
            for name, factor in zip(_MEASURES, off, strict=True)
        },
    )


def _worth_drawing(line: Contour, artist: Artist, rng: np.random.Generator) -> bool:
    if line.weight >= 1:
        return bool(rng.random() > artist.forgetting)
    return bool(rng.random() < line.weight * artist.attention)


def _ordered(lines: list[Contour], rng: np.random.Generator) -> list[Contour]:
    """Most people draw the outline first, its parts in any order; some begin with the sole."""
    groups: dict[str, list[Contour]] = {}
    for line in lines:
        groups.setdefault(line.part, []).append(line)
    first = [part for part in _FIRST if part in groups]
    rest = [part for part in groups if part not in _FIRST]
    if rng.random() < 0.4:
        first = list(rng.permutation(first))
    rest = list(rng.permutation(rest))
    return [line for part in (*first, *rest) for line in groups[part]]


def _joined(lines: list[Contour], artist: Artist, rng: np.random.Generator) -> list[Contour]:
    """Lines of the outline that follow each other, now and then in one stroke."""
    joined: list[Contour] = []
    for line in lines:
        before = joined[-1] if joined else None
        if (
            before is not None
            and line.part in _FIRST
            and before.part in _FIRST
            and np.linalg.norm(before.path[-1] - line.path[0]) < 8
            and rng.random() < artist.joining
        ):
            joined[-1] = replace(before, path=np.concatenate([before.path, line.path]))
        else:
            joined.append(line)
    return joined


def _sized(lines: list[Contour], rng: np.random.Generator) -> list[Contour]:
    """Fitted to the canvas, with margins as people leave them."""
    points = np.concatenate([line.path for line in lines])
    low, high = points.min(axis=0), points.max(axis=0)
    scale = CANVAS * rng.uniform(0.62, 0.86) / float((high - low).max())
    room = CANVAS - (high - low) * scale
    corner = room / 2 + rng.uniform(-0.2, 0.2, 2) * room
    return [replace(line, path=(line.path - low) * scale + corner) for line in lines]
