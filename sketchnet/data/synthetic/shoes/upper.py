"""The upper as a surface: flat leather pulled over a last.

A point of the upper is named by its place on the flat pattern, (p, t). p runs from 0 at the toe to
1 at the heel, t from 0 at the sole to 1 at the top: the ridge of the foot before the throat, the
edge of the opening behind it. The near wall faces the viewer; the far wall is reached with t from
1 down the other side to 2. Every seam, strap and cut-out of a shoe is a curve on this pattern.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sketchnet.data.synthetic.shoes.design import ShoeDesign

Lengths = np.ndarray | float

STATIONS, LEVELS = 73, 25  # points of a wall along p and t


@dataclass(frozen=True)
class Upper:
    """`near` and `far` walls, each (LEVELS, STATIONS, 3) in shoe lengths, t by p."""

    near: np.ndarray
    far: np.ndarray
    throat: float  # the p at which the opening begins

    def at(self, pattern: np.ndarray) -> np.ndarray:
        """Points (n, 2) of the pattern, (p, t) with t from 0 to 2 → points (n, 3) of the shoe."""
        pattern = np.asarray(pattern, np.float32)
        near = pattern[:, 1] <= 1
        t = np.where(near, pattern[:, 1], 2 - pattern[:, 1])
        points = np.empty((len(pattern), 3), np.float32)
        points[near] = _between(self.near, pattern[near, 0], t[near])
        points[~near] = _between(self.far, pattern[~near, 0], t[~near])
        return points

    def frame(self, p: float, t: float) -> np.ndarray:
        """Rows (4, 3): the point, its unit directions along p and up the leather, its normal."""
        step = 0.02
        p, top = min(max(p, step), 1 - step), 1.0 if t <= 1 else 2.0
        level = min(max(t, top - 1 + step), top - step)
        around = [
            (p, t),
            (p - step, level),
            (p + step, level),
            (p, level - step),
            (p, level + step),
        ]
        here, before, behind, low, high = self.at(np.array(around))
        along, up = behind - before, (high - low) * (1 if t <= 1 else -1)
        along /= np.linalg.norm(along) + 1e-9
        up -= along * (up @ along)
        up /= np.linalg.norm(up) + 1e-9
        normal = np.cross(along, up) * (1 if t <= 1 else -1)
        return np.stack([here, along, up, normal])

    def level_at(self, p: np.ndarray, height: np.ndarray | float) -> np.ndarray:
        """The t (n,) at which the near wall reaches `height` at stations `p`; 1 where it never."""
        return _crossing(_columns(self.near[:, :, 1], p), height)

    def inset(self, p: np.ndarray, distance: np.ndarray | float) -> np.ndarray:
        """The t (n,) that lies `distance` shoe lengths down the wall from its top, at `p`."""
        steps = np.linalg.norm(np.diff(self.near, axis=0), axis=-1)
        up = np.concatenate([np.zeros((1, STATIONS)), np.cumsum(steps, axis=0)])
        columns = _columns(up, p)
        return _crossing(columns, columns[-1] - distance)


_P = np.linspace(0, 1, STATIONS, dtype=np.float32)
_T = np.linspace(0, 1, LEVELS, dtype=np.float32)


_BEND = 0.50  # where the foot's top turns into the leg's front
_ANKLE = 0.5  # the p of that place


def station(x: float | np.ndarray) -> np.ndarray:
    """The p whose foot on the sole lies at `x` shoe lengths from the toe."""
    return np.arccos(1 - 2 * np.clip(x, 0, 1)) / np.pi


def stretch(p: np.ndarray) -> np.ndarray:
    """The inverse of `station`: p close together at both ends, where the outline turns."""
    return (1 - np.cos(np.pi * np.asarray(p, np.float32))) / 2


def half_width(design: ShoeDesign, x: Lengths) -> np.ndarray:
    """Half the width of the footprint at `x` from the toe."""
    x = np.asarray(x)
    body = np.interp(x, _WIDTH_AT, [0.93, 1.0, 0.94, design.waist, 0.72, 0.72])
    toe = ((design.toe_length - x) / design.toe_length).clip(0, 1)
    n = design.toe_roundness
    heel = ((x - 0.86) / 0.14).clip(0, 1)
    return design.width * body * (1 - toe**n) ** (1 / n) * (1 - heel**2.3) ** (1 / 2.3)


_WIDTH_AT = [0.0, 0.3, 0.42, 0.62, 0.85, 1.0]


def middle(design: ShoeDesign, x: Lengths) -> np.ndarray:
    """Where the footprint's middle lies, z at `x`: the tip may point inwards."""
    x = np.asarray(x)
    return -design.toe_turn * (1 - x / 0.45).clip(0, 1) ** 2


def seat(design: ShoeDesign, x: Lengths) -> np.ndarray:
    """Height of the foot's bed above the ground at `x`."""
    x = np.asarray(x)
    lift = (x - 0.36) / 0.5
    spring = design.toe_spring * (1 - x / 0.3).clip(0, 1) ** 2
    return design.sole + design.platform + design.heel_height * smooth(lift) + spring


def instep(design: ShoeDesign, x: Lengths) -> np.ndarray:
    """Height of the top of the foot above its bed at `x`."""
    x = np.asarray(x)
    toe = design.toe_height * (1 - (1 - (x + 0.012) / 0.14).clip(0, 1) ** 2.2) ** 0.6
    return toe + design.instep * ((x - 0.1) / 0.45).clip(0, None) ** 1.35


def smooth(x: Lengths) -> np.ndarray:
    """0 below 0, 1 above 1, and no corner between."""
    x = np.asarray(x).clip(0, 1)
    return x * x * (3 - 2 * x)


def build_upper(design: ShoeDesign) -> Upper:
    """Pull the pattern over the last of `design`."""
    throat = float(station(design.throat))
    x = stretch(_P)
    wide = half_width(design, x)
    centre = middle(design, x)
    bottom = seat(design, x)
    top, reach = _top(design, throat)

    # The wall stands over the sole's edge and closes over the foot like a quarter of an ellipse.
    angle = _T[:, None] * np.pi / 2
    inward = np.cos(angle).clip(0, 1) ** 0.75
    rising = np.sin(angle).clip(0, 1) ** 0.92
    back = smooth((_P - 0.62) / 0.38)
    height = bottom + (top[:, 1] - bottom) * rising
    along = x + (top[:, 0] - x) * _T[:, None] ** 0.9 + back * _back(design, height - bottom)
    full = reach + (wide - reach) * inward
    if design.shaft:
        full = _leg(design, along, height, height - bottom, full)
    full = full * (_P > 0) * (_P < 1)
    lean = centre * (1 - 0.3 * _T[:, None])
    near = np.stack([along, height, lean + full], axis=-1)
    far = np.stack([along, height, lean - full], axis=-1)
    return Upper(near.astype(np.float32), far.astype(np.float32), throat)


def _top(design: ShoeDesign, throat: float) -> tuple[np.ndarray, np.ndarray]:
    """The upper edge of the walls: (STATIONS, 2) x, y; and half the gap between them (STATIONS,).

    Before the throat the walls meet on the ridge and the gap is 0.
    """
    x = stretch(_P)
    ridge_x = x + 0.02 * (1 - _P / throat).clip(0, 1) ** 2
    ridge_y = seat(design, ridge_x) + instep(design, ridge_x)
    turn = np.clip((_P - throat) / (1 - throat), 0, 1)
    ease = (1 - np.cos(np.pi * turn)) / 2
    gap = design.opening * np.sin(np.pi * turn).clip(0, 1) ** design.opening_shape

    if design.shaft:
        # From the ankle on the ridge is the front of the shaft, up to the throat at its top.
        climb = ((_P - _ANKLE) / (throat - _ANKLE)).clip(0, 1)
        start = seat(design, _BEND) + instep(design, _BEND)
        end = seat(design, 0.8) + 0.36 + design.shaft
        front = 0.955 - design.shaft_width - design.shaft_flare
        ridge_x = np.where(_P < _ANKLE, ridge_x, _BEND + (front - _BEND) * climb**1.3)
        ridge_y = np.where(_P < _ANKLE, ridge_y, start + (end - start) * climb)
        bend = 1 - smooth((_P - _ANKLE - 0.03) / 0.06)  # no corner there, but the top stays
        ridge_x = ridge_x + (_softened(ridge_x) - ridge_x) * bend
        ridge_y = ridge_y + (_softened(ridge_y) - ridge_y) * bend
        rim_x = front + (0.955 + design.shaft_flare - front) * ease
        rim_y = end - design.shaft_slope * ease - design.shaft_dip * np.sin(np.pi * ease) ** 2
    else:
        rise = instep(design, design.throat) + design.throat_rise
        rim_x = design.throat + (1 - design.back_lean - design.throat) * ease
        above = (
            design.side_height
            + (rise - design.side_height) * (1 - ease) ** 2.4
            + (design.back_height - design.side_height) * ease**2.6
        )
        rim_y = seat(design, rim_x) + above
        ridge_y = ridge_y + design.throat_rise * smooth(_P / throat - 0.4) / smooth(0.6)
    behind = throat < _P
    top = np.stack([np.where(behind, rim_x, ridge_x), np.where(behind, rim_y, ridge_y)], axis=-1)
    return top, np.where(behind, gap, 0.0)


def _softened(line: np.ndarray) -> np.ndarray:
    """A small running mean: the bend of an ankle has no corner."""
    padded = np.pad(line, 3, mode="reflect", reflect_type="odd")
    return np.convolve(padded, np.ones(7) / 7, mode="valid")


def _back(design: ShoeDesign, height: np.ndarray) -> np.ndarray:
    """How far the back line stands out at `height` above the bed: heel, ankle, calf."""
    heel = 0.022 * np.exp(-(((height - 0.10) / 0.08) ** 2))
    if not design.shaft:
        return heel
    ankle = -0.05 * np.exp(-(((height - 0.33) / 0.14) ** 2))
    calf = 0.05 * np.exp(-(((height - 0.85) / 0.3) ** 2)) * smooth((design.shaft - 0.3) / 0.5)
    return heel + ankle + calf


def _leg(
    design: ShoeDesign, along: np.ndarray, height: np.ndarray, above: np.ndarray, foot: np.ndarray
) -> np.ndarray:
    """Half the width where a leg stands on the foot: level slices become ellipses."""
    ridge = height[-1, : int(np.argmax(height[-1])) + 1]
    front = np.interp(height, np.maximum.accumulate(ridge), along[-1, : len(ridge)])
    behind = np.interp(height, height[:, -1], along[:, -1])
    middle_x, radius = (front + behind) / 2, np.maximum((behind - front) / 2, 1e-3)
    offset = ((along - middle_x) / radius).clip(-1, 1)
    slim = 1 - 0.15 * np.exp(-(((above - 0.36) / 0.16) ** 2))
    leg = np.minimum(radius * 0.9, design.width * 1.15) * slim * np.sqrt(1 - offset**2)
    share = smooth((above - 0.06) / 0.22)
    return foot * (1 - share) + leg * share


def _columns(grid: np.ndarray, p: np.ndarray) -> np.ndarray:
    """The columns of `grid` (LEVELS, STATIONS) at stations `p`: (LEVELS, n)."""
    place = np.clip(p, 0, 1) * (STATIONS - 1)
    i = np.minimum(place.astype(int), STATIONS - 2)
    return grid[:, i] * (1 - (place - i)) + grid[:, i + 1] * (place - i)


def _crossing(columns: np.ndarray, value: np.ndarray | float) -> np.ndarray:
    """The t (n,) in 0 … 1 at which each rising column reaches its value."""
    below = (columns < value).sum(axis=0).clip(1, LEVELS - 1)
    order = np.arange(columns.shape[1])
    low, high = columns[below - 1, order], columns[below, order]
    share = ((value - low) / np.maximum(high - low, 1e-6)).clip(0, 1)
    return (below - 1 + share) / (LEVELS - 1)


def _between(grid: np.ndarray, p: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Bilinear samples (n, 3) of `grid` at p, t in 0 … 1."""
    column = np.clip(p, 0, 1) * (STATIONS - 1)
    row = np.clip(t, 0, 1) * (LEVELS - 1)
    i = np.minimum(column.astype(int), STATIONS - 2)
    j = np.minimum(row.astype(int), LEVELS - 2)
    u, v = (column - i)[:, None], (row - j)[:, None]
    low = grid[j, i] * (1 - u) + grid[j, i + 1] * u
    high = grid[j + 1, i] * (1 - u) + grid[j + 1, i + 1] * u
    return low * (1 - v) + high * v
