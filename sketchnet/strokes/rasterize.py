"""Rasterize strokes: black ink on white paper, antialiased, of any size and line width."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import accumulate, pairwise

import cv2
import numpy as np

from sketchnet.strokes.geometry import Drawing, bounds, ink_length, lengths_along
from sketchnet.utils.compiled import compiled

FILL = 0.80  # longest side of the ink, as a share of the picture's side
LINE = 1 / 48  # line width, as a share of the side: 2 px at 96

_SHIFT = 4  # OpenCV reads coordinates as multiples of 1/16 px
_TIME_STEPS = 24  # steps of grey along the ink
_LAST_GREY = 200  # of the last ink, distinct from the paper's 255


def rasterize(
    drawing: Drawing,
    side: int,
    *,
    width: float | None = None,
    fill: float = FILL,
    order: bool = False,
) -> np.ndarray:
    """Draw a drawing, scaled and centred, as uint8 with 255 for paper and 0 for ink.

    Args:
        drawing: (n, 2) strokes; an empty drawing gives white paper.
        side: of the square picture in pixels.
        width: of the lines in pixels; default side / 48.
        fill: longest side of the ink, line width included, as a share of the side.
        order: add two channels that show the order of drawing.

    Returns: (side, side) uint8; with `order` (side, side, 3): the ink; the ink in greys of its
        time, from 0 at the start to 200 at the end by share of the length; and the same by stroke
        number.
    """
    width = side * LINE if width is None else width
    lines = _placed(drawing, side, width, fill)
    pen = _Pen(side, width)
    ink = pen.draw([(lines, 0)])
    if not order:
        return ink
    greys = np.linspace(0, _LAST_GREY, max(len(lines), 2))
    number = pen.draw([([stroke], grey) for stroke, grey in zip(lines, greys, strict=False)])
    return np.stack([ink, pen.draw(_by_time(lines)), number], axis=2)


def _placed(drawing: Drawing, side: int, width: float, fill: float) -> Drawing:
    """The strokes in pixels of the picture; pixel centres have integer coordinates."""
    if not drawing:
        return []
    low, high = bounds(drawing)
    extent = float((high - low).max())
    scale = max(side * fill - width, 0.0) / extent if extent > 0 else 0.0
    middle = (low.astype(np.float64) + high) / 2
    return [(stroke - middle) * scale + (side - 1) / 2 for stroke in drawing]


class _Pen:
    """Draws enlarged and averages down, which gives antialiasing and fractional widths."""

    def __init__(self, side: int, width: float) -> None:
        # OpenCV draws a thickness of 2n as 2n + 1 px, and odd thicknesses less evenly: take the
        # enlargement at which an odd width is closest to the wanted one.
        widths = {finer: max(0, round((width * finer - 1) / 2)) * 2 + 1 for finer in (4, 5, 6)}
        self.finer = min(widths, key=lambda finer: abs(widths[finer] / finer - width))
        self.thickness = max(1, widths[self.finer] - 1)
        self.side = side

    def draw(self, layers: Iterable[tuple[Drawing, float]]) -> np.ndarray:
        """Draw layers of (strokes, grey): (side, side) uint8."""
        layers = list(layers)
        picture = np.full((self.side, self.side), 255, np.uint8)
        lines = [line for of_layer, _ in layers for line in of_layer]
        if not lines:
            return picture
        inked = self._inked(lines)
        # Only the part with ink is drawn enlarged: averaging takes most of the time.
        part, finer = picture[inked], self.finer
        height, width = part.shape
        large = np.full((height * finer, width * finer), 255, np.uint8)
        corner = np.array([inked[1].start, inked[0].start]) * finer
        for of_layer, grey in layers:
            fixed = np.concatenate(of_layer) * finer + (finer - 1) / 2 - corner
            fixed = (fixed * (1 << _SHIFT)).round().astype(np.int32)
            stops = [0, *accumulate(map(len, of_layer))]
            strokes = [fixed[start:stop] for start, stop in pairwise(stops)]
            # OpenCV draws nothing for one point, and a dot for the same point twice.
            strokes = [stroke if len(stroke) > 1 else stroke[[0, 0]] for stroke in strokes]
            cv2.polylines(large, strokes, False, round(grey), self.thickness, cv2.LINE_8, _SHIFT)
        _average(large, finer, part)
        return picture

    def _inked(self, lines: Drawing) -> tuple[slice, slice]:
        """The rows and columns of the picture that hold all ink."""
        margin = self.thickness / self.finer + 1
        low, high = bounds(lines)
        left, top = np.clip(np.floor(low - margin), 0, self.side).astype(int)
        right, bottom = np.clip(np.ceil(high + margin) + 1, 0, self.side).astype(int)
        return slice(top, bottom), slice(left, right)


@compiled()
def _average(large, finer, found):
    """Fill `found` with the means of `finer` by `finer` pixels.

    What `cv2.resize` with `INTER_AREA` gives, bit by bit, in a third of its time.
    """
    height, width = found.shape
    scale = np.float32(1) / np.float32(finer * finer)
    columns = np.empty(width * finer, np.uint16)
    sums = np.empty(width, np.uint16)
    for y in range(height):
        columns[:] = 0
        for down in range(finer):
            row = large[y * finer + down]
            for x in range(width * finer):
                columns[x] += row[x]
        sums[:] = 0
        for right in range(finer):
            for x in range(width):
                sums[x] += columns[x * finer + right]
        for x in range(width):
            found[y, x] = np.rint(np.float32(sums[x]) * scale)


def _by_time(lines: Drawing) -> Iterator[tuple[Drawing, float]]:
    """The strokes, cut after every 1/24 of the length, and the grey of each piece's time."""
    step = (ink_length(lines) or 1.0) / _TIME_STEPS
    drawn = 0.0
    for stroke in lines:
        path = drawn + lengths_along(stroke)
        drawn = path[-1]
        cuts = step * np.arange(np.ceil(path[0] / step), path[-1] / step)
        at = np.union1d(path, cuts)
        points = np.column_stack([np.interp(at, path, stroke[:, axis]) for axis in (0, 1)])
        ends = np.unique([*np.searchsorted(at, cuts), len(at) - 1])
        for start, end in zip([0, *ends], ends, strict=False):
            time = (at[start] + at[end]) / 2 / step / _TIME_STEPS
            yield [points[start : end + 1]], _LAST_GREY * min(time, 1.0)
