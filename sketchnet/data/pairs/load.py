"""Sketch–photo collections: any folder that we know how to read → one `Collection`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from sketchnet.data.pairs import layout_folders, layout_qmul_v1, layout_shoe_v2
from sketchnet.data.pairs.collection import SPLITS, Collection, Photo, Sketch, Source
from sketchnet.data.pairs.merge import merge_collections, merge_layouts
from sketchnet.data.pairs.splits import with_validation
from sketchnet.utils.errors import InputError

__all__ = [
    "SPLITS",
    "Collection",
    "Photo",
    "Sketch",
    "Source",
    "load_collection",
    "load_collections",
    "with_validation",
]

READERS: tuple[Callable[[Path], Collection | None], ...] = (
    layout_qmul_v1.read,
    layout_shoe_v2.read,
    layout_folders.read_own,
    layout_folders.read_sides,
    layout_folders.read_listed,
)
"""Each looks at a folder and gives its part of it, or None where it knows nothing of it."""


def load_collection(directory: Path | str) -> Collection:
    """Read a folder in every layout that it has, as one collection.

    Pictures are not opened here: one that is broken shows when it is prepared. Photos without
    sketches stay, as a gallery. Raises: InputError where the folder has no photo that we find.
    """
    directory = Path(directory).resolve()
    if not directory.is_dir():
        raise InputError("a folder of data", directory, "check the path")
    parts = [part for read in READERS if (part := read(directory))]
    if not any(part.photos for part in parts):
        loose = layout_folders.read_loose(directory)
        parts += [loose] if loose else []
    collection = _without_pictureless(merge_layouts(directory.name, parts))
    if not collection.photos:
        raise InputError(
            "sketches and photos in a layout of the README",
            f"{directory} with {_contents(directory, collection.problems)}",
            "name the folder that holds `photos/`, `train/` or the .mat files",
        )
    return collection


def load_collections(directories: Sequence[Path | str]) -> Collection:
    """Read several folders as one collection, where the same shoe is one identity.

    A photo that looks like one of an earlier folder is that photo (its sketches join the others);
    ids that clash otherwise get the folder's name in front. Raises: InputError as above.
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
    """Leave out photos of which there is neither picture nor edge map, and their sketches."""
    shown = [p.id for p in collection.photos if p.photo is not None or p.edges is not None]
    kept = collection.of(shown)
    lost = [photo.id for photo in collection.photos if photo.id not in set(shown)]
    problems = [f"photo {name}: named, but no picture of it is there, skipped" for name in lost]
    return replace(kept, problems=(*kept.problems, *problems))


def _contents(directory: Path, problems: Sequence[str]) -> str:
    """What is there instead, in a few words."""
    if problems:
        more = f" (and {len(problems) - 1} more problems)" if len(problems) > 1 else ""
        return f"{problems[0]}{more}"
    names = sorted(path.name + "/" * path.is_dir() for path in directory.iterdir())
    shown = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
    return shown or "nothing in it"
