"""Find and remove single long lines: frames, ground lines, margins, folds.

A line of the drawing can be as long as the drawing is. A line of the page extends beyond it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from sketchnet.imaging.components import Box, extent_of_drawings

_ACROSS = 0.45  # share of the picture's side that a long line covers at least
_PIECE = 1 / 28  # share of the side; a long line consists of straight pieces of this length
_WAVER = 1 / 100  # share of the side by which a line drawn by a person leaves a straight line
_GAPS = 0.25  # share of its length that may be missing
_SMALLEST = 32  # px, shortest side of a picture that is more than a line itself
_MOST = 8  # long lines in each direction
_BEYOND = 0.2  # share of its length by which a line extends beyond the drawing
_ALONE = 0.6  # share of its length that no other ink touches
_INNER = ((0.1, 0.6), (0.2, 0.8))  # no line of the page crosses this part of the drawings' box:
# shares of its height for near-horizontal lines, of its width for near-vertical ones
_BORDER = 0.03  # share of the side; a line that ends this close to the border goes on outside
_REST = 0.1  # share of the ink: where less is left without long lines, they are the drawing
_LEAST = 0.06  # share of the picture's longest side; a smaller remainder is no drawing


@dataclass(frozen=True, eq=False)
class LongLine:
    """The pixels of a long line and its extent along the picture's side.

    Attributes:
        mask: (H, W) bool.
        axis: 0 for near-horizontal, 1 for near-vertical lines.
        start, end: first and last column of a near-horizontal line, rows of a near-vertical one.
        position: mean row of a near-horizontal line, column of a near-vertical one.
    """

    mask: np.ndarray
    axis: int
    start: int
    end: int
    position: float


def without_long_lines(mask: np.ndarray) -> np.ndarray:
    """Remove the long lines of the page from a mask (H, W) of ink, uint8 of 0 and 1."""
    lines = [
        *find_long_lines(mask, 0),
        *find_long_lines(np.ascontiguousarray(mask.T), 1),
    ]
    if not lines:
        return mask
    rest = mask.copy()
    for line in lines:
        rest[line.mask] = 0
    if rest.sum() < _REST * mask.sum():
        return mask
    extent = extent_of_drawings(rest)
    if extent is None or min(extent[2:]) < _LEAST * max(mask.shape):
        return mask
    for line in lines:
        if not _belongs_to_page(line, extent, mask.shape[1 - line.axis]):
            rest[line.mask] = mask[line.mask]
    return rest


def _belongs_to_page(line: LongLine, extent: Box, side: int) -> bool:
    """Whether a line extends beyond the drawings at both ends, or to the border of the picture.

    Args:
        extent: the box around the drawings.
        side: length of the picture in the direction of the line.
    """
    length = line.end - line.start
    before = max(0, extent[line.axis] - line.start)
    after = max(0, line.end - extent[line.axis] - extent[line.axis + 2])
    both = all(
        beyond > _BEYOND / 4 * length or border < _BORDER * side
        for beyond, border in ((before, line.start), (after, side - line.end))
    )
    if not (both and before + after > _BEYOND * length):
        return False
    return not _is_across(line, extent)


def _is_across(line: LongLine, extent: Box) -> bool:
    """Whether a line crosses the inner part of the drawings' box, as lines of a drawing do."""
    first, length = extent[1 - line.axis], extent[3 - line.axis]
    before, after = _INNER[line.axis]
    return first + before * length < line.position < first + after * length


def find_long_lines(mask: np.ndarray, axis: int) -> list[LongLine]:
    """Return the near-horizontal long lines of a mask (H, W) of 0 and 1.

    Args:
        axis: 1 if the mask is transposed, so that the lines are near-vertical; 0 otherwise.
    """
    width = mask.shape[1]
    if min(mask.shape) < _SMALLEST:
        return []
    # One row of tolerance lets slanting lines through.
    thick = cv2.dilate(mask, np.ones((3, 1), np.uint8))
    kernel = np.ones((1, max(8, round(_PIECE * width))), np.uint8)
    straight = cv2.morphologyEx(thick, cv2.MORPH_OPEN, kernel)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(straight)
    widths = stats[1:, cv2.CC_STAT_WIDTH]
    lines: list[LongLine] = []
    if not count > 1 or widths.sum() < _ACROSS * width:
        return lines
    y, x = np.nonzero(labels)
    label = labels[y, x]
    free = np.ones(len(x), bool)
    for number in np.argsort(-widths)[: 3 * _MOST] + 1:
        of_piece = (label == number) & free
        if of_piece.sum() < kernel.size:
            continue
        on_line = _collinear(x, y, of_piece, free, width)
        columns = np.unique(x[on_line])
        if len(columns) < (1 - _GAPS) * _ACROSS * width:
            continue
        start, end = int(columns[0]), int(columns[-1])
        if end - start < _ACROSS * width or len(columns) < (1 - _GAPS) * (end - start):
            continue
        free &= ~on_line
        pixels = _pixels(mask, x[on_line], y[on_line])
        if pixels.any(axis=0).sum() < _ALONE * (end - start):
            continue
        position = float(y[on_line].mean())
        lines.append(LongLine(pixels if axis == 0 else pixels.T, axis, start, end, position))
        if len(lines) == _MOST:
            break
    return lines


def _collinear(
    x: np.ndarray, y: np.ndarray, piece: np.ndarray, free: np.ndarray, width: int
) -> np.ndarray:
    """Return which points lie on the straight line through the points of a piece: (N,) bool."""
    waver = max(2.0, _WAVER * width)
    on_line = piece
    for reach in (0.5 * waver, waver, waver, waver):
        slope, offset = np.polyfit(x[on_line], y[on_line], 1)
        closest = free & (np.abs(y - slope * x - offset) <= reach + 1)
        if abs(slope) > 0.15 or not closest.any() or np.ptp(x[closest]) < 2:
            break
        on_line = closest
    return on_line


def _pixels(mask: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the pixels (H, W) bool of a line through points, without lines that cross it."""
    height = mask.shape[0]
    columns = np.arange(x.min(), x.max() + 1)
    order = np.lexsort((y, x))
    known, first, count = np.unique(x[order], return_index=True, return_counts=True)
    middles = y[order][[first + (count - 1) // 2, first + count // 2]].mean(axis=0)  # medians
    rows = np.interp(columns, known, middles).round().astype(int)
    tallest = 24
    runs = np.zeros((2, len(columns)), int)
    for side, direction in enumerate((-1, 1)):
        going = np.ones(len(columns), bool)
        for step in range(1, tallest):
            near = (rows + direction * step).clip(0, height - 1)
            going &= mask[near, columns] > 0
            runs[side] += going
    thickness = runs.sum(axis=0) + 1
    usual = np.median(thickness[mask[rows, columns] > 0]) if mask[rows, columns].any() else 1
    crossed = thickness > usual + 3
    pixels = np.zeros(mask.shape, bool)
    for step in range(-int(usual) - 1, int(usual) + 2):
        near = (rows + step).clip(0, height - 1)
        inside = ~crossed & (-runs[0] <= step) & (step <= runs[1])
        pixels[near[inside], columns[inside]] = True
    return pixels & (mask > 0)
