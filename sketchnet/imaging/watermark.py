"""Letters on a photo on white that are not on the shoe: a watermark, a shop's name, a caption.

Letters are small pieces of one colour. They are a text where at least three of them lie clearly
outside of everything else; the seams and laces of a pale shoe do not. A pale text is a watermark:
its letters are taken away where they cross the shoe's outline, too. On the shoe it stays.
"""

from __future__ import annotations

import cv2
import numpy as np

from sketchnet.imaging.components import Pieces, disc, find_pieces
from sketchnet.imaging.ink import darkest_channel, resized

SIDE = 480  # pixels at which letters are looked for
_PAPER = 238  # a pixel is paper above this, in its darkest channel
_GREY = 245  # the same in a reduced photo, where thin letters are paler
_TRACE = 252  # a pixel is the blurred edge of a letter up to here
_LETTERS = 3  # least number of letters of a text
_AREAS = (12 / SIDE**2, 0.02)  # smallest and largest share of the picture that a letter has
_SAME = 10  # in each channel, between letters and between the pixels of one
_AWAY = 0.03  # share of the side, from the middle of a letter to the outline of everything else
_FAINT = 150  # the darkest channel from which a text is a watermark, not print
_LINE = 20  # pixels beside a letter at most where further letters of its line are looked for


def find_text(small: np.ndarray) -> np.ndarray | None:
    """Return the mask (H, W) uint8 of a text on white, or None where there is none.

    Args:
        small: (H, W, 3) RGB uint8, with a longest side of `SIDE`.
    """
    low = darkest_channel(small)
    pieces = find_pieces((low <= _PAPER).astype(np.uint8))
    found = _letters(small, pieces)
    if found is None:
        return None
    chosen, tone = found
    rest = ~chosen & (pieces.areas >= _AREAS[0] * low.size)
    if not rest.any() or _count_outside(pieces, chosen, rest) < _LETTERS:
        return None
    mask = pieces.mask(chosen)
    whole = _whole_line(low, mask, pieces, chosen)
    if tone.min() < _FAINT:
        return cv2.dilate(whole, disc(2))
    return _with_crossing_letters(small, low, mask, whole, tone)


def without_text(photo: np.ndarray, small: np.ndarray) -> np.ndarray:
    """Return a photo (H, W, 3) RGB uint8 on white without the text beside the shoe.

    The same array where there is no text. `small` is the photo at about 160 pixels.
    """
    if not _has_pieces_outside(small):
        return photo
    mask = find_text(resized(photo, SIDE))
    if mask is None:
        return photo
    size = photo.shape[1::-1]
    soft = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)[..., None]
    return (photo * (1 - soft) + 255 * soft).astype(np.uint8)


def _has_pieces_outside(small: np.ndarray) -> bool:
    """Whether a piece is outside of the largest one's hull: a quick look at a small photo."""
    pieces = find_pieces((darkest_channel(small) <= _GREY).astype(np.uint8))
    if len(pieces) < 2:
        return False
    largest = np.arange(len(pieces)) == np.argmax(pieces.areas)
    return _count_outside(pieces, ~largest, largest) > 0  # letters may be one piece here


def _letters(small: np.ndarray, pieces: Pieces) -> tuple[np.ndarray, np.ndarray] | None:
    """Which pieces (N,) have the colour (3,) that most small pieces have; None for too few."""
    least, most = (share * pieces.labels.size for share in _AREAS)
    rows = np.flatnonzero((pieces.areas >= least) & (pieces.areas <= most))
    if len(rows) < _LETTERS:
        return None
    colours = [_colour(small, pieces, int(row)) for row in rows]
    rows = np.array([row for row, each in zip(rows, colours, strict=True) if each is not None])
    if len(rows) < _LETTERS:
        return None
    colour = np.array([each for each in colours if each is not None])
    alike = np.abs(colour[:, None] - colour).max(axis=2) <= _SAME
    best = alike[np.argmax(alike.sum(axis=1))]
    if best.sum() < _LETTERS:
        return None
    return np.isin(np.arange(len(pieces)), rows[best]), np.median(colour[best], axis=0)


def _colour(small: np.ndarray, pieces: Pieces, row: int) -> np.ndarray | None:
    """The colour (3,) of the darker half of a piece, or None where it has several."""
    x, y, width, height = pieces.boxes[row]
    part = np.s_[y : y + height, x : x + width]
    pixels = small[part][pieces.labels[part] == row + 1].astype(float)
    low = pixels.min(axis=1)
    dark = pixels[low <= np.median(low)]
    colour = np.median(dark, axis=0)
    is_even = np.quantile(np.abs(dark - colour).max(axis=1), 0.8) <= _SAME
    return colour if is_even and np.quantile(low, 0.02) >= colour.min() - 2 * _SAME else None


def _count_outside(pieces: Pieces, letters: np.ndarray, rest: np.ndarray) -> int:
    """How many of the letters are outside of the convex hull of the rest."""
    hull = cv2.convexHull(cv2.findNonZero(pieces.mask(rest)))
    middles = pieces.boxes[letters][:, :2] + pieces.boxes[letters][:, 2:] / 2
    distances = [-cv2.pointPolygonTest(hull, (float(x), float(y)), True) for x, y in middles]
    away = _AWAY * max(pieces.labels.shape)
    return sum(distance > away for distance in distances)


def _whole_line(
    low: np.ndarray, mask: np.ndarray, pieces: Pieces, chosen: np.ndarray
) -> np.ndarray:
    """The mask with the blurred edges of its letters, and with thinner letters beside them."""
    reach = min(int(np.median(pieces.boxes[chosen][:, 3])), _LINE)
    near = cv2.dilate(mask, np.ones((2 * reach + 1,) * 2, np.uint8))
    pale = find_pieces((low <= _TRACE).astype(np.uint8))
    beside = np.bincount(pale.labels[near > 0], minlength=len(pale) + 1)[1:] > 0
    return mask | pale.mask(beside & (pale.areas <= 2 * pieces.areas[chosen].max()))


def _with_crossing_letters(
    small: np.ndarray, low: np.ndarray, mask: np.ndarray, whole: np.ndarray, tone: np.ndarray
) -> np.ndarray:
    """The mask of a pale text with its letters that touch the shoe, but not with the shoe.

    Args:
        mask, whole: the letters (H, W), without and with their edges.
        tone: (3,) their colour.
    """
    alike = (np.abs(small - tone).max(axis=2) <= _SAME).astype(np.uint8)
    darker = (low < tone.min() - 1.5 * _SAME).astype(np.uint8)
    shoe = cv2.morphologyEx(darker, cv2.MORPH_OPEN, disc(1))
    shoe = cv2.morphologyEx(shoe, cv2.MORPH_CLOSE, disc(3))
    width = int(np.ceil(cv2.distanceTransform(mask, cv2.DIST_L2, 3).max())) + 1
    thick = cv2.dilate(cv2.morphologyEx(alike, cv2.MORPH_OPEN, disc(width)), disc(width))
    thin = alike & (1 - thick)  # a part of the shoe in this colour is wider than a letter
    grown = cv2.dilate(whole | thin & (1 - shoe), disc(2))
    is_pale = low >= tone.min() - _SAME
    return np.where(is_pale & (shoe == 0), grown, 0).astype(np.uint8)
