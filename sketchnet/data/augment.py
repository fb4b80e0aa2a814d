"""Random variants of prepared pictures and of drawings, for training.

Every function depends on its arguments and the given generator alone, so that a batch can be made
again.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from sketchnet.strokes.formats import Drawing

WHITE = 255

# The ranges at strength 1; distances are shares of the picture's or drawing's longest side.
ROTATION_DEGREES = 5.0
STRETCH = 0.05
SHEAR = 0.05
JITTER = 0.015
# Probabilities for photos in colour; the hue is only rotated where the photo is not made grey.
GREYSCALE, HUE_ROTATION = 0.35, 0.5

_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


def augment_picture(
    prepared: np.ndarray,
    size: int,
    rng: np.random.Generator,
    *,
    mirror: bool = False,
    strength: float = 1.0,
    erase: float = 0.0,
) -> np.ndarray:
    """Crop a prepared picture at random, warp it, and change its line width or its colours.

    Args:
        prepared: (C, C) or (C, C, 3) uint8, C at least `size`.
        size: side of the result in pixels.
        rng: the source of all choices.
        mirror: flip left and right; the caller chooses once for a sketch and its photo together.
        strength: scales the affine and elastic warps.
        erase: probability that one to three small regions are painted white.

    Returns: (size, size) or (size, size, 3) uint8.
    """
    sources = _affine_map(prepared.shape[0], size, rng, mirror, strength)
    # A coarse random grid, smoothly enlarged, is an elastic warp.
    warp = rng.normal(0.0, JITTER * strength * size, (4, 4, 2)).astype(np.float32)
    sources += cv2.resize(warp, (size, size), interpolation=cv2.INTER_CUBIC)
    border = (WHITE, WHITE, WHITE)
    # One map holds both axes, which OpenCV's type hints do not allow.
    picture = cv2.remap(prepared, sources, None, cv2.INTER_LINEAR, borderValue=border)  # type: ignore[call-overload]
    picture = _jitter_colour(picture, rng) if picture.ndim == 3 else _jitter_width(picture, rng)
    if rng.random() < erase:
        _erase_regions(picture, rng)
    return picture


def augment_drawing(
    drawing: Drawing,
    rng: np.random.Generator,
    *,
    mirror: bool = False,
    strength: float = 1.0,
    drop: float = 0.1,
) -> Drawing:
    """Perturb a drawing as a whole, each of its strokes, and their points.

    The whole is rotated and stretched, each stroke half as much again by itself, and points move.
    About 5 % of the inner points of a stroke are left out.

    Args:
        drawing: (n, 2) strokes.
        rng: the source of all choices.
        mirror: flip left and right.
        strength: scales all perturbations.
        drop: probability of leaving out a stroke; one always stays.

    Returns: (n, 2) float32 strokes.
    """
    if not drawing:
        return []
    points = np.concatenate(drawing)
    low, high = points.min(axis=0), points.max(axis=0)
    centre, extent = (low + high) / 2, float(max(high - low)) or 1.0
    whole = _small_affine(rng, strength)
    if mirror:
        whole[0] *= -1
    kept = [stroke for stroke in drawing if rng.random() >= drop * min(strength, 1.0)]
    varied = []
    for stroke in kept or [drawing[int(rng.integers(len(drawing)))]]:
        if len(stroke) > 4:
            inner = rng.random(len(stroke) - 2) >= 0.05 * strength
            stroke = stroke[np.concatenate([[True], inner, [True]])]
        own = _small_affine(rng, 0.5 * strength)
        middle = stroke.mean(axis=0)
        shift = rng.normal(0.0, 0.5 * JITTER * strength * extent, 2)
        jitter = rng.normal(0.0, 0.2 * JITTER * strength * extent, stroke.shape)
        moved = (stroke - middle) @ own.T + middle + shift + jitter
        varied.append(((moved - centre) @ whole.T + centre).astype(np.float32))
    return varied


def _small_affine(rng: np.random.Generator, strength: float) -> np.ndarray:
    """A random 2×2 matrix near the identity."""
    turn, shear, across, down = rng.uniform(-1, 1, 4) * strength
    angle = np.deg2rad(ROTATION_DEGREES) * turn
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    stretch = np.array([[np.exp(STRETCH * across), SHEAR * shear], [0, np.exp(STRETCH * down)]])
    return rotation @ stretch


def _affine_map(
    canvas: int, size: int, rng: np.random.Generator, mirror: bool, strength: float
) -> np.ndarray:
    """The point of the canvas that each pixel of a crop shows: (size, size, 2) float32."""
    matrix = _small_affine(rng, strength)
    if mirror:
        matrix[:, 0] *= -1
    centre = rng.uniform(0, canvas - size, 2) + (size - 1) / 2
    return cv2.transform(_grid(size), np.column_stack([matrix, centre]))


@lru_cache(maxsize=8)
def _grid(size: int) -> np.ndarray:
    line = np.arange(size, dtype=np.float32) - (size - 1) / 2
    return np.stack(np.meshgrid(line, line), axis=-1)


def _jitter_width(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Thicken, thin or blur the lines, or leave them: four equally likely choices."""
    choice, weight = int(rng.integers(4)), float(rng.uniform(0.2, 0.8))
    if choice == 3:
        return picture
    if choice == 0:
        other = cv2.erode(picture, _CROSS)
    elif choice == 1:
        other = cv2.dilate(picture, _CROSS)
    else:
        other = cv2.GaussianBlur(picture, (3, 3), 0)
    return cv2.addWeighted(picture, 1 - weight, other, weight, 0)


def _jitter_colour(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Make the photo grey or rotate its hue, and change its contrast about white, which stays.

    Sketches have no colour: a network must not distinguish photos by it.
    """
    if rng.random() < GREYSCALE:
        picture = cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    elif rng.random() < HUE_ROTATION:
        picture = cv2.transform(picture, _hue_rotation(rng.uniform(-np.pi, np.pi)))
    contrast = rng.uniform(0.7, 1.3)
    return cv2.convertScaleAbs(picture, alpha=contrast, beta=WHITE * (1 - contrast))


def _hue_rotation(angle: float) -> np.ndarray:
    """The 3×3 rotation of RGB values about the grey axis."""
    cos, sin = np.cos(angle), np.sin(angle)
    even, odd = (1 - cos) / 3, sin / np.sqrt(3)
    return np.array(
        [
            [cos + even, even - odd, even + odd],
            [even + odd, cos + even, even - odd],
            [even - odd, even + odd, cos + even],
        ]
    )


def _erase_regions(picture: np.ndarray, rng: np.random.Generator) -> None:
    """Paint one to three rectangles of a tenth to a quarter of the side white, in place."""
    size = picture.shape[0]
    for _ in range(int(rng.integers(1, 4))):
        height, width = rng.integers(size // 10, size // 4, 2)
        top, left = int(rng.integers(size - height)), int(rng.integers(size - width))
        picture[top : top + height, left : left + width] = WHITE
