"""Which photos of two collections show the same thing, by nothing but the photos.

The same shoe in two folders must be one identity, or training would learn from a shoe that
validation asks for. Names do not tell: shoe 273 of one release of QMUL-Shoe is another shoe in
the next. Between QMUL v1 and its three-sketch edition the 302 true pairs correlate by at least
0.984, all others by at most 0.963; of the 2 million pairs within ShoeV2, by at most 0.978.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import cv2
import numpy as np

from sketchnet.data.pairs.collection import Photo, Source
from sketchnet.imaging.prepare import read_picture
from sketchnet.utils.errors import InputError
from sketchnet.utils.progress import in_parallel

SAME = 0.98
SAME_SHAPE = 1.08
"""Width to height may differ by this factor: pictures are scaled, not deformed."""

_SIDE = 32
_PAPER = 225  # JPEG rings around an object are lighter than this


class Look(NamedTuple):
    """The look of one photo: a unit vector, and the log of its object's width to height."""

    vector: np.ndarray
    shape: float


Looks = dict[str, dict[str, Look]]
"""`photo` or `edges` → photo id → look."""


def looks_of(photos: Sequence[Photo]) -> Looks:
    """The looks of the photos; where there is no photo, of the published edge maps.

    A photo that cannot be read has none.
    """
    colour = {p.id: p.photo for p in photos if p.photo is not None}
    edges = {p.id: p.edges for p in photos if p.photo is None and p.edges is not None}
    looks: Looks = {}
    for kind, sources in (("photo", colour), ("edges", edges)):
        found = in_parallel(look_of, [*sources.values()])
        looks[kind] = {name: x for name, x in zip(sources, found, strict=True) if x is not None}
    return looks


def same_looks(ours: Looks, theirs: Looks) -> Iterator[tuple[str, str]]:
    """(our photo id, their photo id) of every pair that shows the same thing.

    Photos are compared with photos and edge maps with edge maps.
    """
    for kind in ours.keys() & theirs.keys():
        if not ours[kind] or not theirs[kind]:
            continue
        our_ids, our_vectors, our_shapes = _columns(ours[kind])
        their_ids, their_vectors, their_shapes = _columns(theirs[kind])
        is_same = our_vectors @ their_vectors.T >= SAME  # (ours, theirs)
        is_same &= np.abs(np.subtract.outer(our_shapes, their_shapes)) <= np.log(SAME_SHAPE)
        for i, j in np.argwhere(is_same):
            yield our_ids[i], their_ids[j]


def _columns(looks: dict[str, Look]) -> tuple[list[str], np.ndarray, np.ndarray]:
    vectors, shapes = zip(*looks.values(), strict=True)
    return list(looks), np.stack(vectors), np.array(shapes)


def look_of(source: Source) -> Look | None:
    """The object alone, stretched to a small square, its details against their surroundings.

    Details alone (a band-pass) tell two boots of one outline apart. None for what cannot be read
    or shows nothing.
    """
    try:
        picture = read_picture(source)
    except InputError:
        return None
    paper = cv2.inRange(picture, (_PAPER,) * 3, (255,) * 3)
    x, y, width, height = cv2.boundingRect(cv2.bitwise_not(paper))
    if not width:
        return None
    cut = picture[y : y + height, x : x + width]
    small = cv2.resize(cut, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    smooth, surroundings = (cv2.GaussianBlur(small, (0, 0), _SIDE / n) for n in (24, 8))
    vector = (smooth - surroundings).ravel()
    vector -= vector.mean()
    length = float(np.linalg.norm(vector))
    if length < 1e-3:
        return None
    return Look(vector / length, float(np.log(width / height)))
