"""Edge map of a photo: the contour and main inner lines that a person would draw.

docs/studies/edge_extractors.py compares this extractor with others by retrieval accuracy.
"""

from __future__ import annotations

import cv2
import numpy as np

REFERENCE_SIDE = 256  # px; the constants below are for a photo whose object is about this long

_SURROUND = 8.0  # px, standard deviation of the neighbourhood that is searched for texture
_SHORTEST = 8  # px; shorter pieces of line are noise
_STEPS = 64  # Canny takes integers: integer steps per grey level of slope


def edge_map(photo: np.ndarray, detail: float = 0.5) -> np.ndarray:
    """Compute the edge map of a photo.

    The steepest gradient among the L, a and b channels is weakened by the mean gradient around it,
    which suppresses texture and keeps contours (surround inhibition: Grigorescu, Petkov and
    Westenberg, 2003). Canny's thinning and hysteresis follow; short pieces are dropped.

    Args:
        photo: (H, W, 3) RGB or (H, W) uint8.
        detail: 0 (outline only) to 1 (every seam).

    Returns:
        (H, W) uint8: lines 0, one pixel wide, on 255.
    """
    if photo.ndim == 2:
        photo = cv2.cvtColor(photo, cv2.COLOR_GRAY2RGB)
    dx, dy = _without_texture(*_slope(photo))
    strong = 6.0 / 4**detail
    dx, dy = (np.clip(d * _STEPS, -32767, 32767).astype(np.int16) for d in (dx, dy))
    steps = strong * _STEPS
    return _without_short_lines(cv2.Canny(dx, dy, 0.4 * steps, steps, L2gradient=True))


def _slope(photo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Gradient of the steepest channel in grey levels per pixel: dx and dy, float32 (H, W)."""
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
    """Weaken gradients by the mean magnitude around them; shapes as those of the arguments."""
    size = cv2.magnitude(dx, dy)
    around = cv2.GaussianBlur(size, (0, 0), _SURROUND)
    kept = np.maximum(size - around, 0) / np.maximum(size, 1e-3)
    return dx * kept, dy * kept


def _without_short_lines(lines: np.ndarray) -> np.ndarray:
    """Lines (H, W), nonzero where there is one, as 0 on 255 without the short pieces."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(lines, connectivity=8)
    extent = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1)
    shortest = _SHORTEST * max(lines.shape) / REFERENCE_SIDE
    paper = np.where(extent >= shortest, 0, 255).astype(np.uint8)
    paper[0] = 255
    return paper[labels]
