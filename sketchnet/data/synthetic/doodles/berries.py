"""Generators of grape and blackberry doodles: fruit made of many small circles.

A generator returns ideal paths (n, 2), y down, at any scale, in drawing order.
"""

from __future__ import annotations

import numpy as np

from sketchnet.data.synthetic.curves import curve, line, oval, scribble, transform
from sketchnet.data.synthetic.doodles.fruit import draw_leaf, draw_stem

Rng = np.random.Generator
Paths = list[np.ndarray]


def _circles(rng: Rng, places: np.ndarray, radius: float, top_first: bool = True) -> Paths:
    """A rough circle around each of the places (n, 2), from the top down or from the bottom up."""
    order = np.argsort(places[:, 1] + 0.3 * places[:, 0], kind="stable")
    if not top_first:
        order = order[::-1]
    at = places + rng.normal(0, 0.12 * radius, places.shape)
    return [
        oval(
            float(at[i, 0]),
            float(at[i, 1]),
            radius * rng.uniform(0.8, 1.15),
            radius * rng.uniform(0.8, 1.15),
            rng.uniform(-3, 3),
            rng.uniform(5.3, 6.9),
            count=14,
        )
        for i in order
    ]


def grapes(rng: Rng) -> Paths:
    """Circles in a triangle, scattered, in two columns or inside an outline; stem and leaf."""
    variant = rng.choice(["triangle", "loose", "outline", "column"], p=[0.62, 0.16, 0.08, 0.14])
    if variant == "triangle":
        rows = int(rng.integers(3, 5))
        places = [(c - (rows - r - 1) / 2, 0.85 * r) for r in range(rows) for c in range(rows - r)]
        if rng.random() < 0.4:
            places = [(x, y) for x, y in places if rng.random() < 0.9]
        radius = rng.uniform(0.42, 0.58)
    elif variant == "loose":
        n = int(rng.integers(5, 11))
        places = [(rng.normal(0, 0.9), rng.normal(1.2, 1.0)) for _ in range(n)]
        radius = rng.uniform(0.38, 0.55)
    elif variant == "column":
        n = int(rng.integers(3, 6))
        places = [(side * 0.5, 0.9 * r) for r in range(n) for side in (-1, 1)] + [(0, 0.9 * n)]
        radius = rng.uniform(0.4, 0.52)
    else:
        places = [
            (rng.uniform(-0.9, 0.9), rng.uniform(0.2, 1.9)) for _ in range(int(rng.integers(4, 8)))
        ]
        radius = rng.uniform(0.28, 0.4)
    paths = _circles(rng, np.array(places, np.float32), radius, rng.random() < 0.8)
    if variant == "outline":
        paths.insert(
            0, curve((-1.4, 0), (0, -0.4), (1.4, 0), (1.0, 1.4), (0, 2.5), (-1.0, 1.4), (-1.4, 0))
        )
    stem: Paths = []
    if rng.random() < 0.8:
        stem.append(draw_stem(rng, 0, -0.45, rng.uniform(0.5, 1.1)))
    if rng.random() < 0.4:
        stem += draw_leaf(rng, 0, -0.6, rng.uniform(0.6, 1.1))
    if rng.random() < 0.15:
        stem.append(line((-0.5, -1.1), (0.5, -1.2)))
    return [*stem, *paths] if rng.random() < 0.35 else [*paths, *stem]


def blackberry(rng: Rng) -> Paths:
    """Packed circles, a bumpy outline or scribbles under a leafy crown; or berries on a branch."""
    variant = rng.choice(
        ["packed", "bumpy", "scribble", "filled", "branch"], p=[0.42, 0.2, 0.14, 0.14, 0.1]
    )
    w, h = rng.uniform(0.75, 1.0), rng.uniform(0.95, 1.3)
    paths: Paths = []
    if variant == "packed":
        step = rng.uniform(0.36, 0.5)
        y, x = np.mgrid[-h : h + 0.01 : step, -w : w + 0.01 : step]
        x = x + (np.arange(len(x)) % 2)[:, None] * step / 2
        places = np.column_stack([x.ravel(), y.ravel()])
        inside = (places[:, 0] / w) ** 2 + (places[:, 1] / h) ** 2 < 1.0
        paths += _circles(rng, places[inside].astype(np.float32), step * 0.5)
        if rng.random() < 0.35:
            paths.insert(0, oval(0, 0, w * 1.15, h * 1.12))
    elif variant == "bumpy":
        a = np.linspace(0, 2 * np.pi, 110)
        bumps = 1 + 0.14 * np.abs(np.sin(a * rng.integers(5, 9)))
        paths.append(
            np.column_stack([w * bumps * np.sin(a), -h * bumps * np.cos(a)]).astype(np.float32)
        )
        if rng.random() < 0.7:
            inner = [
                (rng.uniform(-0.6, 0.6) * w, rng.uniform(-0.7, 0.7) * h)
                for _ in range(int(rng.integers(4, 11)))
            ]
            if rng.random() < 0.5:
                paths += _circles(rng, np.array(inner, np.float32), 0.16)
            else:
                paths += [oval(x, y, 0.13, start=0.3, sweep=2.6, count=7) for x, y in inner]
    elif variant == "scribble":
        paths.append(scribble(0, 0, w * 1.1, h, rng.uniform(9, 18), rng))
    elif variant == "filled":
        paths.append(oval(0, 0, w, h))
        paths.append(scribble(0, 0, 0.85 * w, 0.85 * h, rng.uniform(5, 12), rng))
    else:
        for _ in range(int(rng.integers(2, 5))):
            berry = [oval(0, 0, 0.4), scribble(0, 0, 0.35, 0.35, 3.5, rng)]
            paths += transform(berry, rng.uniform(-1.8, 1.8), rng.uniform(-1.8, 1.8), 1.0)
        return paths
    crown = rng.random()
    if crown < 0.4:
        zig = [((-0.6 + 0.24 * i) * w, -h - (0.32 if i % 2 else 0.02)) for i in range(6)]
        paths.append(line(*zig))
    elif crown < 0.6:
        paths += draw_leaf(rng, 0, -h, 0.6)
    if rng.random() < 0.6:
        paths.append(draw_stem(rng, 0, -h, rng.uniform(0.3, 0.7)))
    return paths
