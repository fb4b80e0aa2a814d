"""Photo → line drawing: the contours and main inner lines that a person would draw."""

from __future__ import annotations

import cv2
import numpy as np


def edge_map(photo: np.ndarray, detail: float = 0.5) -> np.ndarray:
    """Lines of an RGB photo (H, W, 3) uint8 as uint8 (H, W), black on white.

    `detail` from 0 (outline) to 1 (every seam).
    """
    smooth = cv2.bilateralFilter(photo, 7, 40, 5)
    lab = cv2.cvtColor(smooth, cv2.COLOR_RGB2LAB)
    dx, dy = (cv2.Sobel(lab, cv2.CV_16S, *axes).astype(np.int32) for axes in ((1, 0), (0, 1)))
    strength = dx**2 + dy**2
    best = strength.argmax(axis=2)[..., None]
    dx, dy = (np.take_along_axis(d, best, 2)[..., 0].astype(np.int16) for d in (dx, dy))
    high = 200 - 160 * detail
    return 255 - cv2.Canny(dx, dy, high / 2, high, L2gradient=True)
