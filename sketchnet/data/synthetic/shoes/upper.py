"""The upper of a shoe as a surface: a flat pattern wrapped around the last.

A point of the upper has coordinates (p, t) on the flat pattern. The station p runs from 0 at the
toe to 1 at the heel. t runs from 0 at the near edge of the sole to 1 at the top, and on to 2 at the
far edge of the sole. The top is the ridge of the foot in front of the throat, and the edge of the
opening behind it. The near wall (t ≤ 1) faces the viewer. Every seam, strap and cut-out of a shoe
is a curve in these coordinates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sketchnet.data.synthetic.shoes.design import ShoeDesign
from sketchnet.data.synthetic.shoes.last import (
    bed_height,
    centre_line,
    half_width,
    instep_height,
    smoothstep,
    station_to_x,
    x_to_station,
)

STATIONS, LEVELS = 73, 25  # grid points of a wall along p and along t

_P = np.linspace(0, 1, STATIONS, dtype=np.float32)
_T = np.linspace(0, 1, LEVELS, dtype=np.float32)
_BEND = 0.50  # x at which the top of the foot turns into the front of the leg
_ANKLE = 0.5  # station of the same place


@dataclass(frozen=True)
class Upper:
    """The two walls of an upper, and the map from the flat pattern to points of the shoe.

    Attributes:
        near: The wall that faces the viewer, (LEVELS, STATIONS, 3) in shoe lengths, t by p.
        far: The other wall, in the same form.
        throat: The station at which the opening begins.
    """

    near: np.ndarray
    far: np.ndarray
    throat: float

    def at(self, pattern: np.ndarray) -> np.ndarray:
        """Map pattern coordinates (n, 2), p and t from 0 to 2, to points (n, 3) of the shoe."""
        pattern = np.asarray(pattern, np.float32)
        near = pattern[:, 1] <= 1
        t = np.where(near, pattern[:, 1], 2 - pattern[:, 1])
        points = np.empty((len(pattern), 3), np.float32)
        points[near] = _sample(self.near, pattern[near, 0], t[near])
        points[~near] = _sample(self.far, pattern[~near, 0], t[~near])
        return points

    def frame(self, p: float, t: float) -> np.ndarray:
        """A local frame: the point, the unit vectors along p and up the wall, and the normal.

        Returns rows (4, 3).
        """
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
        """The t (n,) at which the near wall reaches `height` at stations `p`; 1 if it is lower."""
        return _crossing(_columns(self.near[:, :, 1], p), height)

    def inset(self, p: np.ndarray, distance: np.ndarray | float) -> np.ndarray:
        """The t (n,) that lies `distance` below the top of the near wall at stations `p`."""
        steps = np.linalg.norm(np.diff(self.near, axis=0), axis=-1)
        up = np.concatenate([np.zeros((1, STATIONS)), np.cumsum(steps, axis=0)])
        columns = _columns(up, p)
        return _crossing(columns, columns[-1] - distance)


def build_upper(design: ShoeDesign) -> Upper:
    """Build the walls of the upper of `design`."""
    throat = float(x_to_station(design.throat))
    x = station_to_x(_P)
    wide = half_width(design, x)
    centre = centre_line(design, x)
    bottom = bed_height(design, x)
    top, gap = _top_edge(design, throat)

    # In cross-section a wall is about a quarter of an ellipse, from the sole to the ridge.
    angle = _T[:, None] * np.pi / 2
    inward = np.cos(angle).clip(0, 1) ** 0.75
    rising = np.sin(angle).clip(0, 1) ** 0.92
    back = smoothstep((_P - 0.62) / 0.38)
    height = bottom + (top[:, 1] - bottom) * rising
    along = x + (top[:, 0] - x) * _T[:, None] ** 0.9 + back * _back_profile(design, height - bottom)
    width = gap + (wide - gap) * inward
    if design.shaft:
        width = _add_leg(design, along, height, height - bottom, width)
    width = width * (_P > 0) * (_P < 1)
    lean = centre * (1 - 0.3 * _T[:, None])
    near = np.stack([along, height, lean + width], axis=-1)
    far = np.stack([along, height, lean - width], axis=-1)
    return Upper(near.astype(np.float32), far.astype(np.float32), throat)


def _top_edge(design: ShoeDesign, throat: float) -> tuple[np.ndarray, np.ndarray]:
    """The top edge of the walls, x and y (STATIONS, 2), and half the gap between them (STATIONS,).

    In front of the throat the walls meet on the ridge of the foot, and the gap is 0.
    """
    x = station_to_x(_P)
    ridge_x = x + 0.02 * (1 - _P / throat).clip(0, 1) ** 2
    ridge_y = bed_height(design, ridge_x) + instep_height(design, ridge_x)
    turn = np.clip((_P - throat) / (1 - throat), 0, 1)
    ease = (1 - np.cos(np.pi * turn)) / 2
    gap = design.opening * np.sin(np.pi * turn).clip(0, 1) ** design.opening_shape

    if design.shaft:
        # Behind the ankle the ridge is the front of the shaft, up to the throat at its top.
        climb = ((_P - _ANKLE) / (throat - _ANKLE)).clip(0, 1)
        start = bed_height(design, _BEND) + instep_height(design, _BEND)
        end = bed_height(design, 0.8) + 0.36 + design.shaft
        front = 0.955 - design.shaft_width - design.shaft_flare
        ridge_x = np.where(_P < _ANKLE, ridge_x, _BEND + (front - _BEND) * climb**1.3)
        ridge_y = np.where(_P < _ANKLE, ridge_y, start + (end - start) * climb)
        bend = 1 - smoothstep((_P - _ANKLE - 0.03) / 0.06)  # rounds the bend, keeps the top
        ridge_x = ridge_x + (_running_mean(ridge_x) - ridge_x) * bend
        ridge_y = ridge_y + (_running_mean(ridge_y) - ridge_y) * bend
        rim_x = front + (0.955 + design.shaft_flare - front) * ease
        rim_y = end - design.shaft_slope * ease - design.shaft_dip * np.sin(np.pi * ease) ** 2
    else:
        rise = instep_height(design, design.throat) + design.throat_rise
        rim_x = design.throat + (1 - design.back_lean - design.throat) * ease
        above = (
            design.side_height
            + (rise - design.side_height) * (1 - ease) ** 2.4
            + (design.back_height - design.side_height) * ease**2.6
        )
        rim_y = bed_height(design, rim_x) + above
        ridge_y = ridge_y + design.throat_rise * smoothstep(_P / throat - 0.4) / smoothstep(0.6)
    behind = throat < _P
    top = np.stack([np.where(behind, rim_x, ridge_x), np.where(behind, rim_y, ridge_y)], axis=-1)
    return top, np.where(behind, gap, 0.0)


def _running_mean(line: np.ndarray) -> np.ndarray:
    """A running mean over seven points, which rounds the corner at the ankle."""
    padded = np.pad(line, 3, mode="reflect", reflect_type="odd")
    return np.convolve(padded, np.ones(7) / 7, mode="valid")


def _back_profile(design: ShoeDesign, height: np.ndarray) -> np.ndarray:
    """How far the back of the shoe protrudes at `height` above the foot bed."""
    heel = 0.022 * np.exp(-(((height - 0.10) / 0.08) ** 2))
    if not design.shaft:
        return heel
    ankle = -0.05 * np.exp(-(((height - 0.33) / 0.14) ** 2))
    calf = 0.05 * np.exp(-(((height - 0.85) / 0.3) ** 2)) * smoothstep((design.shaft - 0.3) / 0.5)
    return heel + ankle + calf


def _add_leg(
    design: ShoeDesign, along: np.ndarray, height: np.ndarray, above: np.ndarray, foot: np.ndarray
) -> np.ndarray:
    """Half the width of foot and leg: with increasing height, slices turn into ellipses.

    All arguments and the result are grids (LEVELS, STATIONS): x, height above the ground, height
    above the foot bed, and half the width of the foot alone.
    """
    ridge = height[-1, : int(np.argmax(height[-1])) + 1]
    front = np.interp(height, np.maximum.accumulate(ridge), along[-1, : len(ridge)])
    behind = np.interp(height, height[:, -1], along[:, -1])
    middle_x, radius = (front + behind) / 2, np.maximum((behind - front) / 2, 1e-3)
    offset = ((along - middle_x) / radius).clip(-1, 1)
    slim = 1 - 0.15 * np.exp(-(((above - 0.36) / 0.16) ** 2))
    leg = np.minimum(radius * 0.9, design.width * 1.15) * slim * np.sqrt(1 - offset**2)
    share = smoothstep((above - 0.06) / 0.22)
    return foot * (1 - share) + leg * share


def _columns(grid: np.ndarray, p: np.ndarray) -> np.ndarray:
    """The columns (LEVELS, n) of `grid` (LEVELS, STATIONS), interpolated at stations `p` (n,)."""
    place = np.clip(p, 0, 1) * (STATIONS - 1)
    i = np.minimum(place.astype(int), STATIONS - 2)
    return grid[:, i] * (1 - (place - i)) + grid[:, i + 1] * (place - i)


def _crossing(columns: np.ndarray, value: np.ndarray | float) -> np.ndarray:
    """The t (n,) from 0 to 1 at which each increasing column (LEVELS, n) reaches its value."""
    below = (columns < value).sum(axis=0).clip(1, LEVELS - 1)
    order = np.arange(columns.shape[1])
    low, high = columns[below - 1, order], columns[below, order]
    share = ((value - low) / np.maximum(high - low, 1e-6)).clip(0, 1)
    return (below - 1 + share) / (LEVELS - 1)


def _sample(grid: np.ndarray, p: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Bilinear samples (n, 3) of `grid` (LEVELS, STATIONS, 3) at p and t from 0 to 1."""
    column = np.clip(p, 0, 1) * (STATIONS - 1)
    row = np.clip(t, 0, 1) * (LEVELS - 1)
    i = np.minimum(column.astype(int), STATIONS - 2)
    j = np.minimum(row.astype(int), LEVELS - 2)
    u, v = (column - i)[:, None], (row - j)[:, None]
    low = grid[j, i] * (1 - u) + grid[j, i + 1] * u
    high = grid[j + 1, i] * (1 - u) + grid[j + 1, i + 1] * u
    return low * (1 - v) + high * v
