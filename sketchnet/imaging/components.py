"""Connected pieces of ink, and groups of pieces that are close to each other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

Box = tuple[int, int, int, int]  # x, y, width, height in pixels

_NEAR = 1 / 64  # share of the picture's longest side; pieces within twice this distance are a group
_PART = 0.25  # share of the largest group's size from which another group is drawn too


@dataclass(frozen=True, eq=False)
class Pieces:
    """The connected pieces of a mask.

    Attributes:
        labels: (H, W) int32; 0 is paper, piece i has label i + 1.
        boxes: (N, 4) x, y, width, height.
        areas: (N,) pixels.
    """

    labels: np.ndarray
    boxes: np.ndarray
    areas: np.ndarray

    def __len__(self) -> int:
        return len(self.boxes)

    @cached_property
    def pixels(self) -> list[np.ndarray]:
        """The pixels (n, 2) of each piece as x, y."""
        y, x = np.nonzero(self.labels)
        order = np.argsort(self.labels[y, x], kind="stable")
        points = np.column_stack([x, y])[order].astype(np.int32)
        return np.split(points, np.cumsum(self.areas)[:-1]) if len(self) else []

    def mask(self, chosen: np.ndarray) -> np.ndarray:
        """Return the mask (H, W) uint8 of the pieces for which `chosen` (N,) is true."""
        return np.concatenate([[False], chosen]).astype(np.uint8)[self.labels]


def find_pieces(mask: np.ndarray) -> Pieces:
    """Return the 8-connected pieces of a mask (H, W) uint8 of 0 and 1."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    return Pieces(labels, stats[1:, :4], stats[1:, cv2.CC_STAT_AREA])


def group_near(mask: np.ndarray) -> np.ndarray:
    """Return the label (H, W) int32 of the group to which each ink pixel belongs, 0 for paper."""
    radius = max(2, round(_NEAR * max(mask.shape)))
    kernel = disc(radius)
    _, labels = cv2.connectedComponents(cv2.dilate(mask, kernel))
    return np.where(mask > 0, labels, 0)


def boxes_of(labels: np.ndarray) -> np.ndarray:
    """Return the boxes (N, 4) of the labels 1 to N in (H, W); an unused label has width 0."""
    y, x = np.nonzero(labels)
    label = labels[y, x]
    count = int(label.max(initial=0))
    low = np.full((count + 1, 2), max(labels.shape), int)
    high = np.full((count + 1, 2), -1, int)
    points = np.column_stack([x, y])
    np.minimum.at(low, label, points)
    np.maximum.at(high, label, points)
    return np.column_stack([low, np.maximum(high - low + 1, 0)])[1:]


def largest_side(mask: np.ndarray) -> int:
    """Return the longest side in pixels of the group of ink that extends most, 0 without ink."""
    return int(boxes_of(group_near(mask))[:, 2:].max(initial=0))


def extent_of_drawings(mask: np.ndarray) -> Box | None:
    """Return the box around the largest group of ink and all groups that are not much smaller."""
    boxes = boxes_of(group_near(mask))
    if not len(boxes):
        return None
    sizes = np.sqrt(boxes[:, 2] * boxes[:, 3].astype(float))
    boxes = boxes[sizes >= _PART * sizes.max()]
    start, end = boxes[:, :2].min(axis=0), (boxes[:, :2] + boxes[:, 2:]).max(axis=0)
    return int(start[0]), int(start[1]), int(end[0] - start[0]), int(end[1] - start[1])


def disc(radius: int) -> np.ndarray:
    """Return a disc of this radius in pixels, to dilate, open or close a mask with."""
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1,) * 2)
