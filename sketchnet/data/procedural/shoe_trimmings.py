"""Seams, stitches, zips, laces and ornaments, drawn over a photo's surfaces."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from sketchnet.data.procedural.shoe import Shoe
from sketchnet.data.procedural.shoe_design import Colour
from sketchnet.data.procedural.shoe_last import Upper
from sketchnet.data.procedural.shoe_ornaments import SHAPES, place_ornament
from sketchnet.data.procedural.shoe_paint import colour_of
from sketchnet.data.procedural.shoe_pattern import Ornament
from sketchnet.data.procedural.surfaces import LIGHT, Canvas


class _Ink:
    """Two masks over the photo, where it gets darker and where lighter, and how to draw there."""

    def __init__(self, canvas: Canvas, upper: Upper, leather: np.ndarray):
        self.canvas, self.upper, self.leather = canvas, upper, leather
        self.unit = canvas.side / 512
        self.dark = np.zeros((canvas.side, canvas.side), np.uint8)
        self.light = self.dark.copy()

    def line(self, mask: np.ndarray, path: np.ndarray, value: int, width: float) -> None:
        """Draw a path (n, 2) of the pattern where there is leather and nothing hides it."""
        path = _even(path, 64)
        seen = self.on_leather(path)
        points = self.upper.at(path)
        seen &= self.canvas.sees(points)
        self._draw(mask, _runs(self.canvas.place(points), seen), value, width)

    def dashes(
        self, mask: np.ndarray, path: np.ndarray, value: int, width: float, step: float
    ) -> None:
        """The same in dashes, a third of the way open, `step` shoe lengths a third."""
        points = self.upper.at(_even(path, 64))
        length = np.linalg.norm(np.diff(points, axis=0), axis=1).sum()
        path = _even(path, max(4, int(length / step)))
        points = self.upper.at(path)
        seen = self.canvas.sees(points) & self.on_leather(path)
        pixels = _sixteenths(self.canvas.place(points))
        pairs = [pixels[i : i + 2] for i in range(0, len(pixels) - 1, 2) if seen[i] and seen[i + 1]]
        self._draw(mask, pairs, value, width)

    def space(self, mask: np.ndarray, points: np.ndarray, value: int, width: float) -> None:
        """Draw a path (n, 3) of the shoe where nothing hides it."""
        self._draw(mask, _runs(self.canvas.place(points), self.canvas.sees(points)), value, width)

    def on_leather(self, path: np.ndarray) -> np.ndarray:
        rows, columns = self.leather.shape
        i = (path[:, 1] / 2 * (rows - 1)).round().astype(int).clip(0, rows - 1)
        j = (path[:, 0] * (columns - 1)).round().astype(int).clip(0, columns - 1)
        around = self.leather[
            np.stack([i, (i - 3).clip(0), (i + 3).clip(None, rows - 1)]), np.stack([j, j, j])
        ]
        return around.max(axis=0) > 0

    def _draw(self, mask: np.ndarray, runs: list[np.ndarray], value: int, width: float) -> None:
        thickness = max(1, round(width * self.unit))
        cv2.polylines(mask, runs, False, value, thickness, cv2.LINE_AA, 4)


def draw_trimmings(picture: np.ndarray, canvas: Canvas, shoe: Shoe, leather: np.ndarray) -> None:
    """Draw into `picture` what lies on the leather; `leather` is 0 where it is cut away."""
    design, upper = shoe.design, shoe.upper
    ink = _Ink(canvas, upper, leather)
    for piece in shoe.pattern.pieces:
        for seam in piece.seams:
            ink.line(ink.dark, seam, 95, 1.6)
            if piece.stitched:
                inside = seam + (piece.outline.mean(axis=0) - seam) * 0.05
                ink.dashes(ink.light, inside, 85, 1.0, 0.008)
    for line in shoe.pattern.lines:
        _LINES[line.style](ink, line.path)
    for rim, mask in zip(shoe.rims(), (ink.light, ink.dark), strict=False):
        ink.line(mask, rim, 70, 2.0)
    ink.space(ink.dark, upper.near[0], 80, 1.6)
    if shoe.tongue is not None:
        ink.space(ink.dark, shoe.tongue[:, -1], 80, 1.4)
        ink.space(ink.dark, shoe.tongue[0], 80, 1.4)
    if shoe.bar is not None:
        ink.space(ink.dark, shoe.bar[:, 0], 90, 1.4)
        ink.space(ink.dark, shoe.bar[:, -1], 90, 1.4)
    cv2.multiply(picture, cv2.merge([255 - ink.dark] * 3), dst=picture, scale=1 / 255)
    lit = cv2.multiply(255 - picture, cv2.merge([255 - ink.light] * 3), scale=1 / 255)
    np.subtract(255, lit, out=picture)

    for path in shoe.pattern.laces:
        _lace(picture, canvas, upper, path, design.lace_colour)
    for eyelet in shoe.pattern.eyelets:
        _eyelet(picture, canvas, upper, eyelet, design.metal)
    for ornament in shoe.pattern.ornaments:
        _ornament(picture, canvas, upper, ornament, colour_of(design, ornament.role))


def _even(path: np.ndarray, count: int) -> np.ndarray:
    """`path` (n, 2) with `count` points, linear between the old ones."""
    fine = np.linspace(0, len(path) - 1, count)
    return np.column_stack([np.interp(fine, np.arange(len(path)), c) for c in path.T])


def _sixteenths(placed: np.ndarray) -> np.ndarray:
    return np.round(placed[..., :2] * 16).astype(np.int32)


def _runs(placed: np.ndarray, seen: np.ndarray) -> list[np.ndarray]:
    """The visible runs of a path, each (m ≥ 2, 2) int32 sixteenths of a pixel."""
    edges = np.flatnonzero(np.diff(seen.astype(np.int8))) + 1
    parts = zip(np.split(_sixteenths(placed), edges), np.split(seen, edges), strict=True)
    return [run for run, s in parts if s[0] and len(run) > 1]


def _zip(ink: _Ink, path: np.ndarray) -> None:
    ink.line(ink.dark, path, 170, 5)
    ink.dashes(ink.light, path, 150, 2.5, 0.008)


def _pucker(ink: _Ink, path: np.ndarray) -> None:
    for inner in _even(path, 40):
        outer = inner + (inner - np.array([0.3, 1.0])) * 0.08
        ink.line(ink.dark, np.stack([inner, outer]), 80, 1.2)


def _fur(ink: _Ink, path: np.ndarray) -> None:
    rng = np.random.default_rng(5)
    for t in np.linspace(0, 1, 7):
        row = _even(path, 70)
        row[:, 1] += (1 - row[:, 1]) * t
        row = row[ink.on_leather(row)]
        if len(row) < 2:
            continue
        points = np.repeat(ink.upper.at(row), 3, axis=0)
        points = points + rng.normal(0, 0.011, points.shape)
        ink.space(ink.dark if t < 0.3 else ink.light, points, 45, 1.4)


_LINES: dict[str, Callable[[_Ink, np.ndarray], None]] = {
    "elastic": lambda ink, path: ink.line(ink.dark, path, 70, 1.2),
    "brogue": lambda ink, path: ink.dashes(ink.dark, path, 120, 2.4, 0.011),
    "zip": _zip,
    "pucker": _pucker,
    "fur": _fur,
}


def _lace(
    picture: np.ndarray, canvas: Canvas, upper: Upper, path: np.ndarray, colour: Colour
) -> None:
    points = upper.at(path)
    bow = np.sin(np.linspace(0, np.pi, len(points)))[:, None]
    points = points + 0.014 * bow * np.array([-0.5, 1, 0.2])
    runs = _runs(canvas.place(points), canvas.sees(points, 0.04))
    width = canvas.side / 512
    shade = tuple(int(c * 0.5) for c in colour)
    cv2.polylines(picture, runs, False, shade, max(1, round(7 * width)), cv2.LINE_AA, 4)
    cv2.polylines(picture, runs, False, colour, max(1, round(5 * width)), cv2.LINE_AA, 4)


def _eyelet(
    picture: np.ndarray, canvas: Canvas, upper: Upper, at: tuple[float, float], colour: Colour
) -> None:
    point = upper.at(np.array([at]))
    if not canvas.sees(point)[0]:
        return
    centre = tuple(_sixteenths(canvas.place(point))[0].tolist())
    unit = canvas.side / 512 * 16
    dark = tuple(int(c * 0.35) for c in colour)
    cv2.circle(picture, centre, round(3.6 * unit), dark, -1, cv2.LINE_AA, 4)
    cv2.circle(picture, centre, round(2.8 * unit), colour, -1, cv2.LINE_AA, 4)
    cv2.circle(picture, centre, round(1.4 * unit), (35, 32, 30), -1, cv2.LINE_AA, 4)


def _ornament(
    picture: np.ndarray, canvas: Canvas, upper: Upper, ornament: Ornament, colour: Colour
) -> None:
    frame = upper.frame(*ornament.at)
    if not canvas.sees(frame[:1], 0.05)[0]:
        return
    unit = canvas.side / 512
    for shape in SHAPES[ornament.kind]():
        points = place_ornament(frame, ornament, shape.outline)
        pixels = [_sixteenths(canvas.place(points))]
        if shape.tone == 0:
            dark = tuple(int(c * 0.45) for c in colour)
            cv2.polylines(picture, pixels, False, dark, max(1, round(5.5 * unit)), cv2.LINE_AA, 4)
            cv2.polylines(picture, pixels, False, colour, max(1, round(4 * unit)), cv2.LINE_AA, 4)
            continue
        light = 0.66 + 0.4 * float(frame[3] @ LIGHT)
        fill = tuple(int(min(255, c * shape.tone * light)) for c in colour)
        edge = tuple(int(c * 0.62) for c in fill)
        cv2.fillPoly(picture, pixels, fill, cv2.LINE_AA, 4)
        cv2.polylines(picture, pixels, True, edge, max(1, round(1.2 * unit)), cv2.LINE_AA, 4)
