"""The photo itself at its own size, where the page was started with the folder of the photos.

A gallery knows the names of its files, not where they are. The picture is decoded and encoded
anew: the visitor gets its pixels, and neither a path, nor metadata, nor any other file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from sketchnet.data.pairs.file_names import PICTURE_ENDINGS
from sketchnet.imaging.decode import read_picture
from sketchnet.retrieval.search import ShoeFinder
from sketchnet.utils.errors import InputError

from .data_uri import jpeg_uri


def original_file(finder: ShoeFinder, photo_id: str) -> Path | None:
    """The file of a photo; None where it is not known, not a picture, or outside of the folder."""
    root: Path | None = getattr(finder, "photos", None)
    gallery: Any = finder.gallery
    if root is None or not hasattr(gallery, "originals"):
        return None
    name = gallery.originals[gallery.row(photo_id)]
    try:
        path = (root / name).resolve()
        inside = path.is_relative_to(root.resolve()) and path.is_file()
    except (OSError, ValueError):
        return None
    return path if name and inside and path.suffix.lower() in PICTURE_ENDINGS else None


def original_photo(finder: ShoeFinder, photo_id: str) -> str:
    """HTML of a photo at its size. Raises InputError where there is none, or it cannot be read."""
    path = original_file(finder, photo_id)
    if path is None:
        raise InputError("the file of the photo", "none", "it is not in the folder any more")
    picture = read_picture(path)
    return f'<figure class="original">{_image(picture)}</figure>'


def _image(picture: np.ndarray) -> str:
    height, width = picture.shape[:2]
    return (
        f'<img width="{width}" height="{height}" src="{jpeg_uri(picture)}" '
        f'alt="The photo at its size, {width} × {height} pixels">'
    )
