"""The shape of the foot inside a shoe (the shoemaker's last), as functions of the distance x.

x is the distance from the toe in shoe lengths, from 0 to 1. The flat pattern of the upper uses
stations p instead, also from 0 to 1, which lie closer together near both ends, where the outline
of the foot turns.
"""

from __future__ import annotations

import numpy as np

from sketchnet.data.synthetic.shoes.design import ShoeDesign

Lengths = np.ndarray | float

_WIDTH_AT = [0.0, 0.3, 0.42, 0.62, 0.85, 1.0]


def x_to_station(x: Lengths) -> np.ndarray:
    """The station p at the distance `x` from the toe."""
    return np.arccos(1 - 2 * np.clip(x, 0, 1)) / np.pi


def station_to_x(p: np.ndarray) -> np.ndarray:
    """The distance x of station `p` from the toe; the inverse of `x_to_station`."""
    return (1 - np.cos(np.pi * np.asarray(p, np.float32))) / 2


def half_width(design: ShoeDesign, x: Lengths) -> np.ndarray:
    """Half the width of the footprint at `x`."""
    x = np.asarray(x)
    body = np.interp(x, _WIDTH_AT, [0.93, 1.0, 0.94, design.waist, 0.72, 0.72])
    toe = ((design.toe_length - x) / design.toe_length).clip(0, 1)
    n = design.toe_roundness
    heel = ((x - 0.86) / 0.14).clip(0, 1)
    return design.width * body * (1 - toe**n) ** (1 / n) * (1 - heel**2.3) ** (1 / 2.3)


def centre_line(design: ShoeDesign, x: Lengths) -> np.ndarray:
    """The z coordinate of the middle of the footprint at `x`; the toe may turn inwards."""
    x = np.asarray(x)
    return -design.toe_turn * (1 - x / 0.45).clip(0, 1) ** 2


def bed_height(design: ShoeDesign, x: Lengths) -> np.ndarray:
    """Height of the foot bed above the ground at `x`."""
    x = np.asarray(x)
    lift = (x - 0.36) / 0.5
    spring = design.toe_spring * (1 - x / 0.3).clip(0, 1) ** 2
    return design.sole + design.platform + design.heel_height * smoothstep(lift) + spring


def instep_height(design: ShoeDesign, x: Lengths) -> np.ndarray:
    """Height of the top of the foot above the foot bed at `x`."""
    x = np.asarray(x)
    toe = design.toe_height * (1 - (1 - (x + 0.012) / 0.14).clip(0, 1) ** 2.2) ** 0.6
    return toe + design.instep * ((x - 0.1) / 0.45).clip(0, None) ** 1.35


def smoothstep(x: Lengths) -> np.ndarray:
    """The cubic step function: 0 for x ≤ 0, 1 for x ≥ 1, smooth in between."""
    x = np.asarray(x).clip(0, 1)
    return x * x * (3 - 2 * x)
