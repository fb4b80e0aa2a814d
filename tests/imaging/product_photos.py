"""Photos of shoes as shops take them: backgrounds, shadows, pairs, collages; from cut-out ones."""

from __future__ import annotations

import cv2
import numpy as np

KINDS = (
    "cut_out", "black", "grey", "teal", "gradient", "drop_shadow", "watermark",
    "wood", "grass", "carpet", "clutter", "mirrored_pair", "collage",
)  # fmt: skip
SIDE = 480
PLAIN = {"black": (12, 12, 14), "grey": (150, 150, 152), "teal": (40, 150, 150)}
SHADOWS = {"wood": 0.4, "grass": 0.4, "carpet": 0.4, "clutter": 0.3}


def photo_of(
    kind: str, photo: np.ndarray, rng: np.random.Generator, other: np.ndarray
) -> np.ndarray:
    """A photo (H, W, 3) uint8 of `kind` from one on white; `other` is a second shoe's photo."""
    if kind == "cut_out":
        return photo
    shoe, mask = cut_out(photo)
    white = np.full((SIDE, SIDE, 3), 255, np.uint8)
    if kind in (*PLAIN, "gradient", "wood", "grass", "carpet", "clutter"):
        return placed(background(kind, rng), shoe, mask, rng, SHADOWS.get(kind, 0))
    if kind == "drop_shadow":
        return placed(white, shoe, mask, rng, shadow=0.5)
    if kind == "watermark":
        picture = placed(white, shoe, mask, rng)
        marked = picture.copy()
        for x in range(-40, SIDE, 200):
            cv2.putText(marked, "SHOP", (x, 240 + x // 3), 2, 1.6, (160, 160, 160), 3, cv2.LINE_AA)
        return cv2.addWeighted(picture, 0.7, marked, 0.3, 0)
    if kind == "mirrored_pair":
        return beside(photo, photo[:, ::-1])
    views = [photo, other[:, ::-1], np.ascontiguousarray(np.rot90(photo)), other]
    return np.vstack([beside(*views[:2]), beside(*views[2:])])


def cut_out(photo: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The shoe on white, cropped, and its filled mask (H, W) float32 from 0 to 1."""
    dark = (photo.min(axis=2) < 245).astype(np.uint8)
    outlines, _ = cv2.findContours(dark, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    mask = np.zeros(dark.shape, np.uint8)
    cv2.drawContours(mask, [max(outlines, key=cv2.contourArea)], -1, 255, cv2.FILLED)
    x, y, width, height = cv2.boundingRect(mask)
    crop = np.s_[y : y + height, x : x + width]
    return photo[crop], cv2.GaussianBlur(mask[crop], (3, 3), 0).astype(np.float32) / 255


def placed(
    background: np.ndarray,
    shoe: np.ndarray,
    mask: np.ndarray,
    rng: np.random.Generator,
    shadow: float = 0,
) -> np.ndarray:
    """The shoe on a background, 0.6 to 0.8 as wide as it, somewhere near the middle."""
    scale = rng.uniform(0.6, 0.8) * SIDE / max(mask.shape)
    shoe = cv2.resize(shoe, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    mask = np.clip(cv2.resize(mask, shoe.shape[1::-1], interpolation=cv2.INTER_LINEAR), 0, 1)
    height, width = mask.shape
    top = int((SIDE - height) * rng.uniform(0.35, 0.65))
    left = int((SIDE - width) * rng.uniform(0.35, 0.65))
    full = np.zeros((SIDE, SIDE), np.float32)
    full[top : top + height, left : left + width] = mask
    if shadow:
        below = cv2.GaussianBlur(np.roll(full, (14, 10), (0, 1)), (0, 0), 8)
        background = (background * (1 - shadow * below[..., None])).astype(np.uint8)
    layer = np.zeros_like(background)
    layer[top : top + height, left : left + width] = shoe
    return (layer * full[..., None] + background * (1 - full[..., None])).astype(np.uint8)


def background(kind: str, rng: np.random.Generator) -> np.ndarray:
    """What lies behind the shoe, (SIDE, SIDE, 3) uint8."""
    if kind in PLAIN:
        return np.full((SIDE, SIDE, 3), PLAIN[kind], np.uint8)
    if kind == "gradient":
        light = np.linspace(250, 170, SIDE)[:, None, None]
        return (light * np.ones((SIDE, SIDE, 3))).astype(np.uint8)
    return clutter(rng) if kind == "clutter" else texture(kind, rng)


def texture(kind: str, rng: np.random.Generator) -> np.ndarray:
    """Boards of wood, grass or carpet, (SIDE, SIDE, 3) uint8."""
    noise = rng.normal(0, 1, (SIDE, SIDE)).astype(np.float32)
    if kind == "wood":
        grain = cv2.GaussianBlur(noise, (0, 0), sigmaX=40, sigmaY=1.2)
        value = 1 + 0.25 * grain / grain.std()
        value[:: SIDE // 5] *= 0.5  # the gaps between the boards
        colour = (150, 105, 65)
    elif kind == "grass":
        blades = cv2.GaussianBlur(noise, (0, 0), sigmaX=1, sigmaY=4)
        value, colour = 1 + 0.4 * blades / blades.std(), (70, 125, 50)
    else:
        value, colour = 1 + 0.25 * cv2.GaussianBlur(noise, (0, 0), 0.8) * 2, (120, 60, 60)
    return np.clip(value[..., None] * np.array(colour), 0, 255).astype(np.uint8)


def clutter(rng: np.random.Generator) -> np.ndarray:
    """A table with a dozen boxes and discs of any colour, (SIDE, SIDE, 3) uint8."""
    picture = np.full((SIDE, SIDE, 3), rng.integers(150, 230, 3), np.uint8)
    for _ in range(14):
        colour = tuple(int(value) for value in rng.integers(20, 240, 3))
        x, y = (int(value) for value in rng.integers(0, SIDE, 2))
        if min(x, y, SIDE - x, SIDE - y) > 0.25 * SIDE:  # things lie around the shoe
            x = int(rng.integers(0, SIDE // 6))
        size = int(rng.integers(20, 70))
        if rng.random() < 0.5:
            cv2.circle(picture, (x, y), size, colour, cv2.FILLED, cv2.LINE_AA)
        else:
            cv2.rectangle(picture, (x - size, y - size), (x + size, y + size // 2), colour, -1)
    return picture


def beside(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Two photos side by side, each fitted into half of the width."""
    half = np.full((SIDE // 2, SIDE, 3), 255, np.uint8)
    for column, photo in enumerate((left, right)):
        scale = 0.9 * SIDE / 2 / max(photo.shape[:2])
        small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        height, width = small.shape[:2]
        top = (half.shape[0] - height) // 2
        start = column * SIDE // 2 + (SIDE // 2 - width) // 2
        half[top : top + height, start : start + width] = small
    return half
