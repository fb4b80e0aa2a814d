"""An uploaded picture and the part of it that is the query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sketchnet.imaging.drawings import find_drawings
from sketchnet.utils.errors import InputError

MAX_DRAWINGS = 6  # drawings of one page that are offered
MIN_SIDE = 8  # px, of a box
PADDING = 0.05  # share of a drawing's longest side that its box extends beyond the ink

Box = tuple[int, int, int, int]
"""x, y, width, height in pixels of the picture."""


@dataclass(frozen=True, eq=False)
class Picture:
    """An uploaded picture and what is taken from it as the query.

    Attributes:
        pixels: (H, W, 3) uint8 RGB.
        is_photo: whether it is a photo, otherwise a sketch.
        boxes: the drawings that were found on a sketch; the first is the default.
        box: what the visitor chose, or None for the default.
    """

    pixels: np.ndarray
    is_photo: bool
    boxes: tuple[Box, ...] = ()
    box: Box | None = None

    @classmethod
    def of(cls, pixels: np.ndarray, is_photo: bool) -> Picture:
        """A picture as it was uploaded, with the drawings on it where it is a sketch."""
        found = [] if is_photo else find_drawings(pixels)[:MAX_DRAWINGS]
        return cls(pixels, is_photo, tuple(_padded(each.box, pixels) for each in found))

    @property
    def shown_box(self) -> Box | None:
        """What is taken as the drawing: everything, where none was found; None for a photo."""
        if self.is_photo:
            return None
        height, width = self.pixels.shape[:2]
        return self.box or next(iter(self.boxes), (0, 0, width, height))

    @property
    def query(self) -> np.ndarray:
        """The pixels to search with: the whole picture, or the box that the visitor chose."""
        if self.is_photo or self.box is None:
            return self.pixels
        return self.crop(self.box)

    def crop(self, box: Box) -> np.ndarray:
        """The pixels of a box."""
        x, y, width, height = box
        return self.pixels[y : y + height, x : x + width]

    def rotated(self, quarter_turns: int) -> Picture:
        """The picture rotated, counterclockwise for a positive number of quarter turns."""
        pixels = np.ascontiguousarray(np.rot90(self.pixels, quarter_turns))
        return Picture.of(pixels, self.is_photo)

    def with_drawing(self, number: str) -> Picture:
        """Take one of `boxes`, by its index as text. Raises InputError for any other text."""
        if not number.isdecimal() or not 0 <= int(number[:9]) < len(self.boxes):
            raise InputError("one of the drawings on the picture", "another", "choose one again")
        return replace(self, box=self.boxes[int(number)])

    def with_box(self, text: str) -> Picture:
        """Take a box that the browser sends: left, top, width, height in shares of the picture.

        Raises InputError for any other text.
        """
        try:
            shares = np.array([float(part) for part in text.split(",")], float)
        except ValueError:
            shares = np.array([])
        if shares.shape != (4,) or not np.isfinite(shares).all():
            raise InputError("a box of four numbers", "another value", "move the box again")
        height, width = self.pixels.shape[:2]
        return replace(
            self, box=_inside(shares.clip(0, 1) * [width, height, width, height], self.pixels)
        )


def _padded(box: Sequence[float], pixels: np.ndarray) -> Box:
    x, y, width, height = box
    padding = PADDING * max(width, height)
    return _inside((x - padding, y - padding, width + 2 * padding, height + 2 * padding), pixels)


def _inside(box: Sequence[float], pixels: np.ndarray) -> Box:
    """A box in whole pixels within the picture, at least `MIN_SIDE` on each side."""
    corners, sizes = [], []
    for axis, side in enumerate(pixels.shape[1::-1]):
        size = min(max(round(float(box[2 + axis])), MIN_SIDE), side)
        sizes.append(size)
        corners.append(min(max(round(float(box[axis])), 0), side - size))
    return corners[0], corners[1], sizes[0], sizes[1]
