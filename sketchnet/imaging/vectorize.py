"""Lines of a picture → strokes, as a pen might have drawn them.

The way back from `rasterizing`. Photos and scanned sketches have no strokes; with some, one line
can move, bend or go missing without the others, which no distortion of the whole picture does.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np

from sketchnet.strokes.geometry import Drawing, lengths_along

_WEIGHTS = np.array([[128, 1, 2], [64, 0, 4], [32, 16, 8]], np.float32)  # clockwise from above
_AROUND = ((-1, 0), (0, 1), (1, 0), (0, -1), (-1, 1), (1, 1), (1, -1), (-1, -1))  # sides first
_AHEAD = 6  # px along a line that tell its direction
_STRAIGHT = -0.5  # cosine between two lines that are one: they bend by 60 degrees at most
_CROWD = 16  # ends that meet in one place are a blot, where no line goes on
_SPUR = 3.0  # px: shorter ends at a crossing are roughness of the ink
_SMOOTH = 5  # points of the running mean

Pixel = tuple[int, int]


def vectorize(picture: np.ndarray) -> Drawing:
    """The lines of a picture (H, W) uint8, dark on white, as strokes (n, 2) of x, y in pixels.

    Lines are thinned to one pixel, cut where three or more meet, and joined again where two go on
    straight; then smoothed. Filled areas give lines of their middle or none, dots and paper none.
    """
    skeleton = thin(picture < 128)
    count = cv2.filter2D(skeleton, cv2.CV_8U, np.ones((3, 3)), borderType=cv2.BORDER_CONSTANT)
    crossing = (skeleton > 0) & (count > 3)
    _, crossings, _, centres = cv2.connectedComponentsWithStats(
        crossing.astype(np.uint8), connectivity=8
    )
    lines, ends = [], []
    for path in _paths(skeleton.astype(bool) & ~crossing):
        touched = [_near(crossings, pixel) for pixel in (path[0], path[-1])]
        if len(path) == 1 and touched[0]:
            continue  # a pixel between two crossings
        points = [(x, y) for y, x in path]
        lines.append(
            np.array(
                [centres[touched[0]]] * bool(touched[0])
                + points
                + [centres[touched[1]]] * bool(touched[1]),
                np.float32,
            )
        )
        ends.append(touched)
    kept = [
        i
        for i, line in enumerate(lines)
        if len(line) > 1 and not (0 in ends[i] and any(ends[i]) and lengths_along(line)[-1] < _SPUR)
    ]
    return [
        _smooth(stroke) for stroke in _joined([lines[i] for i in kept], [ends[i] for i in kept])
    ]


def thin(ink: np.ndarray) -> np.ndarray:
    """Lines of one pixel, 8-connected as the ink (H, W) bool was; uint8 0 and 1.

    Guo & Hall, *Parallel thinning with two-subiteration algorithms*, 1989, which unlike Zhang &
    Suen leaves slanting lines their length; then pixels that still hold nothing together are taken
    away one by one.
    """
    left = np.pad(ink.astype(np.uint8), 1)
    while True:
        before = left.sum()
        for removable in _guo_hall():
            left[removable[_codes(left)] & (left > 0)] = 0
        if left.sum() == before:
            break
    loose = _loose()
    for y, x in np.argwhere(left):
        around = left[y - 1 : y + 2, x - 1 : x + 2]
        if loose[int((around * _WEIGHTS).sum())]:
            left[y, x] = 0
    return left[1:-1, 1:-1]


def _codes(ink: np.ndarray) -> np.ndarray:
    """Which of the eight neighbours are ink, one bit each: (H, W) uint8."""
    return cv2.filter2D(ink, cv2.CV_8U, _WEIGHTS, borderType=cv2.BORDER_CONSTANT)


def _neighbours() -> np.ndarray:
    """The bits of all 256 codes: (256, 8) of 0 and 1, clockwise from above."""
    return (np.arange(256)[:, None] >> np.arange(8)) & 1


@cache
def _guo_hall() -> tuple[np.ndarray, np.ndarray]:
    """Whether a pixel goes, by its code, in each of the two halves of a round."""
    p = _neighbours().astype(bool)
    clockwise = np.roll(p, -1, axis=1)
    sides, corners = p[:, ::2], p[:, 1::2]
    # Exactly one run of ink around, which the pixel does not join to another.
    runs = (~sides & (corners | clockwise[:, 1::2])).sum(axis=1) == 1
    pairs = np.minimum((clockwise | p)[:, ::2].sum(axis=1), (clockwise | p)[:, 1::2].sum(axis=1))
    edge = runs & (pairs >= 2) & (pairs <= 3)
    up, up_right, right, down_right, down, down_left, left, up_left = p.T
    first = edge & ~((down | down_left | ~up_left) & left)
    return first, edge & ~((up | up_right | ~down_right) & right)


@cache
def _loose() -> np.ndarray:
    """Whether a pixel holds nothing together, by its code: Yokoi's 8-connectivity is 1."""
    blank = 1 - _neighbours()
    number = sum(
        blank[:, k] - blank[:, k] * blank[:, k + 1] * blank[:, (k + 2) % 8] for k in (0, 2, 4, 6)
    )
    return (number == 1) & (blank.sum(axis=1) <= 6)


def _paths(lines: np.ndarray) -> list[list[Pixel]]:
    """The pixels (y, x) of each line of a mask without crossings, in order; rings are closed."""
    free: set[Pixel] = {(int(y), int(x)) for y, x in np.argwhere(lines)}

    def next_to(pixel: Pixel) -> list[Pixel]:
        y, x = pixel
        return [(y + dy, x + dx) for dy, dx in _AROUND if (y + dy, x + dx) in free]

    # Ends come first, so that a line is not begun in its middle; what is left are rings.
    begins = sorted(free, key=lambda pixel: len(next_to(pixel)) > 1)
    paths = []
    for begin in begins:
        if begin not in free:
            continue
        path, at = [], [begin]
        while at:
            path.append(at[0])
            free.discard(at[0])
            at = next_to(at[0])
        far = max(abs(path[0][0] - path[-1][0]), abs(path[0][1] - path[-1][1]))
        paths.append(path + path[:1] if len(path) > 3 and far == 1 else path)
    return paths


def _near(crossings: np.ndarray, pixel: Pixel) -> int:
    """The number of the crossing that touches a pixel; 0 where there is none."""
    y, x = pixel
    return int(crossings[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2].max())


def _joined(lines: Sequence[np.ndarray], ends: Sequence[Sequence[int]]) -> Drawing:
    """Lines that go on straight over a crossing as one; `ends` are their crossings' numbers."""
    at: dict[int, list[tuple[int, int]]] = {}
    for line, touched in enumerate(ends):
        for end, crossing in enumerate(touched):
            if crossing:
                at.setdefault(crossing, []).append((line, end))
    follows: dict[tuple[int, int], tuple[int, int]] = {}
    for meeting in at.values():
        if len(meeting) > _CROWD:
            continue
        ways = {one: _direction(lines[one[0]], one[1]) for one in meeting}
        pairs = sorted(
            (float(ways[a] @ ways[b]), a, b) for a in meeting for b in meeting if a[0] < b[0]
        )
        for cosine, a, b in pairs:
            if cosine < _STRAIGHT and a not in follows and b not in follows:
                follows[a], follows[b] = b, a
    strokes, done = [], set()
    loose = [
        (line, end) for line in range(len(lines)) for end in (0, 1) if (line, end) not in follows
    ]
    for line, end in [*loose, *((line, 0) for line in range(len(lines)))]:
        if line in done:
            continue
        pieces: list[np.ndarray] = []
        at_end: tuple[int, int] | None = (line, end)
        while at_end and at_end[0] not in done:
            line, end = at_end
            done.add(line)
            pieces.append(lines[line] if end == 0 else lines[line][::-1])
            at_end = follows.get((line, 1 - end))
        strokes.append(np.concatenate(pieces))
    return strokes


def _direction(line: np.ndarray, end: int) -> np.ndarray:
    """The unit vector from one end of a line into it."""
    line = line if end == 0 else line[::-1]
    way = line[min(_AHEAD, len(line) - 1)] - line[0]
    return way / max(float(np.hypot(*way)), 1e-6)


def _smooth(stroke: np.ndarray) -> np.ndarray:
    """A running mean along the stroke, whose ends stay where they are."""
    reach = min(_SMOOTH // 2, (len(stroke) - 1) // 2)
    if reach == 0:
        return stroke
    sums = np.cumsum(np.vstack([np.zeros((1, 2)), stroke.astype(np.float64)]), axis=0)
    middle = np.arange(len(stroke))
    # Near an end the window is as short on both sides as the way to that end.
    half = np.minimum(np.minimum(middle, middle[::-1]), reach)
    mean = (sums[middle + half + 1] - sums[middle - half]) / (2 * half + 1)[:, None]
    return mean.astype(np.float32)
