"""Photos and sketches in one folder, distinguished by their names.

NAME_photo.jpg or NAME.jpg   NAME_sketch.png, NAME_sketch_2.png   (or sketch_NAME.png)
"""

from __future__ import annotations

from sketchnet.data.pairs.collection import Collection
from sketchnet.data.pairs.file_names import SVG, names_a_sketch
from sketchnet.data.pairs.listing import Listing
from sketchnet.data.pairs.pairing import pair_by_name, photo_files, unique_files


def read(listing: Listing) -> Collection | None:
    """Pair the files of a folder by the words for sketches in their names; None without a pair."""
    ids = listing.ids(listing.root)
    sketch_ids = {
        path: name
        for path, name in ids.items()
        if names_a_sketch(path.stem) or path.suffix.lower() == SVG
    }
    photo_ids = {path: name for path, name in ids.items() if path not in sketch_ids}
    if not sketch_ids or not photo_ids:
        return None
    skipped, accounted = dict(listing.skipped), set(listing.accounted)
    problems: list[str] = []
    pairs = pair_by_name(
        listing,
        "pictures with _sketch in their names",
        "train",
        photo_files(listing, photo_ids, problems),
        unique_files(listing, sketch_ids, problems),
        problems=problems,
    )
    if pairs.sketches:
        return pairs
    listing.skipped, listing.accounted = skipped, accounted
    return None
