"""File names: ids, their order, and which photo a sketch belongs to by its name.

Names are compared in a normal form: Unicode NFC, lower case, and without words for the role of a
file (`0003_photo.jpg`, `sketch_0003.png`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from collections.abc import Collection as Names
from pathlib import PurePath

PICTURE_ENDINGS = frozenset(
    [".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".avif",
     ".heic", ".heif"]
)  # fmt: skip
SVG = ".svg"

PHOTO_FOLDERS = ("photos", "photo", "images", "image", "pictures", "picture")
SKETCH_FOLDERS = ("sketches", "sketch", "drawings", "drawing")
SPLIT_FOLDERS = {
    "train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val",
    "test": "test", "testing": "test",
}  # fmt: skip
"""Names of folders and entries of lists to the split that they mean."""

_PHOTO_ROLES = "photos?|images?|img|pictures?|pics?"
_SKETCH_ROLES = "sketch(?:es)?|drawings?|draw"
_ROLES = f"(?:{_PHOTO_ROLES}|{_SKETCH_ROLES})"
# A role in front (`sketch_0003`), or behind, also in front of a number (`0003_sketch_2`).
_ROLE_IN_FRONT = re.compile(rf"^{_ROLES}[_\-. ]+(?=.)")
_ROLE_BEHIND = re.compile(rf"(?:(?<=.)[_\-. ]+|(?<=\d)){_ROLES}(?:[_\-. ]*(\d+))?$")
_SKETCH_NAME = re.compile(
    rf"^(?:{_SKETCH_ROLES})[_\-. ]|(?:[_\-. ]|\d)(?:{_SKETCH_ROLES})[_\-. ]*\d*$"
)


def printable(name: str) -> str:
    """Return the name with what cannot be printed, or is not text at all, escaped as in Python.

    A file's name may hold any bytes; it becomes an id, which goes into files, pages and terminals.
    """
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in name)


def natural_order(name: str) -> tuple[tuple[int, int, str], ...]:
    """Return a sorting key by which 2 comes before 10, and 007 where 7 does."""
    parts = [part for part in re.split(r"(\d+)", name) if part]
    keys = ((0, int(part), "") if part.isdecimal() else (1, 0, part) for part in parts)
    return (*keys, (0, 0, name))


def id_of(relative: str) -> str:
    """Return the id of a picture: its relative path without the ending, in Unicode form NFC."""
    path = PurePath(relative)
    name = path.with_suffix("") if path.stem else path
    return printable(unicodedata.normalize("NFC", name.as_posix()))


def folded(name: str) -> str:
    """Return a name in Unicode form NFC and in lower case, however it was typed."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def name_key(name: str) -> str:
    """Return the normal form of a name without ending: folded, without role and doubled ending.

    `Shoe_003_photo`, `sketch-shoe_003` and `shoe_003.jpg` give `shoe_003`.
    """
    key = folded(name)
    while (ending := PurePath(key).suffix) in PICTURE_ENDINGS | {SVG}:
        key = key.removesuffix(ending)
    key = _ROLE_IN_FRONT.sub("", key)
    return _ROLE_BEHIND.sub(lambda match: f"_{match[1]}" if match[1] else "", key) or key


def names_a_sketch(name: str) -> bool:
    """Whether a name without ending has a word for a sketch: `0003_sketch`, `sketch-3`."""
    return bool(_SKETCH_NAME.search(folded(name)))


def numbered_photo(sketch: str, photos: Names[str]) -> str | None:
    """Return the photo of a sketch called `<photo>_<k>`, or as the photo itself.

    The name of the photo may hold underscores: only the last part is cut.
    """
    photo = sketch.rpartition("_")[0]
    if photo in photos:
        return photo
    return sketch if sketch in photos else None


def prefix_photo(sketch: str, photos: Names[str]) -> str | None:
    """Return the photo of a sketch called as the photo, or as the photo with anything behind it.

    The longest such photo wins. A number is never cut: sketch 10 is not one of photo 1.
    """
    for end in range(len(sketch), 0, -1):
        if sketch[:end] in photos:
            cuts_number = end < len(sketch) and sketch[end - 1 : end + 1].isdecimal()
            if not cuts_number:
                return sketch[:end]
    return None


Match = Callable[[str, Names[str]], str | None]
"""`numbered_photo` or `prefix_photo`."""


class PhotoNames:
    """Finds the photo of a sketch by name: as written if possible, else by `name_key`."""

    def __init__(self, names: Names[str], match: Match = prefix_photo) -> None:
        """Take the names of the photos, without endings."""
        self.match = match
        self.names = set(names)
        self.by_key: dict[str, str | None] = {}
        for name in names:
            key = name_key(name)
            self.by_key[key] = None if key in self.by_key else name  # ambiguous: neither

    def owner(self, sketch: str) -> str | None:
        """Return the name of the photo that a sketch belongs to, None where there is none."""
        exact = self.match(sketch, self.names)
        if exact is not None:
            return exact
        key = self.match(name_key(sketch), self.by_key)
        return None if key is None else self.by_key[key]
