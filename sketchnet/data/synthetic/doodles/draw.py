"""Doodles of the ten default categories, as hurried people draw them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from sketchnet.data.synthetic.doodles import aircraft as air
from sketchnet.data.synthetic.doodles import berries as berries
from sketchnet.data.synthetic.doodles import fruit as fruit
from sketchnet.data.synthetic.doodles import vehicles as road
from sketchnet.data.synthetic.sketcher import Artist, draw_line, imagine, meet_artist
from sketchnet.data.synthetic.curves import line
from sketchnet.strokes.formats import Drawing, fit, simplify

Rng = np.random.Generator

PROGRAMS: dict[str, Callable[[Rng], list[np.ndarray]]] = {
    "airplane": air.airplane,
    "apple": fruit.apple,
    "banana": fruit.banana,
    "blackberry": berries.blackberry,
    "bus": road.bus,
    "grapes": berries.grapes,
    "helicopter": air.helicopter,
    "pear": fruit.pear,
    "truck": road.truck,
    "van": road.van,
}


def draw_doodle(category: str, rng: Rng) -> Drawing:
    """A doodle of `category` (a key of `PROGRAMS`): whole numbers 0 … 255, fitted and simplified
    as the official Quick, Draw! files are."""
    artist = _hurried(meet_artist(rng), rng)
    paths = PROGRAMS[category](rng)
    if len(paths) > 2:
        kept = [paths[0], *(p for p in paths[1:] if rng.random() > artist.forgetting)]
        paths = kept
    paths = imagine(fit(paths, 200.0), artist, rng)
    paths = _joined(paths, artist, rng)
    strokes = [stroke for path in paths for stroke in draw_line(path, artist, rng)]
    if rng.random() < 0.03:
        strokes.append(_stray(rng))
    strokes = fit([stroke.astype(np.float32) for stroke in strokes], 255.0)
    strokes = fit(simplify(strokes, 2.0), 255.0)  # the outermost point may have been left out
    return [np.round(stroke) for stroke in strokes]


def _hurried(artist: Artist, rng: Rng) -> Artist:
    """Twenty seconds and a mouse: the same person draws worse."""
    worse = rng.uniform(1.0, 2.4)
    return replace(
        artist,
        wobble=artist.wobble * worse,
        tremor=artist.tremor * worse,
        misplacement=artist.misplacement * worse,
        rounding=artist.rounding * rng.uniform(0.5, 1.6),
        gap=float(rng.normal(0.5, 3.5)),
        forgetting=0.05,
        warp=artist.warp * 1.3,
        hatching=0.0,
        stretch=tuple(np.exp(rng.normal(0, 0.14, 2))),
        turn=float(rng.normal(0, 0.07)),
        lean=float(rng.normal(0, 0.08)),
        doubling=artist.doubling * 0.5,
    )


def _joined(paths: list[np.ndarray], artist: Artist, rng: Rng) -> list[np.ndarray]:
    """Now and then the pen is not lifted between lines that lie close."""
    joined = [paths[0]]
    for path in paths[1:]:
        if np.linalg.norm(joined[-1][-1] - path[0]) < 30 and rng.random() < 0.4 * artist.joining:
            joined[-1] = np.concatenate([joined[-1], path])
        else:
            joined.append(path)
    return joined


def _stray(rng: Rng) -> np.ndarray:
    """A slip of the pen, or a dot."""
    at = rng.uniform(0, 200, 2)
    return line(tuple(at), tuple(at + rng.normal(0, 6, 2)))
