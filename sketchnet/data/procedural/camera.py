"""Where a shoe is looked at from: points of the shoe (x, y, z) to points of the picture."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

_PERSPECTIVE = 0.12  # shoe lengths⁻¹: a catalogue's long lens


@dataclass(frozen=True)
class Camera:
    """A view of a shoe that stands toe to the left: x to the heel, y up, z to the viewer.

    `azimuth` turns the toe towards the viewer, `elevation` lifts the viewer; both in degrees.
    """

    azimuth: float = 24.0
    elevation: float = 15.0

    @property
    def towards(self) -> np.ndarray:
        """The unit vector (3,) from the shoe to the viewer."""
        a, e = np.radians([self.azimuth, self.elevation])
        return np.array([-np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)], np.float32)

    def project(self, points: np.ndarray) -> np.ndarray:
        """Points (…, 3) in shoe lengths → (…, 3): x to the right, y down, and nearness."""
        a, e = np.radians([self.azimuth, self.elevation])
        x, y, z = points[..., 0] - 0.5, points[..., 1], points[..., 2]
        across = x * np.cos(a) + z * np.sin(a)
        near = z * np.cos(a) - x * np.sin(a)
        up = y * np.cos(e) - near * np.sin(e)
        nearness = near * np.cos(e) + y * np.sin(e)
        scale = 1 / (1 - _PERSPECTIVE * nearness)
        return np.stack([across * scale, -up * scale, nearness], axis=-1).astype(np.float32)
