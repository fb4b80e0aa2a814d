"""Paints the textures of a shoe: the upper, the side of the sole, the heel, the foot bed."""

from __future__ import annotations

import cv2
import numpy as np

from sketchnet.data.synthetic.shoes.design import Colour, ShoeDesign
from sketchnet.data.synthetic.shoes.pattern import Pattern
from sketchnet.data.synthetic.shoes.renderer import Finish
from sketchnet.data.synthetic.shoes.texture_prints import HEIGHT, PRINTS, WIDTH, grain_texture
from sketchnet.data.synthetic.shoes.upper import Upper

# Material of the upper -> its reflection parameters.
FINISHES = {
    "leather": Finish(0.50, 0.20, 16),
    "patent": Finish(0.45, 0.55, 42),
    "suede": Finish(0.85, 0.0, 1),
    "canvas": Finish(0.75, 0.02, 6),
    "metallic": Finish(0.30, 0.50, 7),
    "knit": Finish(0.80, 0.02, 6),
}


def colour_of(design: ShoeDesign, role: str) -> Colour:
    """The colour of a part whose role is the field `role` of the design."""
    return getattr(design, role)


def plain_texture(colour: Colour) -> np.ndarray:
    """A texture of one colour, uint8 RGBA (2, 2, 4)."""
    texture = np.full((2, 2, 4), 255, np.uint8)
    texture[..., :3] = colour
    return texture


def to_texture_pixels(path: np.ndarray) -> np.ndarray:
    """Pattern coordinates (n, 2) to pixels of the texture, int32 in sixteenths for OpenCV."""
    scale = np.array([WIDTH - 1, (HEIGHT - 1) / 2], np.float32) * 16
    return np.round(path * scale).astype(np.int32)


def leather_mask(design: ShoeDesign, pattern: Pattern, width: int, height: int) -> np.ndarray:
    """Mask of the upper's leather, uint8 (height, width): 255 where there is leather, else 0."""
    mask = np.full((height, width), 0 if design.cover == "open" else 255, np.uint8)
    scale = np.array([width - 1, (height - 1) / 2], np.float32) * 16
    for piece in pattern.pieces:
        if piece.covers or piece.cuts:
            value = 0 if piece.cuts else 255
            cv2.fillPoly(
                mask, [np.round(piece.outline * scale).astype(np.int32)], value, cv2.LINE_8, 4
            )
    return mask


def paint_upper(design: ShoeDesign, upper: Upper, pattern: Pattern) -> np.ndarray:
    """Texture of the upper, uint8 RGBA (HEIGHT, WIDTH, 4): rows t from 0 to 2, columns p."""
    rng = np.random.default_rng(design.pattern_seed)
    texture = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    cv2.rectangle(texture, (0, 0), (WIDTH, HEIGHT), design.upper, cv2.FILLED)
    if design.pattern != "plain":
        walls = np.linalg.norm(np.diff(upper.near, axis=0), axis=-1).sum(axis=0)
        scale = (WIDTH / 1.35, HEIGHT / 2 / float(np.percentile(walls, 70)))
        PRINTS[design.pattern](texture, design, scale, rng)
    printed = texture.copy()
    for piece in pattern.pieces:
        outline = [to_texture_pixels(piece.outline)]
        if piece.role == "upper":  # the same leather, printed too
            mask = np.zeros((HEIGHT, WIDTH), np.uint8)
            cv2.fillPoly(mask, outline, 255, cv2.LINE_8, 4)
            cv2.copyTo(printed, mask, texture)
        elif not piece.cuts:
            cv2.fillPoly(texture, outline, colour_of(design, piece.role), cv2.LINE_8, 4)
    grain = grain_texture(design.material)
    if grain is not None:
        cv2.multiply(texture, grain, dst=texture, scale=1 / 128)
    return cv2.merge([*cv2.split(texture), leather_mask(design, pattern, WIDTH, HEIGHT)])


def paint_sole(design: ShoeDesign) -> np.ndarray:
    """Texture of the side of the sole, uint8 RGBA (48, 1200, 4): rows upwards, columns around."""
    rows, columns = 48, 1200
    texture = np.empty((rows, columns, 4), np.uint8)
    texture[..., :3], texture[..., 3] = design.sole_colour, 255
    style = design.sole_style
    x = np.arange(columns)
    if style == "welt":
        texture[32:, :, :3] = _tinted(design.sole_colour, 1.25, 14)
        texture[30:33, :, :3] = _tinted(design.sole_colour, 0.5)
        texture[39:43, x % 14 < 8, :3] = _tinted(design.sole_colour, 1.6, 50)
    elif style == "foxing":
        texture[28:36, :, :3] = design.accent
        texture[44:, :, :3] = _tinted(design.sole_colour, 0.8)
        texture[:6, :, :3] = _tinted(design.sole_colour, 0.8)
    elif style == "cup":
        texture[36:38, :, :3] = _tinted(design.sole_colour, 0.72)
        texture[41:43, x % 14 < 8, :3] = _tinted(design.sole_colour, 0.7)
        texture[:8, :, :3] = _tinted(design.sole_colour, 0.86)
    elif style == "runner":
        wave = 20 + 8 * np.sin(x / 80.0)
        texture[np.arange(rows)[:, None] < wave, :3] = _tinted(design.sole_colour, 0.86)
        texture[:11, :, :3] = design.heel_colour
        texture[:8, x % 44 < 6, :3] = _tinted(design.heel_colour, 0.4)
    elif style == "tread":
        texture[26:29, :, :3] = _tinted(design.sole_colour, 0.6)
        texture[:17, x % 64 < 22, 3] = 0
    elif style == "rope":
        y = np.arange(rows)[:, None]
        twist = np.sin((x + 1.6 * y) * 2 * np.pi / 16) + 1.4 * np.sin(y * 2 * np.pi / 16)
        texture[..., :3] = (np.array(design.sole_colour) * (0.86 + 0.09 * twist[..., None])).clip(
            0, 255
        )
    elif style == "cork":
        speck = np.random.default_rng(3).random((rows // 3, columns // 6)).repeat(3, 0).repeat(6, 1)
        texture[..., :3] = (np.array(design.sole_colour) * (0.8 + 0.3 * speck[..., None])).clip(
            0, 255
        )
    return texture


def paint_heel(design: ShoeDesign) -> np.ndarray:
    """Texture of the heel, uint8 RGBA (64, 64, 4): rows from the ground upwards."""
    texture = np.empty((64, 64, 4), np.uint8)
    texture[..., :3], texture[..., 3] = design.heel_colour, 255
    if design.heel_shape == "stacked":
        texture[(np.arange(64) % 13 < 2), :, :3] = _tinted(design.heel_colour, 0.72)
    texture[: 4 if design.heel_height > 0.1 else 14, :, :3] = _tinted(design.heel_colour, 0.5)
    return texture


def paint_bed(design: ShoeDesign) -> np.ndarray:
    """Texture of the foot bed, uint8 RGBA (128, 64, 4): rows from the heel to the toe."""
    texture = np.empty((128, 64, 4), np.uint8)
    texture[..., :3], texture[..., 3] = _tinted(design.lining, 0.92), 255
    if design.cover in ("open", "mule", "slingback"):
        texture[14:34, 24:40, :3] = _tinted(design.lining, 0.9)
    return texture


def _tinted(colour: Colour, factor: float, lift: float = 0.0) -> Colour:
    """`colour` times `factor` plus `lift`, at most 255."""
    red, green, blue = (int(min(255, channel * factor + lift)) for channel in colour)
    return red, green, blue
