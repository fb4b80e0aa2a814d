"""Photo → line drawing: the contours and main inner lines that a person would draw.

Chosen by what it retrieves and by its looks: see docs/studies/edge_extractors.py.
"""

from __future__ import annotations

import cv2
import numpy as np

SIDE = 256  # the numbers below are in pixels of a photo whose object is about this long

_SURROUND = 8.0  # how far a busy neighbourhood reaches
_SHORTEST = 8  # pieces of line that extend less are grain
_STEPS = 64  # Canny takes whole numbers: steps to one grey of slope


def edge_map(photo: np.ndarray, detail: float = 0.5) -> np.ndarray:
    """Lines of a photo (H, W, 3) RGB or (H, W) as uint8 (H, W), 0 lines on 255 paper.

    `detail` from 0 (outline) to 1 (every seam). Lines are a pixel wide.

    The steepest slope among the L, a and b channels, weakened by the mean slope around it, so that
    texture fades and contours stay (surround inhibition: Grigorescu, Petkov and Westenberg, 2003),
    then Canny's thinning and hysteresis; short pieces are dropped.
    """
    if photo.ndim == 2:
        photo = cv2.cvtColor(photo, cv2.COLOR_GRAY2RGB)
    dx, dy = _without_texture(*_slope(photo))
    strong = 6.0 / 4**detail
    dx, dy = (np.clip(d * _STEPS, -32767, 32767).astype(np.int16) for d in (dx, dy))
    steps = strong * _STEPS
    return _without_grain(cv2.Canny(dx, dy, 0.4 * steps, steps, L2gradient=True))


def _slope(photo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The slope of the steepest channel, greys per pixel, as two float32 (H, W)."""
    lab = cv2.cvtColor(cv2.medianBlur(photo, 5), cv2.COLOR_RGB2LAB)
    lab = cv2.GaussianBlur(lab.astype(np.float32), (0, 0), 1.0)
    channels = cv2.split(lab)
    dx, dy = (
        [cv2.Sobel(channel, cv2.CV_32F, *order, scale=1 / 8) for channel in channels]
        for order in ((1, 0), (0, 1))
    )
    best_x, best_y = dx[0], dy[0]
    best = best_x**2 + best_y**2
    for x, y in zip(dx[1:], dy[1:], strict=True):
        steeper = (size := x**2 + y**2) > best
        best_x, best_y = np.where(steeper, x, best_x), np.where(steeper, y, best_y)
        best = np.maximum(best, size)
    return best_x, best_y


def _without_texture(dx: np.ndarray, dy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    size = cv2.magnitude(dx, dy)
    around = cv2.GaussianBlur(size, (0, 0), _SURROUND)
    kept = np.maximum(size - around, 0) / np.maximum(size, 1e-3)
    return dx * kept, dy * kept


def _without_grain(lines: np.ndarray) -> np.ndarray:
    _, labels, stats, _ = cv2.connectedComponentsWithStats(lines, connectivity=8)
    extent = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1)
    shortest = _SHORTEST * max(lines.shape) / SIDE
    paper = np.where(extent >= shortest, 0, 255).astype(np.uint8)
    paper[0] = 255
    return paper[labels]
