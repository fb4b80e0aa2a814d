"""Remove the arrow or line that leads from a label to the drawing."""

from __future__ import annotations

import cv2
import numpy as np

from sketchnet.imaging.components import Box, find_pieces

_SHORTEST = 1 / 24  # share of the picture's longest side: length of an arrow
_LEAD = 1 / 16  # share of the longest side: greatest distance from the label
_TOUCHING_LEAD = 1 / 32  # the same for an arrow that touches the drawing
_STRAIGHT = 0.75  # share of the pixels of a separate arrow that lie on its shaft
_HALF_WIDTH = 2.5  # px, of a shaft
_HEAD = 0.03  # share of the longest side: size of an arrow's head
_STARTS = 12  # points from which the start of a shaft is searched
_FREE = 0.6  # share of a shaft's length with paper on both sides


def without_arrow(mask: np.ndarray, label: Box) -> np.ndarray:
    """Remove arrows that start near a label from a mask (H, W) of ink, uint8 of 0 and 1.

    An arrow that touches the drawing loses its shaft and what is left of its head.
    """
    longest = max(mask.shape)
    x, y, width, height = label
    lead = round(_LEAD * longest)
    left, top = max(0, x - lead), max(0, y - lead)
    if not mask[top : y + height + lead, left : x + width + lead].any():
        return mask
    pieces = find_pieces(mask)
    for number, points in enumerate(pieces.pixels):
        away = np.maximum([x, y] - points, points - [x + width - 1, y + height - 1]).clip(0)
        distance = np.hypot(*away.T)
        if distance.min() > lead:
            continue
        start, direction, length = _shaft(mask, points[distance <= lead])
        if length < _SHORTEST * longest:
            continue
        on_shaft = _distance_to(points, start, direction, length) <= _HALF_WIDTH
        if on_shaft.mean() >= _STRAIGHT:
            mask = mask & (1 - pieces.mask(np.arange(len(pieces)) == number))
        elif distance.min() <= _TOUCHING_LEAD * longest and _is_free(
            mask, start, direction, length
        ):
            mask = mask.copy()
            mask[points[on_shaft, 1], points[on_shaft, 0]] = 0
            mask = _without_head(mask, start + direction * length)
    return mask


def _shaft(mask: np.ndarray, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Return start (2,), direction (2,) and length of the longest straight line from some points.

    Args:
        points: (n, 2) of x, y.
    """
    thick = cv2.dilate(mask, np.ones((3, 3), np.uint8))
    starts = points[:: max(1, len(points) // _STARTS)]
    angles = np.radians(np.arange(0, 360, 6))
    runs = [_run_lengths(thick, start, angles).max() for start in starts]
    start = starts[int(np.argmax(runs))].astype(np.float32)
    direction, length = _straight_run(thick, start)
    # The point lies on the shaft, not at its end.
    behind = np.arctan2(-direction[1], -direction[0])
    back = max(0.0, float(_run_lengths(thick, start, np.array([behind]))[0]) - 1)
    return start - back * direction, direction, length + back


def _straight_run(thick: np.ndarray, start: np.ndarray) -> tuple[np.ndarray, float]:
    """Return the direction (2,) from a point x, y in which ink goes on farthest, and the length."""
    angles = np.radians(np.arange(0, 360, 2))
    lengths = _run_lengths(thick, start, angles)
    coarse = angles[int(np.argmax(lengths))]
    # At two degrees a long shaft would leave the ray: look again, more finely.
    angles = coarse + np.radians(np.linspace(-2, 2, 21))
    lengths = _run_lengths(thick, start, angles)
    best = angles[lengths == lengths.max()].mean()
    return np.array([np.cos(best), np.sin(best)], np.float32), float(lengths.max())


def _run_lengths(mask: np.ndarray, start: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Return how far ink goes on from a point at each angle, to the first gap of three pixels."""
    height, width = mask.shape
    steps = np.arange(max(mask.shape))
    x = (start[0] + np.cos(angles)[:, None] * steps).round().astype(int)
    y = (start[1] + np.sin(angles)[:, None] * steps).round().astype(int)
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    paper = ~inside | (mask[y.clip(0, height - 1), x.clip(0, width - 1)] == 0)
    gap = paper[:, :-2] & paper[:, 1:-1] & paper[:, 2:]
    return np.where(gap.any(axis=1), gap.argmax(axis=1), len(steps))


def _distance_to(
    points: np.ndarray, start: np.ndarray, direction: np.ndarray, length: float
) -> np.ndarray:
    """Return the distances (n,) of points (n, 2) to a segment."""
    along = ((points - start) @ direction).clip(0, length)
    return np.linalg.norm(points - start - along[:, None] * direction, axis=1)


def _is_free(mask: np.ndarray, start: np.ndarray, direction: np.ndarray, length: float) -> bool:
    """Whether a segment has paper on both sides, as a line of the drawing seldom has."""
    height, width = mask.shape
    aside = np.array([-direction[1], direction[0]])
    along = start + direction * np.arange(0, 0.8 * length)[:, None]
    free = []
    for step in (-5, 5):
        x, y = (along + step * aside).round().astype(int).T
        free.append(mask[y.clip(0, height - 1), x.clip(0, width - 1)] == 0)
    return bool(np.mean(free[0] & free[1]) > _FREE)


def _without_head(mask: np.ndarray, tip: np.ndarray) -> np.ndarray:
    """Remove small pieces near the tip of an arrow whose shaft is removed."""
    pieces = find_pieces(mask)
    near = np.array([np.abs(points - tip).max() <= _HEAD * max(mask.shape)
                     for points in pieces.pixels], bool)  # fmt: skip
    return mask & (1 - pieces.mask(near)) if len(pieces) else mask
