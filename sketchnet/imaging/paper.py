"""Find the sheet of paper in a picture: on a table, between dark scan edges, inside tool bars.

A side of the sheet is a straight edge whose inner neighbourhood is brighter than the outer one by
a certain ratio, which a shadow across both leaves unchanged. Where the sheet extends beyond the
picture, the picture's border takes the place of a side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np

from sketchnet.imaging.ink import resized
from sketchnet.imaging.paper_sides import LINE, Side, find_sides

_SMALL = 256  # px, longest side of the picture in which the sides of the sheet are searched
_SUPPORT = 0.8  # share of a side's length that is an edge
_OUTSIDE = 5  # px by which a corner may lie outside the picture
_AREA = (0.2, 0.99)  # shares of the picture that a sheet covers
_DARKER = 0.96  # ratio of brightness outside to inside
_BAR = 0.25  # share of the picture's side that a tool bar or scan edge takes at most
_COLOUR = 10  # least distance in a and b of Lab between paper and table
_DETAIL = 1024  # px, longest side of a straightened sheet
_INSET = 0.008  # share of a sheet's side that is cut off: the visible edge of the paper
_LEVEL = 0.006  # share of the side: corners this close to a rectangle are not straightened
_PASSES = 3  # tool bars can lie inside each other
_ENDS = (
    (0, 3),
    (0, 1),
    (1, 2),
    (3, 2),
)  # corners at both ends of the left, top, right, bottom side


@dataclass(frozen=True, eq=False)
class Sheet:
    """A picture of paper alone, and where it lies in the picture from which it was cut.

    Attributes:
        picture: (H, W[, 3]) uint8.
        to_source: 3×3 homography from its pixels x, y to those of the source picture.
    """

    picture: np.ndarray
    to_source: np.ndarray


def find_sheet(picture: np.ndarray) -> Sheet:
    """Cut the sheet of paper out of a picture (H, W[, 3]) uint8; straighten a tilted sheet.

    Returns the picture itself where no sheet is found, among others where all of it is paper.
    """
    sheet = Sheet(picture, np.eye(3))
    for _ in range(_PASSES):
        corners = _find_corners(sheet.picture)
        if corners is None:
            break
        cut, to_previous = _cut(sheet.picture, corners)
        sheet = Sheet(cut, sheet.to_source @ to_previous)
        if not np.array_equal(to_previous[:, :2], np.eye(3)[:, :2]):
            break  # a straightened sheet has no tool bars
    return sheet


def _find_corners(picture: np.ndarray) -> np.ndarray | None:
    """Return the corners (4, 2) of the sheet, clockwise from the top left, or None."""
    if min(picture.shape[:2]) < _SMALL // 4:
        return None
    small = resized(picture, _SMALL) if max(picture.shape[:2]) > _SMALL else picture
    best, best_score = None, 0.0
    for sides in product(*find_sides(small)):
        corners = _corners(*sides)
        score = _score(sides, corners, small.shape[1::-1])
        if score > best_score and _is_sheet(sides, np.array(corners), small):
            best, best_score = np.array(corners), score
    return None if best is None else best * (max(picture.shape[:2]) / max(small.shape[:2]))


def _corners(left: Side, top: Side, right: Side, bottom: Side) -> list[tuple[float, float]]:
    """Return the points x, y where the sides meet, clockwise from the top left."""
    corners = []
    for upright, level in ((left, top), (right, top), (right, bottom), (left, bottom)):
        y = (level.offset + level.slope * upright.offset) / (1 - level.slope * upright.slope)
        corners.append((upright.offset + upright.slope * y, y))
    return corners


def _score(
    sides: Sequence[Side], corners: list[tuple[float, float]], size: tuple[int, ...]
) -> float:
    """Return the share of a quadrilateral's outline that is an edge; 0 if one side is not.

    Args:
        sides: left, top, right, bottom.
        size: width and height of the picture.
    """
    for corner in corners:
        if any(
            not -_OUTSIDE <= at < most + _OUTSIDE for at, most in zip(corner, size, strict=True)
        ):
            return 0.0
    supported = total = 0.0
    for number, side in enumerate(sides):
        along = 1 - number % 2
        first, last = _ENDS[number]
        start, end = corners[first][along], corners[last][along]
        total += end - start
        if side.hits is None:
            continue
        support = side.support(start, end)
        if support < _SUPPORT or end <= start:
            return 0.0
        supported += support * (end - start)
    return supported / max(total, 1.0)


def _is_sheet(sides: Sequence[Side], corners: np.ndarray, small: np.ndarray) -> bool:
    """Whether a quadrilateral can be a sheet, and what is outside is not paper in the shade.

    The edge of a shadow is a straight edge too. A sheet has at least three such sides. With fewer,
    no drawn line crosses them, and either the rest of the picture has another colour, or it
    consists of strips along the picture's border.
    """
    height, width = small.shape[:2]
    outline = corners.astype(np.float32)
    area = cv2.contourArea(outline) / (height * width)
    if not (_AREA[0] <= area < _AREA[1] and cv2.isContourConvex(outline)):
        return False
    real = [number for number, side in enumerate(sides) if side.hits is not None]
    if not all(_is_dark_outside(sides[number], number, corners, small) for number in real):
        return False
    if len(real) >= 3:
        return True
    if any(_is_crossed(sides[number], number, corners, small) for number in real):
        return False
    if all(abs(sides[number].slope) < _LEVEL for number in real):
        strips = np.abs(corners - [[0, 0], [width, 0], [width, height], [0, height]])
        return bool((strips < _BAR * np.array([width, height])).all())
    if small.ndim == 2:
        return False
    inside = np.zeros((height, width), np.uint8)
    cv2.fillConvexPoly(inside, corners.round().astype(np.int32), 255)
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB)
    difference = np.subtract(cv2.mean(lab, inside)[1:3], cv2.mean(lab, 255 - inside)[1:3])
    return bool(np.hypot(*difference) > _COLOUR)


def _is_dark_outside(side: Side, number: int, corners: np.ndarray, small: np.ndarray) -> bool:
    """Whether it is darker some way outside a side than some way inside.

    This is not so at a broad drawn stroke or at the edge of light hatching on dark paper.
    """
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY) if small.ndim == 3 else small
    grey = grey if number % 2 == 0 else grey.T
    along, columns = _along(side, number, corners, len(grey))
    outwards = -1 if number < 2 else 1
    far, *inside = (
        grey[along, (columns + step * outwards).clip(0, grey.shape[1] - 1)].astype(float)
        for step in (_SMALL // 16, -LINE, -2 * LINE, -3 * LINE)
    )
    return bool(np.mean(far < _DARKER * np.min(inside, axis=0)) > 0.5)


def _along(
    side: Side, number: int, corners: np.ndarray, length: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pixels of a side between its corners: positions along it and across it."""
    ends = np.sort([corners[end][1 - number % 2] for end in _ENDS[number]]).round().astype(int)
    along = np.arange(max(ends[0], 0), min(ends[1], length))
    return along, np.asarray(side.at(along)).round().astype(int)


def _is_crossed(side: Side, number: int, corners: np.ndarray, small: np.ndarray) -> bool:
    """Whether a thin dark line runs across a side, as drawn lines cross the edge of a shadow."""
    grey = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY) if small.ndim == 3 else small
    dark = cv2.morphologyEx(grey, cv2.MORPH_BLACKHAT, np.ones((LINE, LINE), np.uint8)) > 12
    dark = dark if number % 2 == 0 else dark.T
    along, columns = _along(side, number, corners, len(dark))
    on_both = [
        np.max([dark[along, (columns + step).clip(0, dark.shape[1] - 1)] for step in steps], axis=0)
        for steps in ((-5, -4, -3), (3, 4, 5))
    ]
    if not len(along):
        return False
    # A slanting line crosses a few pixels farther on the other side.
    on_both = [np.convolve(mask, np.ones(5), "same") > 0 for mask in on_both]
    return bool((on_both[0] & on_both[1]).any())


def _cut(picture: np.ndarray, corners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the sheet with these corners, upright, and the homography back to the picture."""
    centre = corners.mean(axis=0)
    corners = centre + (1 - 2 * _INSET) * (corners - centre)
    left, top = np.floor(corners.min(axis=0)).astype(int).clip(0)
    right, bottom = np.ceil(corners.max(axis=0)).astype(int)
    picture = picture[top:bottom, left:right]
    corners = corners - (left, top)
    height, width = picture.shape[:2]
    shift = np.array([[1.0, 0, left], [0, 1, top], [0, 0, 1]])
    upright = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    if np.abs(corners - upright).max() <= _LEVEL * max(width, height):
        return picture, shift
    scale = min(1.0, _DETAIL / max(width, height))
    if scale < 1:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    sides = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    size = [max(1, round(scale * max(sides[i], sides[i + 2]))) for i in (0, 1)]
    target = np.array([[0, 0], [size[0], 0], size, [0, size[1]]], np.float32)
    to_sheet = cv2.getPerspectiveTransform((scale * corners).astype(np.float32), target)
    sheet = cv2.warpPerspective(picture, to_sheet, size, borderMode=cv2.BORDER_REPLICATE)
    return sheet, shift @ np.diag([1 / scale, 1 / scale, 1.0]) @ np.linalg.inv(to_sheet)
