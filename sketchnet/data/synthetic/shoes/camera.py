"""Where a shoe is looked at from: points of the shoe (x, y, z) to points of the picture."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

_PERSPECTIVE = 0.12  # shoe lengths⁻¹: a catalogue's long lens


@dataclass(frozen=True)
class Camera:
    """A view of a shoe that stands toe to the left: x to the heel, y up, z to the viewer.

    `azimuth` turns the toe towards the viewer, `elevation` lifts the viewer; both in degrees.
    """

    azimuth: float = 24.0
    elevation: float = 15.0

    @cached_property
    def axes(self) -> np.ndarray:
        """Columns (3, 3): the unit vectors to the right, down and towards the viewer."""
        a, e = np.radians([self.azimuth, self.elevation])
        right = [np.cos(a), 0, np.sin(a)]
        level = np.array([-np.sin(a), 0, np.cos(a)])  # towards the viewer's foot
        down = level * np.sin(e) - np.array([0, np.cos(e), 0])
        towards = level * np.cos(e) + np.array([0, np.sin(e), 0])
        return np.column_stack([right, down, towards]).astype(np.float32)

    @property
    def towards(self) -> np.ndarray:
        """The unit vector (3,) from the shoe to the viewer."""
        return self.axes[:, 2]

    def project(self, points: np.ndarray) -> np.ndarray:
        """Points (…, 3) in shoe lengths → (…, 3): x to the right, y down, and nearness."""
        placed = (points - _MIDDLE) @ self.axes
        placed[..., :2] /= 1 - _PERSPECTIVE * placed[..., 2:]
        return placed.astype(np.float32)


_MIDDLE = np.array([0.5, 0, 0], np.float32)
