"""Find straight edges in a picture that can be the sides of a sheet of paper."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

LINE = 5  # px; thinner dark lines are drawn, they are no edge of paper

_BAND = 4  # px on both sides of an edge whose brightness is compared
_SHARP = 0.75  # share of the contrast that is reached in half the band; less is a soft shadow
_CONTRAST = 0.04  # least difference of log brightness across a side
_TILT = 30  # degrees by which a sheet may be rotated
_VOTES = 0.25  # share of the picture's side that an edge covers at least
_MOST = 5  # edges for each of the four sides
_DISTANCE = 4  # px; edges that are closer in their middle are one


@dataclass(frozen=True, eq=False)
class Side:
    """A side of a sheet: x = offset + slope * y for left and right, y = offset + slope * x else.

    Attributes:
        hits: (n + 1,) how many of the first 0..n pixels along the side contrast like an edge;
            None for the border of the picture.
    """

    offset: float
    slope: float
    hits: np.ndarray | None = None

    def at(self, position: float | np.ndarray) -> float | np.ndarray:
        """Return the coordinate across the side at positions along it."""
        return self.offset + self.slope * position

    def support(self, start: float, end: float) -> float:
        """Return the share of the side between two positions that has the contrast of an edge."""
        if self.hits is None:
            return 0.0
        first, last = (int(min(max(at, 0), len(self.hits) - 1)) for at in (start + 1, end - 1))
        return float(self.hits[last] - self.hits[first]) / max(last - first, 1)


def find_sides(small: np.ndarray) -> tuple[list[Side], list[Side], list[Side], list[Side]]:
    """Return the candidates for the left, top, right and bottom side, the picture's border last.

    Inside a sheet it is brighter than outside.

    Args:
        small: picture (H, W[, 3]) uint8 of about 256 pixels.
    """
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY) if small.ndim == 3 else small
    # Closing removes drawn lines. Dark strips along the border are widened first, to be kept.
    padded = cv2.copyMakeBorder(grey, LINE, LINE, LINE, LINE, cv2.BORDER_REPLICATE)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, np.ones((LINE, LINE), np.uint8))
    light = np.log(closed[LINE:-LINE, LINE:-LINE].astype(np.float32) + 8)
    across, down = _contrast(light), _contrast(np.ascontiguousarray(light.T))
    left, top = ([*_edges(rise), Side(0.0, 0.0)] for rise in (across, down))
    right, bottom = ([*_edges(-rise), Side(rise.shape[1] - 1.0, 0.0)] for rise in (across, down))
    return left, top, right, bottom


def _contrast(light: np.ndarray) -> np.ndarray:
    """Return the rise of log brightness from left to right, 0 where it is gradual: (H, W)."""
    wide, close = (
        cv2.filter2D(
            light, cv2.CV_32F, np.array([[-1.0] * n + [0.0] + [1.0] * n], np.float32) / n,
            borderType=cv2.BORDER_REPLICATE,
        )
        for n in (_BAND, _BAND // 2)
    )  # fmt: skip
    return np.where(np.abs(close) >= _SHARP * np.abs(wide), wide, np.float32(0))


def _edges(rise: np.ndarray) -> list[Side]:
    """Return near-vertical straight lines along which brightness rises (H, W) to the right."""
    height, width = rise.shape
    wide = cv2.dilate(rise, np.ones((1, 3), np.uint8))
    peak = (rise > _CONTRAST) & (rise >= cv2.dilate(rise, np.ones((1, 7), np.uint8)))
    # Transposed, the lines have angles around 90 degrees, which is one range for HoughLines.
    lines = cv2.HoughLines(
        np.ascontiguousarray(peak.T).astype(np.uint8), 1, np.pi / 360, int(_VOTES * height),
        min_theta=np.radians(90 - _TILT), max_theta=np.radians(90 + _TILT),
    )  # fmt: skip
    found: list[Side] = []
    along = np.arange(height)
    for rho, theta in [] if lines is None else lines[:200].reshape(-1, 2):
        offset, slope = float(rho / np.sin(theta)), float(-1 / np.tan(theta))
        if any(
            abs(offset + slope * height / 2 - edge.at(height / 2)) <= _DISTANCE for edge in found
        ):
            continue
        columns = (offset + slope * along).round().astype(int)
        inside = (columns >= 0) & (columns < width)
        hits = inside & (wide[along, columns.clip(0, width - 1)] > _CONTRAST)
        found.append(Side(offset, slope, np.concatenate([[0], np.cumsum(hits)])))
        if len(found) == _MOST:
            break
    return found
