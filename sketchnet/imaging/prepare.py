"""Prepare a sketch or photo for a network: one path for training, evaluation and the page.

A prepared picture is uint8 (canvas, canvas), paper 255 and ink 0. It is cropped to its ink and
centred; its longest side is 0.80 of the canvas, and every line is `canvas` / 48 wide.
"""

from __future__ import annotations

import cv2
import numpy as np

from sketchnet.imaging.decode import read_picture
from sketchnet.imaging.drawings import ink_of
from sketchnet.imaging.edges import REFERENCE_SIDE, edge_map
from sketchnet.imaging.foreground import separate
from sketchnet.imaging.ink import all_ink, resized
from sketchnet.imaging.line_width import Box, centred, ink_box, normalize_ink
from sketchnet.imaging.views import canvas_for, centre_view, ten_views
from sketchnet.strokes.formats import Drawing, tidy
from sketchnet.strokes.rasterize import FILL, LINE, rasterize

__all__ = [
    "PREPARATION_VERSION",
    "canvas_for",
    "centre_view",
    "prepare_edge_input",
    "prepare_edge_map",
    "prepare_photo",
    "prepare_photo_input",
    "prepare_rgb",
    "prepare_sketch",
    "rasterize",
    "read_picture",
    "ten_views",
]

PREPARATION_VERSION = 1  # pictures that were prepared under another number are not comparable

_MARGIN = 0.06  # share of the object's longest side that is kept around it


def prepare_sketch(
    sketch: np.ndarray | Drawing, canvas: int, line_width: float = LINE
) -> np.ndarray:
    """Prepare a sketch.

    Dark on light and light on dark, scans and photographed paper, and all line widths give the same
    result.

    Args:
        sketch: picture (H, W[, 3]) uint8, or strokes.
        canvas: side of the result in pixels.
        line_width: of the result, as a fraction of its side.

    Returns:
        (canvas, canvas) uint8; white for blank paper.
    """
    if isinstance(sketch, np.ndarray):
        return normalize_ink(ink_of(sketch), canvas, line_width)
    return rasterize(tidy(sketch), canvas, width=line_width * canvas)


def prepare_edge_map(edges: np.ndarray, canvas: int, line_width: float = LINE) -> np.ndarray:
    """Prepare a published edge map (H, W[, 3]) uint8, dark on light: uint8 (canvas, canvas)."""
    return normalize_ink(all_ink(edges), canvas, line_width)


def prepare_photo(photo: np.ndarray, canvas: int, line_width: float = LINE) -> np.ndarray:
    """Prepare the edge map of a photo (H, W, 3) RGB uint8: uint8 (canvas, canvas)."""
    return prepare_and_count(photo, canvas, "edges", line_width)[0]


def prepare_photo_input(
    photo: np.ndarray, canvas: int, photo_input: str, line_width: float = LINE
) -> np.ndarray:
    """Prepare a photo (H, W, 3) RGB uint8 as the photo branch receives it.

    Args:
        photo_input: `edges` for the edge map, `rgb` for the photo in colour.

    Returns:
        (canvas, canvas) or (canvas, canvas, 3) uint8.
    """
    return prepare_and_count(photo, canvas, photo_input, line_width)[0]


def prepare_and_count(
    photo: np.ndarray, canvas: int, photo_input: str, line_width: float = LINE
) -> tuple[np.ndarray, int]:
    """Return what `prepare_photo_input` does, and the number of large objects (`separate`)."""
    photo, objects = separate(_in_colour(photo))
    cropped = _cropped(photo)
    lines = cv2.bitwise_not(edge_map(cropped))
    if photo_input == "rgb":
        return _placed(cropped, ink_box(lines), canvas), objects
    return normalize_ink(lines, canvas, line_width), objects


def prepare_edge_input(
    edges: np.ndarray, canvas: int, photo_input: str, line_width: float = LINE
) -> np.ndarray:
    """Prepare a published edge map as the photo branch receives it; as a grey picture for `rgb`.

    Arguments and result as `prepare_photo_input`.
    """
    prepared = prepare_edge_map(edges, canvas, line_width)
    return cv2.cvtColor(prepared, cv2.COLOR_GRAY2RGB) if photo_input == "rgb" else prepared


def prepare_rgb(photo: np.ndarray, canvas: int) -> np.ndarray:
    """Prepare a photo (H, W, 3) RGB uint8 in colour: uint8 (canvas, canvas, 3), on white.

    The object is placed as `prepare_photo` places its edge map.
    """
    return prepare_and_count(photo, canvas, "rgb")[0]


def _placed(photo: np.ndarray, box: Box | None, canvas: int) -> np.ndarray:
    """Scale and move a photo (H, W, 3) so that `box` is in the middle of a canvas."""
    if box is None:
        return np.full((canvas, canvas, 3), 255, np.uint8)
    scale = FILL * canvas / max(box[2:])
    if scale < 1:
        photo = cv2.blur(photo, (round(1 / scale),) * 2)  # without it, sampling would alias
    return cv2.warpAffine(
        photo, centred(box, canvas, scale), (canvas, canvas),
        borderMode=cv2.BORDER_CONSTANT, borderValue=(255, 255, 255),
    )  # fmt: skip


def crop_to_object(photo: np.ndarray) -> np.ndarray:
    """Crop a photo to its object with a margin and scale the longest side to REFERENCE_SIDE.

    Photos of all sizes then give edge maps of the same detail. What is behind the object is left
    out (`foreground`).
    """
    return _cropped(separate(_in_colour(photo))[0])


def _in_colour(photo: np.ndarray) -> np.ndarray:
    return cv2.cvtColor(photo, cv2.COLOR_GRAY2RGB) if photo.ndim == 2 else photo


def _cropped(photo: np.ndarray) -> np.ndarray:
    """What `crop_to_object` does, of a photo that is on white."""
    crop = _object_crop(photo)
    if crop is None:
        return resized(photo, REFERENCE_SIDE)
    left, top, right, bottom = crop
    return resized(photo[top:bottom, left:right], REFERENCE_SIDE)


def object_placement(photo: np.ndarray, canvas: int) -> tuple[float, float, float]:
    """Return where `prepare_rgb` places a photo (H, W, 3): a point of the photo has its place at
    (scale * x + right, scale * y + down) of the prepared picture.

    Both in pixels from the upper left corner. Returns (scale, right, down).
    """
    photo, _ = separate(photo)
    height, width = photo.shape[:2]
    left, top, right, bottom = _object_crop(photo) or (0, 0, width, height)
    cropped = _cropped(photo)
    reduction = max(cropped.shape[:2]) / max(bottom - top, right - left)
    box = ink_box(cv2.bitwise_not(edge_map(cropped)))
    if box is None:
        return canvas / max(height, width), 0.0, 0.0
    scale = FILL * canvas / max(box[2:])
    # The affine map is between centres of pixels, which lie half a pixel from their corners.
    shift = centred(box, canvas, scale)[:, 2] + (1 - scale) / 2
    x, y = shift - scale * reduction * np.array([left, top])
    return scale * reduction, float(x), float(y)


def _object_crop(photo: np.ndarray) -> tuple[int, int, int, int] | None:
    """Return left, top, right, bottom of a photo's object with a margin; None without edges."""
    small = resized(photo, REFERENCE_SIDE)
    box = ink_box(cv2.bitwise_not(edge_map(small)))
    if box is None:
        return None
    scale = max(photo.shape[:2]) / max(small.shape[:2])
    x, y, width, height = (scale * value for value in box)
    margin = _MARGIN * max(width, height)
    left, top = max(0, int(x - margin)), max(0, int(y - margin))
    right = min(photo.shape[1], int(x + width + margin))
    return left, top, right, min(photo.shape[0], int(y + height + margin))
