"""How people doodle what flies.

A program returns paths (n, 2), y down, at any scale, in the order in which they are drawn.
"""

from __future__ import annotations

import numpy as np

from sketchnet.data.synthetic.curves import box, curve, line, oval, placed
from sketchnet.data.synthetic.doodles.vehicles import either_way, set_wheels

Rng = np.random.Generator
Paths = list[np.ndarray]


def airplane(rng: Rng) -> Paths:
    """From the side with a swept wing, from above as a cross, in one outline, or a jet's cone."""
    idea = rng.choice(["side", "above", "outline", "cross"], p=[0.4, 0.24, 0.2, 0.16])
    turn = rng.normal(0, 0.15) if rng.random() < 0.6 else rng.uniform(-0.9, 0.9)
    slim = rng.uniform(0.14, 0.3)
    if idea == "side":
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
        if rng.random() < 0.55:
            paths.append(line((0.2, -slim), (-0.25, -0.6), (0.0, -0.62), (0.55, -slim)))
        if rng.random() < 0.3:
            paths.append(line((-1.2, 0.0), (-1.5, 0.15), (-1.2, 0.2), (-1.0, 0.05)))
        if rng.random() < 0.45:
            paths += [
                oval(x, -0.2 * slim, 0.06, count=9)
                for x in np.linspace(-0.6, 0.6, int(rng.integers(3, 7)))
            ]
        if rng.random() < 0.4:
            paths.append(curve((0.9, -0.75 * slim), (0.8, -0.1), (1.2, 0.0), count=7))
    elif idea == "above":
        paths = [
            oval(0, 0, 1.25, slim),
            line((0.35, -slim), (-0.15, -1.1), (-0.4, -1.05), (-0.2, -slim)),
            line((0.35, slim), (-0.15, 1.1), (-0.4, 1.05), (-0.2, slim)),
            line((-0.95, -0.5 * slim), (-1.25, -0.5), (-1.35, -0.4), (-1.2, 0)),
            line((-0.95, 0.5 * slim), (-1.25, 0.5), (-1.35, 0.4), (-1.2, 0)),
        ]
        if rng.random() < 0.3:
            paths = paths[:3]
        turn += rng.choice([0, 0, -1.57, -0.7])
    elif idea == "outline":
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
        paths = [line(*whole)]
        turn += rng.choice([0, 0, -1.57, -0.6, 0.5])
    else:
        paths = [
            oval(0, 0, 1.2, slim * 0.8),
            oval(0.1, -0.55, slim, 0.55),
            oval(0.1, 0.55, slim, 0.55),
        ]
        if rng.random() < 0.5:
            paths = [oval(0, 0, 1.2, slim * 0.8), oval(0.1, 0, slim, 1.0)]
        if rng.random() < 0.6:
            paths.append(oval(-1.05, 0, 0.12, 0.35))
        if rng.random() < 0.4:
            paths.append(line((1.2, -0.35), (1.22, 0.35)))
    if rng.random() < 0.08:
        paths += [line((-1.8, y), (-1.45, y + 0.03)) for y in (-0.3, 0.0, 0.3)]
    return either_way(placed(paths, 0, 0, 1.0, turn), rng)


def helicopter(rng: Rng) -> Paths:
    """A bubble with a tail, a rotor on a mast, skids; some from memory, some in a hurry."""
    rx, ry = rng.uniform(0.5, 0.8), rng.uniform(0.4, 0.58)
    idea = rng.choice(["bubble", "shell", "box"], p=[0.6, 0.3, 0.1])
    if idea == "bubble":
        body = oval(0, 0, rx, ry, rng.uniform(-3, 3))
    elif idea == "shell":
        body = curve(
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
    else:
        body = box(-rx, -ry, rx, ry)
    reach = rng.uniform(1.3, 1.8)
    tail_style = rng.random()
    if tail_style < 0.45:
        tail = [line((-0.9 * rx, -0.15), (-reach, -0.2), (-reach, 0.0), (-0.9 * rx, 0.15))]
    elif tail_style < 0.75:
        tail = [line((-rx, -0.1), (-reach, -0.15)), line((-0.95 * rx, 0.1), (-reach, -0.05))]
    else:
        tail = [line((-rx, 0.0), (-reach, -0.05))]
    end = rng.random()
    if end < 0.35:
        tail += [
            line((-reach - 0.15, -0.3), (-reach + 0.15, 0.15)),
            line((-reach + 0.15, -0.3), (-reach - 0.15, 0.15)),
        ]
    elif end < 0.6:
        tail.append(oval(-reach, -0.1, 0.2, count=12))
    elif end < 0.85:
        tail.append(
            line(
                (-reach, -0.1), (-reach - 0.15, -0.5), (-reach + 0.08, -0.5), (-reach + 0.15, -0.1)
            )
        )
    mast_top = -ry - rng.uniform(0.15, 0.4)
    rotor_style = rng.random()
    span = rng.uniform(0.9, 1.5)
    mast = [line((0, -ry), (0.01, mast_top))]
    if rotor_style < 0.5:
        rotor = [line((-span, mast_top + 0.02), (span, mast_top - 0.02))]
    elif rotor_style < 0.72:
        rotor = [
            oval(-0.5 * span, mast_top, 0.5 * span, 0.1, 0, 6.4, 16),
            oval(0.5 * span, mast_top, 0.5 * span, 0.1, 3.1, 6.4, 16),
        ]
    elif rotor_style < 0.88:
        rotor = [
            line((-span, mast_top - 0.18), (span, mast_top + 0.18)),
            line((-span, mast_top + 0.18), (span, mast_top - 0.18)),
        ]
    else:
        rotor = [oval(0, mast_top, span, 0.15)]
    skids: Paths = []
    if rng.random() < 0.75:
        floor = ry + rng.uniform(0.15, 0.35)
        legs = [line((x, 0.9 * ry), (x * 1.15, floor)) for x in (-0.3, 0.3)]
        bar = line((-0.75, floor), (0.7, floor), (0.85, floor - 0.12))
        skids = [*legs, bar] if rng.random() < 0.7 else [bar]
        if rng.random() < 0.1:
            skids = set_wheels(rng, [-0.35, 0.35], ry + 0.1, 0.14)
    window: Paths = []
    if rng.random() < 0.5:
        window = (
            [curve((0.1, -ry * 0.9), (0.08, 0.05), (rx * 0.97, 0.08), count=9)]
            if rng.random() < 0.6
            else [box(0.1, -0.25, 0.4, 0.05)]
        )
    parts = [tail, [*mast, *rotor], skids, window]
    order = rng.permutation(len(parts)) if rng.random() < 0.6 else np.arange(len(parts))
    paths = [body, *(path for i in order for path in parts[i])]
    return either_way(placed(paths, 0, 0, 1.0, float(rng.normal(0, 0.1))), rng)
