"""Photos without sketches, in the given folder and in folders of it: a gallery."""

from __future__ import annotations

import re
from pathlib import Path, PurePosixPath

from sketchnet.data.pairs.collection import Collection, Photo
from sketchnet.data.pairs.file_names import SKETCH_FOLDERS, SVG, folded, names_a_sketch, printable
from sketchnet.data.pairs.listing import Folder, Listing

_SKETCH_FOLDER = re.compile(r".*[_\- ](sketch(es)?|drawings?)(_png)?")


def read(listing: Listing) -> Collection | None:
    """Read every picture below a folder as a photo, but for sketches; None where there is none.

    The id is the path below the folder without the ending, with it where two would be the same.
    """
    ids = photo_ids(listing)
    if not ids:
        return None
    photos = []
    for path, photo_id in ids.items():
        category = PurePosixPath(photo_id).parent.as_posix()
        fields = {} if category == "." else {"category": category}
        photos.append(Photo(photo_id, "train", path, fields=fields))
    layout = "photos" if any("/" in photo_id for photo_id in ids.values()) else "loose pictures"
    return Collection(listing.root.name, (layout,), tuple(photos))


def photo_ids(listing: Listing) -> dict[Path, str]:
    """Return the id of every photo of a listing; sketches are left out, and the listing notes it.

    Sketches are what lies in folders called so, files called so, and SVG drawings.
    """
    sketches = {
        path
        for folder in listing.root.folders
        for each in folder.walk()
        if _is_sketch_folder(each)
        for path in each.all_pictures()
    }
    for folder in listing.root.walk():
        named = [path for path in folder.pictures if names_a_sketch(path.stem)]
        if len(named) < len(folder.pictures):  # else it is what all these photos are called
            sketches.update(named)
        sketches.update(path for path in folder.pictures if path.suffix.lower() == SVG)
    for folder in listing.root.walk():
        here = [path for path in folder.pictures if path in sketches]
        if here:
            name = f"{folder.relative}/" if folder.relative else f"{here[0].name}, …"
            listing.leave_out(here, printable(name), "sketches, not photos")
    found: dict[str, Path] = {}
    for path, photo_id in listing.ids(listing.root).items():
        if path not in sketches:
            is_taken = photo_id in found
            found[photo_id + path.suffix if is_taken else photo_id] = path
    return {path: photo_id for photo_id, path in found.items()}


def _is_sketch_folder(folder: Folder) -> bool:
    name = folded(folder.name)
    return name in SKETCH_FOLDERS or bool(_SKETCH_FOLDER.fullmatch(name))
