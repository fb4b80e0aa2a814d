"""A folder of photos and a folder of their sketches, paired by file name.

    photos/NAME.jpg           sketches/NAME*.png
    photos/CLASS/NAME.jpg     sketches/CLASS/NAME*.png
    photos/train/NAME.jpg     sketches/train/NAME*.png      (splits)
    photo/tx_…/CLASS/ID.jpg   sketch/tx_…/CLASS/ID-k.png    (Sketchy; also without tx_…)

The folders may also be called photo, image(s) or picture(s), and sketch or drawing(s). They may lie
in the given folder, or in folders of it, one pair for each class.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import reduce
from pathlib import Path, PurePosixPath

from sketchnet.data.pairs.collection import Collection, Photo
from sketchnet.data.pairs.file_names import (
    PHOTO_FOLDERS,
    SKETCH_FOLDERS,
    SPLIT_FOLDERS,
    folded,
    id_of,
)
from sketchnet.data.pairs.listing import Folder, Listing
from sketchnet.data.pairs.pairing import pair_by_name, photo_files, unique_files

_RENDERING = re.compile(r"tx_\d+")  # Sketchy has every picture in several sizes
_DEPTH = 3  # folders below the given one that are searched for a pair of folders


def read(listing: Listing) -> Collection | None:
    """Read the photos and sketches of a folder; None where it has no folder of photos."""
    root = listing.root
    if root.find(*PHOTO_FOLDERS):
        return _read_pair(listing, root)
    pairs = [*_pairs_below(root, _DEPTH)]
    parts = [part for folder in pairs if (part := _read_pair(listing, folder))]
    if len(parts) > 1:
        parts = [_with_prefix(p, f"{f.relative}/") for f, p in zip(pairs, parts, strict=True)]
    return reduce(lambda one, other: one.append(other, "other-"), parts) if parts else None


def _pairs_below(folder: Folder, depth: int) -> Iterator[Folder]:
    """Yield the folders that hold a folder of photos and one of sketches."""
    for child in folder.folders:
        if folded(child.name) in SPLIT_FOLDERS:
            continue  # layout_qmul_v1
        if child.find(*PHOTO_FOLDERS) and child.find(*SKETCH_FOLDERS):
            yield child
        elif depth > 1:
            yield from _pairs_below(child, depth - 1)


def _read_pair(listing: Listing, folder: Folder) -> Collection | None:
    photo_folder, sketch_folder = folder.find(*PHOTO_FOLDERS), folder.find(*SKETCH_FOLDERS)
    assert photo_folder is not None
    problems: list[str] = []
    photos = photo_files(listing, _ids(listing, photo_folder), problems)
    sketches: dict[str, Path] = {}
    if sketch_folder:
        sketches = unique_files(listing, _ids(listing, sketch_folder), problems)
    if not photos and not sketches:
        return None
    names = [each.name for each in (photo_folder, sketch_folder if sketches else None) if each]
    has_classes = any("/" in photo_id for photo_id in photos)
    kind = "class folders" if has_classes else "pictures"
    layout = f"{kind} ({', '.join(f'{name}/' for name in names)})"
    pairs = pair_by_name(listing, layout, "train", photos, sketches, problems=problems)
    return replace(pairs, photos=tuple(map(_with_split_and_category, pairs.photos)))


def _ids(listing: Listing, folder: Folder) -> dict[Path, str]:
    """Return the id of every picture below a folder of photos or of sketches."""
    renderings = [each for each in folder.folders if _RENDERING.fullmatch(each.name)]
    if renderings and len(renderings) == len(folder.folders) and not folder.pictures:
        folder, *others = renderings
        for other in others:
            reason = f"the pictures of {folder.name} in another size"
            listing.leave_out(other.all_pictures(), f"{other.relative}/", reason)
    base = folder.path
    return {path: id_of(path.relative_to(base).as_posix()) for path in folder.all_pictures()}


def _with_split_and_category(photo: Photo) -> Photo:
    """Return a photo with the split and the class that the folders of its id name."""
    first, *others = PurePosixPath(photo.id).parent.parts or ("",)
    if first in SPLIT_FOLDERS:
        category = "/".join(others)
        photo = replace(photo, split=SPLIT_FOLDERS[first])
    else:
        category = "/".join([first, *others])
    return replace(photo, fields={"category": category}) if category else photo


def _with_prefix(part: Collection, prefix: str) -> Collection:
    return part.rename(
        {photo.id: prefix + photo.id for photo in part.photos},
        {sketch.id: prefix + sketch.id for sketch in part.sketches},
    )
