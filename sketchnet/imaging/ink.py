"""Separate the ink of a sketch from its paper, for every kind of paper, light and pen.

Two grey pictures occur. *Darkness* is how much darker than the paper a pixel is, in grey levels.
*Ink* is darkness scaled so that a pixel belongs to a line where it is `LEVEL` or more.
"""

from __future__ import annotations

import cv2
import numpy as np

LEVEL = 128
FAINTEST = 24  # grey levels; less darkness is dirt, unless all lines are faint

_LONGEST = 512  # px; no canvas that a network reads shows finer detail
_SMALL = 128  # px, longest side of the picture from which the polarity is decided
_THIN_DARK = 0.3  # grey levels, mean over the picture; less are the margins of broad light lines
_GLARE = 0.02  # share of the picture that may be brighter than even paper
_SHARE = 0.35  # a line has at least this share of the darkness of full ink


def all_ink(picture: np.ndarray) -> np.ndarray:
    """Return all ink of a picture that shows nothing but one drawing.

    Args:
        picture: (H, W[, 3]) uint8, dark lines on light paper or light lines on dark paper.

    Returns:
        (h, w) uint8, longest side at most 512.
    """
    return without_border_frame(level_ink(darkness_of(picture)))


def darkness_of(picture: np.ndarray, dark_paper: bool | None = None) -> np.ndarray:
    """Return how much darker than its paper each pixel is.

    Light lines on dark paper are inverted; uneven light and camera noise are removed.

    Args:
        picture: (H, W[, 3]) uint8.
        dark_paper: whether lines are lighter than the paper; None to decide by the picture.

    Returns:
        (h, w) uint8, longest side at most 512.
    """
    if max(picture.shape[:2]) > _LONGEST:
        picture = resized(picture, _LONGEST)
    if is_dark_paper(picture) if dark_paper is None else dark_paper:
        picture = cv2.bitwise_not(picture)
    grey = darkest_channel(picture)
    paper = _even_paper(grey)
    if paper is not None:
        darkness = paper - cv2.min(grey, paper)
        if not _is_faint(darkness):
            return darkness
        levels, noise = _above_noise(darkness)
        if noise <= 1:  # a faint digital picture
            return _without_specks(levels, levels > 2 * noise, levels > 5 * noise)
    return photographed_darkness(grey)


def resized(picture: np.ndarray, longest: int) -> np.ndarray:
    """Return the picture scaled so that its longest side is `longest`."""
    scale = longest / max(picture.shape[:2])
    size = [max(1, round(side * scale)) for side in picture.shape[1::-1]]
    smooth = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return cv2.resize(picture, size, interpolation=smooth)


def reduced(picture: np.ndarray, least: int) -> tuple[np.ndarray, int]:
    """Reduce a picture by the largest whole factor that leaves its longest side `least` or more.

    Whole factors are several times as fast as others. The last rows and columns that do not fill a
    pixel are left out. Returns the picture (h, w[, 3]) and the factor, 1 where it stays as it is.
    """
    factor = max(picture.shape[:2]) // least
    height, width = (side // factor if factor > 1 else side for side in picture.shape[:2])
    if factor < 2 or not min(height, width):
        return picture, 1
    whole = picture[: height * factor, : width * factor]
    return cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), factor


def darkest_channel(picture: np.ndarray) -> np.ndarray:
    """Return the minimum of the channels (H, W): ink of any colour is dark in one of them."""
    if picture.ndim == 2:
        return picture
    red, green, blue = cv2.split(picture)
    return cv2.min(cv2.min(red, green), blue)


def is_dark_paper(picture: np.ndarray) -> bool:
    """Whether a picture (H, W[, 3]) uint8 shows light lines on dark paper.

    A dark border alone can be a dim photograph of white paper. There the lines, which cover few
    pixels, are darker than their surroundings, and the third moment is negative.
    """
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY) if picture.ndim == 3 else picture
    if _border_level(grey) >= 128:
        return False
    small = resized(grey, _SMALL).astype(np.float32)
    if np.mean((small - cv2.blur(small, (25, 25))) ** 3) < 0:
        return False
    # In a dim photograph with a bright corner only the lines tell: they are thin and dark.
    fine = resized(grey, _LONGEST) if max(grey.shape) > _LONGEST else grey
    thin_dark, thin_light = (
        float(cv2.morphologyEx(fine, kind, np.ones((5, 5), np.uint8)).mean())
        for kind in (cv2.MORPH_BLACKHAT, cv2.MORPH_TOPHAT)
    )
    return thin_dark <= max(1.3 * thin_light, _THIN_DARK)


def _border_level(grey: np.ndarray) -> int:
    """Return the median grey level of the outer tenth at each side."""
    height, width = grey.shape
    mask = np.ones((height, width), np.uint8)
    mask[height // 10 : height - height // 10, width // 10 : width - width // 10] = 0
    if not mask.any():
        mask[:] = 1
    counts = cv2.calcHist([grey], [0], mask, [256], [0, 256]).cumsum()
    return int(np.searchsorted(counts, counts[-1] / 2))


def _even_paper(grey: np.ndarray) -> np.ndarray | None:
    """Return the paper (H, W), all of one grey level, or None where it is not even."""
    level = _border_level(grey)
    counts = cv2.calcHist([grey], [0], None, [256], [0, 256]).ravel()
    near, around = (counts[max(level - step, 0) : level + step + 1].sum() for step in (3, 25))
    # Ink can cover most of the picture, but the grey levels of the paper must not scatter. Lines in
    # a reflection of light can be brighter than the paper elsewhere.
    if (
        near < 0.25 * grey.size
        or near < 0.6 * around
        or counts[level + 12 :].sum() > _GLARE * grey.size
    ):
        return None
    return np.full_like(grey, level)


def photographed_darkness(grey: np.ndarray) -> np.ndarray:
    """Return the darkness of unevenly lit, noisy paper: the missing share of the local light."""
    grey = cv2.GaussianBlur(grey, (5, 5), 0)
    # Closing fills the lines and keeps the edges of shadows, which an average would blur.
    side = max(3, max(grey.shape) // 16) | 1  # an even side would shift the paper by half a pixel
    padded = cv2.copyMakeBorder(grey, side, side, side, side, cv2.BORDER_REPLICATE)
    paper = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8))
    paper = np.maximum(paper[side:-side, side:-side], 1)
    missing, noise = _above_noise(255 - cv2.divide(grey, paper, scale=255))
    darkness = _without_specks(missing, missing > 2 * noise, missing > max(5 * noise, FAINTEST / 2))
    if not _is_faint(darkness):
        return darkness
    # The noise of a camera is a share of full light: in the shade it is a large share of the light.
    levels, noise = _above_noise(paper - grey)
    return _without_specks(missing, levels > 2 * noise, levels > 5 * noise)


def _above_noise(difference: np.ndarray) -> tuple[np.ndarray, float]:
    """Return how much a difference from the paper exceeds that of bare paper, and the noise."""
    typical = float(np.median(difference))
    noise = 1.5 * float(np.median(np.abs(difference - np.float32(typical)))) + 1
    return cv2.subtract(difference, np.full_like(difference, round(typical))), noise


def _without_specks(darkness: np.ndarray, weak: np.ndarray, strong: np.ndarray) -> np.ndarray:
    """Keep darkness in connected pieces of `weak` that are large enough and somewhere `strong`.

    All are (H, W), `weak` and `strong` bool.
    """
    _, labels, stats, _ = cv2.connectedComponentsWithStats(weak.astype(np.uint8))
    keep = np.zeros(len(stats), bool)
    keep[np.unique(labels[strong & weak])] = True
    keep &= stats[:, cv2.CC_STAT_AREA] >= 2e-4 * darkness.size
    keep[0] = False
    return np.where(keep[labels], darkness, np.uint8(0))


def level_ink(darkness: np.ndarray) -> np.ndarray:
    """Scale darkness so that `LEVEL` is the least darkness of a line."""
    least = least_darkness(darkness)
    return cv2.convertScaleAbs(darkness, alpha=LEVEL / least) if least else np.zeros_like(darkness)


def ink_mask(darkness: np.ndarray) -> np.ndarray:
    """Return where there can be ink (H, W), 0 or 1: also lines that are fainter than others."""
    least = min(FAINTEST, least_darkness(darkness)) or FAINTEST
    return (darkness >= least).astype(np.uint8)


def least_darkness(darkness: np.ndarray) -> float:
    """Return the least darkness of a line: a share of full ink; 0 for blank paper.

    Full ink is the 90th percentile of everything that is dark enough to be ink. Faint ink is all
    darkness, from which `darkness_of` has removed the noise.
    """
    full = _full_ink(darkness, FAINTEST)
    if _SHARE * full < FAINTEST:
        full = _full_ink(darkness, 1)
        return min(FAINTEST, max(_SHARE * full, 1.0)) if full else 0.0
    return _SHARE * full


def _is_faint(darkness: np.ndarray) -> bool:
    return _SHARE * _full_ink(darkness, FAINTEST) < FAINTEST


def _full_ink(darkness: np.ndarray, least: int) -> int:
    """Return the 90th percentile of darkness from `least` on, 0 if there is none."""
    counts = cv2.calcHist([darkness], [0], None, [256], [0, 256]).ravel()
    counts[:least] = 0
    return int(np.searchsorted(counts.cumsum(), 0.9 * counts.sum())) if counts.any() else 0


def without_border_frame(ink: np.ndarray) -> np.ndarray:
    """Blank the outer rings that are ink on all four sides, up to a fiftieth of the side."""
    ring = 0
    while ring < max(3, min(ink.shape) // 50):
        inner = ink[ring : ink.shape[0] - ring, ring : ink.shape[1] - ring]
        sides = (inner[0], inner[-1], inner[:, 0], inner[:, -1])
        if min(inner.shape) < 16 or min(np.mean(side >= LEVEL) for side in sides) < 0.9:
            break
        ring += 1
    return cv2.copyMakeBorder(
        ink[ring : ink.shape[0] - ring, ring : ink.shape[1] - ring],
        ring, ring, ring, ring, cv2.BORDER_CONSTANT, value=0,
    )  # fmt: skip
