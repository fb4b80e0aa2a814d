"""File names: which pictures a folder holds, and whose sketch a sketch is."""

from __future__ import annotations

import re
from collections.abc import Collection as Names
from pathlib import Path

PICTURE_ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"})

PHOTO_FOLDERS = ("photos", "photo", "images", "image")
SKETCH_FOLDERS = ("sketches", "sketch")


def printable(name: str) -> str:
    """The name with what cannot be printed, or is no text at all, escaped as in Python.

    A file's name may hold any bytes; it becomes an id, which goes into files, pages and terminals.
    """
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in name)


def natural_order(name: str) -> tuple[tuple[int, int, str], ...]:
    """A sorting key by which 2 comes before 10, and 007 where 7 does."""
    parts = [part for part in re.split(r"(\d+)", name) if part]
    keys = ((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)
    return (*keys, (0, 0, name))


def pictures_in(folder: Path, problems: list[str], root: Path | None = None) -> dict[str, Path]:
    """Name without ending → picture file, in natural order; a second file of a name is a problem.

    Files that begin with a dot are left out: archives from some systems are full of them.
    """
    found: dict[str, Path] = {}
    if not folder.is_dir():
        return found
    files = (path for path in folder.iterdir() if path.suffix.lower() in PICTURE_ENDINGS)
    for path in sorted(files, key=lambda path: natural_order(path.name)):
        if path.name.startswith(".") or not path.is_file():
            continue
        name = printable(path.stem)
        if name in found:
            shown = path.relative_to(root or folder)
            problems.append(f"{shown}: {found[name].name} has the same name, skipped")
        else:
            found[name] = path
    return found


def first_folder(parent: Path, names: tuple[str, ...]) -> Path | None:
    """The first of `names` that is a folder in `parent`."""
    return next((parent / name for name in names if (parent / name).is_dir()), None)


def numbered_photo(sketch: str, photos: Names[str]) -> str | None:
    """The photo of a sketch called `<photo>_<k>`; the photo's own name may hold underscores."""
    photo = sketch.rpartition("_")[0]
    if photo in photos:
        return photo
    return sketch if sketch in photos else None


def photo_of(sketch: str, photos: Names[str]) -> str | None:
    """The photo of a sketch called as the photo, or as the photo with anything behind it.

    The longest such photo wins. A number is never cut: sketch 10 is not one of photo 1.
    """
    for end in range(len(sketch), 0, -1):
        if sketch[:end] in photos:
            cuts_number = end < len(sketch) and sketch[end - 1 : end + 1].isdecimal()
            if not cuts_number:
                return sketch[:end]
    return None
