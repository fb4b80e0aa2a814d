"""Sketch-RNN's `.npz`: members `train`, `valid` and `test` of stroke-3 or stroke-5 sequences.

The published files hold pickled object arrays of int16 stroke-3 arrays, and a pickle can execute
anything. Its opcodes are only scanned here for arrays of offsets: nothing is executed, one drawing
is in memory at a time, and every whole drawing of a file that was cut off is found. Sequences as
lists need the structure of the pickle: such members are unpickled as data (`safe_arrays`).
"""

from __future__ import annotations

import io
import pickletools
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np

from sketchnet.data.quickdraw.items import DoodleItem, Problems, content_key
from sketchnet.data.quickdraw.npz_members import Bounded, Open, drawing_members, has_members
from sketchnet.strokes.formats import Drawing, as_drawing, from_stroke3, from_stroke5
from sketchnet.utils.errors import InputError
from sketchnet.utils.safe_arrays import read_npy_header, unpickle_arrays

_COLUMNS = (3, 5)  # of stroke-3 and stroke-5
_MAX_LISTS = 1 << 25  # bytes of a member with sequences as lists, which is read as a whole

holds_sketch_rnn = has_members


def read_sketch_rnn(path: Path, word: str, problems: Problems) -> Iterator[DoodleItem]:
    """Yield the drawings of all splits of a file.

    The file has no key_ids: names are made from the offsets, so that equal offsets have one name.

    Args:
        path: the file.
        word: the category of all its drawings.
        problems: receives what cannot be read.
    """
    for name, open_member in drawing_members(path, problems):
        try:
            for sequence in _sequences(open_member):
                drawing = _drawing_of(sequence)
                if drawing:
                    yield DoodleItem(content_key(_bytes_of(sequence)), word, drawing)
                elif drawing is None:
                    problems.add(path, "sequence that is neither stroke-3 nor stroke-5", name)
                else:
                    problems.add(path, "empty drawing", name)
        except Exception:  # NumPy, pickletools and zipfile raise nearly anything on broken bytes
            problems.add(path, "rest of a broken or cut off member", name)


def _sequences(open_member: Open) -> Iterator[Any]:
    """The sequences of one member: arrays (n, 3) or (n, 5), or what its lists hold."""
    count = 0
    with open_member() as member:
        for array in _arrays(Bounded(member)):
            count += 1
            yield array
    if not count:
        with open_member() as member:
            yield from _listed_sequences(member)


def _drawing_of(sequence: Any) -> Drawing | None:
    """The drawing of a sequence; None where it is in another form."""
    try:
        table = np.asarray(sequence, np.float64)
    except (TypeError, ValueError):  # lists of different lengths: perhaps strokes
        table = np.empty(0)
    if table.ndim == 2 and table.shape[1] in _COLUMNS:
        return from_stroke3(table if table.shape[1] == 3 else from_stroke5(table))
    try:
        return as_drawing(sequence)
    except InputError:
        return None


def _bytes_of(sequence: Any) -> bytes:
    return sequence.tobytes() if isinstance(sequence, np.ndarray) else repr(sequence).encode()


def _arrays(member: Any) -> Iterator[np.ndarray]:
    """The arrays (n, 3) or (n, 5) of one `.npy` stream."""
    shape, _, dtype = read_npy_header(member)
    if dtype.hasobject:
        yield from _pickled_arrays(member)
    elif len(shape) == 3 and shape[2] in _COLUMNS:  # padded, or drawings of equal length
        row = shape[1] * shape[2] * dtype.itemsize
        for _ in range(shape[0]):
            yield np.frombuffer(_read_exactly(member, row), dtype).reshape(shape[1:])
    else:
        raise ValueError(f"neither stroke-3 nor stroke-5: {shape}")


def _read_exactly(member: Bounded, length: int) -> bytes:
    content = member.read(length)
    if len(content) < length:
        raise EOFError
    return content


_NUMBERS = {"INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4"}
_BETWEEN = {"MARK", "MEMOIZE", "PUT", "BINPUT", "LONG_BINPUT", "FRAME"}


def _pickled_arrays(member: Bounded) -> Iterator[np.ndarray]:
    """Scan for a shape (n, 3) or (n, 5), then a dtype if it is new, then the bytes of an array."""
    dtype = np.dtype("<i2")
    shape: tuple[int, int] | None = None
    numbers: list[int | None] = [None, None]  # the last two opcodes, where they are numbers
    for opcode, argument, _ in pickletools.genops(member):  # type: ignore[arg-type]
        if opcode.name in _BETWEEN:
            continue
        rows, columns = numbers
        if opcode.name in ("TUPLE2", "TUPLE") and columns in _COLUMNS and (rows or 0) > 0:
            shape = rows or 0, columns or 0
        elif (
            isinstance(argument, str)
            and argument[:1] in ("i", "u", "f", "b")
            and (argument[1:].isdigit())
        ):
            dtype = np.dtype(argument).newbyteorder("<")
        elif isinstance(argument, bytes | bytearray | str) and shape:
            raw = argument.encode("latin1") if isinstance(argument, str) else argument
            if len(raw) == shape[0] * shape[1] * dtype.itemsize:
                yield np.frombuffer(raw, dtype).reshape(shape)
                shape = None
        numbers = [columns, argument if opcode.name in _NUMBERS else None]


def _listed_sequences(member: IO[bytes]) -> Iterator[Any]:
    """The entries of a member whose pickle holds lists."""
    content = io.BytesIO(member.read(_MAX_LISTS + 1))
    if len(content.getbuffer()) > _MAX_LISTS:
        raise ValueError("lists of too many bytes")
    _, _, dtype = read_npy_header(content)
    if dtype.hasobject:
        yield from unpickle_arrays(content)
