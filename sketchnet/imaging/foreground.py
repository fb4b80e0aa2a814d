"""The shoe on a photo that was not taken on white: what is behind it becomes white.

The colours of the picture's border say what the background looks like; GrabCut (Rother et al.,
SIGGRAPH 2004) finds where it ends. A photo on white stays as it is, but for a text beside the shoe
(`watermark`), and so does one on which no single object stands out.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from sketchnet.imaging.clutter import colour_counts, colour_index, is_cluttered, without_things
from sketchnet.imaging.components import disc, find_pieces
from sketchnet.imaging.ink import darkest_channel, resized
from sketchnet.imaging.watermark import without_text

_SIDE = 160  # pixels at which the object is looked for
_RING = 0.05  # width of the border, as a share of the side
_WHITE = 235  # a border pixel is white from here, in its darkest channel
_WHITE_SHARE = 0.5  # of the border that is white in a photo on white, whose object may touch it
_UNLIKE = 4.0  # a pixel this many bits less likely than the border's colours may be the object
_SIZES = (0.03, 0.8)  # smallest and largest share of the picture that an object has
_EVEN = 4.0  # distance in Lab that nine in ten pixels of an even border stay below
_DIFFERENT = (5.0, 12.0)  # distance in Lab from an even background at which an object begins
_HOLE = 0.02  # of the picture; larger holes show the background, as between the straps of a sandal
_AS_LARGE = 0.3  # share of the largest object's size from which another one is a second shoe
_CENTRAL = 0.3  # distance from the middle, as a share of the side, at which a piece counts a third
_GAP = 4  # pixels between a piece and its parts, such as a strap
_MIDDLE = 0.2  # share of the side outside of the middle, where an object is expected
_ROUNDS = 3  # iterations of GrabCut


def on_white(photo: np.ndarray) -> np.ndarray:
    """Return the photo with its background in white.

    Args:
        photo: (H, W, 3) RGB uint8.

    Returns:
        The same array where its border is white already and has no text, or where no object stands
        out from the background; else a copy.
    """
    return separate(photo)[0]


def separate(photo: np.ndarray) -> tuple[np.ndarray, int]:
    """Return what `on_white` does, and how many large objects the photo shows: 1 if not on white.

    Three and more are a collage, in which no shoe is the one to prepare.
    """
    small = resized(photo, _SIDE)
    ring = _border(small.shape[:2])
    count = 1
    if _is_white(small[ring]):
        bare = without_text(photo, small)
        objects = main_objects(small if bare is photo else resized(bare, _SIDE))
        photo, mask, count = bare, _one_of_a_pair(objects), len(objects)
    else:
        mask = _object(small, ring)
    if mask is None:
        return photo, count
    soft = cv2.resize(mask.astype(np.float32), photo.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    soft = np.clip(2 * soft - 0.5, 0, 1)[..., None]  # an edge about half as wide as a mask's pixel
    return (photo * soft + 255 * (1 - soft)).astype(np.uint8), count


def main_objects(small: np.ndarray) -> list[np.ndarray]:
    """The masks (H, W) uint8 of the large objects on white in a picture (H, W, 3) of about 160."""
    mask = (darkest_channel(small) < _WHITE).astype(np.uint8)
    pieces = find_pieces(cv2.morphologyEx(mask, cv2.MORPH_CLOSE, disc(_GAP)))
    if not len(pieces):
        return []
    numbers = np.flatnonzero(pieces.areas >= _AS_LARGE * pieces.areas.max())
    return [pieces.mask(np.arange(len(pieces)) == number) for number in numbers]


def _one_of_a_pair(objects: Sequence[np.ndarray]) -> np.ndarray | None:
    """The mask (H, W) uint8 without the left of two shoes on white; None without a pair."""
    if len(objects) != 2:
        return None
    boxes = [cv2.boundingRect(each) for each in objects]
    left = int(boxes[0][0] > boxes[1][0])
    return 1 - cv2.dilate(objects[left], disc(_GAP))


def _is_white(border: np.ndarray) -> bool:
    """Whether enough of the pixels (N, 3) of a border are white."""
    return bool(np.mean(border.min(axis=1) >= _WHITE) >= _WHITE_SHARE)


def _border(shape: tuple[int, int]) -> np.ndarray:
    """The mask (H, W) bool of the pixels near the border."""
    width = max(2, round(_RING * max(shape)))
    ring = np.ones(shape, bool)
    ring[width:-width, width:-width] = False
    return ring


def _object(small: np.ndarray, ring: np.ndarray) -> np.ndarray | None:
    """The mask (H, W) uint8 of the object, or None where none stands out."""
    even = _unlike_slope(small, ring)
    if even is not None:
        return _tidy(even)
    middle = np.zeros_like(ring)
    height, width = (round(_MIDDLE * side) for side in ring.shape)
    middle[height:-height, width:-width] = True
    for likely in (_unlike_border(small, ring), middle):  # one in the colours of what is behind it
        found = _tidy(_grab_cut(small, ring, likely))
        if found is not None and is_cluttered(small, ring):
            bare = _tidy(without_things(found, small))
            return found if bare is None else bare
        if found is not None:
            return found
    return None


def _tidy(found: np.ndarray) -> np.ndarray | None:
    """The main piece of a mask (H, W) uint8, or None where its size is not that of an object."""
    found = cv2.morphologyEx(found, cv2.MORPH_OPEN, disc(1))
    found = cv2.morphologyEx(found, cv2.MORPH_CLOSE, disc(2))
    if not found.any():
        return None
    found = _main_piece(found)
    return found if _SIZES[0] <= found.mean() <= _SIZES[1] else None


def _unlike_slope(small: np.ndarray, ring: np.ndarray) -> np.ndarray | None:
    """Where a picture differs from a background of one colour, evenly or unevenly lit.

    Returns a mask (H, W) uint8, or None where the border has a texture.
    """
    lab = cv2.cvtColor(small.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    y, x = np.meshgrid(*(np.linspace(-1, 1, side) for side in lab.shape[:2]), indexing="ij")
    terms = np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1)  # light falls off
    weights, *_ = np.linalg.lstsq(terms[ring], lab[ring], rcond=None)
    distance = np.linalg.norm(lab - terms @ weights, axis=-1)
    noise = np.quantile(distance[ring], 0.9)
    if noise > _EVEN:
        return None
    found = (distance > np.clip(4 * noise, *_DIFFERENT)).astype(np.uint8)
    return _without_holes(found)


def _without_holes(mask: np.ndarray) -> np.ndarray:
    """The mask with its small holes filled: parts of the object that look like the background."""
    holes = find_pieces(1 - mask)
    return mask | holes.mask(holes.areas < _HOLE * mask.size)


def _grab_cut(small: np.ndarray, ring: np.ndarray, likely: np.ndarray) -> np.ndarray:
    """The mask (H, W) uint8 of what GrabCut separates from the border, given a first guess."""
    mask = np.where(likely, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    mask[ring] = cv2.GC_BGD
    if (mask == cv2.GC_PR_FGD).any():
        cv2.setRNGSeed(0)  # GrabCut begins with random clusters
        behind, before = np.zeros((2, 1, 65))  # the colours of background and object
        unused = (0, 0, 1, 1)
        cv2.grabCut(small, mask, unused, behind, before, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    return (mask == cv2.GC_PR_FGD).astype(np.uint8)


def _main_piece(mask: np.ndarray) -> np.ndarray:
    """The piece that is large and near the middle, with the smaller ones close to it."""
    pieces = find_pieces(mask)
    middle = pieces.boxes[:, :2] + pieces.boxes[:, 2:] / 2
    away = np.linalg.norm(middle / mask.shape[::-1] - 0.5, axis=1)
    main = int(np.argmax(pieces.areas * np.exp(-((away / _CENTRAL) ** 2))))
    near = cv2.dilate(pieces.mask(np.arange(len(pieces)) == main), disc(_GAP))
    close = np.bincount(pieces.labels[near > 0], minlength=len(pieces) + 1)[1:] > 0
    return pieces.mask(close & (pieces.areas <= pieces.areas[main]))


def _unlike_border(small: np.ndarray, ring: np.ndarray) -> np.ndarray:
    """The mask (H, W) bool of the pixels whose colour is rare in the border."""
    index = colour_index(small)
    counts = colour_counts(index[ring])
    return counts[index] < counts.max() / 2**_UNLIKE
