"""A folder of photos and a folder of sketches, with the splits in text files.

    X_photo/NAME.png   X_sketch/NAME_k.png   photo_train.txt, photo_test.txt, sketch_train.txt, …

A list has one file name on each line, as any system writes them: with or without folders.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from sketchnet.data.pairs.collection import SPLITS, Collection
from sketchnet.data.pairs.file_names import folded, id_of, name_key, numbered_photo
from sketchnet.data.pairs.listing import Folder, Listing
from sketchnet.data.pairs.pairing import pair_by_name, photo_files, unique_files
from sketchnet.data.pairs.text_lists import parts_of, read_text


def read(listing: Listing) -> Collection | None:
    """Read `*_photo/` and `*_sketch/`; None where there is no such folder of photos."""
    photo_folder = _find(listing.root, r".*_photos?")
    sketch_folder = _find(listing.root, r".*_sketch(es)?(_png)?")
    if photo_folder is None:
        return None
    problems: list[str] = []
    photos = photo_files(listing, listing.ids(photo_folder), problems)
    sketches: dict[str, Path] = {}
    if sketch_folder:
        sketches = unique_files(listing, listing.ids(sketch_folder), problems)
    names = [each.name for each in (photo_folder, sketch_folder if sketches else None) if each]
    layout = f"pictures ({', '.join(f'{name}/' for name in names)})"
    photo_splits = _read_lists(listing.root.path, "photo", photos, problems)
    sketch_splits = _read_lists(listing.root.path, "sketch", sketches, problems)
    if photo_splits:
        layout += " with lists"
        photos = _only_listed(listing, photos, photo_splits, problems)
    if sketch_splits:
        sketches = _only_listed(listing, sketches, sketch_splits, problems)
    pairs = pair_by_name(
        listing, layout, "train", photos, sketches, match=numbered_photo, problems=problems
    )
    # The list of the photos decides: all sketches of a photo are in its split.
    split_photos = (replace(p, split=photo_splits.get(p.id, "train")) for p in pairs.photos)
    return replace(pairs, photos=tuple(split_photos))


def _find(root: Folder, pattern: str) -> Folder | None:
    matching = (each for each in root.folders if re.fullmatch(pattern, folded(each.name)))
    return next(matching, None)


def _read_lists(
    folder: Path, kind: str, pictures: dict[str, Path], problems: list[str]
) -> dict[str, str]:
    """Return id to split, as listed in `<kind>_<split>.txt`."""
    by_key = _by_key(pictures)
    splits: dict[str, str] = {}
    for split in SPLITS:
        path = folder / f"{kind}_{split}.txt"
        if not path.is_file():
            continue
        try:
            lines = read_text(path).splitlines()
        except (OSError, ValueError) as error:
            problems.append(f"{path.name}: {error}")
            continue
        for parts in filter(None, map(parts_of, lines)):
            listed = id_of(parts[-1])
            name = listed if listed in pictures else by_key.get(name_key(listed))
            if name is None:
                problems.append(f"{path.name}: {listed} is listed but not there")
            elif splits.setdefault(name, split) != split:
                problems.append(f"{path.name}: {name} is in {splits[name]} already")
    return splits


def _by_key(names: Iterable[str]) -> dict[str, str | None]:
    """Return name key to name; None where two names have the same key."""
    found: dict[str, str | None] = {}
    for name in names:
        key = name_key(name)
        found[key] = None if key in found else name
    return found


def _only_listed(
    listing: Listing, pictures: dict[str, Path], splits: dict[str, str], problems: list[str]
) -> dict[str, Path]:
    for name, path in pictures.items():
        if name not in splits:
            listing.skip(path, "in no list", problems)
    return {name: path for name, path in pictures.items() if name in splits}
