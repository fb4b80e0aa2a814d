"""Sketch-RNN's `.npz`: `train`, `valid`, `test`, each an object array of int16 stroke-3 arrays.

Object arrays are pickles, and a pickle can execute anything. Here its opcodes are only looked
at, one by one, for arrays of offsets: nothing is executed, one drawing is in memory at a time, and
of a file that was cut off every whole drawing is found.
"""

from __future__ import annotations

import io
import pickletools
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from sketchnet.data.quickdraw.items import DrawingItem, Problems, content_key
from sketchnet.strokes import from_stroke3

_MEMBERS = ("train.npy", "valid.npy", "test.npy")
_LOCAL_HEADER = b"PK\x03\x04"
_LARGEST = 1 << 31  # bytes that one member of a damaged file may unpack to


def read_sketch_rnn(path: Path, word: str, problems: Problems) -> Iterator[DrawingItem]:
    """Yield the drawings of all three splits of `path`, which all show `word`.

    The file gives no key_id: the name is made from the offsets, so that it is the same wherever the
    same offsets stand.
    """
    for name, member in _members(path, problems):
        try:
            for offsets in _arrays(member):
                drawing = from_stroke3(offsets)
                if drawing:
                    yield DrawingItem(content_key(offsets.tobytes()), word, drawing)
                else:
                    problems.add(path, "empty drawing", name)
        except (ValueError, EOFError, OSError, struct.error, zlib.error, zipfile.BadZipFile):
            problems.add(path, "rest of a broken or cut off member", name)


def holds_sketch_rnn(path: Path) -> bool:
    """Whether `path` has a member of the three; a cut off file is looked into as well."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name in _MEMBERS for name in archive.namelist())
    except (zipfile.BadZipFile, OSError):
        return any(True for _ in _local_members(path))


def _members(path: Path, problems: Problems) -> Iterator[tuple[str, IO[bytes]]]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError):
        problems.add(path, "list of members at the end of a cut off file")
        yield from _local_members(path)
        return
    with archive:
        for name in _MEMBERS:
            if name in archive.namelist():
                with archive.open(name) as member:
                    yield name, member


def _local_members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    """The members by the headers in front of them, for want of the list at the end of the file."""
    content = path.read_bytes()
    at = content.find(_LOCAL_HEADER)
    while at >= 0:
        header = content[at : at + 30]
        if len(header) == 30:
            method, name_length, extra_length = struct.unpack_from("<8xH16xHH", header)
            name_at = at + 30
            name = content[name_at : name_at + name_length].decode("latin1")
            data = memoryview(content)[name_at + name_length + extra_length :]
            if name in _MEMBERS and method == zipfile.ZIP_STORED:
                yield name, io.BytesIO(data)
            elif name in _MEMBERS and method == zipfile.ZIP_DEFLATED:
                inflater = zlib.decompressobj(-zlib.MAX_WBITS)
                yield name, io.BytesIO(inflater.decompress(data, _LARGEST))
        at = content.find(_LOCAL_HEADER, at + 4)


def _arrays(member: IO[bytes]) -> Iterator[np.ndarray]:
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


def _exactly(member: IO[bytes], length: int) -> bytes:
    content = member.read(length)
    if len(content) < length:
        raise EOFError
    return content


_NUMBERS = {"INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4"}
_BETWEEN = {"MARK", "MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT", "FRAME"}


def _pickled_arrays(member: IO[bytes]) -> Iterator[np.ndarray]:
    """Every array (n, 3) of numbers: its shape, its dtype, if that is new, and then its bytes."""
    dtype = np.dtype("<i2")
    length = 0
    numbers: list[int | None] = [None, None]  # the last two opcodes, where they are numbers
    for opcode, argument, _ in pickletools.genops(member):
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
