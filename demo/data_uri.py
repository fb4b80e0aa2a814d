"""Pictures inside HTML."""

from __future__ import annotations

import base64

import cv2
import numpy as np


def png_uri(picture: np.ndarray) -> str:
    """A picture (H, W, 3|4) uint8 RGB or RGBA as a PNG, for drawings and transparency."""
    order = cv2.COLOR_RGBA2BGRA if picture.shape[2] == 4 else cv2.COLOR_RGB2BGR
    return _uri("png", cv2.imencode(".png", cv2.cvtColor(picture, order))[1])


def jpeg_uri(picture: np.ndarray) -> str:
    """A picture (H, W, 3) uint8 RGB as a JPEG, a tenth of the bytes of a PNG for photos."""
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    return _uri("jpeg", cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 85])[1])


def _uri(kind: str, encoded: np.ndarray) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(encoded.tobytes()).decode()}"
