"""How much of a shoe has a wished colour, anywhere or at a place."""

from __future__ import annotations

import numpy as np

from sketchnet.imaging.colours import COLUMNS, ROWS, lab_of, likeness
from sketchnet.retrieval.catalogue.filters import Place, WishedColour

_FILLED = 0.1  # share of a place that a shoe must fill to have a colour there


def share_of_colour(palettes: np.ndarray, areas: np.ndarray, wish: WishedColour) -> np.ndarray:
    """Return the share of the body, or of its part at the place, that has a colour: (N,) 0..1.

    Args:
        palettes: (N, 5, 4), areas: (N, 6, 8, 4), as `imaging.colours.ShoeColours`.
    """
    lab = lab_of(wish.colour)
    if wish.place is None:
        return (likeness(palettes[..., :3], lab) * palettes[..., 3]).sum(axis=1)
    inside = _overlap(wish.place)
    body = areas[..., 3] * inside
    filled = body.sum(axis=(1, 2))
    alike = (likeness(areas[..., :3], lab) * body).sum(axis=(1, 2))
    return np.where(filled >= _FILLED * inside.sum(), alike / np.maximum(filled, 1e-6), 0)


def _overlap(place: Place) -> np.ndarray:
    """The share of each cell of the grid that lies in a place: (6, 8)."""
    left, top, right, bottom = place

    def along(low: float, high: float, count: int) -> np.ndarray:
        edges = np.arange(count + 1) / count
        return np.clip(np.minimum(edges[1:], high) - np.maximum(edges[:-1], low), 0, None) * count

    return along(top, bottom, ROWS)[:, None] * along(left, right, COLUMNS)[None]
