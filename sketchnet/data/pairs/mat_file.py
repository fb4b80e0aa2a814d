"""The `.mat` files of the first system: one array of pictures under the key `data`.

MATLAB 5 files are read here element by element (MathWorks, *MAT-File Format*), and only arrays of
numbers: a general reader unpacks what a file claims, into all memory, and follows cells in cells
in cells until its stack overflows.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import scipy.io

from sketchnet.utils.atomic_files import write_atomically
from sketchnet.utils.errors import InputError

MOST_BYTES = 1 << 29  # of an array, unpacked: 8,192 pictures

_HEAD = 128
_COMPRESSED, _MATRIX = 15, 14
_TYPES = {
    1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8",
}  # fmt: skip
_NUMBERS = range(6, 16)  # classes double to uint64
_COMPLEX = 0x0800


def load_mat(path: Path) -> np.ndarray:
    """Pictures of a MATLAB 5 file, uint8 (N, H, W), black on white.

    Raises: InputError for a broken file, for MATLAB 7.3 (which is HDF5), and for anything but
    N grey pictures under `data`.
    """
    try:
        data = _array_named(b"data", path.read_bytes())
    except _Newer:
        raise InputError(
            "a MATLAB 5 file",
            f"{path.name} in the form 7.3 (HDF5)",
            "save it again with `save(..., '-v7')`",
        ) from None
    except (ValueError, LookupError, struct.error, zlib.error) as error:
        raise InputError(
            "a MATLAB 5 file",
            f"{path.name}, which is broken ({error or type(error).__name__})",
            "fetch it again",
        ) from None
    if data is None:
        raise InputError(
            "pictures under the key `data`",
            f"{path.name} without it",
            "check that it is a sketch or edge file of QMUL v1",
        )
    if not data.holds_pictures:
        raise InputError(
            f"numbers of shape (N, 256, 256), at most {MOST_BYTES:,} bytes of them",
            f"shape {data.shape[:9]} in {path.name}",
            "check that it is a sketch or edge file of QMUL v1",
        )
    try:
        return _as_uint8(data.numbers())
    except (ValueError, zlib.error) as error:
        raise InputError(
            "a whole array", f"{path.name}, which is broken ({error})", "fetch it again"
        ) from None


def save_mat(path: Path, pictures: np.ndarray) -> None:
    """Write uint8 (N, 256, 256), black on white, as the first system reads them."""
    write_atomically(
        path, lambda file: scipy.io.savemat(file, {"data": pictures}, do_compression=True)
    )


class _Newer(Exception):
    """The file is HDF5."""


class _Packed:
    """The content of one element, unpacked as far as it is asked for."""

    def __init__(self, content: bytes | memoryview, compressed: bool) -> None:
        self.content = content
        self.inflater = zlib.decompressobj() if compressed else None
        self.at = 0

    def read(self, size: int) -> bytes:
        """Exactly so many bytes; raises ValueError where there are fewer."""
        if self.inflater is None:
            found = bytes(self.content[self.at : self.at + size])
            self.at += size
        else:
            # A limit of 0 would mean none.
            found = self.inflater.decompress(self.content, size) if size else b""
            self.content = self.inflater.unconsumed_tail
        if len(found) < size:
            raise ValueError("it is cut off")
        return found


class _Array(NamedTuple):
    """An array whose numbers have not been unpacked yet."""

    is_numeric: bool
    shape: tuple[int, ...]
    packed: _Packed
    order: str

    @property
    def holds_pictures(self) -> bool:
        return (
            self.is_numeric
            and len(self.shape) == 3
            and min(self.shape) > 0
            and math.prod(self.shape) <= MOST_BYTES
        )

    def numbers(self) -> np.ndarray:
        """The array (N, H, W), in the type in which it is stored."""
        kind, size, small = _tag(self.packed, self.order)
        if kind not in _TYPES:
            raise ValueError(f"numbers of type {kind}")
        dtype = np.dtype(self.order + _TYPES[kind])
        if size != math.prod(self.shape) * dtype.itemsize or size > MOST_BYTES:
            raise ValueError(f"{size:,} bytes for shape {self.shape} of {dtype.name}")
        raw = small if small is not None else self.packed.read(size)
        return np.frombuffer(raw, dtype).reshape(self.shape, order="F")


def _array_named(wanted: bytes, content: bytes) -> _Array | None:
    if content[126:128] not in (b"IM", b"MI"):
        raise ValueError("it has no MATLAB 5 header")
    order = "<" if content[126:128] == b"IM" else ">"
    if content[125 if order == "<" else 124] == 2:
        raise _Newer
    for kind, element in _elements(memoryview(content)[_HEAD:], order):
        packed = _Packed(element, kind == _COMPRESSED)
        if kind == _COMPRESSED:
            kind = _tag(packed, order)[0]
        if kind == _MATRIX:
            name, array = _array(packed, order)
            if name == wanted:
                return array
    return None


def _elements(content: memoryview, order: str) -> Iterator[tuple[int, memoryview]]:
    while content:
        kind, size = struct.unpack_from(order + "II", content)
        if size > len(content) - 8:
            raise ValueError("it is cut off")
        yield kind, content[8 : 8 + size]
        content = content[8 + size :]


def _tag(packed: _Packed, order: str) -> tuple[int, int, bytes | None]:
    """Type and size of what follows; and itself, where it is small and stands in the tag."""
    tag = packed.read(8)
    kind, size = struct.unpack(order + "II", tag)
    if kind >> 16:
        kind, size = kind & 0xFFFF, kind >> 16
        return kind, size, tag[4 : 4 + min(size, 4)]
    return kind, size, None


def _part(packed: _Packed, order: str, most: int) -> bytes:
    """The next of the small parts in front of the numbers."""
    _, size, small = _tag(packed, order)
    if small is not None:
        return small
    if size > most:
        raise ValueError(f"a head of {size:,} bytes")
    return packed.read(-(-size // 8) * 8)[:size]


def _array(packed: _Packed, order: str) -> tuple[bytes, _Array]:
    (flags,) = struct.unpack_from(order + "I", _part(packed, order, 8))
    dimensions = _part(packed, order, 4 * 64)
    shape = struct.unpack(f"{order}{len(dimensions) // 4}i", dimensions)
    name = _part(packed, order, 256)
    is_numeric = flags & 0xFF in _NUMBERS and not flags & _COMPLEX
    return name, _Array(is_numeric, shape, packed, order)


def _as_uint8(data: np.ndarray) -> np.ndarray:
    """Logical arrays, which arrive as 0 and 1, and floats up to 1 become 0..255."""
    if data.dtype == np.uint8 and data.max() > 1:
        return np.ascontiguousarray(data)
    scale = 255.0 if np.fmax.reduce(data, axis=None, initial=0) <= 1 else 1.0
    pictures = np.empty(data.shape, np.uint8)
    for picture, numbers in zip(pictures, data, strict=True):
        with np.errstate(all="ignore"):
            known = np.nan_to_num(numbers.astype(np.float32))
            picture[:] = np.clip(np.round(known * scale), 0, 255)
    return pictures
