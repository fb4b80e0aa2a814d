"""Draws seams, stitches, zips, laces and ornaments over the surfaces of a photo."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from sketchnet.data.synthetic.shoes.build import Shoe
from sketchnet.data.synthetic.shoes.design import Colour
from sketchnet.data.synthetic.shoes.ornaments import SHAPES, place_ornament
from sketchnet.data.synthetic.shoes.pattern import Ornament, Piece
from sketchnet.data.synthetic.shoes.renderer import LIGHT, Canvas
from sketchnet.data.synthetic.shoes.textures import colour_of
from sketchnet.data.synthetic.shoes.upper import Upper
from sketchnet.data.synthetic.shoes.visibility import POINTS, resample, visible_segments


class _DetailMasks:
    """Collects lines that darken or lighten the photo.

    Lines are collected first and drawn together, which is several times faster than one by one.

    Attributes:
        dark: uint8 (side, side), how much each pixel gets darker.
        light: The same for lighter.
    """

    def __init__(self, canvas: Canvas, upper: Upper, leather: np.ndarray):
        self.canvas, self.upper, self.leather = canvas, upper, leather
        self.dark = np.zeros((canvas.side, canvas.side), np.uint8)
        self.light = self.dark.copy()
        self._lines: list[tuple[np.ndarray, np.ndarray, np.ndarray, int, float]] = []

    def add_pattern_line(
        self, mask: np.ndarray, path: np.ndarray, value: int, width: float
    ) -> None:
        """Add a path (n, 2) in pattern coordinates, to be drawn in `mask` where there is leather.

        `value` is the strength from 0 to 255, `width` is in pixels of a canvas of 512.
        """
        path = resample(path)
        self._lines.append((mask, self.upper.at(path), self.on_leather(path), value, width))

    def add_space_line(
        self, mask: np.ndarray, points: np.ndarray, value: int, width: float
    ) -> None:
        """Add a path (n, 3) of points of the shoe, to be drawn in `mask`."""
        self._lines.append((mask, resample(points), np.ones(POINTS, bool), value, width))

    def draw_dashes(
        self, mask: np.ndarray, path: np.ndarray, value: int, width: float, step: float
    ) -> None:
        """Draw a path in pattern coordinates with dashes and gaps of `step` shoe lengths each."""
        points = self.upper.at(resample(path))
        length = np.linalg.norm(np.diff(points, axis=0), axis=1).sum()
        path = resample(path, max(4, int(length / step)))
        points = self.upper.at(path)
        seen = self.canvas.is_visible(points) & self.on_leather(path)
        pixels = _to_sixteenths(self.canvas.project(points))
        dashes = [pixels[i : i + 2] for i in range(0, len(pixels) - 1, 2) if seen[i : i + 2].all()]
        cv2.polylines(mask, dashes, False, value, self.line_width(width), cv2.LINE_AA, 4)

    def draw_lines(self) -> None:
        """Draw the visible segments of all lines that were added."""
        lines = np.stack([points for _, points, _, _, _ in self._lines])
        exists = np.stack([exists for _, _, exists, _, _ in self._lines])
        segments = visible_segments(self.canvas, lines, 0.02, exists)
        for (mask, _, _, value, width), parts in zip(self._lines, segments, strict=True):
            pixels = [_to_sixteenths(part) for part in parts]
            cv2.polylines(mask, pixels, False, value, self.line_width(width), cv2.LINE_AA, 4)

    def line_width(self, width: float) -> int:
        """The line width in whole pixels of this canvas for a width on a canvas of 512."""
        return max(1, round(width * self.canvas.side / 512))

    def on_leather(self, path: np.ndarray) -> np.ndarray:
        """Which points (n, 2) in pattern coordinates lie on leather or at its edge: bool (n,)."""
        rows, columns = self.leather.shape
        i = np.round(path[:, 1] / 2 * (rows - 1)).astype(int).clip(0, rows - 1)
        j = np.round(path[:, 0] * (columns - 1)).astype(int).clip(0, columns - 1)
        around = np.stack([i, (i - 3).clip(0), (i + 3).clip(None, rows - 1)])
        return self.leather[around, j].max(axis=0) > 0


def draw_details(picture: np.ndarray, canvas: Canvas, shoe: Shoe, leather: np.ndarray) -> None:
    """Draw all details of `shoe`.

    Args:
        picture: uint8 RGB (side, side, 3), changed in place.
        canvas: The canvas of the picture; its depth buffer hides covered details.
        shoe: The shoe.
        leather: uint8 (HEIGHT, WIDTH) in pattern coordinates, 0 where leather is cut away.
    """
    design, upper = shoe.design, shoe.upper
    masks = _DetailMasks(canvas, upper, leather)
    for piece in shoe.pattern.pieces:
        for seam in piece.seams:
            masks.add_pattern_line(masks.dark, seam, 95, 1.6)
        if piece.stitched:
            for inside in _stitches(piece):
                masks.draw_dashes(masks.light, inside, 85, 1.0, 0.008)
    for line in shoe.pattern.lines:
        _LINE_STYLES[line.style](masks, line.path)
    for rim, mask in zip(shoe.rims(), (masks.light, masks.dark), strict=False):
        masks.add_pattern_line(mask, rim, 70, 2.0)
    masks.add_space_line(masks.dark, upper.near[0], 80, 1.6)
    for flap in (shoe.tongue, shoe.bar):
        if flap is not None:
            masks.add_space_line(masks.dark, flap[:, 0], 80, 1.4)
            masks.add_space_line(masks.dark, flap[:, -1], 80, 1.4)
    if shoe.tongue is not None:
        masks.add_space_line(masks.dark, shoe.tongue[0], 80, 1.4)
    masks.draw_lines()
    cv2.multiply(picture, cv2.merge([255 - masks.dark] * 3), dst=picture, scale=1 / 255)
    lit = cv2.multiply(255 - picture, cv2.merge([255 - masks.light] * 3), scale=1 / 255)
    np.subtract(255, lit, out=picture)

    _draw_laces(picture, masks, shoe)
    _draw_eyelets(picture, masks, shoe)
    for ornament in shoe.pattern.ornaments:
        _draw_ornament(picture, canvas, upper, ornament, colour_of(design, ornament.role))


def _to_sixteenths(projected: np.ndarray) -> np.ndarray:
    """Pixel coordinates (…, ≥ 2) as int32 (…, 2) in sixteenths, the form that OpenCV takes."""
    return np.round(projected[..., :2] * 16).astype(np.int32)


def _stitches(piece: Piece) -> list[np.ndarray]:
    """The stitch lines of a piece: a little inside its seams, or near both edges of a band."""
    if len(piece.seams) > 1 and len(piece.seams[0]) == len(piece.seams[1]):
        left, right = piece.seams[:2]
        return [left + (right - left) * share for share in (0.16, 0.84)]
    middle = piece.outline.mean(axis=0)
    return [seam + (middle - seam) * 0.05 for seam in piece.seams]


def _draw_zip(masks: _DetailMasks, path: np.ndarray) -> None:
    masks.add_pattern_line(masks.dark, path, 170, 5)
    masks.draw_dashes(masks.light, path, 150, 2.5, 0.008)


def _draw_pucker(masks: _DetailMasks, path: np.ndarray) -> None:
    for inner in resample(path, 40):
        outer = inner + (inner - np.array([0.3, 1.0])) * 0.08
        masks.add_pattern_line(masks.dark, np.stack([inner, outer]), 80, 1.2)


def _draw_fur(masks: _DetailMasks, path: np.ndarray) -> None:
    rng = np.random.default_rng(5)
    for t in np.linspace(0, 1, 7):
        row = resample(path, 70)
        row[:, 1] += (1 - row[:, 1]) * t
        row = row[masks.on_leather(row)]
        if len(row) < 2:
            continue
        points = np.repeat(masks.upper.at(row), 3, axis=0)
        points = points + rng.normal(0, 0.011, points.shape)
        masks.add_space_line(masks.dark if t < 0.3 else masks.light, points, 45, 1.4)


# Style of a pattern line -> function that draws it.
_LINE_STYLES: dict[str, Callable[[_DetailMasks, np.ndarray], None]] = {
    "elastic": lambda masks, path: masks.add_pattern_line(masks.dark, path, 70, 1.2),
    "brogue": lambda masks, path: masks.draw_dashes(masks.dark, path, 120, 2.4, 0.011),
    "zip": _draw_zip,
    "pucker": _draw_pucker,
    "fur": _draw_fur,
}


def _draw_laces(picture: np.ndarray, masks: _DetailMasks, shoe: Shoe) -> None:
    if not shoe.pattern.laces:
        return
    colour = shoe.design.lace_colour
    shade = tuple(int(c * 0.5) for c in colour)
    # A lace arches above the leather.
    lift = 0.014 * np.sin(np.linspace(0, np.pi, POINTS))[:, None] * np.array([-0.5, 1, 0.2])
    paths = np.stack([masks.upper.at(resample(path)) + lift for path in shoe.pattern.laces])
    for parts in visible_segments(masks.canvas, paths, 0.04):
        pixels = [_to_sixteenths(part) for part in parts]
        cv2.polylines(picture, pixels, False, shade, masks.line_width(7), cv2.LINE_AA, 4)
        cv2.polylines(picture, pixels, False, colour, masks.line_width(5), cv2.LINE_AA, 4)


def _draw_eyelets(picture: np.ndarray, masks: _DetailMasks, shoe: Shoe) -> None:
    if not shoe.pattern.eyelets:
        return
    colour = shoe.design.metal
    points = masks.upper.at(np.array(shoe.pattern.eyelets))
    centres = _to_sixteenths(masks.canvas.project(points))[masks.canvas.is_visible(points)]
    unit = masks.canvas.side / 512 * 16
    rings = ((3.6, tuple(int(c * 0.35) for c in colour)), (2.8, colour), (1.4, (35, 32, 30)))
    for centre in centres.tolist():
        for radius, fill in rings:
            cv2.circle(picture, centre, round(radius * unit), fill, -1, cv2.LINE_AA, 4)


def _draw_ornament(
    picture: np.ndarray, canvas: Canvas, upper: Upper, ornament: Ornament, colour: Colour
) -> None:
    frame = upper.frame(*ornament.at)
    if not canvas.is_visible(frame[:1], 0.05)[0]:
        return
    unit = canvas.side / 512
    for shape in SHAPES[ornament.kind]():
        points = place_ornament(frame, ornament, shape.outline)
        pixels = [_to_sixteenths(canvas.project(points))]
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
