"""The views of a prepared picture that a network sees: four corners, the centre, their mirrors."""

from __future__ import annotations

import numpy as np


def canvas_for(size: int) -> int:
    """The side of prepared pictures for a network of input `size`: 256 for 225, 109 for 96."""
    return round(size * 256 / 225)


def centre_view(prepared: np.ndarray, size: int) -> np.ndarray:
    """The middle (size, size[, 3]) of a prepared picture (C, C[, 3])."""
    top = (prepared.shape[0] - size) // 2
    return prepared[top : top + size, top : top + size]


def ten_views(prepared: np.ndarray, size: int) -> np.ndarray:
    """Views (10, size, size[, 3]) of (C, C[, 3]): four corners, centre, then their mirror images.

    Row 4 is the centre view; row 5 + i mirrors row i. (Yu et al., Sketch Me That Shoe, 2016.)
    """
    end = prepared.shape[0] - size
    corners = [prepared[y : y + size, x : x + size] for y in (0, end) for x in (0, end)]
    views = np.stack([*corners, centre_view(prepared, size)])
    return np.concatenate([views, views[:, :, ::-1]])
