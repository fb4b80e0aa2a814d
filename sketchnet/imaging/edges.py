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
    # Channel by channel and in place: fresh memory for each step took longer than the steps.
    best, best_x, best_y = (np.zeros(photo.shape[:2], np.float32) for _ in range(3))
    for channel in cv2.split(lab):
        smooth = cv2.GaussianBlur(channel.astype(np.float32), (0, 0), 1.0)
        x = cv2.Sobel(smooth, cv2.CV_32F, 1, 0, scale=1 / 8)
        y = cv2.Sobel(smooth, cv2.CV_32F, 0, 1, scale=1 / 8)
        size = x * x
        size += y * y
        steeper = (size > best).view(np.uint8)
        cv2.copyTo(x, steeper, best_x)
        cv2.copyTo(y, steeper, best_y)
        cv2.max(best, size, best)
    return best_x, best_y


def _without_texture(dx: np.ndarray, dy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weaken gradients by the mean magnitude around them; shapes as those of the arguments."""
    size = cv2.magnitude(dx, dy)
    around = cv2.GaussianBlur(size, (0, 0), _SURROUND)
    kept = np.maximum(size - around, 0)
    kept /= np.maximum(size, 1e-3)
    return dx * kept, dy * kept


def _without_short_lines(lines: np.ndarray) -> np.ndarray:
    """Lines (H, W), nonzero where there is one, as 0 on 255 without the short pieces."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(lines, connectivity=8)
    extent = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1)
    shortest = _SHORTEST * max(lines.shape) / REFERENCE_SIDE
    paper = np.where(extent >= shortest, 0, 255).astype(np.uint8)
    paper[0] = 255
    return paper[labels]
