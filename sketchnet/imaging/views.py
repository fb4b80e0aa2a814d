"""Crops (views) of a prepared picture that networks read: corners, centre, mirror images."""

from __future__ import annotations

import numpy as np


def canvas_for(size: int) -> int:
    """Return the side of prepared pictures for networks of input `size`, 256 for 225."""
    return round(size * 256 / 225)


def view_corners(canvas: int, size: int) -> list[tuple[int, int]]:
    """Return (top, left) of the five views of a prepared picture: the corners, then the centre."""
    end = canvas - size
    return [*((y, x) for y in (0, end) for x in (0, end)), (end // 2, end // 2)]


def centre_view(prepared: np.ndarray, size: int) -> np.ndarray:
    """Return the central crop (size, size[, 3]) of a prepared picture (C, C[, 3])."""
    top, left = view_corners(prepared.shape[0], size)[-1]
    return prepared[top : top + size, left : left + size]


def ten_views(prepared: np.ndarray, size: int) -> np.ndarray:
    """Return ten views of a prepared picture, as in Yu et al., Sketch Me That Shoe (CVPR 2016).

    Args:
        prepared: (C, C[, 3]).
        size: side of a view, at most C.

    Returns:
        (10, size, size[, 3]): rows 0 to 3 are the corners, row 4 the centre view, and row 5 + i is
        the mirror image of row i.
    """
    corners = view_corners(prepared.shape[0], size)
    views = np.stack([prepared[y : y + size, x : x + size] for y, x in corners])
    return np.concatenate([views, views[:, :, ::-1]])
