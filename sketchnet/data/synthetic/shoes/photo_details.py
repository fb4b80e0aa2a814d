"""Seams, stitches, zips, laces and ornaments, drawn over a photo's surfaces."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from sketchnet.data.synthetic.shoes.build import Shoe
from sketchnet.data.synthetic.shoes.design import Colour
from sketchnet.data.synthetic.shoes.upper import Upper
from sketchnet.data.synthetic.shoes.ornaments import SHAPES, place_ornament
from sketchnet.data.synthetic.shoes.textures import colour_of
from sketchnet.data.synthetic.shoes.pattern import Ornament, Piece
from sketchnet.data.synthetic.shoes.renderer import LIGHT, Canvas
from sketchnet.data.synthetic.shoes.visibility import POINTS, even, visible_runs


class _Ink:
    """Two masks over the photo, where it gets darker and where lighter, and how to draw there.

    Lines are noted first and drawn together, which is several times as fast.
    """

    def __init__(self, canvas: Canvas, upper: Upper, leather: np.ndarray):
        self.canvas, self.upper, self.leather = canvas, upper, leather
        self.dark = np.zeros((canvas.side, canvas.side), np.uint8)
        self.light = self.dark.copy()
        self._noted: list[tuple[np.ndarray, np.ndarray, np.ndarray, int, float]] = []

    def line(self, mask: np.ndarray, path: np.ndarray, value: int, width: float) -> None:
        """Note a path (n, 2) of the pattern, to be drawn where there is leather."""
        path = even(path)
        self._noted.append((mask, self.upper.at(path), self.on_leather(path), value, width))

    def space(self, mask: np.ndarray, points: np.ndarray, value: int, width: float) -> None:
        """Note a path (n, 3) of the shoe."""
        self._noted.append((mask, even(points), np.ones(POINTS, bool), value, width))

    def dashes(
        self, mask: np.ndarray, path: np.ndarray, value: int, width: float, step: float
    ) -> None:
        """Draw a path of the pattern in dashes of `step` shoe lengths, with gaps as long."""
        points = self.upper.at(even(path))
        length = np.linalg.norm(np.diff(points, axis=0), axis=1).sum()
        path = even(path, max(4, int(length / step)))
        points = self.upper.at(path)
        seen = self.canvas.sees(points) & self.on_leather(path)
        pixels = sixteenths(self.canvas.place(points))
        dashes = [pixels[i : i + 2] for i in range(0, len(pixels) - 1, 2) if seen[i : i + 2].all()]
        cv2.polylines(mask, dashes, False, value, self.thick(width), cv2.LINE_AA, 4)

    def draw(self) -> None:
        """Draw all lines noted, where nothing hides them."""
        lines = np.stack([points for _, points, _, _, _ in self._noted])
        there = np.stack([there for _, _, there, _, _ in self._noted])
        found = visible_runs(self.canvas, lines, 0.02, there)
        for (mask, _, _, value, width), runs in zip(self._noted, found, strict=True):
            pixels = [sixteenths(run) for run in runs]
            cv2.polylines(mask, pixels, False, value, self.thick(width), cv2.LINE_AA, 4)

    def thick(self, width: float) -> int:
        """Whole pixels for a width that holds on a canvas of 512."""
        return max(1, round(width * self.canvas.side / 512))

    def on_leather(self, path: np.ndarray) -> np.ndarray:
        """Which points (n, 2) of the pattern lie on leather or at its edge: bool (n,)."""
        rows, columns = self.leather.shape
        i = np.round(path[:, 1] / 2 * (rows - 1)).astype(int).clip(0, rows - 1)
        j = np.round(path[:, 0] * (columns - 1)).astype(int).clip(0, columns - 1)
        around = np.stack([i, (i - 3).clip(0), (i + 3).clip(None, rows - 1)])
        return self.leather[around, j].max(axis=0) > 0


def draw_trimmings(picture: np.ndarray, canvas: Canvas, shoe: Shoe, leather: np.ndarray) -> None:
    """Draw into `picture` what lies on the leather; `leather` is 0 where it is cut away."""
    design, upper = shoe.design, shoe.upper
    ink = _Ink(canvas, upper, leather)
    for piece in shoe.pattern.pieces:
        for seam in piece.seams:
            ink.line(ink.dark, seam, 95, 1.6)
        if piece.stitched:
            for inside in _stitches(piece):
                ink.dashes(ink.light, inside, 85, 1.0, 0.008)
    for line in shoe.pattern.lines:
        _LINES[line.style](ink, line.path)
    for rim, mask in zip(shoe.rims(), (ink.light, ink.dark), strict=False):
        ink.line(mask, rim, 70, 2.0)
    ink.space(ink.dark, upper.near[0], 80, 1.6)
    for flap in (shoe.tongue, shoe.bar):
        if flap is not None:
            ink.space(ink.dark, flap[:, 0], 80, 1.4)
            ink.space(ink.dark, flap[:, -1], 80, 1.4)
    if shoe.tongue is not None:
        ink.space(ink.dark, shoe.tongue[0], 80, 1.4)
    ink.draw()
    cv2.multiply(picture, cv2.merge([255 - ink.dark] * 3), dst=picture, scale=1 / 255)
    lit = cv2.multiply(255 - picture, cv2.merge([255 - ink.light] * 3), scale=1 / 255)
    np.subtract(255, lit, out=picture)

    _laces(picture, ink, shoe)
    _eyelets(picture, ink, shoe)
    for ornament in shoe.pattern.ornaments:
        _ornament(picture, canvas, upper, ornament, colour_of(design, ornament.role))


def sixteenths(placed: np.ndarray) -> np.ndarray:
    """Pixels (…, ≥ 2) as OpenCV takes them, int32 (…, 2) in sixteenths."""
    return np.round(placed[..., :2] * 16).astype(np.int32)


def _stitches(piece: Piece) -> list[np.ndarray]:
    """Where a piece is sewn on: a little inside its seams, on a band beside either edge."""
    if len(piece.seams) > 1 and len(piece.seams[0]) == len(piece.seams[1]):
        left, right = piece.seams[:2]
        return [left + (right - left) * share for share in (0.16, 0.84)]
    middle = piece.outline.mean(axis=0)
    return [seam + (middle - seam) * 0.05 for seam in piece.seams]


def _zip(ink: _Ink, path: np.ndarray) -> None:
    ink.line(ink.dark, path, 170, 5)
    ink.dashes(ink.light, path, 150, 2.5, 0.008)


def _pucker(ink: _Ink, path: np.ndarray) -> None:
    for inner in even(path, 40):
        outer = inner + (inner - np.array([0.3, 1.0])) * 0.08
        ink.line(ink.dark, np.stack([inner, outer]), 80, 1.2)


def _fur(ink: _Ink, path: np.ndarray) -> None:
    rng = np.random.default_rng(5)
    for t in np.linspace(0, 1, 7):
        row = even(path, 70)
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


def _laces(picture: np.ndarray, ink: _Ink, shoe: Shoe) -> None:
    if not shoe.pattern.laces:
        return
    colour = shoe.design.lace_colour
    shade = tuple(int(c * 0.5) for c in colour)
    # A lace stands off the leather, most in its middle.
    lift = 0.014 * np.sin(np.linspace(0, np.pi, POINTS))[:, None] * np.array([-0.5, 1, 0.2])
    paths = np.stack([ink.upper.at(even(path)) + lift for path in shoe.pattern.laces])
    for runs in visible_runs(ink.canvas, paths, 0.04):
        pixels = [sixteenths(run) for run in runs]
        cv2.polylines(picture, pixels, False, shade, ink.thick(7), cv2.LINE_AA, 4)
        cv2.polylines(picture, pixels, False, colour, ink.thick(5), cv2.LINE_AA, 4)


def _eyelets(picture: np.ndarray, ink: _Ink, shoe: Shoe) -> None:
    if not shoe.pattern.eyelets:
        return
    colour = shoe.design.metal
    points = ink.upper.at(np.array(shoe.pattern.eyelets))
    centres = sixteenths(ink.canvas.place(points))[ink.canvas.sees(points)]
    unit = ink.canvas.side / 512 * 16
    rings = ((3.6, tuple(int(c * 0.35) for c in colour)), (2.8, colour), (1.4, (35, 32, 30)))
    for centre in centres.tolist():
        for radius, fill in rings:
            cv2.circle(picture, centre, round(radius * unit), fill, -1, cv2.LINE_AA, 4)


def _ornament(
    picture: np.ndarray, canvas: Canvas, upper: Upper, ornament: Ornament, colour: Colour
) -> None:
    frame = upper.frame(*ornament.at)
    if not canvas.sees(frame[:1], 0.05)[0]:
        return
    unit = canvas.side / 512
    for shape in SHAPES[ornament.kind]():
        points = place_ornament(frame, ornament, shape.outline)
        pixels = [sixteenths(canvas.place(points))]
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
