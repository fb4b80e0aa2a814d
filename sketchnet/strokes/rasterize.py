"""Strokes → a picture: black ink on white paper, antialiased, any side, any line width."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import cv2
import numpy as np

from sketchnet.strokes.geometry import Drawing, bounds, ink_length, lengths_along

FILL = 0.80  # the share of the side that the longest side of the ink takes
LINE = 1 / 48  # line width as a share of the side: 2 px at 96

_SHIFT = 4  # OpenCV reads coordinates as multiples of 1/16 px
_TIMES = 24  # steps of grey along the ink
_LAST = 200  # the grey of the last ink, still apart from the paper's 255


def rasterize(
    drawing: Drawing,
    side: int,
    *,
    width: float | None = None,
    fill: float = FILL,
    order: bool = False,
) -> np.ndarray:
    """Draw `drawing` as uint8 (side, side), 255 paper and 0 ink, fitted and centred.

    The ink's longest side, line width included, takes `fill` of the side; `width` is in pixels
    (default side / 48). With `order` the result is (side, side, 3): the ink; the ink's time as
    grey, from 0 where the pen began to 200 where it ended, by share of ink length; and the same
    by stroke number. An empty drawing is white paper.
    """
    width = side * LINE if width is None else width
    lines = _placed(drawing, side, width, fill)
    pen = _Pen(side, width)
    ink = pen.draw([(lines, 0)])
    if not order:
        return ink
    greys = np.linspace(0, _LAST, max(len(lines), 2))
    number = pen.draw([([stroke], grey) for stroke, grey in zip(lines, greys, strict=False)])
    return np.stack([ink, pen.draw(_by_time(lines)), number], axis=2)


def _placed(drawing: Drawing, side: int, width: float, fill: float) -> Drawing:
    """The strokes in pixels of the picture, pixel centres at whole numbers."""
    if not drawing:
        return []
    low, high = bounds(drawing)
    extent = float((high - low).max())
    scale = max(side * fill - width, 0.0) / extent if extent > 0 else 0.0
    middle = (low.astype(np.float64) + high) / 2
    return [(stroke - middle) * scale + (side - 1) / 2 for stroke in drawing]


class _Pen:
    """Draws some times larger, then averages down: antialiased, and widths between pixels."""

    def __init__(self, side: int, width: float) -> None:
        # OpenCV draws lines of thickness 2n as 2n + 1 px wide and odd ones less evenly: take the
        # enlargement for which an odd width comes nearest to what is wanted.
        widths = {finer: max(0, round((width * finer - 1) / 2)) * 2 + 1 for finer in (4, 5, 6)}
        self.finer = min(widths, key=lambda finer: abs(widths[finer] / finer - width))
        self.thickness = max(1, widths[self.finer] - 1)
        self.side = side

    def draw(self, layers: Iterable[tuple[Drawing, float]]) -> np.ndarray:
        """Each layer is lines and their grey; uint8 (side, side)."""
        finer = self.finer
        large = np.full((self.side * finer, self.side * finer), 255, np.uint8)
        for lines, grey in layers:
            fixed = [(s * finer + (finer - 1) / 2) * (1 << _SHIFT) for s in lines]
            # OpenCV draws nothing for a single point, but a dot for the same point twice.
            whole = [s.round().astype(np.int32)[[*range(len(s)), -1]] for s in fixed]
            cv2.polylines(large, whole, False, round(grey), self.thickness, cv2.LINE_8, _SHIFT)
        return cv2.resize(large, (self.side, self.side), interpolation=cv2.INTER_AREA)


def _by_time(lines: Drawing) -> Iterator[tuple[Drawing, float]]:
    """The strokes cut after every 1/24 of the ink, each piece with the grey of its time."""
    step = (ink_length(lines) or 1.0) / _TIMES
    drawn = 0.0
    for stroke in lines:
        path = drawn + lengths_along(stroke)
        drawn = path[-1]
        cuts = step * np.arange(np.ceil(path[0] / step), path[-1] / step)
        at = np.union1d(path, cuts)
        points = np.column_stack([np.interp(at, path, stroke[:, axis]) for axis in (0, 1)])
        ends = np.unique([*np.searchsorted(at, cuts), len(at) - 1])
        for start, end in zip([0, *ends], ends, strict=False):
            time = (at[start] + at[end]) / 2 / step / _TIMES
            yield [points[start : end + 1]], _LAST * min(time, 1.0)
