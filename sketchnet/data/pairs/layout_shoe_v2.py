"""QMUL ShoeV2 and ChairV2 strokes: a pickle `<name>_Coordinate` of pen positions.

Its keys are `/train/<photo id>_<k>`; ids may hold underscores. A value is (n, 3): x, y on a canvas
of 256, and 1 on the last point of each stroke.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet.data.pairs.collection import SPLITS, Collection, Photo, Sketch
from sketchnet.data.pairs.file_names import PICTURE_ENDINGS, printable
from sketchnet.data.pairs.listing import Listing
from sketchnet.strokes.formats import Drawing, as_drawing
from sketchnet.utils.errors import InputError
from sketchnet.utils.safe_arrays import load_arrays

_FILE = re.compile(r".*_coordinate(\.pkl|\.pickle)?", re.IGNORECASE)


def read(listing: Listing) -> Collection | None:
    """Read the stroke sketches of a folder with their photo ids; None where it has none.

    The pictures of the photos are found by `layout_folders`. Broken drawings become problems.
    """
    directory = listing.root.path
    files = sorted(p for p in directory.iterdir() if _FILE.fullmatch(p.name) and p.is_file())
    if not files:
        return None
    problems = [f"{path.name}: a second stroke file, skipped" for path in files[1:]]
    photos: dict[str, Photo] = {}
    sketches: dict[str, Sketch] = {}
    try:
        content = load_arrays(files[0])
        if not isinstance(content, dict):
            raise InputError(
                "a dict of drawings",
                f"{files[0].name} with a {type(content).__name__}",
                "check that it is a Coordinate file of QMUL",
            )
    except InputError as error:
        content = {}
        problems.append(f"{files[0].name}: {error}")
    for key, points in content.items():
        try:
            split, photo_id, sketch_id = _parse(key)
            if sketch_id in sketches:
                raise ValueError("the name is taken by another split")
            if photos.get(photo_id, Photo("", split)).split != split:
                raise ValueError(f"its photo {photo_id} is of another split")
            drawing = to_drawing(points)
        except ValueError as error:
            problems.append(f"{files[0].name} {printable(str(key)[:80])}: {error}, skipped")
            continue
        photos[photo_id] = Photo(photo_id, split)
        sketches[sketch_id] = Sketch(sketch_id, photo_id, drawing=drawing)
    return Collection(
        name=directory.name,
        layouts=(f"strokes ({files[0].name})",),
        photos=tuple(photos.values()),
        sketches=tuple(sketches.values()),
        problems=tuple(problems),
    )


def to_drawing(points: Any) -> Drawing:
    """Convert pen positions (n, 3), columns x, y, last-of-stroke, to strokes.

    Raises: ValueError for another shape and for a drawing without a finite point.
    """
    table = np.asarray(points)
    if table.ndim != 2 or table.shape[1] != 3 or table.dtype.kind not in "iuf":
        raise ValueError(f"expected points (n, 3); received {table.dtype} {table.shape}")
    ends = np.flatnonzero(table[:, 2] > 0.5) + 1
    strokes = [stroke[:, :2] for stroke in np.split(table, ends) if len(stroke)]
    drawing = as_drawing(strokes)
    if not drawing:
        raise ValueError("it has no point")
    return drawing


def _parse(key: Any) -> tuple[str, str, str]:
    """Return split, photo id and sketch id of a key: `/train/ab_c_2` is train, ab_c, ab_c_2."""
    if not isinstance(key, str):
        raise ValueError("the key is not text")
    *folders, name = [part for part in printable(key).split("/") if part] or [""]
    stem = name[: -len(end)] if (end := Path(name).suffix.lower()) in PICTURE_ENDINGS else name
    photo_id, _, number = stem.rpartition("_")
    if not photo_id or not number:
        raise ValueError("the key is not of the form /split/<photo>_<k>")
    split = folders[0].lower() if folders else "train"
    if split not in SPLITS:
        raise ValueError(f"expected a split of {', '.join(SPLITS)}; received {split!r}")
    return split, photo_id, stem
