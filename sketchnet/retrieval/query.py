"""Prepare what a person searches with: strokes, the picture of a sketch, or a photo."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from sketchnet.imaging.picture_kind import looks_like_photo
from sketchnet.imaging.prepare import prepare_photo_input, prepare_sketch, read_picture
from sketchnet.inference.embedder import Embedder, Embeddings
from sketchnet.strokes.formats import as_drawing
from sketchnet.utils.errors import InputError

Kind = Literal["auto", "sketch", "photo"]


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


def picture_query(embedder: Embedder, picture: np.ndarray, kind: Kind = "auto") -> Query:
    """Prepare a picture (H, W, 3) uint8 of a sketch, or a photo.

    Args:
        kind: what it shows; `auto` decides by `looks_like_photo`, as the page does for an upload.

    Raises:
        InputError: the picture is blank.
    """
    is_photo = looks_like_photo(picture) if kind == "auto" else kind == "photo"
    return (photo_query if is_photo else sketch_query)(embedder, picture)


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
