"""Any picture a person may hand over → uint8, grey (H, W) or RGB (H, W, 3), upright, on white."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

from sketchnet.errors import InputError

MAX_PIXELS = 40_000_000

_INK = 250  # on white paper anything darker can be seen


def read_picture(source: Any, *, grey: bool = False) -> np.ndarray:
    """Read a picture as uint8 (H, W) with `grey`, else (H, W, 3) RGB.

    `source` is a path, the bytes of a file, a PIL image, or an array (H, W[, 1|3|4]) of bool,
    float (0 … 1 or 0 … 255), uint8 or uint16. Transparency is laid on white, the camera's
    orientation is applied, an animation gives its first frame.

    Raises InputError where it is broken, is no picture, or exceeds 40 megapixels.
    """
    image = _from_array(source) if isinstance(source, np.ndarray) else _opened(source)
    return np.array(_on_white(image).convert("L" if grey else "RGB"))


def _opened(source: Any) -> Image.Image:
    if isinstance(source, Image.Image):
        return _decoded(source, "the picture")
    if isinstance(source, str | Path):
        name = str(source)
    elif isinstance(source, bytes | bytearray | memoryview):
        name = "the uploaded bytes"
        source = io.BytesIO(bytes(source))
    else:
        raise InputError(
            f"expected a path, bytes, an array or a PIL image; received {type(source).__name__}; "
            "save it as a PNG or JPEG file"
        )
    try:
        with Image.open(source) as image:
            return _decoded(image, name)
    except InputError:
        raise
    except FileNotFoundError:
        found, fix = "no such file", "check the name"
    except IsADirectoryError:
        found, fix = "a folder", "name a file in it"
    except PermissionError:
        found, fix = "a file that may not be read", "change its permissions"
    except Image.DecompressionBombError:
        raise _too_large(name) from None
    except Exception:  # Pillow's readers raise whatever the strange bytes led them into
        found, fix = "something else", "save it as PNG or JPEG"
    raise InputError(f"expected a picture in {name}; received {found}; {fix}")


def _decoded(image: Image.Image, name: str) -> Image.Image:
    if image.width * image.height > MAX_PIXELS:
        raise _too_large(name)
    try:
        image.load()
        return ImageOps.exif_transpose(image)
    except Exception as error:  # as above
        reason = " ".join(str(error).split()) or type(error).__name__
        raise InputError(
            f"expected a whole picture in {name}; received a broken one ({reason}); save it again"
        ) from None


def _too_large(name: str) -> InputError:
    return InputError(
        f"expected at most {MAX_PIXELS // 1_000_000} megapixels in {name}; received more; "
        "scale the picture down"
    )


def _from_array(array: np.ndarray) -> Image.Image:
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[..., 0]
    if array.size == 0 or not (array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (3, 4))):
        raise InputError(
            f"expected an array (H, W), (H, W, 3) or (H, W, 4); received shape {array.shape}; "
            "put the channels last"
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
        values = np.nan_to_num(array.astype(np.float64), nan=255.0, posinf=255.0, neginf=0.0)
        # Floats up to 1 are the 0 … 1 convention; whole numbers never are.
        if array.dtype.kind == "f" and values.max() <= 1:
            values = values * 255
        return values.round().clip(0, 255).astype(np.uint8)
    raise InputError(f"expected an array of numbers; received {array.dtype}; convert it to uint8")


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode.startswith(("I", "F")):
        return _from_array(_deep(image))
    if image.mode in ("LA", "La", "PA", "RGBa", "RGBA") or "transparency" in image.info:
        image = image.convert("RGBA")
        on_white = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        visible = np.asarray(image.getchannel("A")).any()
        if not visible or np.asarray(on_white.convert("L")).min() < _INK:
            return on_white
        # White ink on nothing is a drawing from a dark page, which white paper would swallow.
        return Image.alpha_composite(Image.new("RGBA", image.size, "black"), image)
    return image


def _deep(image: Image.Image) -> np.ndarray:
    """16-bit greys reach 65535; Pillow hands them over as int32 in some formats."""
    values = np.asarray(image)
    if image.mode.startswith("I"):
        return values.clip(0, 65535).astype(np.uint16)
    return values
