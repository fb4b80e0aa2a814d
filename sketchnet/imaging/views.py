"""Crops (views) of a prepared picture that networks read: corners, centre, mirror images."""

from __future__ import annotations

import numpy as np


def canvas_for(size: int) -> int:
    """Return the side of prepared pictures for networks of input `size`, 256 for 225."""
    return round(size * 256 / 225)


def centre_view(prepared: np.ndarray, size: int) -> np.ndarray:
    """Return the central crop (size, size[, 3]) of a prepared picture (C, C[, 3])."""
    top = (prepared.shape[0] - size) // 2
    return prepared[top : top + size, top : top + size]


def ten_views(prepared: np.ndarray, size: int) -> np.ndarray:
    """Return ten views of a prepared picture, as in Yu et al., Sketch Me That Shoe (CVPR 2016).

    Args:
        prepared: (C, C[, 3]).
        size: side of a view, at most C.

    Returns:
        (10, size, size[, 3]): rows 0 to 3 are the corners, row 4 the centre view, and row 5 + i is
        the mirror image of row i.
    """
    end = prepared.shape[0] - size
    corners = [prepared[y : y + size, x : x + size] for y in (0, end) for x in (0, end)]
    views = np.stack([*corners, centre_view(prepared, size)])
    return np.concatenate([views, views[:, :, ::-1]])
