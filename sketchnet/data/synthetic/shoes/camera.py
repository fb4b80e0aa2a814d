"""Camera of the shoe renderer: projects points of a shoe (x, y, z) onto the picture plane."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

_PERSPECTIVE = 0.12  # in 1 / shoe lengths: weak perspective, as of a telephoto lens
_ORIGIN = np.array([0.5, 0, 0], np.float32)  # the point of the shoe that the camera looks at


@dataclass(frozen=True)
class Camera:
    """A view of a shoe whose toe points to the left.

    Shoe coordinates are in shoe lengths: x from the toe to the heel, y up, z towards the viewer.

    Attributes:
        azimuth: Rotation about the vertical axis in degrees; positive turns the toe towards the
            viewer.
        elevation: Height of the viewpoint in degrees above the horizon.
    """

    azimuth: float = 24.0
    elevation: float = 15.0

    @cached_property
    def axes(self) -> np.ndarray:
        """Unit vectors to the right, down and towards the viewer, as columns (3, 3)."""
        a, e = np.radians([self.azimuth, self.elevation])
        right = [np.cos(a), 0, np.sin(a)]
        level = np.array([-np.sin(a), 0, np.cos(a)])  # towards the viewer, parallel to the ground
        down = level * np.sin(e) - np.array([0, np.cos(e), 0])
        towards = level * np.cos(e) + np.array([0, np.sin(e), 0])
        return np.column_stack([right, down, towards]).astype(np.float32)

    @property
    def towards(self) -> np.ndarray:
        """The unit vector (3,) from the shoe to the viewer."""
        return self.axes[:, 2]

    def project(self, points: np.ndarray) -> np.ndarray:
        """Project points (…, 3) of the shoe.

        Returns:
            (…, 3) float32: x to the right, y down, and the depth (larger is nearer to the
            viewer), all in shoe lengths.
        """
        projected = (points - _ORIGIN) @ self.axes
        projected[..., :2] /= 1 - _PERSPECTIVE * projected[..., 2:]
        return projected.astype(np.float32)
