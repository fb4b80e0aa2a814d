"""Paints prints (dots, stripes, …) and the grain of materials into the texture of an upper.

A print function paints into uint8 RGB (HEIGHT, WIDTH, 3) in place. Its argument `scale` is the
number of texture pixels per shoe length along p and along t, which makes dots round on the shoe.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import cv2
import numpy as np

from sketchnet.data.synthetic.shoes.design import ShoeDesign

WIDTH, HEIGHT = 1280, 384  # of the texture: p along its width, t from 0 to 2 along its height

Rng = np.random.Generator
Scale = tuple[float, float]


@cache
def grain_texture(material: str) -> np.ndarray | None:
    """The grain of a material, uint8 (HEIGHT, WIDTH, 3) around 128; None for smooth materials."""
    fine = np.random.default_rng(7).normal(0, 1, (HEIGHT, WIDTH)).astype(np.float32)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    x /= 2  # on the shoe a texel is about half as wide as it is high
    if material == "suede":
        grain = 3 * fine + 20 * cv2.GaussianBlur(fine, (0, 0), 3.0, sigmaY=2.0)
    elif material == "canvas":
        grain = 4 * np.sin(x * 1.4) + 4 * np.sin(y * 1.4) + 3 * fine
    elif material == "knit":
        grain = 8 * np.sin((x + 3 * np.sin(y * 0.5)) * 0.9) * np.sin(y * 0.5)
    else:
        return None
    return cv2.merge([(128 + grain).clip(0, 255).astype(np.uint8)] * 3)


def _dots(texture: np.ndarray, design: ShoeDesign, scale: Scale, rng: Rng) -> None:
    step = 0.05 + 0.03 * rng.random()
    radius = step * (0.2 + 0.12 * rng.random())
    for row, t in enumerate(np.arange(0, HEIGHT, step * scale[1])):
        for p in np.arange(row % 2 * step * scale[0] / 2, WIDTH, step * scale[0]):
            axes = (max(1, round(radius * scale[0])), max(1, round(radius * scale[1])))
            cv2.ellipse(texture, (round(p), round(t)), axes, 0, 0, 360, design.accent, -1)


def _stripes(texture: np.ndarray, design: ShoeDesign, scale: Scale, rng: Rng) -> None:
    step = (0.05 + 0.05 * rng.random()) * (scale[1] if rng.random() < 0.5 else scale[0])
    level = rng.random() < 0.5
    for at in np.arange(0, HEIGHT if level else WIDTH, step):
        low, high = round(at), round(at + step * 0.45)
        if level:
            texture[low:high] = design.accent
        else:
            texture[:, low:high] = design.accent


def _check(texture: np.ndarray, design: ShoeDesign, scale: Scale, rng: Rng) -> None:
    step = 0.06 + 0.05 * rng.random()
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    a = (x / (step * scale[0])) % 1 < 0.5
    b = (y / (step * scale[1])) % 1 < 0.5
    mixed = ((np.array(design.upper) + np.array(design.accent)) / 2).astype(np.uint8)
    texture[a ^ b] = mixed
    texture[a & b] = design.accent


def _leopard(texture: np.ndarray, design: ShoeDesign, scale: Scale, rng: Rng) -> None:
    for _ in range(330):
        at = (int(rng.integers(WIDTH)), int(rng.integers(HEIGHT)))
        size = rng.uniform(0.010, 0.022)
        axes = (max(2, round(size * scale[0])), max(2, round(size * scale[1])))
        turn = float(rng.uniform(0, 360))
        cv2.ellipse(texture, at, axes, 0, 0, 360, design.accent, -1)
        cv2.ellipse(texture, at, axes, 0, turn, turn + 250, design.trim, max(2, axes[0] // 2))


def _snake(texture: np.ndarray, design: ShoeDesign, scale: Scale, rng: Rng) -> None:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    u = x / (0.035 * scale[0]) + y / (0.035 * scale[1])
    v = x / (0.035 * scale[0]) - y / (0.035 * scale[1])
    cells = rng.random((64, 64))
    shade = cells[(u.astype(int) % 64), (v.astype(int) % 64)]
    edge = (u % 1 < 0.14) | (v % 1 < 0.14)
    texture[shade < 0.35] = design.accent
    texture[edge] = design.trim


def _flowers(texture: np.ndarray, design: ShoeDesign, scale: Scale, rng: Rng) -> None:
    for _ in range(70):
        at = rng.uniform((0, 0), (WIDTH, HEIGHT))
        size = rng.uniform(0.016, 0.034)
        colour = design.accent if rng.random() < 0.6 else design.trim
        axes = (max(2, round(size * 0.55 * scale[0])), max(2, round(size * 0.55 * scale[1])))
        for angle in np.arange(5) * 2 * np.pi / 5 + rng.uniform(0, 6):
            offset = np.array([np.cos(angle) * scale[0], np.sin(angle) * scale[1]]) * size * 0.7
            petal = tuple(np.round(at + offset).astype(int).tolist())
            cv2.ellipse(texture, petal, axes, 0, 0, 360, colour, -1)
        centre = tuple(np.round(at).astype(int).tolist())
        small = (axes[0] // 2 + 1, axes[1] // 2 + 1)
        cv2.ellipse(texture, centre, small, 0, 0, 360, design.lining, -1)


def _quilt(texture: np.ndarray, design: ShoeDesign, scale: Scale, rng: Rng) -> None:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    step = 0.07 + 0.03 * rng.random()
    u = x / (step * scale[0]) + y / (step * scale[1])
    v = x / (step * scale[0]) - y / (step * scale[1])
    bulge = np.abs(np.sin(np.pi * u) * np.sin(np.pi * v)) ** 0.4
    texture[:] = (texture * (0.62 + 0.42 * bulge[..., None])).clip(0, 255).astype(np.uint8)


def _weave(texture: np.ndarray, design: ShoeDesign, scale: Scale, rng: Rng) -> None:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    step = 0.035 + 0.02 * rng.random()
    u = x / (step * scale[0]) + y / (step * scale[1])
    v = x / (step * scale[0]) - y / (step * scale[1])
    over = (np.floor(u) + np.floor(v)) % 2 == 0
    bulge = np.where(over, np.sin(np.pi * (u % 1)), np.sin(np.pi * (v % 1))) ** 0.7
    texture[:] = (texture * (0.55 + 0.5 * bulge[..., None])).clip(0, 255).astype(np.uint8)


PRINTS: dict[str, Callable[[np.ndarray, ShoeDesign, Scale, Rng], None]] = {
    "dots": _dots,
    "stripes": _stripes,
    "check": _check,
    "leopard": _leopard,
    "snake": _snake,
    "flowers": _flowers,
    "quilt": _quilt,
    "weave": _weave,
}
