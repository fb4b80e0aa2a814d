"""Generators of bus, van and truck doodles; half of them face left.

A generator returns ideal paths (n, 2), y down, at any scale, in drawing order.
"""

from __future__ import annotations

import numpy as np

from sketchnet.data.synthetic.curves import box, curve, line, oval, scribble

Rng = np.random.Generator
Paths = list[np.ndarray]


def draw_wheels(rng: Rng, places: list[float], y: float, radius: float) -> Paths:
    """A wheel at each x of `places`; sometimes with hubs, as half circles, or filled."""
    paths: Paths = []
    hub, half = rng.random() < 0.25, rng.random() < 0.08
    for x in places:
        r = radius * rng.uniform(0.85, 1.15)
        if half:
            paths.append(oval(x, y, r, start=0.0, sweep=3.14, count=12))
            continue
        paths.append(
            oval(
                x + rng.normal(0, 0.02),
                y + rng.normal(0, 0.02),
                r,
                r * rng.uniform(0.85, 1.1),
                rng.uniform(-3, 3),
                rng.uniform(5.8, 6.9),
                count=18,
            )
        )
        if hub:
            paths.append(oval(x, y, r * 0.4, count=12))
    if rng.random() < 0.06:
        paths += [scribble(x, y, radius * 0.8, radius * 0.8, 3, rng) for x in places]
    return paths


def _windows(rng: Rng, left: float, right: float, top: float, bottom: float, n: int) -> Paths:
    """A row of `n` separate windows, or one long window divided by lines."""
    step = (right - left) / n
    if rng.random() < 0.25:
        bars = [line((left + i * step, top), (left + i * step, bottom)) for i in range(1, n)]
        return [box(left, top, right, bottom), *bars]
    width = rng.uniform(0.55, 0.85) * step
    return [
        box(left + i * step, top, left + i * step + width, bottom + rng.normal(0, 0.02))
        for i in range(n)
    ]


def random_mirror(paths: Paths, rng: Rng) -> Paths:
    """The paths, mirrored left to right with probability one half."""
    return [path * np.array([-1, 1], np.float32) for path in paths] if rng.random() < 0.5 else paths


def bus(rng: Rng) -> Paths:
    """A long box with many windows, a school bus, a double-decker, or a bus from the front."""
    variant = rng.choice(["box", "school", "double", "front"], p=[0.62, 0.18, 0.12, 0.08])
    w, h = rng.uniform(1.3, 1.9), rng.uniform(0.5, 0.75)
    if variant == "front":
        paths = [
            box(-0.7, -0.9, 0.7, 0.7),
            box(-0.55, -0.7, 0.55, -0.1),
            oval(-0.45, 0.35, 0.12),
            oval(0.45, 0.35, 0.12),
        ]
        return [*paths, box(-0.65, 0.7, -0.35, 0.95), box(0.35, 0.7, 0.65, 0.95)]
    if variant == "double":
        h = rng.uniform(0.85, 1.1)
    round_front = rng.random() < 0.3
    if variant == "school":
        nose = w - 0.45
        body = line((-w, -h), (nose, -h), (nose, 0), (w, 0.02), (w, h), (-w, h), (-w, -h))
        right = nose
    elif round_front:
        body = np.concatenate(
            [
                line((-w, h), (-w, -h)),
                curve((-w, -h), (w - 0.3, -h), (w, -0.3 * h), (w, h)),
                line((w, h), (-w, h)),
            ]
        )
        right = w - 0.15
    else:
        body, right = box(-w, -h, w, h), w
    paths = [body]
    n = int(rng.integers(3, 7))
    windows = _windows(rng, -w + 0.12, right - 0.1, -0.75 * h, -0.15 * h, n)
    if variant == "double":
        windows += _windows(rng, -w + 0.12, right - 0.1, 0.05 * h, 0.45 * h, n)
    if rng.random() < 0.1:
        windows = windows[: len(windows) // 2]
    wheels = draw_wheels(
        rng,
        [-0.6 * w, 0.6 * w] if rng.random() < 0.85 else [-0.7 * w, -0.35 * w, 0.6 * w],
        h + 0.02,
        rng.uniform(0.2, 0.34),
    )
    parts = [windows, wheels] if rng.random() < 0.5 else [wheels, windows]
    paths += [path for part in parts for path in part]
    if rng.random() < 0.35:  # door
        paths.append(box(right - 0.42, -0.2 * h, right - 0.12, 0.95 * h))
    if rng.random() < 0.25:  # stripe
        paths.append(line((-w, 0.2 * h), (right, 0.2 * h)))
    if rng.random() < 0.12:  # headlight
        paths.append(oval(w - 0.08, 0.5 * h, 0.08, count=9))
    return random_mirror(paths, rng)


def van(rng: Rng) -> Paths:
    """A tall box on two wheels with a slanted or stepped front, a camper, or a plain box."""
    variant = rng.choice(["slant", "step", "camper", "box"], p=[0.46, 0.26, 0.18, 0.1])
    h = rng.uniform(0.55, 0.75)
    body, window = _van_body(rng, variant, h)
    paths = [body]
    windows = [window] if rng.random() < 0.8 else []
    if rng.random() < 0.5:
        windows += _windows(rng, -1.0, -0.05, -0.7 * h, -0.1, int(rng.integers(1, 3)))
    wheels = draw_wheels(rng, [-0.65, 0.75], h + 0.02, rng.uniform(0.2, 0.32))
    parts = [windows, wheels] if rng.random() < 0.5 else [wheels, windows]
    paths += [path for part in parts for path in part]
    if rng.random() < 0.3:  # door line
        paths.append(line((0.1, -h), (0.1, h)))
    if rng.random() < 0.2:  # sliding door
        paths.append(line((-0.35, -0.9 * h), (-0.35, 0.9 * h)))
    if rng.random() < 0.15:  # headlight
        paths.append(oval(1.22, 0.35, 0.08, count=9))
    if rng.random() < 0.12:  # door handle
        paths.append(line((0.2, 0.1), (0.32, 0.1)))
    return random_mirror(paths, rng)


def _van_body(rng: Rng, variant: str, h: float) -> tuple[np.ndarray, np.ndarray]:
    """The outline of a van of height 2 `h`, and its front window."""
    if variant == "slant":
        body = line(
            (-1.2, -h), (0.55, -h), (0.95, -0.05), (1.3, 0.1), (1.3, h), (-1.2, h), (-1.2, -h)
        )
        if rng.random() < 0.4:
            body = curve(
                (-1.2, h),
                (-1.22, -0.6 * h),
                (-1.0, -h),
                (0.4, -h),
                (0.8, -0.6 * h),
                (1.1, 0.0),
                (1.3, 0.2),
                (1.3, h),
                (0.2, h),
                (-1.2, h),
                count=44,
            )
        window = line((0.2, -0.8 * h), (0.5, -0.8 * h), (0.8, -0.05), (0.2, -0.05), (0.2, -0.8 * h))
    elif variant == "step":
        body = line(
            (-1.2, -h), (0.45, -h), (0.6, -0.1), (1.25, -0.05), (1.25, h), (-1.2, h), (-1.2, -h)
        )
        window = line(
            (0.05, -0.75 * h), (0.38, -0.75 * h), (0.48, -0.1), (0.05, -0.1), (0.05, -0.75 * h)
        )
    elif variant == "camper":
        body = curve(
            (-1.2, h),
            (-1.25, -0.5 * h),
            (-0.9, -h),
            (0.8, -h),
            (1.2, -0.4 * h),
            (1.25, h),
            (0, h),
            (-1.2, h),
            count=40,
        )
        window = box(0.55, -0.7 * h, 1.0, -0.1)
    else:
        body, window = box(-1.1, -h, 1.1, h), box(0.55, -0.7 * h, 0.95, -0.05)
    return body, window


def truck(rng: Rng) -> Paths:
    """A cab and a cargo box, a semi-trailer, a pickup, a tanker, or a dump truck."""
    variant = rng.choice(
        ["cargo", "semi", "pickup", "tank", "dump"], p=[0.44, 0.2, 0.2, 0.08, 0.08]
    )
    h = rng.uniform(0.55, 0.85)
    if variant == "pickup":
        return random_mirror(_pickup(rng), rng)
    long = rng.uniform(1.2, 1.8)
    low, gap = 0.5, rng.uniform(0.0, 0.12)
    if variant == "tank":
        cargo = oval(-0.5 * long, 0.05, 0.55 * long, 0.45)
    elif variant == "dump":
        cargo = line((-long, -0.5), (0.1, -0.3), (0.0, low), (-0.8 * long, low), (-long, -0.5))
    else:
        cargo = box(-long, -h, 0.0, low)
    tall = rng.uniform(0.25, 0.6)
    cab = _truck_cab(rng, gap, tall, low)
    paths = [cargo, cab] if rng.random() < 0.65 else [cab, cargo]
    if gap > 0.05 and rng.random() < 0.6:  # coupling
        paths.append(line((0, low - 0.05), (gap, low - 0.05)))
    if rng.random() < 0.6:  # window
        paths.append(box(gap + 0.12, -0.75 * tall, gap + 0.38, 0.05))
    n = 2 if variant == "cargo" and rng.random() < 0.7 else int(rng.integers(3, 6))
    rear = [-0.85 * long + 0.38 * i for i in range(n - 1)]
    paths += draw_wheels(rng, [*rear, 0.45], low + 0.04, rng.uniform(0.16, 0.27))
    if rng.random() < 0.1:  # fold of a tarpaulin
        paths.append(curve((-0.9 * long, -0.2), (-0.5 * long, -0.1), (-0.1 * long, -0.2), count=8))
    return random_mirror(paths, rng)


def _pickup(rng: Rng) -> Paths:
    body = line(
        (-1.4, 0.0),
        (-0.2, 0.0),
        (-0.1, -0.55),
        (0.45, -0.55),
        (0.65, 0.0),
        (1.3, 0.05),
        (1.3, 0.5),
        (-1.4, 0.5),
        (-1.4, 0.0),
    )
    paths = [body]
    if rng.random() < 0.7:  # window
        paths.append(line((0.0, -0.45), (0.38, -0.45), (0.5, -0.02), (0.0, -0.02), (0.0, -0.45)))
    return [*paths, *draw_wheels(rng, [-0.85, 0.85], 0.52, rng.uniform(0.22, 0.34))]


def _truck_cab(rng: Rng, left: float, tall: float, low: float) -> np.ndarray:
    """The outline of a cab with a sloping bonnet, a stepped bonnet, or none."""
    if rng.random() < 0.5:
        return line(
            (left, -tall),
            (0.45, -tall),
            (0.65, 0.0),
            (0.75, 0.05),
            (0.75, low),
            (left, low),
            (left, -tall),
        )
    if rng.random() < 0.5:
        return line(
            (left, -tall),
            (0.4, -tall),
            (0.4, 0.0),
            (0.85, 0.0),
            (0.85, low),
            (left, low),
            (left, -tall),
        )
    return box(left, -tall, 0.65, low)
