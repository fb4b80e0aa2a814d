"""Picture of a sketch → where its ink is, whatever the paper, the light and the pen.

Ink is uint8 (H, W), 0 on paper, `LEVEL` and more where there is a line.
"""

from __future__ import annotations

import cv2
import numpy as np

LEVEL = 128

_LONGEST = 512  # finer detail is lost on every canvas that a network sees
_SMALL = 128  # side on which polarity is judged
_FAINTEST = 24  # a line this many greys darker than its paper counts, less is dirt
_SHARE = 0.35  # and so does one that is this share of the picture's full ink


def ink_of(picture: np.ndarray) -> np.ndarray:
    """Ink of a picture (H, W) or (H, W, 3) uint8, as uint8 of no side above 512.

    White-on-black is inverted, uneven light and noise of photographed paper are taken out, a
    frame on the picture's rim is dropped.
    """
    if max(picture.shape[:2]) > _LONGEST:
        picture = resized(picture, _LONGEST)
    if _is_dark_paper(picture):
        picture = cv2.bitwise_not(picture)
    grey = _darkest(picture)
    paper = _even_paper(grey)
    ink = paper - cv2.min(grey, paper) if paper is not None else _photographed(grey)
    return _without_frame(_levelled(ink))


def resized(picture: np.ndarray, longest: int) -> np.ndarray:
    """The picture scaled so that its longer side is `longest`."""
    scale = longest / max(picture.shape[:2])
    size = [max(1, round(side * scale)) for side in picture.shape[1::-1]]
    smooth = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(picture, size, interpolation=smooth)


def _darkest(picture: np.ndarray) -> np.ndarray:
    """The darkest channel: ink of any colour is dark in one of them, also yellow."""
    if picture.ndim == 2:
        return picture
    red, green, blue = cv2.split(picture)
    return cv2.min(cv2.min(red, green), blue)


def _is_dark_paper(picture: np.ndarray) -> bool:
    """Whether light lines lie on dark paper.

    A dark rim alone may be a dim photograph of white paper: there the rare pixels, the lines, are
    darker than their surroundings, and the third moment is negative.
    """
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) if picture.ndim == 3 else picture
    if _rim_level(grey) >= 128:
        return False
    small = resized(grey, _SMALL).astype(np.float32)
    return float(np.mean((small - cv2.blur(small, (25, 25))) ** 3)) >= 0


def _rim_level(grey: np.ndarray) -> int:
    """The median grey of the outer tenth on each side."""
    height, width = grey.shape
    mask = np.ones((height, width), np.uint8)
    mask[height // 10 : height - height // 10, width // 10 : width - width // 10] = 0
    if not mask.any():
        mask[:] = 1
    counts = cv2.calcHist([grey], [0], mask, [256], [0, 256]).cumsum()
    return int(np.searchsorted(counts, counts[-1] / 2))


def _even_paper(grey: np.ndarray) -> np.ndarray | None:
    """The paper, full of its one grey, or None where it has no one grey."""
    level = _rim_level(grey)
    counts = cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel()
    near, around = (counts[max(level - reach, 0) : level + reach + 1].sum() for reach in (3, 25))
    # Ink may cover most of the picture, but what looks like paper must not scatter.
    if near < 0.25 * grey.size or near < 0.6 * around:
        return None
    return np.full_like(grey, level)


def _photographed(grey: np.ndarray) -> np.ndarray:
    """Ink of unevenly lit, noisy paper: the share of the local paper's light that is missing."""
    grey = cv2.GaussianBlur(grey, (5, 5), 0)
    # Closing fills the lines and keeps the edges of shadows, which averages would move.
    side = max(3, max(grey.shape) // 16)
    rim = cv2.copyMakeBorder(grey, side, side, side, side, cv2.BORDER_REPLICATE)
    paper = cv2.morphologyEx(rim, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    paper = paper[side:-side, side:-side]
    missing = 255 - cv2.divide(grey, np.maximum(paper, 1), scale=255)
    typical = float(np.median(missing))
    spread = 1.5 * float(np.median(np.abs(missing - np.float32(typical)))) + 1
    ink = cv2.subtract(missing, np.full_like(missing, round(typical)))
    return _without_specks(ink, 2 * spread, max(5 * spread, _FAINTEST / 2))


def _without_specks(ink: np.ndarray, weak: float, strong: float) -> np.ndarray:
    """Keep the pieces of weak ink that are longer than grain and strong somewhere."""
    _, labels, stats, _ = cv2.connectedComponentsWithStats((ink > weak).astype(np.uint8))
    keep = np.zeros(len(stats), bool)
    keep[np.unique(labels[ink > strong])] = True
    keep &= stats[:, cv2.CC_STAT_AREA] >= 2e-4 * ink.size
    keep[0] = False
    return np.where(keep[labels], ink, np.uint8(0))


def _levelled(ink: np.ndarray) -> np.ndarray:
    """Scale so that _SHARE of full ink, the 90th percentile of what is ink at all, is LEVEL."""
    counts = cv2.calcHist([ink], [0], None, [256], [0, 256]).ravel()
    counts[:_FAINTEST] = 0
    if not counts.any():
        return np.zeros_like(ink)
    full = int(np.searchsorted(counts.cumsum(), 0.9 * counts.sum()))
    return cv2.convertScaleAbs(ink, alpha=LEVEL / max(_SHARE * full, _FAINTEST))


def _without_frame(ink: np.ndarray) -> np.ndarray:
    """Drop the rim's outer rings that are ink on all four sides, up to a fiftieth of the side."""
    for _ in range(max(3, min(ink.shape) // 50)):
        sides = (ink[0], ink[-1], ink[:, 0], ink[:, -1])
        if min(ink.shape) < 16 or min(np.mean(side >= LEVEL) for side in sides) < 0.9:
            break
        ink = ink[1:-1, 1:-1]
    return ink
