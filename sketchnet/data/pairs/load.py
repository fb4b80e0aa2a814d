"""Sketch–photo datasets: any folder in a known layout to one `Collection`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from sketchnet.data.pairs import (
    layout_ab_folders,
    layout_csv,
    layout_folders,
    layout_photos,
    layout_qmul_v1,
    layout_role_names,
    layout_shoe_v2,
    layout_side_by_side,
    layout_split_lists,
)
from sketchnet.data.pairs.collection import SPLITS, Collection, Photo, Sketch
from sketchnet.data.pairs.file_names import printable
from sketchnet.data.pairs.left_out import summarise
from sketchnet.data.pairs.listing import Listing
from sketchnet.data.pairs.merge import merge_collections, merge_layouts
from sketchnet.data.pairs.picture_source import PictureSource, file_of
from sketchnet.data.pairs.splits import with_validation
from sketchnet.utils.errors import InputError

__all__ = [
    "SPLITS",
    "Collection",
    "Photo",
    "PictureSource",
    "Sketch",
    "load_collection",
    "load_collections",
    "read_layouts",
    "with_validation",
]

Reader = Callable[[Listing], Collection | None]

READERS: tuple[Reader, ...] = (
    layout_csv.read,
    layout_qmul_v1.read,
    layout_shoe_v2.read,
    layout_folders.read,
    layout_ab_folders.read,
    layout_split_lists.read,
)
"""Each reads its part of a folder, or returns None where the folder is not in its layout."""

UNNAMED_READERS: tuple[Reader, ...] = (layout_role_names.read, layout_side_by_side.read)
"""Tried in order where no other reader finds sketches: these look at every picture."""


def load_collection(directory: Path | str) -> Collection:
    """Read a folder in every layout that it has, as one collection.

    Pictures are not opened here: one that is broken is found when it is prepared. Photos without
    sketches stay, as a gallery. Raises: InputError where no photo is found.
    """
    if not Path(directory).is_dir():
        raise InputError("a folder of data", Path(directory).resolve(), "check the path")
    listing = Listing(directory)
    collection = read_layouts(listing)
    if not collection.photos:
        raise InputError(
            "sketches and photos in a layout of docs/data.md",
            f"{listing.root.path} with {_contents(listing, collection.problems)}",
            "put photos into `photos/` and their sketches into `sketches/`",
        )
    return collection


def read_layouts(listing: Listing) -> Collection:
    """Read a listed folder in every layout that it has; the collection may be empty.

    Pictures that no layout uses are among its problems.
    """
    parts = [part for read in READERS if (part := read(listing))]
    if not any(part.sketches for part in parts):
        for read in UNNAMED_READERS:
            if part := read(listing):
                parts = [part]
                break
    if not any(part.photos for part in parts):
        loose = layout_photos.read(listing)
        parts += [loose] if loose else []
    collection = _without_pictureless(merge_layouts(listing.root.name, parts))
    lost = [str(each) for each in listing.left_out if each.is_loss]
    return replace(
        collection,
        problems=(*collection.problems, *lost, *_unused(listing, collection)),
        left_out=tuple(summarise([each for each in listing.left_out if not each.is_loss])),
    )


def load_collections(directories: Sequence[Path | str]) -> Collection:
    """Read several folders as one collection, where a photo that several have is one identity.

    A photo that shows the same object as one of an earlier folder is that identity, with the
    sketches of both; other ids that clash get the folder's name in front.
    Raises: InputError as `load_collection`.
    """
    if not directories:
        raise InputError("a folder of data", "none", "name one with --data")
    unique = list(dict.fromkeys(Path(directory).resolve() for directory in directories))
    collections: list[Collection] = []
    for directory in unique:
        part = load_collection(directory)
        while part.name in (other.name for other in collections):
            part = replace(part, name=f"{part.name}+")  # such as a/shoes and b/shoes
        collections.append(part)
    return merge_collections(collections) if len(collections) > 1 else collections[0]


def _without_pictureless(collection: Collection) -> Collection:
    """Remove photos that have neither picture nor edge map, and their sketches."""
    shown = {p.id for p in collection.photos if p.photo is not None or p.edges is not None}
    kept = collection.select(shown)
    missing = [photo.id for photo in collection.photos if photo.id not in shown]
    problems = [f"photo {name}: named, but no picture of it is there, skipped" for name in missing]
    return replace(kept, problems=(*kept.problems, *problems))


def _unused(listing: Listing, collection: Collection) -> list[str]:
    """Return a line for each folder with pictures that no layout uses or has skipped."""
    sources = [photo.photo for photo in collection.photos]
    sources += [photo.edges for photo in collection.photos]
    sources += [sketch.picture for sketch in collection.sketches]
    known = {file_of(source) for source in sources} | listing.accounted | listing.skipped.keys()
    unused = defaultdict(list)
    for folder in listing.root.walk():
        for path in folder.pictures:
            if path not in known:
                unused[folder.relative].append(printable(path.name))
    return [
        f"{name or '.'}/: {len(paths):,} pictures belong to no layout ({paths[0]}, …), left out"
        for name, paths in unused.items()
    ]


def _contents(listing: Listing, problems: Sequence[str]) -> str:
    """Describe what a folder without photos holds, in a few words."""
    if problems:
        more = f" (and {len(problems) - 1} more problems)" if len(problems) > 1 else ""
        return f"{problems[0]}{more}"
    directory = listing.root.path
    names = sorted(path.name + "/" * path.is_dir() for path in directory.iterdir())
    shown = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
    return shown or "nothing in it"
