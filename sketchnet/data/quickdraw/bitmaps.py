"""28×28 bitmaps, `.npy` or headerless `.bin`: pictures only, their strokes are lost."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sketchnet.data.quickdraw.categories import official_category
from sketchnet.data.quickdraw.items import DoodleItem, Problems, content_key

SIDE = 28
_BYTES = SIDE * SIDE


def read_bitmaps(path: Path, word: str, problems: Problems) -> Iterator[DoodleItem]:
    """Yield the pictures of `path`, which all show `word`, black on white (the files are inverse).

    The files give no key_id: the name is made from the pixels.
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
    """Whether `path` is a `.npy` of such rows, or a `.bin` that is named after them.

    Rows without a header could be anything: the name must tell a category or "x784".
    """
    return _start_of_rows(path) is not None


def _start_of_rows(path: Path) -> int | None:
    """The byte at which the rows begin; None where there are none."""
    with path.open("rb") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # headers written by Python 2
        if file.read(6) != b"\x93NUMPY":
            return 0 if _is_named_so(path) and path.stat().st_size >= _BYTES else None
        file.seek(0)
        try:
            version = np.lib.format.read_magic(file)
            read_header = (
                np.lib.format.read_array_header_1_0
                if version == (1, 0)
                else np.lib.format.read_array_header_2_0
            )
            shape, in_columns, dtype = read_header(file)
        except Exception:  # NumPy's reader of headers raises whatever their text led it into
            return None
        # (N, 784), (N, 28, 28), (N, 1, 784): people reshape them as they like
        fits = shape[-1:] in ((_BYTES,), (SIDE,)) and math.prod(shape) % _BYTES == 0
        return file.tell() if fits and dtype == np.uint8 and not in_columns else None


def _is_named_so(path: Path) -> bool:
    if path.suffix.lower() != ".bin":
        return False
    return "x784" in path.stem or official_category(path.stem) is not None
