"""Other hands, other cameras: random variants of prepared pictures and of drawings.

Every function is pure in the generator it is given, so that a batch can be made again.
"""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from sketchnet.strokes.formats import Drawing

WHITE = 255

# One strength means: five degrees, five per cent, and a hand that strays 1.5 % of the side.
DEGREES = 5.0
STRETCH = 0.05
SHEAR = 0.05
STRAY = 0.015
# Probabilities for photos in colour; a hue rotation is drawn where greyscale was not.
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
    """A random crop of a prepared picture, moved, bent, thickened or thinned, with parts missing.

    `prepared` is (C, C) or (C, C, 3) uint8 with C ≥ `size`; the answer is (size, size[, 3]) uint8.
    `mirror` flips left and right: the caller draws it once for sketch and photo together.
    `strength` scales the affine and elastic movement; `erase` is the chance that up to three
    small regions go missing.
    """
    where = _affine_map(prepared.shape[0], size, rng, mirror, strength)
    # A coarse random grid, smoothly enlarged, bends the picture as a loose hand would.
    bends = rng.normal(0.0, STRAY * strength * size, (4, 4, 2)).astype(np.float32)
    where += cv2.resize(bends, (size, size), interpolation=cv2.INTER_CUBIC)
    border = (WHITE, WHITE, WHITE)
    # One map holds both axes, which OpenCV's type hints do not know.
    picture = cv2.remap(prepared, where, None, cv2.INTER_LINEAR, borderValue=border)  # type: ignore[call-overload]
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
    """The same drawing by another hand: (n, 2) strokes in, (n, 2) float32 strokes out.

    The whole is turned and stretched, each stroke a little for itself; points stray, some points
    and, with chance `drop` each, some strokes are left out, never all of them.
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
        shift = rng.normal(0.0, 0.5 * STRAY * strength * extent, 2)
        stray = rng.normal(0.0, 0.2 * STRAY * strength * extent, stroke.shape)
        moved = (stroke - middle) @ own.T + middle + shift + stray
        varied.append(((moved - centre) @ whole.T + centre).astype(np.float32))
    return varied


def _small_affine(rng: np.random.Generator, strength: float) -> np.ndarray:
    """A random 2×2 matrix near the identity."""
    turn, shear, across, down = rng.uniform(-1, 1, 4) * strength
    angle = np.deg2rad(DEGREES) * turn
    rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    stretch = np.array([[np.exp(STRETCH * across), SHEAR * shear], [0, np.exp(STRETCH * down)]])
    return rotation @ stretch


def _affine_map(
    canvas: int, size: int, rng: np.random.Generator, mirror: bool, strength: float
) -> np.ndarray:
    """Where each pixel of a (size, size) crop comes from on the canvas: (size, size, 2) float32."""
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
    """Thicken, thin, soften or leave the lines, each as likely as the others."""
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
    """Greyscale or another hue, and another contrast about white, which stays white.

    Sketches have no colour: a network must not tell photos apart by it.
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
