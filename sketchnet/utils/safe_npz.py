"""Read `.npz` and `.keras` files of unknown origin: plain arrays only, of bounded size."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

_ALWAYS_ALLOWED = 1 << 26  # unpacked bytes that an archive of any size may have
_MAX_RATIO = 20  # of unpacked to packed bytes beyond that; real archives have 1 to 4


class Unreadable(ValueError):
    """The archive cannot be read; the message says why in a few words."""


def check_unpacked(path: Path) -> None:
    """Check that a zip archive does not unpack to far more bytes than it has.

    The sizes in its directory suffice: no more than these is ever unpacked.

    Raises: Unreadable.
    """
    if not path.is_file():
        raise Unreadable("there is no such file")
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except Exception as error:  # zipfile raises nearly anything on broken bytes
        raise Unreadable(_reason(error)) from None
    if unpacked > _ALWAYS_ALLOWED + _MAX_RATIO * path.stat().st_size:
        raise Unreadable(f"it would unpack to {unpacked:,} bytes")


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Read all arrays of an `.npz`, by name.

    Raises: Unreadable where it is broken, too large, or contains pickled objects.
    """
    check_unpacked(path)
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
    except Exception as error:  # so do NumPy and zlib
        raise Unreadable(_reason(error)) from None
    if not all(isinstance(array, np.ndarray) for array in arrays.values()):
        raise Unreadable("it holds other members than arrays")  # NumPy returns these as bytes
    return arrays


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
