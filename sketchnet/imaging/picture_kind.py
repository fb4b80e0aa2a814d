"""Tell a photo of a thing from a picture of a drawing: one rule for page, API and shell.

On evenly lit paper all ink is thin: the lines of the broadest pen, and whatever is coloured in, are
taken for the paper around them. A photo has details of every breadth, or edges everywhere.
"""

from __future__ import annotations

import cv2
import numpy as np

from sketchnet.imaging.ink import (
    darkest_channel,
    ink_mask,
    is_dark_paper,
    photographed_darkness,
    resized,
)
from sketchnet.imaging.paper import find_sheet

_SMALL = 128  # px, longest side of the picture without lines
_LINE = 13  # px of it; drawn lines are thinner
_EDGE = 0.03  # change of log brightness per pixel at an edge
_MANY_EDGES = 0.085  # share of the picture; no paper has as many, whatever falls on it
_TINY = 200  # px, longest side; ink of smaller pictures cannot be measured
_BODY = 0.01  # share of a tiny picture that is darker than its paper, without thin lines
_DARKER = 25  # grey levels of it
_LARGE = 512  # px, longest side of the picture in which ink is measured
_BROAD = 19  # px of it; drawn lines are thinner
_BROAD_INK = 0.09  # share of the ink; less is broad on drawings, even with a highlighter


def looks_like_photo(picture: np.ndarray) -> bool:
    """Whether a picture (H, W[, 3]) uint8 shows a thing itself and not a drawing of it.

    Thresholds are measured on product photos on even and busy backgrounds and on drawings in every
    light (docs/studies/paper.py).
    """
    sheet = find_sheet(picture if picture.ndim == 3 else np.repeat(picture[..., None], 3, axis=2))
    page = sheet.picture
    page = resized(page, _LARGE) if max(page.shape[:2]) > _LARGE else page
    if is_dark_paper(page):
        page = cv2.bitwise_not(page)
    if max(page.shape[:2]) < _TINY:
        return bool(_body(_without_lines(resized(page, _SMALL))).mean() > _BODY)
    if _share_of_edges(_without_lines(resized(page, _SMALL))) > _MANY_EDGES:
        return True
    if not np.array_equal(sheet.to_source[:, :2], np.eye(3)[:, :2]):
        return False  # a tilted sheet on a table
    return _share_of_broad_ink(page) > _BROAD_INK


def _without_lines(small: np.ndarray) -> np.ndarray:
    """Return a picture (h, w, 3) with thin dark lines filled from their surroundings."""
    return cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((_LINE, _LINE), np.uint8))


def _share_of_edges(bare: np.ndarray) -> float:
    """Return the share of pixels at which brightness changes relative to itself."""
    light = np.log(darkest_channel(bare).astype(np.float32) + 8)
    across, down = (cv2.Sobel(light, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))
    return float((cv2.magnitude(across, down) > _EDGE).mean())


def _share_of_broad_ink(page: np.ndarray) -> float:
    """Return the share of ink, where light is evened out, that is broader than lines are."""
    page = resized(page, _LARGE)
    mask = ink_mask(photographed_darkness(darkest_channel(page)))
    broad = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((_BROAD, _BROAD), np.uint8))
    return float(broad.sum()) / max(1, int(mask.sum()))


def _body(bare: np.ndarray) -> np.ndarray:
    """Return where a picture is darker than evenly sloping light on paper: (h, w) bool."""
    grey = darkest_channel(bare).astype(np.float32)
    y, x = np.mgrid[: grey.shape[0], : grey.shape[1]]
    slope = np.stack([np.ones(grey.size), x.ravel(), y.ravel()], axis=1)
    darker = np.where(grey.ravel() >= np.median(grey), 0, np.inf)
    for _ in range(3):  # the brighter half, then what fits the light found there
        paper = np.abs(darker) <= _DARKER
        light, *_ = np.linalg.lstsq(slope[paper], grey.ravel()[paper], rcond=None)
        darker = slope @ light - grey.ravel()
    return darker.reshape(grey.shape) > _DARKER
