"""HEIC and HEIF pictures, as phones save them, by the optional package pillow-heif."""

from __future__ import annotations

from functools import cache
from typing import BinaryIO

_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx")


@cache
def heif_formats() -> tuple[str, ...]:
    """Return the names of the formats that pillow-heif adds to Pillow, () where it is missing."""
    try:
        import pillow_heif
    except ImportError:
        return ()
    pillow_heif.register_heif_opener()
    return ("HEIF",)


def is_heif(file: BinaryIO) -> bool:
    """Whether the content of a file, read from its start, is in a HEIF container."""
    file.seek(0)
    head = file.read(64)
    file.seek(0)
    # The brand mif1 means HEIC or AVIF; the compatible brands behind it say which.
    compatible = head[8:12] in (b"mif1", b"msf1") and any(brand in head for brand in _BRANDS)
    return head[4:8] == b"ftyp" and (head[8:12] in _BRANDS or compatible)
