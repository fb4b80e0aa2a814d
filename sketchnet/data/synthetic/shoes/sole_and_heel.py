"""The sole, the foot bed and the heel of a shoe as surfaces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sketchnet.data.synthetic.shoes.design import ShoeDesign
from sketchnet.data.synthetic.shoes.last import (
    bed_height,
    centre_line,
    half_width,
    smoothstep,
    station_to_x,
)

ONE_PIECE = ("flat", "wedge")  # heel shapes that form one piece with the sole

_INSET = {  # how far the heel is set back under the foot
    "stiletto": 0.035,
    "spool": 0.03,
    "cone": 0.045,
    "cuban": 0.02,
}
_AROUND = 61  # grid points of half the outline
_LEVELS = 9  # grid points of the height of the sole


@dataclass(frozen=True)
class Bottom:
    """The surfaces below the upper.

    Attributes:
        edge: Side of the sole, (levels, around, 3): level 0 at the ground; around from the heel
            along the far side to the toe, and back along the near side.
        bed: Foot bed, (along, across, 3), the heel first.
        heel: Side of the heel, (levels, around, 3) from the ground up; None if sole and heel are
            one piece.
    """

    edge: np.ndarray
    bed: np.ndarray
    heel: np.ndarray | None


def build_bottom(design: ShoeDesign) -> Bottom:
    """Build the sole and the heel that fit `build_upper(design)`."""
    p = np.linspace(0, 1, _AROUND)
    x = station_to_x(p)
    wide = half_width(design, x) * (1 + design.sole_edge / design.width)
    x = 0.5 + (x - 0.5) * (1 + 1.6 * design.sole_edge)
    at = x.clip(0, 1)
    top = bed_height(design, at)
    low = underside_height(design, at)
    centre = centre_line(design, at)

    loop_x = np.concatenate([x[::-1], x[1:]])
    loop_z = np.concatenate([(centre - wide)[::-1], (centre + wide)[1:]])
    loop_top = np.concatenate([top[::-1], top[1:]])
    loop_low = np.concatenate([low[::-1], low[1:]])
    level = np.linspace(0, 1, _LEVELS)[:, None]
    # The side curves inwards at the ground, like that of a moulded sole.
    tuck = 1 - 0.10 * (1 - level) ** 3
    edge = np.stack(
        [
            0.5 + (loop_x - 0.5) * (1 - 0.25 * (1 - tuck)) + 0 * level,
            loop_low + (loop_top - loop_low) * level,
            loop_z * tuck,
        ],
        axis=-1,
    )
    across = np.linspace(-1, 1, 17)
    bed = np.stack(
        [
            x[::-1, None] + 0 * across,
            top[::-1, None] + 0 * across,
            centre[::-1, None] + wide[::-1, None] * across,
        ],
        axis=-1,
    )
    heel = None if design.heel_shape in ONE_PIECE else _heel(design)
    return Bottom(edge.astype(np.float32), bed.astype(np.float32), heel)


def underside_height(design: ShoeDesign, x: np.ndarray) -> np.ndarray:
    """Height of the lower face of the sole at `x`; about 0 if sole and heel are one piece."""
    spring = design.toe_spring * (1 - x / 0.3).clip(0, 1) ** 2
    if design.heel_shape in ONE_PIECE:
        roll = 0.012 * ((x - 0.88) / 0.12).clip(0, 1) ** 2
        return spring + roll
    lift = smoothstep((x - 0.36) / 0.5)
    return spring + (design.heel_height + design.platform) * lift


def _heel(design: ShoeDesign) -> np.ndarray:
    """Horizontal slices of the heel, flat in front and round at the back."""
    back = 0.992 + design.sole_edge
    level = np.linspace(0, 1, 17)[:, None]  # 0 at the ground
    slim = _taper(design.heel_shape, level, design.heel_tip)
    length = design.heel_length * slim
    # The axis of a heel is inclined: towards the ground it moves forward under the foot.
    x_back = back - _INSET.get(design.heel_shape, 0.0) * (1 - level)
    # Around the slice: from the back along the far side, across the front, along the near side.
    turn = np.linspace(0, np.pi / 2, 13)
    curved = np.cos(turn).clip(0, 1) ** 0.8
    around_x = np.concatenate([curved, [0.0], curved[::-1]])
    around_z = np.concatenate([-np.sin(turn), [0.0], np.sin(turn)[::-1]])
    wide = half_width(design, 0.86) * (1 + design.sole_edge / design.width)
    deep = np.minimum(1, slim * 1.15) if design.heel_shape != "flare" else slim
    x = x_back - length + length * around_x
    z = centre_line(design, 0.9) + wide * deep * around_z
    ceiling = underside_height(design, x.clip(0, 1)) + 0.006
    return np.stack([x, ceiling * level, z], axis=-1).astype(np.float32)


def _taper(shape: str, level: np.ndarray, tip: float) -> np.ndarray:
    """Length of a slice as a share of the heel's length at its top. `level` is 0 at the ground."""
    if shape == "stiletto":
        return tip + (1 - tip) * level.clip(0, 1) ** 3.2
    if shape == "spool":
        waist = tip * 0.7
        return waist + (1 - waist) * level**2.6 + (tip - waist) * (1 - level) ** 4
    return tip + (1 - tip) * level
