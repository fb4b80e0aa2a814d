"""Small folders of pictures in every layout, and what a collection says about them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import cv2
import numpy as np

from sketchnet.data.pairs.collection import Collection
from tests.tiny import photo_of, sketch_of

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 60">'
    '<path d="M10 50 L90 50 L90 30 L40 10 Z" fill="none" stroke="black"/></svg>'
)


def put(
    folder: Path,
    names: str | Iterable[str],
    picture: Callable[[int], np.ndarray] = photo_of,
) -> None:
    """Write a picture for each name; names without an ending become PNG files."""
    folder.mkdir(parents=True, exist_ok=True)
    for i, name in enumerate(names.split() if isinstance(names, str) else names):
        path = folder / (name if "." in name else f"{name}.png")
        path.parent.mkdir(parents=True, exist_ok=True)
        _, content = cv2.imencode(path.suffix.lower(), picture(i))
        path.write_bytes(content.tobytes())


def put_pairs(folder: Path, photos: str, sketches: str) -> None:
    """Write photos and sketches into two folders, given as `folder: names`."""
    for text, picture in ((photos, photo_of), (sketches, sketch_of)):
        name, _, names = text.partition(":")
        put(folder / name, names, picture)


def owners(collection: Collection) -> dict[str, str]:
    """Sketch id to photo id."""
    return {sketch.id: sketch.photo_id for sketch in collection.sketches}


def splits(collection: Collection) -> dict[str, str]:
    """Photo id to split."""
    return {photo.id: photo.split for photo in collection.photos}
