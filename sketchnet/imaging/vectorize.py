"""Trace the lines of a picture as strokes: the inverse of `strokes.rasterize`.

Photos and scanned sketches have no strokes. Traced strokes allow augmentations that move, bend or
remove one line without the others, which no distortion of the whole picture can do.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import cv2
import numpy as np

from sketchnet.strokes.geometry import Drawing, lengths_along

_WEIGHTS = np.array([[128, 1, 2], [64, 0, 4], [32, 16, 8]], np.float32)  # clockwise from the top
_OFFSETS = ((-1, 0), (0, 1), (1, 0), (0, -1), (-1, 1), (1, 1), (1, -1), (-1, -1))  # sides first
_AHEAD = 6  # px along a line from which its direction is estimated
_STRAIGHT = -0.5  # cosine of the angle between two lines that continue each other (60° at most)
_CROWD = 16  # more line ends at one crossing are a blot, across which no line continues
_SPUR = 3.0  # px; shorter branches at a crossing come from the rough outline of the ink
_SMOOTH = 5  # number of points of the moving average

Pixel = tuple[int, int]


def vectorize(picture: np.ndarray) -> Drawing:
    """Trace the lines of a picture as strokes.

    Lines are thinned to one pixel and cut where three or more meet; pieces that continue each other
    in a straight line are joined, then smoothed. A filled area gives its centre line or nothing;
    dots and blank paper give nothing.

    Args:
        picture: (H, W) uint8, dark lines on white.

    Returns:
        Strokes, each float32 (n, 2) of x, y in pixels.
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
    return [_smooth(stroke) for stroke in _join([lines[i] for i in kept], [ends[i] for i in kept])]


def thin(ink: np.ndarray) -> np.ndarray:
    """Thin lines to one pixel; what is 8-connected stays 8-connected.

    Guo and Hall, *Parallel thinning with two-subiteration algorithms*, 1989, which does not shorten
    slanting lines as Zhang and Suen's algorithm does. Pixels that are still redundant for
    connectivity are then removed one at a time.

    Args:
        ink: (H, W) bool.

    Returns:
        (H, W) uint8 of 0 and 1.
    """
    left = np.pad(ink.astype(np.uint8), 1)
    while True:
        before = left.sum()
        for removable in _guo_hall():
            left[removable[_codes(left)] & (left > 0)] = 0
        if left.sum() == before:
            break
    redundant = _redundant()
    for y, x in np.argwhere(left):
        around = left[y - 1 : y + 2, x - 1 : x + 2]
        if redundant[int((around * _WEIGHTS).sum())]:
            left[y, x] = 0
    return left[1:-1, 1:-1]


def _codes(ink: np.ndarray) -> np.ndarray:
    """Return which of the eight neighbours are ink, one bit for each: (H, W) uint8."""
    return cv2.filter2D(ink, cv2.CV_8U, _WEIGHTS, borderType=cv2.BORDER_CONSTANT)


def _neighbours() -> np.ndarray:
    """Return the bits of all 256 neighbour codes: (256, 8) of 0 and 1, clockwise from the top."""
    return (np.arange(256)[:, None] >> np.arange(8)) & 1


@cache
def _guo_hall() -> tuple[np.ndarray, np.ndarray]:
    """Return for each code whether the pixel is removed, for both subiterations."""
    p = _neighbours().astype(bool)
    clockwise = np.roll(p, -1, axis=1)
    sides, corners = p[:, ::2], p[:, 1::2]
    # The neighbours hold exactly one run of ink, so the pixel does not connect two runs.
    runs = (~sides & (corners | clockwise[:, 1::2])).sum(axis=1) == 1
    pairs = np.minimum((clockwise | p)[:, ::2].sum(axis=1), (clockwise | p)[:, 1::2].sum(axis=1))
    edge = runs & (pairs >= 2) & (pairs <= 3)
    up, up_right, right, down_right, down, down_left, left, up_left = p.T
    first = edge & ~((down | down_left | ~up_left) & left)
    return first, edge & ~((up | up_right | ~down_right) & right)


@cache
def _redundant() -> np.ndarray:
    """Return for each code whether the pixel is redundant: Yokoi's 8-connectivity number is 1."""
    blank = 1 - _neighbours()
    number = sum(
        blank[:, k] - blank[:, k] * blank[:, k + 1] * blank[:, (k + 2) % 8] for k in (0, 2, 4, 6)
    )
    return (number == 1) & (blank.sum(axis=1) <= 6)


def _paths(lines: np.ndarray) -> list[list[Pixel]]:
    """Return the pixels (y, x) of each line of a mask without crossings, in order; rings closed."""
    free: set[Pixel] = {(int(y), int(x)) for y, x in np.argwhere(lines)}

    def next_to(pixel: Pixel) -> list[Pixel]:
        y, x = pixel
        return [(y + dy, x + dx) for dy, dx in _OFFSETS if (y + dy, x + dx) in free]

    # Line ends come first, so that no line starts in its middle. What remains are rings.
    starts = sorted(free, key=lambda pixel: len(next_to(pixel)) > 1)
    paths = []
    for start in starts:
        if start not in free:
            continue
        path, at = [], [start]
        while at:
            path.append(at[0])
            free.discard(at[0])
            at = next_to(at[0])
        far = max(abs(path[0][0] - path[-1][0]), abs(path[0][1] - path[-1][1]))
        paths.append(path + path[:1] if len(path) > 3 and far == 1 else path)
    return paths


def _near(crossings: np.ndarray, pixel: Pixel) -> int:
    """Return the label of the crossing that touches a pixel, 0 where there is none."""
    y, x = pixel
    return int(crossings[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2].max())


def _join(lines: Sequence[np.ndarray], ends: Sequence[Sequence[int]]) -> Drawing:
    """Join lines that continue straight across a crossing.

    Args:
        lines: (n, 2) each.
        ends: for each line the crossing labels at its first and last point, 0 for none.
    """
    at: dict[int, list[tuple[int, int]]] = {}
    for line, touched in enumerate(ends):
        for end, crossing in enumerate(touched):
            if crossing:
                at.setdefault(crossing, []).append((line, end))
    follows: dict[tuple[int, int], tuple[int, int]] = {}
    for meeting in at.values():
        if len(meeting) > _CROWD:
            continue
        directions = {one: _direction(lines[one[0]], one[1]) for one in meeting}
        pairs = sorted(
            (float(directions[a] @ directions[b]), a, b)
            for a in meeting
            for b in meeting
            if a[0] < b[0]
        )
        for cosine, a, b in pairs:
            if cosine < _STRAIGHT and a not in follows and b not in follows:
                follows[a], follows[b] = b, a
    strokes, done = [], set()
    free_ends = [
        (line, end) for line in range(len(lines)) for end in (0, 1) if (line, end) not in follows
    ]
    for line, end in [*free_ends, *((line, 0) for line in range(len(lines)))]:
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
    """Return the unit vector from one end of a line (0 first, 1 last) into the line."""
    line = line if end == 0 else line[::-1]
    direction = line[min(_AHEAD, len(line) - 1)] - line[0]
    return direction / max(float(np.hypot(*direction)), 1e-6)


def _smooth(stroke: np.ndarray) -> np.ndarray:
    """Smooth a stroke by a moving average that leaves both ends where they are."""
    radius = min(_SMOOTH // 2, (len(stroke) - 1) // 2)
    if radius == 0:
        return stroke
    sums = np.cumsum(np.vstack([np.zeros((1, 2)), stroke.astype(np.float64)]), axis=0)
    index = np.arange(len(stroke))
    # Near an end the window is symmetric and reaches as far as that end.
    half = np.minimum(np.minimum(index, index[::-1]), radius)
    mean = (sums[index + half + 1] - sums[index - half]) / (2 * half + 1)[:, None]
    return mean.astype(np.float32)
