"""Prepare what a person searches with: strokes, the picture of a sketch, or a photo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np

from sketchnet.imaging.prepare import prepare_photo_input, prepare_sketch, read_picture
from sketchnet.inference.embedder import Embedder, Embeddings
from sketchnet.strokes.formats import as_drawing
from sketchnet.utils.errors import InputError

_SMALL = 128  # px, the side at which a picture is judged
_THINNER = 13  # px of these: ink is thinner, the body of a shoe is not
_DARKER = 25  # grey levels below the paper
_BODY = 0.01  # share of the picture


@dataclass(frozen=True, eq=False)
class Query:
    """A prepared picture and the branch of the network that embeds it.

    Attributes:
        prepared: (C, C[, 3]) uint8.
        is_photo: whether the photo branch embeds it, otherwise the sketch branch.
    """

    prepared: np.ndarray
    is_photo: bool = False

    def embed(self, embedder: Embedder, views: int = 10) -> Embeddings:
        """Return its embedding, one row with its mirror image.

        Args:
            views: 10, or 1 for the centre view alone (five times as fast).
        """
        if self.is_photo:
            return embedder.photos(self.prepared[None], views, mirrored=True)
        return embedder.sketches(self.prepared[None], views)


def sketch_query(embedder: Embedder, sketch: Any) -> Query:
    """Prepare a sketch.

    Args:
        embedder: gives the side of the prepared picture.
        sketch: strokes as a list, or any source that `read_picture` reads.

    Raises:
        InputError: the sketch cannot be read or holds no ink.
    """
    readable = as_drawing(sketch) if isinstance(sketch, list | tuple) else read_picture(sketch)
    prepared = prepare_sketch(readable, embedder.canvas, embedder.config.line_width)
    if prepared.min() == 255:
        raise InputError("a drawing", "blank paper", "draw something first")
    return Query(prepared)


def photo_query(embedder: Embedder, photo: Any) -> Query:
    """Prepare a photo from any source that `read_picture` reads.

    Raises:
        InputError: the photo cannot be read or is blank.
    """
    config = embedder.config
    prepared = prepare_photo_input(
        read_picture(photo), embedder.canvas, config.photo_input, config.line_width
    )
    if prepared.min() == 255:
        raise InputError("a photo of a shoe", "a blank picture", "try another one")
    return Query(prepared, is_photo=True)


def looks_like_photo(picture: np.ndarray) -> bool:
    """Guess whether a picture (H, W, 3) uint8 shows a thing itself, not a drawing of it.

    Lines are thin: closing them leaves bare paper, even and at most sloping in its light. A thing
    has a body that stays. White on black is judged as its negative.
    """
    scale = _SMALL / max(picture.shape[:2])
    size = [max(1, round(side * scale)) for side in picture.shape[1::-1]]
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    if np.median(small) < 128:
        small = 255 - small
    kernel = np.ones((_THINNER, _THINNER), np.uint8)
    bare = cv2.morphologyEx(small.min(axis=2), cv2.MORPH_CLOSE, kernel).astype(np.float32)
    y, x = np.mgrid[: bare.shape[0], : bare.shape[1]]
    slope = np.stack([np.ones(bare.size), x.ravel(), y.ravel()], axis=1)
    paper = bare.ravel() >= np.median(bare)
    light, *_ = np.linalg.lstsq(slope[paper], bare.ravel()[paper], rcond=None)
    return bool(np.mean(slope @ light - bare.ravel() > _DARKER) > _BODY)
