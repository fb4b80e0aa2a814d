"""Sketch-RNN's `.npz`: `train`, `valid`, `test`, each an object array of int16 stroke-3 arrays.

Object arrays are pickles, and a pickle can execute anything. Here its opcodes are only looked
at, one by one, for arrays of offsets: nothing is executed, one drawing is in memory at a time, and
of a file that was cut off every whole drawing is found.
"""

from __future__ import annotations

import io
import pickletools
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from sketchnet.data.quickdraw.items import DoodleItem, Problems, content_key
from sketchnet.strokes.formats import from_stroke3

_MEMBERS = ("train.npy", "valid.npy", "test.npy")
_LOCAL_HEADER = b"PK\x03\x04"
_BLOCK = 1 << 16
_LONGEST = 1 << 20  # bytes of one drawing; the longest published one has under 10,000
_DENSEST = 200  # times that a member may unpack to its size in the file; published ones have 4


def read_sketch_rnn(path: Path, word: str, problems: Problems) -> Iterator[DoodleItem]:
    """Yield the drawings of all three splits of `path`, which all show `word`.

    The file gives no key_id: the name is made from the offsets, so that it is the same wherever the
    same offsets stand.
    """
    for name, member in _members(path, problems):
        try:
            for offsets in _arrays(_Bounded(member)):
                drawing = from_stroke3(offsets)
                if drawing:
                    yield DoodleItem(content_key(offsets.tobytes()), word, drawing)
                else:
                    problems.add(path, "empty drawing", name)
        except Exception:  # of NumPy, of pickletools, and of what unpacks: they raise anything
            problems.add(path, "rest of a broken or cut off member", name)


def holds_sketch_rnn(path: Path) -> bool:
    """Whether `path` has a member of the three; a cut off file is looked into as well."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name in _MEMBERS for name in archive.namelist())
    except Exception:  # zipfile raises whatever the strange bytes led it into
        return any(True for _ in _local_members(path))


def _members(path: Path, problems: Problems) -> Iterator[tuple[str, IO[bytes]]]:
    try:
        archive = zipfile.ZipFile(path)
    except Exception:  # as above
        problems.add(path, "list of members at the end of a cut off file")
        yield from _local_members(path)
        return
    with archive:
        for name in _MEMBERS:
            if name not in archive.namelist():
                continue
            try:
                member = archive.open(name)
            except Exception:  # locked, or packed by another method
                problems.add(path, "member that cannot be unpacked", name)
                continue
            if archive.getinfo(name).file_size > _DENSEST * path.stat().st_size:
                problems.add(path, "member that would unpack to too much", name)
                continue
            with member:
                yield name, member


def _local_members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """The members by the headers in front of them, for want of the list at the end of the file."""
    content = memoryview(path.read_bytes())
    wanted = {name.encode(): name for name in _MEMBERS}
    for found in re.finditer(re.escape(_LOCAL_HEADER), content):
        header = content[found.start() : found.start() + 30]
        if len(header) < 30:
            return
        method, name_length, extra_length = struct.unpack_from("<8xH16xHH", header)
        name_at = found.start() + 30
        name = wanted.pop(bytes(content[name_at : name_at + name_length]), None)
        data = content[name_at + name_length + extra_length :]
        if name and method == zipfile.ZIP_STORED:
            yield name, io.BytesIO(data)
        elif name and method == zipfile.ZIP_DEFLATED:
            yield name, io.BufferedReader(_Inflated(data), _BLOCK)


class _Inflated(io.RawIOBase):
    """What a deflate stream unpacks to, as far as it goes and is asked for."""

    def __init__(self, packed: memoryview) -> None:
        self.inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self.packed = packed
        self.at = 0
        self.left = _DENSEST * len(packed)

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


class _Bounded:
    """A file that is never asked for more than one drawing at a time: others fill the memory."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def read(self, size: int) -> bytes:
        if not 0 <= size <= _LONGEST:
            raise ValueError(f"one piece of {size:,} bytes")
        return self.file.read(size)

    def readline(self) -> bytes:
        line = self.file.readline(_LONGEST)
        if len(line) == _LONGEST:
            raise ValueError("an endless line")
        return line


def _arrays(member: Any) -> Iterator[np.ndarray]:
    """The stroke-3 arrays (n, 3) of one `.npy` stream."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # headers written by Python 2
        version = np.lib.format.read_magic(member)
        read_header = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        shape, _, dtype = read_header(member)
    if dtype.hasobject:
        yield from _pickled_arrays(member)
    elif len(shape) == 3 and shape[2] == 3:  # all drawings of one length: a plain array
        row = shape[1] * 3 * dtype.itemsize
        for _ in range(shape[0]):
            yield np.frombuffer(_exactly(member, row), dtype).reshape(-1, 3)
    else:
        raise ValueError(f"not stroke-3: {shape}")


def _exactly(member: _Bounded, length: int) -> bytes:
    content = member.read(length)
    if len(content) < length:
        raise EOFError
    return content


_NUMBERS = {"INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4"}
_BETWEEN = {"MARK", "MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT", "FRAME"}


def _pickled_arrays(member: _Bounded) -> Iterator[np.ndarray]:
    """Every array (n, 3) of numbers: its shape, its dtype, if that is new, and then its bytes."""
    dtype = np.dtype("<i2")
    length = 0
    numbers: list[int | None] = [None, None]  # the last two opcodes, where they are numbers
    for opcode, argument, _ in pickletools.genops(member):  # type: ignore[arg-type]
        if opcode.name in _BETWEEN:
            continue
        if opcode.name in ("TUPLE2", "TUPLE") and numbers[1] == 3 and (numbers[0] or 0) > 0:
            length = numbers[0] or 0
        elif isinstance(argument, str) and argument[:1] in ("i", "f") and argument[1:].isdigit():
            dtype = np.dtype(argument).newbyteorder("<")
        elif isinstance(argument, (bytes, str)) and length:
            raw = argument.encode("latin1") if isinstance(argument, str) else argument
            if len(raw) == length * 3 * dtype.itemsize:
                yield np.frombuffer(raw, dtype).reshape(-1, 3)
                length = 0
        numbers = [numbers[1], argument if opcode.name in _NUMBERS else None]
