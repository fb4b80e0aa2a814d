"""`.npz` and `.keras` files from anywhere: plain arrays only, and no more than they may hold."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

_ROOM = 1 << 26  # bytes that any archive may unpack to,
_DENSEST = 20  # and the times its own size that a larger one may; ours have 1 to 4


class Unreadable(ValueError):
    """The archive cannot be read; the message says why in a few words."""


def check_unpacked(path: Path) -> None:
    """Raise Unreadable where a zip would unpack to far more than it is.

    Its members cannot be larger than it says: what is more is not unpacked.
    """
    if not path.is_file():
        raise Unreadable("there is no such file")
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except Exception as error:  # zipfile raises whatever strange bytes led it into
        raise Unreadable(_reason(error)) from None
    if unpacked > _ROOM + _DENSEST * path.stat().st_size:
        raise Unreadable(f"it would unpack to {unpacked:,} bytes")


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """All arrays of an `.npz` by their names; raises Unreadable, also where one is pickled."""
    check_unpacked(path)
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
    except Exception as error:  # as above, and NumPy and zlib as well
        raise Unreadable(_reason(error)) from None
    if not all(isinstance(array, np.ndarray) for array in arrays.values()):
        raise Unreadable("it holds what is no array")  # which NumPy hands over as bytes
    return arrays


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
