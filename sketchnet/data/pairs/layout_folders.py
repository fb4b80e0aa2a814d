"""One folder a side: photos in one, their sketches in another, paired by file name.

    photos/NAME.jpg   sketches/NAME*.png     (also photo, image, images; sketch)
    X_photo/NAME.png  X_sketch/NAME_k.png    with photo_train.txt, photo_test.txt, sketch_….txt
    trainB/NAME.png   trainA/NAME_k.png      and testB, testA (valB, valA)

Photos alone, in such a folder or lying loose, make a gallery.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sketchnet.data.pairs.collection import SPLITS, Collection, Photo, Sketch
from sketchnet.data.pairs.file_names import (
    PHOTO_FOLDERS,
    SKETCH_FOLDERS,
    first_folder,
    numbered_photo,
    photo_of,
    pictures_in,
)

Pairing = Callable[[str, dict[str, Path]], str | None]


def read_own(directory: Path) -> Collection | None:
    """`photos/` and `sketches/`; a folder without photos is not of this layout."""
    photo_folder = first_folder(directory, PHOTO_FOLDERS)
    sketch_folder = first_folder(directory, SKETCH_FOLDERS)
    if photo_folder is None:
        return None
    problems: list[str] = []
    photos = pictures_in(photo_folder, problems, directory)
    sketches = pictures_in(sketch_folder, problems, directory) if sketch_folder else {}
    if not photos and not sketches:
        return None
    layout = _pictures(photo_folder, sketch_folder if sketches else None)
    return _paired(directory, layout, "train", photos, sketches, photo_of, problems)


def read_sides(directory: Path) -> Collection | None:
    """`trainA` with the sketches and `trainB` with the photos (or the other way round)."""
    whole = Collection(directory.name)
    for split in SPLITS:
        problems: list[str] = []
        a, b = (pictures_in(directory / (split + side), problems, directory) for side in "AB")
        sketches, photos = (a, b) if _matches(a, b) >= _matches(b, a) else (b, a)
        layout = f"pictures ({split}A/, {split}B/)"
        if a or b:
            part = _paired(directory, layout, split, photos, sketches, numbered_photo, problems)
            whole = whole.beside(part, f"{split}-")  # one name in two splits is not one thing
    return whole if whole.layouts else None


def read_listed(directory: Path) -> Collection | None:
    """`*_photo/` and `*_sketch/`, with the splits in `photo_train.txt` and its like."""
    photo_folder = _ending(directory, r".*_photos?")
    sketch_folder = _ending(directory, r".*_sketch(es)?(_png)?")
    if photo_folder is None:
        return None
    problems: list[str] = []
    photos = pictures_in(photo_folder, problems, directory)
    sketches = pictures_in(sketch_folder, problems, directory) if sketch_folder else {}
    layout = _pictures(photo_folder, sketch_folder if sketches else None)
    photo_splits = _lists(directory, "photo", photos, problems)
    sketch_splits = _lists(directory, "sketch", sketches, problems)
    if photo_splits:
        layout += " with lists"
        photos = _listed_only("photo", photos, photo_splits, problems)
    if sketch_splits:
        sketches = _listed_only("sketch", sketches, sketch_splits, problems)
    pairs = _paired(directory, layout, "train", photos, sketches, numbered_photo, problems)
    # a sketch goes with its photo, whatever its own list says: an identity has one split
    split_photos = (replace(p, split=photo_splits.get(p.id, "train")) for p in pairs.photos)
    return replace(pairs, photos=tuple(split_photos))


def read_loose(directory: Path) -> Collection | None:
    """Pictures that lie in the folder itself: a gallery."""
    problems: list[str] = []
    photos = pictures_in(directory, problems)
    if not photos:
        return None
    return _paired(directory, "loose pictures", "train", photos, {}, photo_of, problems)


def _paired(
    directory: Path,
    layout: str,
    split: str,
    photos: dict[str, Path],
    sketches: dict[str, Path],
    pairing: Pairing,
    problems: list[str],
) -> Collection:
    found = []
    for name, path in sketches.items():
        photo = pairing(name, photos)
        if photo is None:
            problems.append(f"{path.relative_to(directory)}: no photo belongs to it, skipped")
        else:
            found.append(Sketch(name, photo, path))
    return Collection(
        name=directory.name,
        layouts=(layout,),
        photos=tuple(Photo(name, split, path) for name, path in photos.items()),
        sketches=tuple(found),
        problems=tuple(problems),
    )


def _pictures(*folders: Path | None) -> str:
    return f"pictures ({', '.join(f'{folder.name}/' for folder in folders if folder)})"


def _matches(sketches: dict[str, Path], photos: dict[str, Path]) -> int:
    return sum(name.rpartition("_")[0] in photos for name in sketches)


def _ending(directory: Path, pattern: str) -> Path | None:
    matching = (p for p in sorted(directory.iterdir()) if re.fullmatch(pattern, p.name.lower()))
    return next((path for path in matching if path.is_dir()), None)


def _lists(
    directory: Path, kind: str, pictures: dict[str, Path], problems: list[str]
) -> dict[str, str]:
    """Name → split, as `<kind>_<split>.txt` say it: one file name a line."""
    splits: dict[str, str] = {}
    for split in SPLITS:
        path = directory / f"{kind}_{split}.txt"
        if not path.is_file():
            continue
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        names = [Path(line.strip()).stem for line in lines if line.strip()]
        for name in names:
            if name not in pictures:
                problems.append(f"{path.name}: {name} is listed but not there")
            elif splits.setdefault(name, split) != split:
                problems.append(f"{path.name}: {name} is in {splits[name]} already")
    return splits


def _listed_only(
    kind: str, pictures: dict[str, Path], splits: dict[str, str], problems: list[str]
) -> dict[str, Path]:
    for name in pictures.keys() - splits.keys():
        problems.append(f"{kind} {name}: in no list, skipped")
    return {name: path for name, path in pictures.items() if name in splits}
