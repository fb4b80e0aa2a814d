"""Cross-dataset duplicates: which photos of two datasets show the same object.

The same shoe in two datasets must be one identity, or training would see a shoe that validation
is scored on. Names cannot decide: shoe 273 of one release of QMUL-Shoe is another shoe in the next.
Photos are compared by a descriptor of their details. Between QMUL v1 and its three-sketch edition
the 302 true pairs correlate by at least 0.984, all others by at most 0.963; of the 2 million pairs
within ShoeV2, by at most 0.978.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from sketchnet.data.pairs.collection import Photo
from sketchnet.data.pairs.picture_source import PictureSource, load_picture
from sketchnet.utils.errors import InputError
from sketchnet.utils.progress import in_parallel

MIN_CORRELATION = 0.98
MAX_ASPECT_RATIO = 1.08
"""Factor between the width to height of two duplicates: pictures are scaled, not deformed."""

_SIDE = 32
_BACKGROUND = 225  # grey level; compression artefacts around an object are lighter


class PhotoDescriptor(NamedTuple):
    """Details of one photo as a unit vector, and the log of the object's width to height."""

    vector: np.ndarray
    log_aspect: float


Descriptors = dict[str, dict[str, PhotoDescriptor]]
"""`photo` or `edges` to photo id to descriptor."""


def describe_photos(photos: Sequence[Photo]) -> Descriptors:
    """Return the descriptors of photos; of the provided edge maps where there is no photo.

    A photo that cannot be read has no descriptor.
    """
    colour = {p.id: p.photo for p in photos if p.photo is not None}
    edges = {p.id: p.edges for p in photos if p.photo is None and p.edges is not None}
    descriptors: Descriptors = {}
    for kind, sources in (("photo", colour), ("edges", edges)):
        found = in_parallel(photo_descriptor, [*sources.values()])
        descriptors[kind] = {
            name: each for name, each in zip(sources, found, strict=True) if each is not None
        }
    return descriptors


def find_duplicates(first: Descriptors, second: Descriptors) -> Iterator[tuple[str, str]]:
    """Yield (photo id of the first, of the second) of every pair that shows the same object.

    Photos are compared with photos and edge maps with edge maps.
    """
    for kind in first.keys() & second.keys():
        if not first[kind] or not second[kind]:
            continue
        first_ids, first_vectors, first_aspects = _columns(first[kind])
        second_ids, second_vectors, second_aspects = _columns(second[kind])
        is_same = first_vectors @ second_vectors.T >= MIN_CORRELATION  # (first, second)
        difference = np.abs(np.subtract.outer(first_aspects, second_aspects))
        is_same &= difference <= np.log(MAX_ASPECT_RATIO)
        for i, j in np.argwhere(is_same):
            yield first_ids[i], second_ids[j]


def _columns(
    descriptors: dict[str, PhotoDescriptor],
) -> tuple[list[str], np.ndarray, np.ndarray]:
    vectors, aspects = zip(*descriptors.values(), strict=True)
    return list(descriptors), np.stack(vectors), np.array(aspects)


def photo_descriptor(source: PictureSource) -> PhotoDescriptor | None:
    """Describe a photo: its object cropped, scaled to 32 x 32 and band-pass filtered.

    The band-pass keeps details, which distinguish two boots of the same outline.

    Returns: the descriptor; None where the photo cannot be read or is blank.
    """
    try:
        picture = load_picture(source)
    except InputError:
        return None
    background = cv2.inRange(picture, (_BACKGROUND,) * 3, (255,) * 3)
    x, y, width, height = cv2.boundingRect(cv2.bitwise_not(background))
    if not width:
        return None
    crop = picture[y : y + height, x : x + width]
    small = cv2.resize(crop, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    smooth, surroundings = (cv2.GaussianBlur(small, (0, 0), _SIDE / n) for n in (24, 8))
    vector = (smooth - surroundings).ravel()
    vector -= vector.mean()
    length = float(np.linalg.norm(vector))
    if length < 1e-3:
        return None
    return PhotoDescriptor(vector / length, float(np.log(width / height)))
