"""Things around a shoe on a photo: whether there are any, and which parts of a mask are theirs.

A thing that touches the shoe cannot be told from it by the border's colours. What it looks like is
rare in the middle of the photo, where the shoe is, and more frequent around it.
"""

from __future__ import annotations

import cv2
import numpy as np

_BINS = 16  # a channel
_OTHER = 15.0  # distance in Lab from the border's own colour, with the lightness halved: shadows
_CLUTTERED = 0.08  # share of the border with other colours; boards, grass and carpet have 0.03
_MIDDLE = 0.28  # half axes of the ellipse in the middle, as shares of the sides
_LIKELY = 0.6  # share of a colour's frequency that is in the middle from which it is the shoe's
_LEAST = 0.4  # of the mask that stays; else the shoe itself is not in the middle


def colour_index(small: np.ndarray) -> np.ndarray:
    """Return the number (H, W) int32 of each pixel's colour in a coarse grid of Lab."""
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (0, 0), 1), cv2.COLOR_RGB2LAB)
    bins = (lab // (256 // _BINS)).astype(np.int32)
    return (bins[..., 0] * _BINS + bins[..., 1]) * _BINS + bins[..., 2]


def colour_counts(index: np.ndarray) -> np.ndarray:
    """Return how often each colour of `colour_index` occurs, with a share of its neighbours."""
    counts: np.ndarray = np.bincount(index, minlength=_BINS**3).astype(np.float32)
    counts = counts.reshape(_BINS, _BINS, _BINS)
    for axis in range(3):
        counts = (np.roll(counts, 1, axis) + 2 * counts + np.roll(counts, -1, axis)) / 4
    return counts.ravel()


def is_cluttered(small: np.ndarray, ring: np.ndarray) -> bool:
    """Whether things of other colours reach into the border (H, W) bool of a picture (H, W, 3)."""
    smooth = cv2.GaussianBlur(small, (0, 0), 2).astype(np.float32) / 255
    lab = cv2.cvtColor(smooth, cv2.COLOR_RGB2LAB)[ring]
    distance = np.linalg.norm((lab - np.median(lab, axis=0)) * (0.5, 1, 1), axis=1)
    return bool(np.mean(distance > _OTHER) > _CLUTTERED)


def without_things(mask: np.ndarray, small: np.ndarray) -> np.ndarray:
    """Return the mask (H, W) uint8 of an object without the colours that are rare in the middle."""
    height, width = mask.shape
    y, x = np.ogrid[:height, :width]
    away = ((x / width - 0.5) / _MIDDLE) ** 2 + ((y / height - 0.5) / _MIDDLE) ** 2
    index = colour_index(small)
    inside = colour_counts(index[(away <= 1) & (mask > 0)])
    around = colour_counts(index[away > 1])
    inside, around = (counts / max(counts.sum(), 1) for counts in (inside, around))
    likely = (inside / (inside + around + 1e-9))[index]
    kept = mask & (cv2.GaussianBlur(likely, (0, 0), 1.5) > _LIKELY).astype(np.uint8)
    return kept if kept.sum() >= _LEAST * mask.sum() else mask
