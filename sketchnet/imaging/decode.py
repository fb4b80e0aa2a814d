"""Read a picture from any source as uint8: grey (H, W) or RGB (H, W, 3), upright, on white."""

from __future__ import annotations

import io
import os
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import ExifTags, Image, ImageOps

from sketchnet.imaging.heif import heif_formats, is_heif
from sketchnet.utils.errors import InputError

MAX_PIXELS = 40_000_000

# Pillow reads many more, among them EPS, which is a program that Pillow passes to an interpreter.
FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")

# Pillow warns at a limit of its own, which is above MAX_PIXELS.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)

_VISIBLE = 250  # grey level: on white paper anything darker can be seen


def read_picture(source: Any, *, grey: bool = False, least: int = 0) -> np.ndarray:
    """Read a picture.

    Transparent pixels are composited onto white, the camera's orientation is applied, and of an
    animation the first frame is read.

    Args:
        source: a path, the bytes of a file, a PIL image, or an array (H, W[, 1|3|4]) of bool,
            float (0..1 or 0..255), uint8 or uint16.
        grey: whether to convert to grey.
        least: if given, a JPEG file may be decoded at a half, a quarter or an eighth of its size,
            but the longest side has at least so many pixels. It takes a fraction of the time.

    Returns:
        uint8, 0..255: (H, W) with `grey`, otherwise (H, W, 3) RGB.

    Raises:
        InputError: the source is broken, is not a picture, or has more than 40 megapixels.
    """
    mode = "L" if grey else "RGB"
    if isinstance(source, np.ndarray):
        return _pixels(_from_array(source), mode)
    return _open(source, mode, least)


def _open(source: Any, mode: str, least: int) -> np.ndarray:
    if isinstance(source, Image.Image):
        return _decode(source, "the picture", mode, 0)
    if isinstance(source, str | Path):
        name = str(source)
        if os.path.exists(source) and not (os.path.isfile(source) or os.path.isdir(source)):
            # Opening a pipe would block until another process writes into it.
            raise InputError(f"a picture in {name}", "no ordinary file", "save it as a file")
        open_source: Callable[[], Any] = partial(open, source, "rb")
    elif isinstance(source, bytes | bytearray | memoryview):
        name = "the uploaded bytes"
        open_source = partial(io.BytesIO, bytes(source))
    else:
        raise InputError(
            "a path, bytes, an array or a PIL image",
            type(source).__name__,
            "save it as a PNG or JPEG file",
        )
    try:
        with open_source() as file:
            if is_heif(file) and not heif_formats():
                raise InputError(
                    f"the package pillow-heif, to read {name}",
                    "a HEIC picture and no such package",
                    "`pip install pillow-heif`, or save it as JPEG",
                )
            with Image.open(file, formats=(*FORMATS, *heif_formats())) as image:
                return _decode(image, name, mode, least)
    except InputError:
        raise
    except FileNotFoundError:
        found, fix = "no such file", "check the name"
    except IsADirectoryError:
        found, fix = "a folder", "name a file in it"
    except PermissionError:
        found, fix = "a file without read permission", "change its permissions"
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large(name) from None
    except Exception:  # Pillow's readers raise errors of many types on damaged bytes
        found, fix = "something else", "save it as PNG or JPEG"
    raise InputError(f"a picture in {name}", found, fix)


def _decode(image: Image.Image, name: str, mode: str, least: int) -> np.ndarray:
    if image.width * image.height > MAX_PIXELS:
        raise _too_large(name)
    try:
        if least and max(image.size) >= 2 * least:
            width, height = (max(1, side * least // max(image.size)) for side in image.size)
            image.draft(None, (width, height))
        image.load()
        return _pixels(_upright(image), mode)
    except Exception as error:  # as in _open
        reason = str(error) or type(error).__name__
        raise InputError(
            f"a whole picture in {name}", f"a broken one ({reason})", "save it again"
        ) from None


def _upright(image: Image.Image) -> Image.Image:
    try:
        is_rotated = image.getexif().get(ExifTags.Base.Orientation, 1) != 1
        return ImageOps.exif_transpose(image) if is_rotated else image
    except Exception:  # the EXIF data is damaged, but the picture may be intact
        return image


def _pixels(image: Image.Image, mode: str) -> np.ndarray:
    shown = _on_white(image)
    return np.array(shown if shown.mode == mode else shown.convert(mode))


def _too_large(name: str) -> InputError:
    return InputError(
        f"at most {MAX_PIXELS // 1000000} megapixels in {name}", "more", "scale the picture down"
    )


def _from_array(array: np.ndarray) -> Image.Image:
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.size == 0 or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        raise InputError(
            "an array (H, W), (H, W, 3) or (H, W, 4)",
            f"shape {array.shape}",
            "put the channels last",
        )
    if array.shape[0] * array.shape[1] > MAX_PIXELS:
        raise _too_large("the array")
    return Image.fromarray(_as_bytes(array))


def _as_bytes(array: np.ndarray) -> np.ndarray:
    if array.dtype == np.uint8:
        return np.ascontiguousarray(array)
    if array.dtype == bool:
        return array.astype(np.uint8) * 255
    if array.dtype == np.uint16:
        return (array // 257).astype(np.uint8)
    if array.dtype.kind in "iuf":
        with np.errstate(over="ignore"):
            values = array.astype(np.float32)
        values = np.nan_to_num(values, copy=False, nan=255.0, posinf=255.0, neginf=0.0)
        # Floats that do not exceed 1 are taken as 0..1. Integers are always 0..255.
        if array.dtype.kind == "f" and values.max() <= 1:
            values *= 255
        return values.round(out=values).clip(0, 255, out=values).astype(np.uint8)
    raise InputError("an array of numbers", array.dtype, "convert it to uint8")


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        return _from_array(_deep(image))
    if image.mode in ("LA", "La", "PA", "RGBa", "RGBA") or "transparency" in image.info:
        image = image.convert("RGBA")
        on_white = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        visible = np.asarray(image.getchannel("A")).any()
        if not visible or np.asarray(on_white.convert("L")).min() < _VISIBLE:
            return on_white
        # White lines on a transparent background come from an app with a dark page. On white they
        # would be invisible.
        return Image.alpha_composite(Image.new("RGBA", image.size, "black"), image)
    return image


def _deep(image: Image.Image) -> np.ndarray:
    """Grey levels of more than 8 bits as an array; Pillow reads 16-bit files as int32 or uint16."""
    values = np.asarray(image)
    if image.mode.startswith("I"):
        return values.clip(0, 65535).astype(np.uint16)
    return values
