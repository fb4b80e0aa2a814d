"""Normalise ink to the form that networks read: cropped, centred, scaled, one line width."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from sketchnet.imaging.ink import LEVEL
from sketchnet.strokes.rasterize import FILL, LINE, rasterize

Box = tuple[int, int, int, int]  # x, y, width, height in pixels

_FINE = 320  # px; line width is measured on a picture of this side or twice the canvas, if larger
_AREA = 1 / 5  # share of the longest side; wider ink is an area, not a line
_DOT = 1 / 16  # share of the picture's longest side; an area up to this length is a dot
_SQUARE = np.ones((3, 3), np.uint8)


def ink_box(ink: np.ndarray) -> Box | None:
    """Return the bounding box of ink (H, W) uint8, or None where the picture is blank."""
    x, y, width, height = cv2.boundingRect((ink >= LEVEL).astype(np.uint8))
    return (x, y, width, height) if width else None


def centred(box: Sequence[int], side: int, scale: float) -> np.ndarray:
    """Return the 2×3 affine map that scales a picture and centres `box` on a canvas of `side`."""
    x, y, width, height = box
    middle = (side - 1) / 2
    return np.array(
        [
            [scale, 0, middle - scale * (x + (width - 1) / 2)],
            [0, scale, middle - scale * (y + (height - 1) / 2)],
        ]
    )


def normalize_ink(ink: np.ndarray, canvas: int, line_width: float = LINE) -> np.ndarray:
    """Crop ink to its bounding box, centre and scale it, and give all lines one width.

    The line width is measured once for the whole picture. The outline of the ink is then moved in
    or out by half the difference to the target width, by means of a signed distance transform, so
    that filled areas stay filled. Where a line is so thin that this would remove it, its centre
    line is drawn. Ink that consists of one area without lines is drawn as a dot if it is small,
    otherwise as its outline.

    Args:
        ink: (H, W) uint8, `ink.LEVEL` and more where there is ink.
        canvas: side of the result in pixels.
        line_width: of the result, as a fraction of its side.

    Returns:
        (canvas, canvas) uint8, paper 255 and ink 0; white where there is no ink.
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
            dot = [np.zeros((1, 2), np.float32)]
            return rasterize(dot, canvas, width=line_width * canvas)
        mask = cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, _SQUARE)
        inside = cv2.distanceTransform(mask, cv2.DIST_L2, 5)
        width = _line_width(inside)
        box = cv2.boundingRect(mask)
    line = line_width * canvas
    scale = (FILL * canvas - line) / max(max(box[2:]) - width, 1.0)
    # Both distances are measured to pixel centres; the outline lies half a pixel before them.
    outside = cv2.distanceTransform(1 - mask, cv2.DIST_L2, 5) - inside + (mask - np.float32(0.5))
    beyond = outside - (line / scale - width) / 2
    if line < width * scale:
        middle = cv2.distanceTransform(1 - _centre_lines(inside), cv2.DIST_L2, 5)
        # The centre of a line of even width is two pixels thick.
        beyond = np.minimum(beyond, middle - line / scale / 2 + 0.5)
    placed = cv2.warpAffine(
        beyond * np.float32(scale), centred(box, canvas, scale), (canvas, canvas),
        borderMode=cv2.BORDER_CONSTANT, borderValue=1.0,
    )  # fmt: skip
    return (255 * np.clip(placed + 0.5, 0, 1)).round().astype(np.uint8)


def _fine_mask(ink: np.ndarray, box: Box, side: int) -> np.ndarray:
    """Return the ink as 0 and 1, uint8 (side, side), scaled and centred."""
    scale = FILL * side / max(box[2:])
    if scale < 0.7:
        # Sampling would break lines that are thinner than the sampling step.
        ink = cv2.dilate(ink, np.ones((3, 3), np.uint8))
    smooth = cv2.INTER_LINEAR if scale < 1.5 else cv2.INTER_CUBIC
    fine = cv2.warpAffine(ink, centred(box, side, scale), (side, side), flags=smooth)
    return (fine >= LEVEL).astype(np.uint8)


def _line_width(inside: np.ndarray) -> float:
    """Estimate the line width: twice the interquartile mean of the distance along centre lines.

    The quartiles leave out filled areas, where the distance to the outline is large.
    """
    ridge = (inside >= cv2.dilate(inside, _SQUARE)) & (inside > 0)
    heights = np.sort(inside[ridge])
    count = len(heights)
    typical = heights[count // 4 : max(count // 4 + 1, 3 * count // 4)]
    # Centre lines lie on pixel centres or, equally often, half a pixel beside them.
    return 2 * float(typical.mean()) - 0.5


def _centre_lines(inside: np.ndarray) -> np.ndarray:
    """Return the centre lines of the ink as 0 and 1: ridges of the distance, also sloping ones."""
    crests = cv2.morphologyEx(inside, cv2.MORPH_TOPHAT, _SQUARE)
    return ((crests > 0.45) & (inside > 1.2)).astype(np.uint8)
