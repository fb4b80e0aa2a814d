"""Ink → the one form that networks see: trimmed, centred, fitted, all lines of one width."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from sketchnet.imaging.ink import LEVEL
from sketchnet.strokes.rasterize import FILL, LINE, rasterize

Box = tuple[int, int, int, int]  # x, y, width, height in pixels

_FINE = 320  # lines are measured on at least this side, and at twice the canvas
_AREA = 1 / 5  # wider than this share of the longest side is no line
_DOT = 1 / 16  # an area no longer than this share of the picture is a dot
_SQUARE = np.ones((3, 3), np.uint8)


def ink_box(ink: np.ndarray) -> Box | None:
    """The box around the ink, None where there is none."""
    x, y, width, height = cv2.boundingRect((ink >= LEVEL).astype(np.uint8))
    return (x, y, width, height) if width else None


def centred(box: Sequence[int], side: int, scale: float) -> np.ndarray:
    """The 2×3 map that scales a picture and puts the middle of `box` in the middle of `side`."""
    x, y, width, height = box
    middle = (side - 1) / 2
    return np.array(
        [
            [scale, 0, middle - scale * (x + (width - 1) / 2)],
            [0, scale, middle - scale * (y + (height - 1) / 2)],
        ]
    )


def redraw(ink: np.ndarray, canvas: int) -> np.ndarray:
    """Draw ink (H, W) as uint8 (canvas, canvas), 255 paper and 0 ink; white where there is none.

    The width of the lines is measured once for the whole picture; then every outline moves in or
    out by half of what is missing, on the signed distance to it, so that filled areas stay filled.
    Where that would swallow a line thinner than the others, its middle is drawn. Ink that is one
    area and no lines is a dot where it is small, otherwise its outline is drawn.
    """
    fitted = ink_box(ink)
    if fitted is None:
        return np.full((canvas, canvas), 255, np.uint8)
    mask = _fine_mask(ink, fitted, max(_FINE, 2 * canvas))
    inside = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
    width = _line_width(inside)
    box = cv2.boundingRect(mask)
    if width > _AREA * max(box[2:]):
        if max(fitted[2:]) <= _DOT * max(ink.shape):
            return rasterize([np.zeros((1, 2), np.float32)], canvas)
        mask = cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, _SQUARE)
        inside = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
        width = _line_width(inside)
        box = cv2.boundingRect(mask)
    line = LINE * canvas
    scale = (FILL * canvas - line) / max(max(box[2:]) - width, 1.0)
    # Both distances count to pixel centres, the outline runs half a pixel before them.
    outside = cv2.distanceTransform(1 - mask, cv2.DIST_L2, 5) - inside + (mask - np.float32(0.5))
    beyond = outside - (line / scale - width) / 2
    if line < width * scale:
        middle = cv2.distanceTransform(1 - _middles(inside), cv2.DIST_L2, 5)
        # The middle of an even line is two pixels thick.
        beyond = np.minimum(beyond, middle - line / scale / 2 + 0.5)
    placed = cv2.warpAffine(
        beyond * np.float32(scale), centred(box, canvas, scale), (canvas, canvas),
        borderMode=cv2.BORDER_CONSTANT, borderValue=1.0,
    )  # fmt: skip
    return (255 * np.clip(placed + 0.5, 0, 1)).round().astype(np.uint8)


def _fine_mask(ink: np.ndarray, box: Box, side: int) -> np.ndarray:
    """The ink as 0 and 1, uint8 (side, side), fitted and centred."""
    scale = FILL * side / max(box[2:])
    if scale < 0.7:
        # Sampling would break lines that are thinner than its step.
        ink = cv2.dilate(ink, np.ones((3, 3), np.uint8))
    smooth = cv2.INTER_LINEAR if scale < 1.5 else cv2.INTER_CUBIC
    fine = cv2.warpAffine(ink, centred(box, side, scale), (side, side), flags=smooth)
    return (fine >= LEVEL).astype(np.uint8)


def _line_width(inside: np.ndarray) -> float:
    """Twice the usual height of the ridges of the inner distance; fills are the unusual ones."""
    ridge = (inside >= cv2.dilate(inside, _SQUARE)) & (inside > 0)
    heights = np.sort(inside[ridge])
    count = len(heights)
    usual = heights[count // 4 : max(count // 4 + 1, 3 * count // 4)]
    # The ridge of a line lies on or, as often, half a pixel beside the pixel centres.
    return 2 * float(usual.mean()) - 0.5


def _middles(inside: np.ndarray) -> np.ndarray:
    """The middle lines of the ink, 0 or 1: crests of the inner distance, also sloping ones."""
    crests = cv2.morphologyEx(inside, cv2.MORPH_TOPHAT, _SQUARE)
    return ((crests > 0.45) & (inside > 1.2)).astype(np.uint8)
