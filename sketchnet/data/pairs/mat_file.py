"""The `.mat` arrays of QMUL v1: one array of pictures under the key `data`, in MATLAB 5 format.

SciPy reads the array. By itself it is not safe on files from strangers (SciPy 1.17): it
decompresses whatever a file claims to hold, gigabytes from a few kilobytes, follows cells nested in
cells until the stack overflows, and crashes on a number type that does not exist. Therefore the
file is split into its elements here (MathWorks, *MAT-File Format*): `scipy.io.whosmat` sees only
the first bytes of each, and `scipy.io.loadmat` only the element `data`, once its class, shape and
number type are known to be good, decompressed no further than these allow.
"""

from __future__ import annotations

import io
import math
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import scipy.io

from sketchnet.utils.atomic_files import write_atomically
from sketchnet.utils.errors import InputError

MAX_BYTES = 1 << 29  # of an array: 8,192 pictures of 256 x 256

_FILE_HEADER = 128  # bytes
_ELEMENT_HEADER = 4096  # bytes: flags, dimensions and name of an array need at most 300
_COMPRESSED, _MATRIX = 15, 14
_NUMBER_BYTES = {1: 1, 2: 1, 3: 2, 4: 2, 5: 4, 6: 4, 7: 4, 9: 8, 12: 8, 13: 8}  # by stored type
_COMPLEX = 0x0800
_NUMERIC = frozenset(
    ["int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "single", "double",
     "logical"]
)  # fmt: skip


def load_mat(path: Path) -> np.ndarray:
    """Read the pictures of a MATLAB 5 file.

    Returns: uint8 (N, H, W), black on white. Arrays of 0 and 1 are scaled to 0 and 255.
    Raises: InputError for a damaged file, for MATLAB 7.3 (which is HDF5), and for anything but
        grey pictures under the key `data`.
    """
    try:
        found = _read_data(path.read_bytes())
    except NotImplementedError:
        raise InputError(
            "a MATLAB 5 file",
            f"{path.name} in the form 7.3 (HDF5)",
            "save it again with `save(..., '-v7')`",
        ) from None
    except Exception as error:  # SciPy raises errors of any type on malformed bytes
        raise InputError(
            "a MATLAB 5 file",
            f"{path.name}, which is broken ({error or type(error).__name__})",
            "fetch it again",
        ) from None
    if found is None:
        raise InputError(
            "pictures under the key `data`",
            f"{path.name} without it",
            "check that it is a sketch or edge file of QMUL v1",
        )
    if isinstance(found, tuple):
        raise InputError(
            f"numbers of shape (N, 256, 256), at most {MAX_BYTES:,} bytes of them",
            f"shape {found[:9]} in {path.name}",
            "check that it is a sketch or edge file of QMUL v1",
        )
    return _to_uint8(found)


def save_mat(path: Path, pictures: np.ndarray) -> None:
    """Write uint8 (N, 256, 256), black on white, as the original implementation reads them."""
    write_atomically(
        path, lambda file: scipy.io.savemat(file, {"data": pictures}, do_compression=True)
    )


def _read_data(content: bytes) -> np.ndarray | tuple[int, ...] | None:
    """Return the array `data`, its shape if it cannot be pictures, or None where there is none."""
    mark = content[126:128]
    if mark not in (b"IM", b"MI"):
        raise ValueError("it has no MATLAB 5 header")
    order = "<" if mark == b"IM" else ">"
    if content[125 if order == "<" else 124] == 2:
        raise NotImplementedError
    for element in _elements(memoryview(content)[_FILE_HEADER:], order):
        head = element.read(_ELEMENT_HEADER)
        [(name, shape, class_name)] = scipy.io.whosmat(_as_file(head, order)) or [("", (), "")]
        if name != "data":
            continue
        numbers = math.prod(shape)
        if class_name not in _NUMERIC or len(shape) != 3 or min(shape) <= 0 or numbers > MAX_BYTES:
            return shape
        size = _check_numbers(head, order, numbers)
        whole = head + element.read_rest(max(0, size - len(head)))
        return scipy.io.loadmat(_as_file(whole, order), variable_names=["data"])["data"]
    return None


def _check_numbers(head: bytes, order: str, count: int) -> int:
    """Return the size in bytes of an array of real numbers, from its first bytes.

    Raises ValueError where the numbers are complex or of an unknown type, or where they are not as
    many as the shape says. SciPy checks none of these before it reads.
    """
    if struct.unpack_from(order + "I", head, 8)[0] & _COMPLEX:
        raise ValueError("its numbers are complex")
    at = 0
    for _ in range(3):  # flags, dimensions, name
        at += _tag(head, order, at)[2]
    kind, size, length = _tag(head, order, at)
    if size != count * _NUMBER_BYTES.get(kind, -1) or size > MAX_BYTES:
        raise ValueError(f"{size:,} bytes of type {kind} for {count:,} numbers")
    return at + length


def _tag(head: bytes, order: str, at: int) -> tuple[int, int, int]:
    """Return type and size of the part at an offset, and its length with tag and padding."""
    kind, size = struct.unpack_from(order + "II", head, at)
    if kind >> 16:  # small parts lie inside their tag
        return kind & 0xFFFF, kind >> 16, 8
    return kind, size, 8 + -(-size // 8) * 8


class _Element:
    """The content of one top-level array of the file, decompressed only as far as it is read."""

    def __init__(self, content: memoryview, compressed: bool) -> None:
        self.content: bytes | memoryview = content
        self.inflater = zlib.decompressobj() if compressed else None

    def read(self, size: int) -> bytes:
        """Return the next `size` bytes, fewer at the end."""
        if self.inflater is None:
            found, self.content = bytes(self.content[:size]), self.content[size:]
            return found
        # For zlib a limit of 0 would mean no limit.
        found = self.inflater.decompress(self.content, size) if size else b""
        self.content = self.inflater.unconsumed_tail
        return found

    def read_rest(self, limit: int) -> bytes:
        """Return the remaining bytes; raises ValueError if they exceed `limit` or are cut off."""
        rest = self.read(limit)
        if self.read(1):
            raise ValueError("it holds more bytes than its shape allows")
        if self.inflater is not None and not self.inflater.eof:
            raise ValueError("it is cut off")
        return rest


def _elements(content: memoryview, order: str) -> Iterator[_Element]:
    """Yield the arrays of a file, each positioned behind its tag."""
    while content:
        kind, size = struct.unpack_from(order + "II", content)
        if size > len(content) - 8:
            raise ValueError("it is cut off")
        element = _Element(content[8 : 8 + size], kind == _COMPRESSED)
        if kind == _COMPRESSED:
            kind = struct.unpack(order + "II", element.read(8))[0]
        if kind == _MATRIX:
            yield element
        content = content[8 + size :]


def _as_file(matrix: bytes, order: str) -> io.BytesIO:
    """Return a MATLAB 5 file with one uncompressed array.

    Its header is written anew: on some others SciPy falls back to older formats.
    """
    version_and_mark = b"\x00\x01IM" if order == "<" else b"\x01\x00MI"
    header = b"MATLAB 5.0 MAT-file".ljust(_FILE_HEADER - 4) + version_and_mark
    return io.BytesIO(header + struct.pack(order + "II", _MATRIX, len(matrix)) + matrix)


def _to_uint8(data: np.ndarray) -> np.ndarray:
    """Convert numbers to grey levels; arrays of at most 1 are scaled to 0..255."""
    if data.dtype == np.uint8 and data.max() > 1:
        return np.ascontiguousarray(data)
    scale = 255.0 if np.fmax.reduce(data, axis=None, initial=0) <= 1 else 1.0
    pictures = np.empty(data.shape, np.uint8)
    for picture, numbers in zip(pictures, data, strict=True):
        with np.errstate(all="ignore"):
            known = np.nan_to_num(numbers.astype(np.float32))
            picture[:] = np.clip(np.round(known * scale), 0, 255)
    return pictures
