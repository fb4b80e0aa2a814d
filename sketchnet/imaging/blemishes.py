"""Remove what lies on a page without being drawn: punch holes, fingers and edges, dust, dots."""

from __future__ import annotations

import cv2
import numpy as np

from sketchnet.imaging.components import Pieces, extent_of_drawings, find_pieces, largest_side

_SPECK = 1 / 100  # share of the picture's longest side: larger pieces are no dust
_ALONE = 1 / 50  # share of it: distance of dust from all other ink
_DOTTED = 60  # more specks than this make dotted paper; nothing of it is drawn
_LEAST = 1 / 12  # share of the longest side: a smaller rest is no drawing
_HOLE = (1 / 100, 1 / 14)  # shares of the longest side: diameters of punch holes
_MARGIN = 1 / 8  # share of the longest side: the margin in which holes are punched
_SOLID = 0.65  # share of its box that a disc fills
_EDGE = 0.25  # share of the longest side: larger pieces at the border are part of a drawing
_EDGE_SOLID = 0.3  # share of its box that a finger or the edge of another sheet fills


def without_blemishes(mask: np.ndarray) -> np.ndarray:
    """Remove blemishes from a mask (H, W) of ink, uint8 of 0 and 1.

    Returns the mask itself where next to nothing else is left.
    """
    pieces = find_pieces(mask)
    if not len(pieces):
        return mask
    blemished = _holes(pieces) | _at_border(pieces)
    blemished |= _specks(pieces, pieces.mask(~blemished))
    rest = mask & (1 - pieces.mask(blemished))
    return rest if largest_side(rest) >= _LEAST * max(mask.shape) else mask


def _holes(pieces: Pieces) -> np.ndarray:
    """Return which pieces (N,) are discs in the margin of the page."""
    height, width = pieces.labels.shape
    longest = max(height, width)
    x, y, w, h = pieces.boxes.T
    diameter = np.maximum(w, h)
    round_ = (np.minimum(w, h) > 0.8 * diameter) & (pieces.areas > _SOLID * w * h)
    sized = (diameter >= _HOLE[0] * longest) & (diameter <= _HOLE[1] * longest)
    margin = _MARGIN * longest
    outside = (x + w < margin) | (y + h < margin) | (x > width - margin) | (y > height - margin)
    return round_ & sized & outside


def _at_border(pieces: Pieces) -> np.ndarray:
    """Return which pieces (N,) are small areas that the border of the picture cuts off."""
    height, width = pieces.labels.shape
    x, y, w, h = pieces.boxes.T
    at_border = (x <= 1) | (y <= 1) | (x + w >= width - 1) | (y + h >= height - 1)
    small = np.maximum(w, h) <= _EDGE * max(height, width)
    return at_border & small & (pieces.areas > _EDGE_SOLID * w * h)


def _specks(pieces: Pieces, others: np.ndarray) -> np.ndarray:
    """Return which pieces (N,) are dust far from all other ink, or dots of dotted paper."""
    longest = max(pieces.labels.shape)
    small = pieces.boxes[:, 2:].max(axis=1) <= _SPECK * longest
    if not small.any() or small.all():
        return np.zeros(len(pieces), bool)
    large = others & pieces.mask(~small)
    distance = cv2.distanceTransform(1 - large, cv2.DIST_L2, 3)
    centres = pieces.boxes[:, :2] + pieces.boxes[:, 2:] // 2
    alone = small & (distance[centres[:, 1], centres[:, 0]] > _ALONE * longest)
    if alone.sum() > _DOTTED:
        return small
    extent = extent_of_drawings(large)
    if extent is None:
        return np.zeros(len(pieces), bool)
    inside = (centres >= extent[:2]).all(axis=1) & (centres < np.add(extent[:2], extent[2:])).all(
        axis=1
    )
    return alone & ~inside
