"""What a shoe stands on: the sole's edge, its bed, and the heel, as surfaces."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sketchnet.data.synthetic.shoes.design import ShoeDesign
from sketchnet.data.synthetic.shoes.upper import half_width, middle, seat, smooth, stretch

SOLID = ("flat", "wedge")  # heels that are one piece with the sole

_SET_IN = {"stiletto": 0.035, "spool": 0.03, "cone": 0.045, "cuban": 0.02}
_AROUND = 61  # points of half the outline
_DOWN = 9


@dataclass(frozen=True)
class Bottom:
    """`edge`: the sole's wall (levels, around, 3), level 0 at the ground, around from the heel
    along the far side to the toe and back along the near side. `bed`: (along, across, 3), heel
    first. `heel`: (levels, around, 3) from the ground up, or None where the sole is solid."""

    edge: np.ndarray
    bed: np.ndarray
    heel: np.ndarray | None


def build_bottom(design: ShoeDesign) -> Bottom:
    """Sole and heel of `design`, to be worn under `shoe_last.build_upper(design)`."""
    p = np.linspace(0, 1, _AROUND)
    x = stretch(p)
    wide = half_width(design, x) * (1 + design.sole_edge / design.width)
    x = 0.5 + (x - 0.5) * (1 + 1.6 * design.sole_edge)
    at = x.clip(0, 1)
    top = seat(design, at)
    low = underside(design, at)
    centre = middle(design, at)

    loop_x = np.concatenate([x[::-1], x[1:]])
    loop_z = np.concatenate([(centre - wide)[::-1], (centre + wide)[1:]])
    loop_top = np.concatenate([top[::-1], top[1:]])
    loop_low = np.concatenate([low[::-1], low[1:]])
    level = np.linspace(0, 1, _DOWN)[:, None]
    # The edge leans in at the ground and is rounded, as a moulded sole is.
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
    heel = None if design.heel_shape in SOLID else _heel(design)
    return Bottom(edge.astype(np.float32), bed.astype(np.float32), heel)


def underside(design: ShoeDesign, x: np.ndarray) -> np.ndarray:
    """Height of the sole's lower face at `x`: on the ground where sole and heel are one."""
    spring = design.toe_spring * (1 - x / 0.3).clip(0, 1) ** 2
    if design.heel_shape in SOLID:
        roll = 0.012 * ((x - 0.88) / 0.12).clip(0, 1) ** 2
        return spring + roll
    lift = smooth((x - 0.36) / 0.5)
    return spring + (design.heel_height + design.platform) * lift


def _heel(design: ShoeDesign) -> np.ndarray:
    """Horizontal slices of the heel: flat in front, round behind."""
    back = 0.992 + design.sole_edge
    level = np.linspace(0, 1, 17)[:, None]  # 0 at the ground
    slim = _taper(design.heel_shape, level, design.heel_tip)
    length = design.heel_length * slim
    # A heel is set back under the foot: its axis drifts forward towards the ground.
    x_back = back - _SET_IN.get(design.heel_shape, 0.0) * (1 - level)
    # Once round: from the back along the far side, across the flat front, back on the near side.
    turn = np.linspace(0, np.pi / 2, 13)
    curved = np.cos(turn).clip(0, 1) ** 0.8
    around_x = np.concatenate([curved, [0.0], curved[::-1]])
    around_z = np.concatenate([-np.sin(turn), [0.0], np.sin(turn)[::-1]])
    wide = half_width(design, 0.86) * (1 + design.sole_edge / design.width)
    deep = np.minimum(1, slim * 1.15) if design.heel_shape != "flare" else slim
    x = x_back - length + length * around_x
    z = middle(design, 0.9) + wide * deep * around_z
    ceiling = underside(design, x.clip(0, 1)) + 0.006
    return np.stack([x, ceiling * level, z], axis=-1).astype(np.float32)


def _taper(shape: str, level: np.ndarray, tip: float) -> np.ndarray:
    """Length of a slice as a share of the heel's length on top."""
    if shape == "stiletto":
        return tip + (1 - tip) * level.clip(0, 1) ** 3.2
    if shape == "spool":
        waist = tip * 0.7
        return waist + (1 - waist) * level**2.6 + (tip - waist) * (1 - level) ** 4
    return tip + (1 - tip) * level
