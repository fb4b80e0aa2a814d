"""The twelve named colours and their shades: navy and sky are blue, tan is brown.

A colour belongs to the name whose nearest shade is nearer than those of all other names, by
distance in CIE Lab (ΔE). Near the border between two names it belongs to both in part.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from sketchnet.imaging.colours import NAMED_COLOURS, Colour, lab_of

SHADES: dict[str, tuple[Colour, ...]] = {
    "black": ((35, 33, 35), (22, 22, 24)),
    "white": ((240, 240, 238), (222, 222, 224)),
    "grey": ((130, 130, 132), (96, 98, 102), (165, 165, 168)),
    "brown": ((100, 64, 40), (62, 42, 34), (128, 80, 44), (160, 106, 62)),
    "beige": ((208, 184, 150), (228, 210, 182), (196, 156, 114)),
    "red": ((190, 38, 42), (74, 26, 34), (122, 34, 36), (225, 50, 50)),
    "pink": ((232, 150, 170), (222, 92, 130), (244, 196, 204)),
    "orange": ((226, 120, 50), (240, 150, 80)),
    "yellow": ((232, 194, 70), (214, 184, 100), (246, 220, 110)),
    "green": ((80, 125, 70), (40, 70, 48), (140, 170, 110), (64, 148, 140)),
    "blue": ((48, 84, 155), (44, 50, 78), (38, 56, 112), (120, 170, 205), (165, 208, 222)),
    "purple": ((118, 80, 148), (74, 46, 88), (170, 140, 190)),
}
"""The first shade of each name is its entry of `NAMED_COLOURS`."""

_BORDER = 16.0  # ΔE between two names over which a colour changes from one to the other
_NEAR, _FAR = 25.0, 40.0  # ΔE from the nearest shade up to which, and from which on not, it counts
_CHUNK = 65_536  # colours that are compared at once

_LAB = lab_of([shade for shades in SHADES.values() for shade in shades])
_FIRST = np.cumsum([0, *map(len, SHADES.values())])[:-1]
_NAMES = [name for name, shades in SHADES.items() for _ in shades]
_BY_COLOUR = {colour: name for name, colour in NAMED_COLOURS.items()}


def name_of(lab: np.ndarray) -> str:
    """Return the name of a colour (3,) in Lab."""
    return _NAMES[int(np.argmin(np.linalg.norm(_LAB - lab, axis=1)))]


def named(colour: Colour) -> str | None:
    """Return the name whose entry in `NAMED_COLOURS` a colour is; None for any other colour."""
    return _BY_COLOUR.get(colour)


def likeness_to_names(lab: Any) -> np.ndarray:
    """Return how far colours (…, 3) in Lab have each of the names: (…, 12) float32, 0..1."""
    colours = np.asarray(lab, np.float32)
    flat = colours.reshape(-1, 3)
    found = np.empty((len(flat), len(SHADES)), np.float32)
    for start in range(0, len(flat), _CHUNK):
        found[start : start + _CHUNK] = _likeness(flat[start : start + _CHUNK])
    return found.reshape(*colours.shape[:-1], len(SHADES))


def _likeness(lab: np.ndarray) -> np.ndarray:
    squares = (lab**2).sum(axis=1)[:, None] - 2 * lab @ _LAB.T + (_LAB**2).sum(axis=1)
    nearest = np.sqrt(np.maximum(np.minimum.reduceat(squares, _FIRST, axis=1), 0))  # (n, 12)
    best = np.partition(nearest, 1, axis=1)[:, :2]
    # The nearest other name: for the best name itself the second best.
    other = np.where(nearest == best[:, :1], best[:, 1:], best[:, :1])
    share = np.clip(0.5 + (other - nearest) / _BORDER, 0, 1)
    return share * np.clip((_FAR - nearest) / (_FAR - _NEAR), 0, 1)
