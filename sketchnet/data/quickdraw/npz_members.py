"""The members of an `.npz` file that hold drawings, also of a file that was cut off."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from sketchnet.data.quickdraw.items import Problems
from sketchnet.utils.safe_arrays import read_npy_header

OFFICIAL = ("train.npy", "valid.npy", "test.npy")
_SPLIT_NAME = re.compile(r"(?:.*[_-])?(?:train|training|valid|validation|val|test)(?:[_-].*)?\.npy")
_LOCAL_HEADER = b"PK\x03\x04"
_BLOCK = 1 << 16
_LONGEST_PIECE = 1 << 20  # bytes of one drawing; the longest published one has under 10,000
_MAX_RATIO = 200  # of unpacked to packed bytes; published files have 4

Open = Callable[[], IO[bytes]]


class Bounded:
    """A file that never reads more than one drawing at a time, to bound memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def read(self, size: int) -> bytes:
        if not 0 <= size <= _LONGEST_PIECE:
            raise ValueError(f"one piece of {size:,} bytes")
        return self.file.read(size)

    def readline(self) -> bytes:
        line = self.file.readline(_LONGEST_PIECE)
        if len(line) == _LONGEST_PIECE:
            raise ValueError("an endless line")
        return line


def has_members(path: Path) -> bool:
    """Whether an archive, whole or cut off, has a member of drawings."""
    return any(
        name in OFFICIAL or _may_be_sequences(open_member)
        for name, open_member in drawing_members(path, Problems())
    )


def drawing_members(path: Path, problems: Problems) -> Iterator[tuple[str, Open]]:
    """Yield name and opener of `train`, `valid` and `test`, and of members named after a split.

    Args:
        path: the archive. Where its directory is missing, members are found by the headers in
            front of them.
        problems: receives the members that cannot be unpacked.
    """
    try:
        archive = zipfile.ZipFile(path)
    except Exception:  # zipfile raises nearly anything on broken bytes
        problems.add(path, "directory of a cut off or broken archive")
        yield from _local_members(path)
        return
    with archive:
        names = [name for name in archive.namelist() if _SPLIT_NAME.fullmatch(name)]
        others = [name for name in dict.fromkeys(names) if name not in OFFICIAL]
        for name in [*(name for name in OFFICIAL if name in names), *others]:
            try:
                archive.open(name).close()
            except Exception:  # encrypted, or packed by an unknown method
                problems.add(path, "member that cannot be unpacked", name)
                continue
            if archive.getinfo(name).file_size > _MAX_RATIO * path.stat().st_size:
                problems.add(path, "member that would unpack to too much", name)
                continue
            yield name, lambda name=name: archive.open(name)  # type: ignore[misc]


def _may_be_sequences(open_member: Open) -> bool:
    """Whether the header is that of pickled objects, or of (N, T, 3) or (N, T, 5) numbers."""
    try:
        with open_member() as member:
            shape, _, dtype = read_npy_header(Bounded(member))
    except Exception:  # NumPy evaluates the text of the header, and raises nearly anything
        return False
    return dtype.hasobject or (len(shape) == 3 and shape[2] in (3, 5))


def _local_members(path: Path) -> Iterator[tuple[str, Open]]:
    """The members by the headers in front of them, where the directory is missing."""
    content = memoryview(path.read_bytes())
    seen = set()
    for found in re.finditer(re.escape(_LOCAL_HEADER), content):
        header = content[found.start() : found.start() + 30]
        if len(header) < 30:
            return
        method, name_length, extra_length = struct.unpack_from("<8xH16xHH", header)
        name_at = found.start() + 30
        name = bytes(content[name_at : name_at + min(name_length, 100)]).decode("latin1")
        data = content[name_at + name_length + extra_length :]
        if name in seen or not _SPLIT_NAME.fullmatch(name):
            continue
        seen.add(name)
        if method == zipfile.ZIP_STORED:
            yield name, lambda data=data: io.BytesIO(data)  # type: ignore[misc]
        elif method == zipfile.ZIP_DEFLATED:
            yield name, lambda data=data: io.BufferedReader(_Inflated(data), _BLOCK)  # type: ignore[misc]


class _Inflated(io.RawIOBase):
    """The content of a deflate stream, as far as the stream goes."""

    def __init__(self, packed: memoryview) -> None:
        self.inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self.packed = packed
        self.at = 0
        self.left = _MAX_RATIO * len(packed)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        found = b""
        while not found and not self.inflater.eof:
            piece: bytes | memoryview = self.inflater.unconsumed_tail
            if not piece:
                piece = self.packed[self.at : self.at + _BLOCK]
                self.at += len(piece)
            if not piece:
                break
            found = self.inflater.decompress(piece, len(buffer))
        self.left -= len(found)
        if self.left < 0:
            raise ValueError("it unpacks to too much")
        buffer[: len(found)] = found
        return len(found)
