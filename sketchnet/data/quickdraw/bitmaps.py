"""28×28 bitmaps in `.npy` files, or in `.bin` files without a header: pictures without strokes."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sketchnet.data.quickdraw.categories import official_category
from sketchnet.data.quickdraw.items import DoodleItem, Problems, content_key
from sketchnet.utils.safe_arrays import read_npy_header

SIDE = 28
_BYTES = SIDE * SIDE


def read_bitmaps(path: Path, word: str, problems: Problems) -> Iterator[DoodleItem]:
    """Yield the pictures of a file one by one, black on white (the files are white on black).

    The files have no key_ids: names are made from the pixels.

    Args:
        path: the file.
        word: the category of all its pictures.
        problems: receives what cannot be read.
    """
    start = _start_of_rows(path)
    if start is None:
        problems.add(path, "file that is not uint8 rows of 28×28")
        return
    with path.open("rb") as file:
        file.seek(start)
        number = 0
        while row := file.read(_BYTES):
            number += 1
            if len(row) < _BYTES:
                problems.add(path, "bitmap cut off", f"number {number}")
            elif not any(row):
                problems.add(path, "blank bitmap", f"number {number}")
            else:
                picture = 255 - np.frombuffer(row, np.uint8).reshape(SIDE, SIDE)
                yield DoodleItem(content_key(row), word, None, picture)


def holds_bitmaps(path: Path) -> bool:
    """Whether a file is a `.npy` of such rows, or a `.bin` with a name that says so.

    Rows without a header could be anything: the name must be a category or contain "x784".
    """
    return _start_of_rows(path) is not None


def _start_of_rows(path: Path) -> int | None:
    """The byte at which the rows begin; None for other files."""
    with path.open("rb") as file:
        if file.read(6) != b"\x93NUMPY":
            return 0 if _has_bitmap_name(path) and path.stat().st_size >= _BYTES else None
        file.seek(0)
        try:
            shape, in_columns, dtype = read_npy_header(file)
        except Exception:  # NumPy evaluates the text of the header, and raises nearly anything
            return None
        # (N, 784), (N, 28, 28) and (N, 1, 784) are all in use.
        fits = shape[-1:] in ((_BYTES,), (SIDE,)) and math.prod(shape) % _BYTES == 0
        return file.tell() if fits and dtype == np.uint8 and not in_columns else None


def _has_bitmap_name(path: Path) -> bool:
    if path.suffix.lower() != ".bin":
        return False
    return "x784" in path.stem or official_category(path.stem) is not None
