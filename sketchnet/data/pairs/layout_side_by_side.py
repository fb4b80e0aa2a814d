"""Pictures that show a photo and its lines side by side, as pix2pix uses them.

    train/NAME_AB.jpg   val/NAME_AB.jpg   (or without folders; lines on either side)

The half with the lines, a sketch or an edge map, becomes the sketch.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np
from PIL import Image

from sketchnet.data.pairs.collection import Collection, Photo, Sketch
from sketchnet.data.pairs.file_names import SPLIT_FOLDERS, SVG, folded, id_of
from sketchnet.data.pairs.listing import Folder, Listing
from sketchnet.data.pairs.picture_source import PictureHalf, load_picture
from sketchnet.imaging.decode import FORMATS
from sketchnet.utils.errors import InputError

_SAMPLES = 12  # pictures whose halves are compared
_SUFFIX = "_ab"
_MAX_LINES = 0.10  # share of pixels of a line drawing that are neither ink nor paper
_MIN_RATIO = 2.0  # a photo has at least so many times more of them
_MIN_INK = 0.002  # share of ink of a line drawing: a blank half is none

Side = Literal["left", "right"]
SIDES: tuple[Side, Side] = ("left", "right")


def read(listing: Listing) -> Collection | None:
    """Read the halves of the pictures of a folder; None unless all are of this kind."""
    files = [path for path in listing.root.all_pictures() if path.suffix.lower() != SVG]
    if not files or not all(map(_is_double, files)):
        return None
    side = _line_side(files)
    if side is None:
        return None
    whole = Collection(listing.root.name)
    folders = [f for f in listing.root.folders if folded(f.name) in SPLIT_FOLDERS]
    if listing.root.pictures or len(folders) < len(listing.root.folders):
        folders = [listing.root]
    for folder in folders:
        part = _read_folder(listing, folder, side)
        whole = whole.append(part, f"{folder.name}-")  # one name in two splits is not one photo
    return whole


def _read_folder(listing: Listing, folder: Folder, side: Side) -> Collection:
    other: Side = "right" if side == "left" else "left"
    split = SPLIT_FOLDERS.get(folded(folder.name), "train")
    photos, sketches = {}, {}
    for path in folder.all_pictures():
        if path.suffix.lower() == SVG:
            continue
        name = id_of(path.relative_to(folder.path).as_posix())
        short = name[: -len(_SUFFIX)] if folded(name).endswith(_SUFFIX) else name
        name = name if short in photos else short
        photos[name] = Photo(name, split, PictureHalf(path, other))
        sketches[name] = Sketch(name, name, PictureHalf(path, side))
    return Collection(
        name=listing.root.name,
        layouts=(f"photo and lines side by side (lines on the {side})",),
        photos=tuple(photos.values()),
        sketches=tuple(sketches.values()),
    )


def _is_double(path: Path) -> bool:
    """Whether a picture is twice as wide as high; one that cannot be opened may be."""
    try:
        with Image.open(path, formats=FORMATS) as image:
            width, height = image.size
    except (OSError, ValueError, Image.DecompressionBombError):
        return True
    return width == 2 * height


def _line_side(files: list[Path]) -> Side | None:
    """Return the side that holds lines, judged by some of the pictures; None where neither does."""
    shares = []  # of tones and of ink, (samples, sides, 2)
    for path in files[:: max(1, len(files) // _SAMPLES)]:
        try:
            halves = [load_picture(PictureHalf(path, side)) for side in SIDES]
        except InputError:
            continue
        shares.append([(_tones(half), _ink(half)) for half in halves])
    if not shares:
        return None
    tones, ink = np.median(shares, axis=0).T
    lines = int(tones.argmin())
    is_pair = tones[lines] <= _MAX_LINES and tones[1 - lines] >= _MIN_RATIO * tones[lines]
    return SIDES[lines] if is_pair and ink[lines] >= _MIN_INK else None


def _tones(picture: np.ndarray) -> float:
    """Return the share of pixels that are neither black nor white: of lines few, of photos many."""
    darkest, lightest = picture.min(axis=2), picture.max(axis=2)
    return float(np.mean((lightest > 60) & (darkest < 195)))


def _ink(picture: np.ndarray) -> float:
    """Return the share of black pixels, or of white ones if these are fewer."""
    black = float(np.mean(picture.max(axis=2) < 100))
    return min(black, 1 - black)
