"""The colours of a shoe: dominant colours of its body, and the colour at each place of it.

The background is left out: it is what has the colour of the picture's border, or of a soft shadow
on it. Colours are compared in CIE Lab, where equal distances look equally different (ΔE).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

Colour = tuple[int, int, int]
"""Red, green, blue, 0..255."""

NAMED_COLOURS: dict[str, Colour] = {
    "black": (35, 33, 35), "white": (240, 240, 238), "grey": (130, 130, 132),
    "brown": (100, 64, 40), "beige": (208, 184, 150), "red": (190, 38, 42),
    "pink": (232, 150, 170), "orange": (226, 120, 50), "yellow": (232, 194, 70),
    "green": (80, 125, 70), "blue": (48, 84, 155), "purple": (118, 80, 148),
}  # fmt: skip

PALETTE = 5  # dominant colours of a shoe
ROWS, COLUMNS = 6, 8  # places of the box around a shoe
SIDE = 128  # px, at which colours are found
SAME, OTHER = 10.0, 24.0  # ΔE up to which colours are the same, and from which on they are not

_PAPER = 10.0  # ΔE of the background from its own colour
_SHADOW, _GREY = 22.0, 6.0  # a shadow is darker than the background by less, and hardly coloured
_BINS = (8.0, 12.0, 12.0)  # L, a, b: the size of a cell of the histogram
_STEPS = 6  # of k-means


@dataclass(frozen=True, eq=False)
class ShoeColours:
    """The colours of one shoe.

    Attributes:
        palette: (5, 4) float32 of L, a, b and the share of the body, 0..1, the largest first; rows
            of share 0 are empty.
        areas: (6, 8, 4) float32 of L, a, b and the share, 0..1, of a place that the body fills.
    """

    palette: np.ndarray
    areas: np.ndarray


def half(array: np.ndarray) -> np.ndarray:
    """Return colours in the precision that they are kept in: float16, little endian."""
    return array.astype("<f2")


def colour_of(value: Any) -> Colour | None:
    """Read `#rrggbb`, `rrggbb`, `#rgb` or a name of `NAMED_COLOURS`; None for anything else."""
    if not isinstance(value, str):
        return None
    word = value.strip().lower()
    word = "grey" if word == "gray" else word
    if word in NAMED_COLOURS:
        return NAMED_COLOURS[word]
    if re.fullmatch(r"#[0-9a-f]{3}", word):
        word = "".join(2 * digit for digit in word[1:])
    if not re.fullmatch(r"#?[0-9a-f]{6}", word):
        return None
    red, green, blue = bytes.fromhex(word.removeprefix("#"))
    return red, green, blue


def hexadecimal(colour: Colour) -> str:
    """Return a colour as `#rrggbb`."""
    return f"#{bytes(colour).hex()}"


def lab_of(rgb: Any) -> np.ndarray:
    """Return colours (…, 3) in 0..255 as L (0..100), a and b: (…, 3) float32."""
    pixels = np.asarray(rgb, np.float32) / 255
    flat = np.ascontiguousarray(pixels.reshape(-1, 1, 3))
    return cv2.cvtColor(flat, cv2.COLOR_RGB2Lab).reshape(pixels.shape)


def likeness(lab: np.ndarray, wished: np.ndarray) -> np.ndarray:
    """Return how far colours (…, 3) are the wished one (3,): 1 up to `SAME`, 0 from `OTHER` on."""
    difference = np.linalg.norm(lab - wished, axis=-1)
    return np.clip((OTHER - difference) / (OTHER - SAME), 0.0, 1.0).astype(np.float32)


def shoe_colours(picture: np.ndarray) -> ShoeColours:
    """Find the colours of a photo of a shoe on a plain background.

    Args:
        picture: (H, W, 3) uint8 RGB.
    """
    scale = SIDE / max(picture.shape[:2])
    size = [max(4, round(side * scale)) for side in picture.shape[1::-1]]
    lab = lab_of(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
    body = body_mask(lab)
    if not body.any():
        body[:] = True  # a picture without background
    # Pixels at the outline are mixed with the background.
    inner = cv2.erode(body.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    if inner.sum() > body.sum() / 4:
        body = inner
    return ShoeColours(_palette(lab[body]), _areas(lab, body))


def body_mask(lab: np.ndarray) -> np.ndarray:
    """Return the pixels (H, W) bool of a Lab picture that are not background: holes are filled.

    Light parts inside a dark outline belong to the shoe also where they have its background's
    colour.
    """
    border = np.concatenate([lab[0], lab[-1], lab[:, 0], lab[:, -1]])
    paper = np.median(border, axis=0)
    difference = lab - paper
    chroma = np.hypot(difference[..., 1], difference[..., 2])
    darker = -difference[..., 0]
    shadow = (chroma < _GREY) & (darker > 0) & (darker < _SHADOW)
    # A light grey shoe looks like a shadow: its outline, which is dark, closes around it.
    inked = ((np.linalg.norm(difference, axis=-1) > _PAPER) & ~shadow).astype(np.uint8)
    inked = cv2.morphologyEx(inked, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))
    contours, _ = cv2.findContours(inked, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    body = np.zeros(inked.shape, np.uint8)
    largest = max((cv2.contourArea(each) for each in contours), default=0)
    kept = [each for each in contours if cv2.contourArea(each) >= 0.02 * largest]
    cv2.drawContours(body, kept, -1, 1, cv2.FILLED)
    return body.astype(bool)


def _palette(pixels: np.ndarray) -> np.ndarray:
    """K-means (n, 3), started from the fullest cells of a histogram: the same pixels, the same."""
    bins = np.floor(pixels / _BINS).astype(np.int32) + 64  # not negative
    # As one number a cell is sorted ten times as fast as by row.
    cells, index, counts = np.unique(
        (bins[:, 0] << 16) + (bins[:, 1] << 8) + bins[:, 2],
        return_inverse=True, return_counts=True,
    )  # fmt: skip
    sums = np.stack([np.bincount(index, pixels[:, c], len(cells)) for c in range(3)], axis=1)
    points = (sums / counts[:, None]).astype(np.float32)  # the mean of each cell stands for it
    centres = _starts(points, counts)
    for _ in range(_STEPS):
        nearest = np.linalg.norm(points[:, None] - centres[None], axis=2).argmin(axis=1)
        weight = np.bincount(nearest, counts, len(centres))
        moved = np.stack(
            [np.bincount(nearest, counts * points[:, c], len(centres)) for c in range(3)], axis=1
        )
        centres = (moved / np.maximum(weight, 1)[:, None]).astype(np.float32)
    order = np.argsort(-weight, kind="stable")
    palette = np.zeros((PALETTE, 4), np.float32)
    palette[: len(order), :3] = centres[order]
    palette[: len(order), 3] = weight[order] / weight.sum()
    return palette


def _starts(points: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The fullest cell, then always the one with most pixels far from those before."""
    chosen = [points[np.argmax(counts)]]
    while len(chosen) < PALETTE:
        far = np.min([np.linalg.norm(points - each, axis=1) for each in chosen], axis=0)
        gain = counts * np.where(far > SAME, far, 0)
        if gain.max() <= 0:
            break
        chosen.append(points[np.argmax(gain)])
    return np.stack(chosen)


def _areas(lab: np.ndarray, body: np.ndarray) -> np.ndarray:
    """The mean colour of the body in each place of the box around it."""
    rows, columns = np.flatnonzero(body.any(axis=1)), np.flatnonzero(body.any(axis=0))
    box = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    inside = body[box].astype(np.float32)
    colours = np.dstack([lab[box] * inside[..., None], inside]).astype(np.float32)
    means = cv2.resize(colours, (COLUMNS, ROWS), interpolation=cv2.INTER_AREA)
    share = means[..., 3:]
    return np.concatenate([means[..., :3] / np.maximum(share, 1e-6), share], axis=2)
