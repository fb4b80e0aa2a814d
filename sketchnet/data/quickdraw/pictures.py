"""Pictures of drawings in folders named after their category, as in Sketchy and TU-Berlin."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sketchnet.data.pairs.file_names import PICTURE_ENDINGS
from sketchnet.data.quickdraw.categories import official_category
from sketchnet.data.quickdraw.items import DoodleItem, Problems, content_key
from sketchnet.imaging.decode import read_picture
from sketchnet.utils.errors import InputError

# Words of Sketchy that mean a category of Quick, Draw!, beside those that are spelt the same.
_SAME_WORD = {
    "car_(sedan)": "car",
    "hot-air_balloon": "hot air balloon",
    "motorcycle": "motorbike",
    "hotdog": "hot dog",
}


def category_of(path: Path) -> str | None:
    """The category that a picture file's folder names, None for other files."""
    if path.suffix.lower() not in PICTURE_ENDINGS or path.parent.parent.name == "photo":
        return None
    name = path.parent.name
    return _SAME_WORD.get(name) or official_category(name)


def read_pictures(path: Path, word: str, problems: Problems) -> Iterator[DoodleItem]:
    """Yield the one picture of a file, grey as it is in the file.

    Args:
        path: the file.
        word: its category.
        problems: receives what cannot be read.
    """
    try:
        picture = read_picture(path, grey=True)
    except InputError as error:
        problems.add(path, f"picture that cannot be read ({error.received})")
        return
    if picture.min() == picture.max():
        problems.add(path, "blank picture")
        return
    yield DoodleItem(content_key(picture.tobytes()), word, None, picture)
