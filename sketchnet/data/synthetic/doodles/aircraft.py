"""Generators of airplane and helicopter doodles.

A generator returns ideal paths (n, 2), y down, at any scale, in drawing order.
"""

from __future__ import annotations

import numpy as np

from sketchnet.data.synthetic.curves import box, curve, line, oval, transform
from sketchnet.data.synthetic.doodles.vehicles import draw_wheels, random_mirror

Rng = np.random.Generator
Paths = list[np.ndarray]


def airplane(rng: Rng) -> Paths:
    """An airplane from the side, from above, as a single outline, or as a cross of ellipses."""
    variant = rng.choice(["side", "above", "outline", "cross"], p=[0.4, 0.24, 0.2, 0.16])
    rotation = rng.normal(0, 0.15) if rng.random() < 0.6 else rng.uniform(-0.9, 0.9)
    slim = rng.uniform(0.14, 0.3)
    if variant == "side":
        paths = _airplane_side(rng, slim)
    elif variant == "above":
        paths = _airplane_above(rng, slim)
        rotation += rng.choice([0, 0, -1.57, -0.7])
    elif variant == "outline":
        paths = _airplane_outline(slim)
        rotation += rng.choice([0, 0, -1.57, -0.6, 0.5])
    else:
        paths = _airplane_cross(rng, slim)
    if rng.random() < 0.08:  # speed lines
        paths += [line((-1.8, y), (-1.45, y + 0.03)) for y in (-0.3, 0.0, 0.3)]
    return random_mirror(transform(paths, 0, 0, 1.0, rotation), rng)


def _airplane_side(rng: Rng, slim: float) -> Paths:
    body = curve(
        (-1.3, -0.1),
        (-0.9, 0.9 * slim),
        (0.6, slim),
        (1.25, 0.1),
        (1.0, -0.7 * slim),
        (0.2, -slim),
        (-1.0, -0.6 * slim),
        (-1.3, -0.1),
        count=40,
    )
    fin = line((-1.2, -0.15), (-1.4, -0.6), (-1.15, -0.62), (-0.85, -0.6 * slim))
    wing = line((0.25, 0.1), (-0.35, 0.8), (-0.1, 0.82), (0.6, 0.1))
    paths = [body, wing, fin] if rng.random() < 0.6 else [body, fin, wing]
    if rng.random() < 0.55:  # far wing
        paths.append(line((0.2, -slim), (-0.25, -0.6), (0.0, -0.62), (0.55, -slim)))
    if rng.random() < 0.3:  # tailplane
        paths.append(line((-1.2, 0.0), (-1.5, 0.15), (-1.2, 0.2), (-1.0, 0.05)))
    if rng.random() < 0.45:  # windows
        paths += [
            oval(x, -0.2 * slim, 0.06, count=9)
            for x in np.linspace(-0.6, 0.6, int(rng.integers(3, 7)))
        ]
    if rng.random() < 0.4:  # cockpit
        paths.append(curve((0.9, -0.75 * slim), (0.8, -0.1), (1.2, 0.0), count=7))
    return paths


def _airplane_above(rng: Rng, slim: float) -> Paths:
    paths = [
        oval(0, 0, 1.25, slim),
        line((0.35, -slim), (-0.15, -1.1), (-0.4, -1.05), (-0.2, -slim)),
        line((0.35, slim), (-0.15, 1.1), (-0.4, 1.05), (-0.2, slim)),
        line((-0.95, -0.5 * slim), (-1.25, -0.5), (-1.35, -0.4), (-1.2, 0)),
        line((-0.95, 0.5 * slim), (-1.25, 0.5), (-1.35, 0.4), (-1.2, 0)),
    ]
    return paths[:3] if rng.random() < 0.3 else paths


def _airplane_outline(slim: float) -> Paths:
    s = slim * 0.7
    half = [
        (1.2, 0),
        (0.9, -s),
        (0.3, -s),
        (-0.2, -1.0),
        (-0.45, -1.0),
        (-0.15, -s),
        (-0.9, -s),
        (-1.2, -0.45),
        (-1.35, -0.45),
        (-1.2, 0),
    ]
    whole = half + [(x, -y) for x, y in half[::-1][1:]]
    return [line(*whole)]


def _airplane_cross(rng: Rng, slim: float) -> Paths:
    paths = [
        oval(0, 0, 1.2, slim * 0.8),
        oval(0.1, -0.55, slim, 0.55),
        oval(0.1, 0.55, slim, 0.55),
    ]
    if rng.random() < 0.5:
        paths = [oval(0, 0, 1.2, slim * 0.8), oval(0.1, 0, slim, 1.0)]
    if rng.random() < 0.6:  # tailplane
        paths.append(oval(-1.05, 0, 0.12, 0.35))
    if rng.random() < 0.4:  # propeller
        paths.append(line((1.2, -0.35), (1.22, 0.35)))
    return paths


def helicopter(rng: Rng) -> Paths:
    """A cabin with a tail boom, a rotor on a mast, and often landing skids and a window."""
    rx, ry = rng.uniform(0.5, 0.8), rng.uniform(0.4, 0.58)
    body = _cabin(rng, rx, ry)
    tail = _tail(rng, rx)
    rotor = _rotor(rng, ry)
    skids = _skids(rng, ry)
    window: Paths = []
    if rng.random() < 0.5:
        window = (
            [curve((0.1, -ry * 0.9), (0.08, 0.05), (rx * 0.97, 0.08), count=9)]
            if rng.random() < 0.6
            else [box(0.1, -0.25, 0.4, 0.05)]
        )
    parts = [tail, rotor, skids, window]
    order = rng.permutation(len(parts)) if rng.random() < 0.6 else np.arange(len(parts))
    paths = [body, *(path for i in order for path in parts[i])]
    return random_mirror(transform(paths, 0, 0, 1.0, float(rng.normal(0, 0.1))), rng)


def _cabin(rng: Rng, rx: float, ry: float) -> np.ndarray:
    variant = rng.choice(["ellipse", "shell", "box"], p=[0.6, 0.3, 0.1])
    if variant == "ellipse":
        return oval(0, 0, rx, ry, rng.uniform(-3, 3))
    if variant == "shell":
        return curve(
            (-rx, -0.25),
            (-0.2, -ry),
            (0.35, -ry),
            (rx, 0.15),
            (0.4, ry),
            (-0.4, ry),
            (-rx, 0.1),
            (-rx, -0.25),
            count=34,
        )
    return box(-rx, -ry, rx, ry)


def _tail(rng: Rng, rx: float) -> Paths:
    """The tail boom and, usually, the tail rotor or fin at its end."""
    end = rng.uniform(1.3, 1.8)
    boom = rng.random()
    if boom < 0.45:
        tail = [line((-0.9 * rx, -0.15), (-end, -0.2), (-end, 0.0), (-0.9 * rx, 0.15))]
    elif boom < 0.75:
        tail = [line((-rx, -0.1), (-end, -0.15)), line((-0.95 * rx, 0.1), (-end, -0.05))]
    else:
        tail = [line((-rx, 0.0), (-end, -0.05))]
    tip = rng.random()
    if tip < 0.35:
        tail += [
            line((-end - 0.15, -0.3), (-end + 0.15, 0.15)),
            line((-end + 0.15, -0.3), (-end - 0.15, 0.15)),
        ]
    elif tip < 0.6:
        tail.append(oval(-end, -0.1, 0.2, count=12))
    elif tip < 0.85:
        tail.append(
            line((-end, -0.1), (-end - 0.15, -0.5), (-end + 0.08, -0.5), (-end + 0.15, -0.1))
        )
    return tail


def _rotor(rng: Rng, ry: float) -> Paths:
    """The mast on the cabin's top at y = -ry, then the rotor blades."""
    top = -ry - rng.uniform(0.15, 0.4)
    variant = rng.random()
    span = rng.uniform(0.9, 1.5)
    mast = line((0, -ry), (0.01, top))
    if variant < 0.5:
        return [mast, line((-span, top + 0.02), (span, top - 0.02))]
    if variant < 0.72:
        return [
            mast,
            oval(-0.5 * span, top, 0.5 * span, 0.1, 0, 6.4, 16),
            oval(0.5 * span, top, 0.5 * span, 0.1, 3.1, 6.4, 16),
        ]
    if variant < 0.88:
        return [
            mast,
            line((-span, top - 0.18), (span, top + 0.18)),
            line((-span, top + 0.18), (span, top - 0.18)),
        ]
    return [mast, oval(0, top, span, 0.15)]


def _skids(rng: Rng, ry: float) -> Paths:
    """Landing skids below the cabin, sometimes wheels, sometimes nothing."""
    if rng.random() >= 0.75:
        return []
    floor = ry + rng.uniform(0.15, 0.35)
    legs = [line((x, 0.9 * ry), (x * 1.15, floor)) for x in (-0.3, 0.3)]
    bar = line((-0.75, floor), (0.7, floor), (0.85, floor - 0.12))
    skids = [*legs, bar] if rng.random() < 0.7 else [bar]
    if rng.random() < 0.1:
        skids = draw_wheels(rng, [-0.35, 0.35], ry + 0.1, 0.14)
    return skids
