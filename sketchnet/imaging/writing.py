"""Find captions, signatures and labels on a page, and the arrows that lead from them.

A row of writing is a row of small pieces of ink with many strokes side by side. Eyelets and
stitches look alike, but the drawing surrounds them.
"""

from __future__ import annotations

import numpy as np

from sketchnet.imaging.arrows import without_arrow
from sketchnet.imaging.components import Pieces, find_pieces, largest_side

_TALLEST = 1 / 14  # share of the picture's longest side: height of letters
_TALLEST_OF_DRAWING = 0.25  # the same as a share of the drawing's longest side
_SHORTEST = 4  # px, height of letters
_WIDEST = 0.25  # share of the picture's longest side: width of a word whose letters touch
_SPACE = 2.0  # widest gap between the pieces of a row, in heights
_ALIKE = 0.3  # least ratio of the heights of two neighbours
_ASPECT = 1.8  # least ratio of width to height of a row
_STROKES = 0.45  # least number of strokes that a row crosses, per width in heights
_PASSES = 3  # an arrow can surround another label until it is removed


def without_writing(mask: np.ndarray) -> np.ndarray:
    """Remove rows of writing and their arrows from a mask (H, W) of ink, uint8 of 0 and 1."""
    tallest = min(_TALLEST * max(mask.shape), _TALLEST_OF_DRAWING * largest_side(mask))
    rest = mask
    for _ in range(_PASSES):
        pieces = find_pieces(rest)
        rows = _rows(pieces, tallest)
        written = np.zeros(len(pieces), bool)
        for row in rows:
            written[row] = True
        if not written.any() or written.all():
            break
        for row in rows:
            written |= _beside(pieces.boxes, _box_around(pieces.boxes[row]))
        rest = rest & (1 - pieces.mask(written))
        for row in rows:
            rest = without_arrow(rest, _box_around(pieces.boxes[row]))
    return rest if rest.any() else mask


def _rows(pieces: Pieces, tallest: float) -> list[np.ndarray]:
    """Return the pieces of each row of writing outside the drawing, as indices."""
    longest = max(pieces.labels.shape)
    width, height = pieces.boxes[:, 2], pieces.boxes[:, 3]
    small = (height <= tallest) & (height >= _SHORTEST) & (width <= _WIDEST * longest)
    rows = [
        row
        for row in _side_by_side(pieces.boxes, np.flatnonzero(small))
        if _is_written(pieces, row)
    ]
    in_row = np.zeros(len(pieces), bool)
    for row in rows:
        in_row[row] = True
    others = pieces.mask(~in_row)
    return [row for row in rows if not _is_surrounded(_box_around(pieces.boxes[row]), others)]


def _side_by_side(boxes: np.ndarray, candidates: np.ndarray) -> list[np.ndarray]:
    """Group pieces that stand side by side, equally high and of similar height."""
    if not 0 < len(candidates) <= 400:
        return []
    x, y, w, h = boxes[candidates].T.astype(float)
    taller, lower = np.maximum(h[:, None], h), np.minimum(h[:, None], h)
    gap = np.maximum(x[:, None], x) - np.minimum((x + w)[:, None], x + w)
    level = np.abs((y + h / 2)[:, None] - (y + h / 2)) < 0.6 * taller
    near = level & (lower > _ALIKE * taller) & (gap < _SPACE * taller)
    group = np.arange(len(candidates))
    while True:  # each piece takes the lowest number among its neighbours
        lowest = np.where(near, group, len(candidates)).min(axis=1)
        if (lowest == group).all():
            break
        group = lowest
    rows = [candidates[group == number] for number in np.unique(group)]
    # The end of an arrow can stand beside a label.
    return [row[boxes[row, 3] <= 1.8 * np.median(boxes[row, 3])] for row in rows]


def _box_around(boxes: np.ndarray) -> tuple[int, int, int, int]:
    left, top = boxes[:, :2].min(axis=0)
    right, bottom = (boxes[:, :2] + boxes[:, 2:]).max(axis=0)
    return int(left), int(top), int(right - left), int(bottom - top)


def _beside(boxes: np.ndarray, row: tuple[int, int, int, int]) -> np.ndarray:
    """Return which boxes (N, 4), such as dots and commas, lie in a row or at its ends."""
    x, y, w, h = row
    start, end = np.array([x - 2 * h, y - h / 2]), np.array([x + w + 2 * h, y + 1.5 * h])
    return (boxes[:, :2] >= start).all(axis=1) & (boxes[:, :2] + boxes[:, 2:] <= end).all(axis=1)


def _is_written(pieces: Pieces, row: np.ndarray) -> bool:
    """Whether a row of pieces has as many strokes side by side as writing has."""
    x, y, w, h = _box_around(pieces.boxes[row])
    if w < _ASPECT * h:
        return False
    inked = np.isin(pieces.labels[y : y + h, x : x + w], row + 1)[h // 5 : h - h // 5]
    starts = (inked[:, 1:] & ~inked[:, :-1]).sum(axis=1) + inked[:, 0]
    return float(starts.mean()) >= max(3.0, _STROKES * w / h)


def _is_surrounded(box: tuple[int, int, int, int], others: np.ndarray) -> bool:
    """Whether other ink (H, W) lies in at least three of the four directions from a box."""
    x, y, w, h = box
    beside, over = others[y : y + h], others[:, x : x + w]
    directions = (beside[:, :x], beside[:, x + w :], over[:y], over[y + h :])
    return sum(bool(part.any()) for part in directions) >= 3
