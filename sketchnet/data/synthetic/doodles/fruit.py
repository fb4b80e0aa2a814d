"""Generators of apple, pear and banana doodles.

A generator returns ideal paths (n, 2), y down, at any scale, in drawing order.
"""

from __future__ import annotations

import numpy as np

from sketchnet.data.synthetic.curves import curve, line, oval, scribble, transform

Rng = np.random.Generator
Paths = list[np.ndarray]


def draw_stem(rng: Rng, x: float, y: float, size: float) -> np.ndarray:
    """A slightly bent stem of length `size`, upwards from (x, y)."""
    bend = rng.uniform(-0.6, 0.6) * size
    return curve((x, y), (x + 0.3 * bend, y - 0.5 * size), (x + bend, y - size), count=8)


def draw_leaf(rng: Rng, x: float, y: float, size: float) -> Paths:
    """A pointed leaf of length `size` that starts at (x, y), sometimes with a midrib."""
    side = 1 if rng.random() < 0.75 else -1
    w, h = side * size * rng.uniform(0.7, 1.2), size * rng.uniform(0.25, 0.5)
    rise = -size * rng.uniform(0.1, 0.6)
    leaf = [
        np.concatenate(
            [
                curve((x, y), (x + 0.5 * w, y + rise - h), (x + w, y + rise), count=9),
                curve((x + w, y + rise), (x + 0.55 * w, y + 0.4 * rise + h), (x, y), count=9),
            ]
        )
    ]
    if rng.random() < 0.2:
        leaf.append(line((x, y), (x + 0.8 * w, y + 0.8 * rise)))
    return leaf


def apple(rng: Rng) -> Paths:
    """An apple with a dip, a circle, a heart, a bitten apple or a core; often a stem and leaf."""
    variant = rng.choice(
        ["dip", "dip", "round", "heart", "bitten", "core"], p=[0.3, 0.2, 0.2, 0.14, 0.12, 0.04]
    )
    w = rng.uniform(0.85, 1.15)
    dip, foot = rng.uniform(0.08, 0.28), rng.uniform(0.0, 0.18)
    if variant == "core":
        return _apple_core(rng)
    if variant == "round":
        body = oval(0, 0, w, 1, start=rng.uniform(-2.4, -1.0), sweep=rng.uniform(5.9, 6.6))
    elif variant == "heart":
        body = curve(
            (0, -0.6),
            (0.5 * w, -1),
            (w, -0.4),
            (0.6 * w, 0.5),
            (0, 1.0),
            (-0.6 * w, 0.5),
            (-w, -0.4),
            (-0.5 * w, -1),
            (0, -0.6),
            count=40,
        )
    else:
        body = _apple_outline(w, dip, foot)
    if variant == "bitten":
        body = _bite(rng, body)
    paths = [body]
    top = -1 + dip
    if rng.random() < 0.85:
        paths.append(draw_stem(rng, 0, top + 0.05, rng.uniform(0.25, 0.6)))
    if rng.random() < 0.5:
        paths += draw_leaf(rng, 0.02, top - 0.1, rng.uniform(0.35, 0.6))
    if rng.random() < 0.12:  # highlight
        paths.append(curve((-0.6 * w, -0.35), (-0.7 * w, 0.0), (-0.6 * w, 0.3), count=7))
    if rng.random() < 0.05:  # filled in
        paths.append(scribble(0, 0.1, 0.8 * w, 0.7, rng.uniform(4, 8), rng))
    return paths


def _apple_core(rng: Rng) -> Paths:
    return [
        curve((-0.6, -1), (-0.2, -0.5), (-0.15, 0.4), (-0.6, 1), count=14),
        curve((0.6, -1), (0.2, -0.5), (0.15, 0.4), (0.6, 1), count=14),
        curve((-0.6, -1), (0, -0.8), (0.6, -1), count=8),
        curve((-0.6, 1), (0, 0.85), (0.6, 1), count=8),
        draw_stem(rng, 0, -0.9, 0.5),
    ]


def _apple_outline(w: float, dip: float, foot: float) -> np.ndarray:
    """A closed outline (48, 2), `dip` deep at the top and `foot` deep at the bottom."""
    return curve(
        (0, -1 + dip),
        (0.35 * w, -1),
        (0.85 * w, -0.75),
        (w, -0.1),
        (0.8 * w, 0.6),
        (0.35 * w, 1),
        (0, 1 - foot),
        (-0.35 * w, 1),
        (-0.8 * w, 0.6),
        (-w, -0.1),
        (-0.85 * w, -0.75),
        (-0.35 * w, -1),
        (0, -1 + dip),
        count=48,
    )


def _bite(rng: Rng, body: np.ndarray) -> np.ndarray:
    """Replace a part of the right-hand side of an outline by the marks of teeth."""
    at = int(rng.integers(7, 13))
    first, last = body[at], body[at + 8]
    inwards = -(first + last) / 2 * rng.uniform(0.25, 0.5)
    teeth = [
        first + (last - first) * share + inwards * depth
        for share, depth in (
            (0.0, 0),
            (0.15, 0.8),
            (0.45, 1.0),
            (0.5, 0.6),
            (0.6, 1.0),
            (0.9, 0.8),
            (1.0, 0),
        )
    ]
    return np.concatenate([body[:at], curve(*map(tuple, teeth), count=16), body[at + 9 :]])


def pear(rng: Rng) -> Paths:
    """A pear with a waist, a drop, two ellipses or a leaning pear; a stem and sometimes a leaf."""
    variant = rng.choice(["waist", "drop", "two ellipses", "lean"], p=[0.5, 0.25, 0.08, 0.17])
    neck, belly = rng.uniform(0.22, 0.48), rng.uniform(0.65, 0.95)
    low, lean = rng.uniform(0.35, 0.6), rng.uniform(-0.12, 0.12)
    if variant == "lean":
        lean = rng.choice([-1, 1]) * rng.uniform(0.25, 0.5)
    if variant == "two ellipses":
        paths = [oval(lean, -0.65, neck, 0.38), oval(0, low, belly, 0.7)]
    elif variant == "drop":
        body = curve(
            (lean, -1),
            (neck * 0.8, -0.5),
            (belly, low),
            (0.4 * belly, 1),
            (-0.4 * belly, 1),
            (-belly, low),
            (-neck * 0.8, -0.5),
            (lean, -1),
            count=36,
        )
        paths = [body]
    else:
        body = curve(
            (lean, -1),
            (lean + neck, -0.8),
            (lean * 0.6 + neck * 0.95, -0.3),
            (belly, low),
            (0.55 * belly, 0.95),
            (0, 1.02),
            (-0.55 * belly, 0.95),
            (-belly, low),
            (lean * 0.6 - neck * 0.95, -0.3),
            (lean - neck, -0.8),
            (lean, -1),
            count=44,
        )
        if rng.random() < 0.3:
            body = body[::-1]
        paths = [body]
    stem = draw_stem(rng, lean, -0.98, rng.uniform(0.2, 0.5))
    if rng.random() < 0.8:
        paths.insert(0 if rng.random() < 0.2 else len(paths), stem)
    if rng.random() < 0.25:
        paths += draw_leaf(rng, lean, -1.05, rng.uniform(0.3, 0.55))
    if rng.random() < 0.06:
        paths.append(curve((-0.1, 0.95), (0, 0.88), (0.1, 0.95), count=5))
    return paths


def banana(rng: Rng) -> Paths:
    """One banana, a bunch, a single arc, or a peeled banana."""
    variant = rng.choice(["one", "bunch", "arc", "peeled"], p=[0.8, 0.11, 0.06, 0.03])
    sag, thick = rng.uniform(0.45, 0.85), rng.uniform(0.28, 0.55)
    rotation = rng.choice([0, 0, -0.8, 0.8, 1.57, -1.57, 3.14]) + rng.normal(0, 0.2)
    if variant == "arc":
        paths = [curve((-1, -0.4), (-0.5, sag), (0.5, sag), (1, -0.4), count=18)]
    elif variant == "bunch":
        paths = []
        for i in range(int(rng.integers(2, 4))):
            single = _crescent(rng, sag, thick * 0.8)
            paths += transform(single, -0.12 * i, 0.08 * i, 1.0, 0.28 * i)
    elif variant == "peeled":
        paths = [
            oval(0, -0.6, 0.25, 0.7, 2.4, 4.6),
            curve((-0.25, -0.1), (-0.3, 0.6), (0, 1.2), count=9),
            curve((0.25, -0.1), (0.3, 0.6), (0, 1.2), count=9),
            curve((-0.25, -0.1), (-0.7, 0.1), (-0.8, 0.6), count=8),
            curve((0.25, -0.1), (0.7, 0.1), (0.8, 0.6), count=8),
        ]
        rotation = rng.normal(0, 0.3)
    else:
        paths = _crescent(rng, sag, thick)
    return transform(paths, 0, 0, 1.0, rotation)


def _crescent(rng: Rng, sag: float, thick: float) -> Paths:
    """A banana that sags by `sag` and is `thick` in its middle; sometimes with stem and ridge."""
    low = curve((-1.1, -0.35), (-0.7, 0.6 * sag), (0, sag), (0.7, 0.55 * sag), (1.1, -0.45))
    high = curve(
        (1.1, -0.45),
        (0.55, 0.6 * sag - thick),
        (0, sag - thick),
        (-0.55, 0.6 * sag - thick),
        (-1.1, -0.35),
    )
    one_stroke = rng.random() < 0.6
    body = [np.concatenate([low, high])] if one_stroke else [low, high[::-1]]
    if rng.random() < 0.65:  # stem
        tip = (1.1 + 0.12, -0.45 - rng.uniform(0.1, 0.35))
        body.append(line((1.02, -0.42), (tip[0] - 0.12, tip[1]), tip, (1.15, -0.4)))
        if rng.random() < 0.3:
            body.append(scribble(tip[0] - 0.05, tip[1], 0.1, 0.1, 3, rng))
    if rng.random() < 0.25:  # blossom end
        body.append(line((-1.1, -0.35), (-1.2, -0.42), (-1.08, -0.45)))
    if rng.random() < 0.35:  # ridge
        ridge = [(-0.85, 0.2 * sag), (0, sag - 0.5 * thick), (0.85, 0.1 * sag)]
        body.append(curve(*ridge, count=12))
    return body
