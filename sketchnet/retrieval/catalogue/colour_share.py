"""How much of a shoe has a wished colour, anywhere or at a place."""

from __future__ import annotations

import numpy as np

from sketchnet.imaging.colour_names import SHADES, likeness_to_names, named
from sketchnet.imaging.colours import COLUMNS, ROWS, lab_of, likeness
from sketchnet.retrieval.catalogue.filters import Place, WishedColour

_FILLED = 0.1  # share of a place that a shoe must fill to have a colour there


def share_of_colour(palettes: np.ndarray, areas: np.ndarray, wish: WishedColour) -> np.ndarray:
    """Return the share of the body, or of its part at the place, that has a colour: (N,) 0..1.

    One of the named colours stands for all of its shades, another for those near it.

    Args:
        palettes: (N, 5, 4), areas: (N, 6, 8, 4), as `imaging.colours.ShoeColours`.
    """
    if wish.place is None:
        return (_likeness(palettes[..., :3], wish) * palettes[..., 3]).sum(axis=1)
    inside = _overlap(wish.place)
    cells = inside > 0
    inside, areas = inside[cells], areas[:, cells]  # (c,), (N, c, 4)
    body = areas[..., 3] * inside
    filled = body.sum(axis=1)
    alike = (_likeness(areas[..., :3], wish) * body).sum(axis=1)
    return np.where(filled >= _FILLED * inside.sum(), alike / np.maximum(filled, 1e-6), 0)


def shares_of_names(palettes: np.ndarray) -> np.ndarray:
    """Return the share of the body of each photo that has each named colour: (N, 12) 0..1."""
    return (likeness_to_names(palettes[..., :3]) * palettes[..., 3:]).sum(axis=1)


def _likeness(lab: np.ndarray, wish: WishedColour) -> np.ndarray:
    name = named(wish.colour)
    if name is None:
        return likeness(lab, lab_of(wish.colour))
    return likeness_to_names(lab)[..., [*SHADES].index(name)]


def _overlap(place: Place) -> np.ndarray:
    """The share of each cell of the grid that lies in a place: (6, 8)."""
    left, top, right, bottom = place

    def along(low: float, high: float, count: int) -> np.ndarray:
        edges = np.arange(count + 1) / count
        return np.clip(np.minimum(edges[1:], high) - np.maximum(edges[:-1], low), 0, None) * count

    return along(top, bottom, ROWS)[:, None] * along(left, right, COLUMNS)[None]
