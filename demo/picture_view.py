"""The view of an uploaded picture: what is taken as the drawing, and how to change that."""

from __future__ import annotations

import cv2
import numpy as np

from . import icons
from .data_uri import jpeg_uri
from .picture import Box, Picture

THUMBNAIL = 96  # px


def picture_view(picture: Picture) -> str:
    """The picture, dimmed around the box of the drawing, with its buttons.

    The box is moved and resized by page.js, which triggers `box`.
    """
    height, width = picture.pixels.shape[:2]
    box = picture.shown_box
    return (
        '<div class="picture-view"><div class="frame">'
        f'<div class="picture" style="--ratio:{width / height:.4f}">'
        f'<img src="{jpeg_uri(picture.pixels)}" alt="Your picture" draggable="false">'
        f"{_box(box, width, height) if box else ''}</div></div>"
        f'<button class="close" data-ink aria-label="Back to the canvas">{icons.CROSS}</button>'
        f'<div class="picture-tools">{_drawings(picture)}{_buttons(picture.is_photo)}</div></div>'
    )


def _box(box: Box, width: int, height: int) -> str:
    left, top, wide, high = (
        100 * value / side for value, side in zip(box, (width, height) * 2, strict=True)
    )
    corners = "".join(f'<i data-corner="{each}"></i>' for each in ("nw", "ne", "sw", "se"))
    return (
        f'<div class="box" tabindex="0" role="group" style="left:{left:.2f}%;top:{top:.2f}%;'
        f'width:{wide:.2f}%;height:{high:.2f}%" aria-label="The drawing. Arrow keys move the box, '
        f'with Shift they resize it.">{corners}</div>'
    )


def _drawings(picture: Picture) -> str:
    """A thumbnail of each drawing, where there are several."""
    if len(picture.boxes) < 2:
        return ""
    items = "".join(
        f'<button data-act="drawing" data-id="{number}" '
        f'aria-pressed="{str(box == picture.shown_box).lower()}" '
        f'aria-label="Drawing {number + 1} of {len(picture.boxes)}">'
        f'<img src="{jpeg_uri(_thumbnail(picture, box))}" alt=""></button>'
        for number, box in enumerate(picture.boxes)
    )
    return f'<div class="drawings" role="group" aria-label="Drawings on the picture">{items}</div>'


def _buttons(is_photo: bool) -> str:
    def choice(act: str, label: str, chosen: bool) -> str:
        return f'<button data-act="{act}" aria-pressed="{str(chosen).lower()}">{label}</button>'

    return (
        f'<button class="round" data-act="rotate_left" aria-label="Rotate left">'
        f"{icons.ROTATE_LEFT}</button>"
        f'<div class="choice" role="group" aria-label="Search with it as">'
        f"{choice('as_sketch', 'Sketch', not is_photo)}"
        f"{choice('as_photo', 'Photo', is_photo)}</div>"
        f'<button class="round" data-act="rotate_right" aria-label="Rotate right">'
        f"{icons.ROTATE_RIGHT}</button>"
    )


def _thumbnail(picture: Picture, box: Box) -> np.ndarray:
    part = picture.crop(box)
    scale = min(1.0, THUMBNAIL / max(part.shape[:2]))
    size = [max(1, round(side * scale)) for side in part.shape[1::-1]]
    return cv2.resize(part, size, interpolation=cv2.INTER_AREA)
