"""Find the drawings on any picture: one path from every picture to the ink that is meant.

`paper` cuts out the sheet, `ruling` removes printed rules, and `ink` evens out the light. Then
`blemishes`, `long_lines` and `writing` remove what is not part of a drawing, and `grouping` divides
the rest into drawings.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from sketchnet.imaging.blemishes import without_blemishes
from sketchnet.imaging.components import Box, boxes_of
from sketchnet.imaging.grouping import drawing_score, group_drawings
from sketchnet.imaging.ink import (
    LEVEL,
    all_ink,
    darkness_of,
    ink_mask,
    is_dark_paper,
    level_ink,
    reduced,
    resized,
    without_border_frame,
)
from sketchnet.imaging.long_lines import without_long_lines
from sketchnet.imaging.paper import find_sheet
from sketchnet.imaging.ruling import DETAIL, without_rules
from sketchnet.imaging.writing import without_writing

_SMALLEST = 100  # px, longest side; a smaller picture shows one drawing and nothing else
_IN_BOX = 0.6  # share of a drawing's ink in a box from which the box is drawn around it


@dataclass(frozen=True, eq=False)
class FoundDrawing:
    """One drawing on a picture.

    Attributes:
        box: x, y, width, height in pixels of the picture.
        ink: (h, w) uint8, longest side at most 512: the ink of this drawing alone, `ink.LEVEL` and
            more where there is a line.
        score: how large and central the drawing is on its page, 0..1.
    """

    box: Box
    ink: np.ndarray
    score: float


@dataclass(frozen=True, eq=False)
class _Page:
    """The ink of a page.

    Attributes:
        darkness: (h, w) uint8 (`ink.darkness_of`), without rules.
        mask: (h, w) uint8 of 0 and 1: all ink.
        drawn: (h, w) uint8 of 0 and 1: ink that is not part of the page.
        drawings: (h, w) int, the number of the drawing from 1, otherwise 0.
        to_picture: 3×3 homography from these pixels x, y to those of the picture.
    """

    darkness: np.ndarray
    mask: np.ndarray
    drawn: np.ndarray
    drawings: np.ndarray
    to_picture: np.ndarray


def find_drawings(picture: np.ndarray) -> list[FoundDrawing]:
    """Find the drawings on a picture (H, W[, 3]) uint8, the one that is most likely meant first.

    Returns an empty list for blank paper.
    """
    if max(picture.shape[:2]) < _SMALLEST:
        ink = all_ink(picture)
        height, width = picture.shape[:2]
        return [FoundDrawing((0, 0, width, height), ink, 1.0)] if (ink >= LEVEL).any() else []
    page = _read_page(picture)
    found = []
    for number, box in enumerate(boxes_of(page.drawings), start=1):
        ink = _ink_of(page, page.drawings == number)
        score = drawing_score(box, page.mask.shape)
        found.append(FoundDrawing(_box_in_picture(page, box, picture), ink, score))
    return found


def ink_of(picture: np.ndarray, box: Box | None = None) -> np.ndarray:
    """Return the ink of the drawing that is meant.

    Args:
        picture: (H, W[, 3]) uint8.
        box: where a person says that the drawing is: x, y, width, height in pixels. Without it, the
            first of `find_drawings`.

    Returns:
        (h, w) uint8, longest side at most 512, `ink.LEVEL` and more where there is a line.
    """
    if max(picture.shape[:2]) < _SMALLEST:
        return all_ink(picture if box is None else _crop(picture, box))
    page = _read_page(picture)
    return _ink_of(page, page.drawings == 1 if box is None else _ink_in_box(page, box))


def _read_page(picture: np.ndarray) -> _Page:
    picture, factor = reduced(picture, DETAIL)
    sheet = find_sheet(picture)
    darkness = _darkness(sheet.picture)
    mask = ink_mask(darkness)
    drawn = without_writing(without_long_lines(without_blemishes(mask)))
    height, width = darkness.shape
    small = cv2.resize(sheet.picture, (width, height), interpolation=cv2.INTER_AREA)
    scale = np.diag([sheet.picture.shape[1] / width, sheet.picture.shape[0] / height, 1.0])
    drawings = group_drawings(drawn, small)
    to_picture = np.diag([factor, factor, 1.0]) @ sheet.to_source @ scale
    return _Page(darkness, mask, drawn, drawings, to_picture)


def _darkness(page: np.ndarray) -> np.ndarray:
    """Return the darkness (h, w) of a page without its rules."""
    detailed = resized(page, DETAIL) if max(page.shape[:2]) > DETAIL else page
    if is_dark_paper(detailed):
        detailed = cv2.bitwise_not(detailed)
    cleaned = without_rules(detailed)
    return darkness_of(cleaned, dark_paper=False)


def _ink_of(page: _Page, chosen: np.ndarray) -> np.ndarray:
    """Return the ink of chosen pixels (h, w) bool; all ink if there is nothing else on the page."""
    others = (page.mask > 0) & ~chosen
    ink = without_border_frame(level_ink(page.darkness))
    if not (ink[others] >= LEVEL).any():
        return ink
    near = cv2.dilate(chosen.astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    return level_ink(np.where(near & ~others, page.darkness, np.uint8(0)))


def _box_in_picture(page: _Page, box: np.ndarray, picture: np.ndarray) -> Box:
    """Return the upright box in the picture around a box of the page."""
    x, y, width, height = (float(value) for value in box)
    corners = [[x, y], [x + width, y], [x + width, y + height], [x, y + height]]
    mapped = cv2.perspectiveTransform(np.array([corners]), page.to_picture)[0]
    size = picture.shape[1::-1]
    left, top = np.floor(mapped.min(axis=0)).astype(int).clip(0, size)
    right, bottom = np.ceil(mapped.max(axis=0)).astype(int).clip(0, size)
    return int(left), int(top), int(right - left), int(bottom - top)


def _ink_in_box(page: _Page, box: Box) -> np.ndarray:
    """Return the ink (h, w) bool that a person means by a box in the picture.

    These are the drawings that lie in the box for the most part; without any, everything drawn in
    the box; without that either, all ink in the box.
    """
    x, y, width, height = box
    corners = [[x, y], [x + width, y], [x + width, y + height], [x, y + height]]
    to_page = np.linalg.inv(page.to_picture)
    outline = cv2.perspectiveTransform(np.array([corners], np.float64), to_page)[0]
    inside = np.zeros(page.mask.shape, np.uint8)
    cv2.fillConvexPoly(inside, outline.round().astype(np.int32), 1)
    in_box = inside > 0
    total = np.bincount(page.drawings.ravel())
    within = np.bincount(page.drawings[in_box], minlength=len(total))
    chosen = np.flatnonzero(within[1:] > _IN_BOX * total[1:]) + 1
    if len(chosen):
        return np.isin(page.drawings, chosen)
    drawn = in_box & (page.drawn > 0)
    return drawn if drawn.any() else in_box & (page.mask > 0)


def _crop(picture: np.ndarray, box: Box) -> np.ndarray:
    x, y, width, height = box
    return picture[max(0, y) : y + height, max(0, x) : x + width]
