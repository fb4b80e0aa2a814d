"""Two folders for each split, as for image-to-image translation: sketches and photos.

    trainB/NAME.png   trainA/NAME_k.png   and testB, testA (valB, valA)

Sketches may lie in A or in B.
"""

from __future__ import annotations

from collections.abc import Iterable

from sketchnet.data.pairs.collection import SPLITS, Collection
from sketchnet.data.pairs.file_names import numbered_photo
from sketchnet.data.pairs.listing import Listing
from sketchnet.data.pairs.pairing import pair_by_name, photo_files, unique_files


def read(listing: Listing) -> Collection | None:
    """Read `trainA` and `trainB` and their like; None where there is none of them."""
    whole = Collection(listing.root.name)
    for split in SPLITS:
        folders = [listing.root.find(f"{split}{side}") for side in "ab"]
        ids_a, ids_b = (listing.ids(folder) if folder else {} for folder in folders)
        if not (ids_a or ids_b):
            continue
        a_is_sketches = _matches(ids_a.values(), ids_b.values()) >= _matches(
            ids_b.values(), ids_a.values()
        )
        sketch_ids, photo_ids = (ids_a, ids_b) if a_is_sketches else (ids_b, ids_a)
        problems: list[str] = []
        part = pair_by_name(
            listing,
            f"pictures ({split}A/, {split}B/)",
            split,
            photo_files(listing, photo_ids, problems),
            unique_files(listing, sketch_ids, problems),
            match=numbered_photo,
            problems=problems,
        )
        whole = whole.append(part, f"{split}-")  # one name in two splits is not one photo
    return whole if whole.layouts else None


def _matches(sketches: Iterable[str], photos: Iterable[str]) -> int:
    names = set(photos)
    return sum(name.rpartition("_")[0] in names for name in sketches)
