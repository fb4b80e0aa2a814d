"""Pickled NumPy arrays, read without executing anything that the file names.

A pickle is a program: it names functions and calls them. Real data come as pickles all the same
(the stroke files of QMUL, the published `.npy` weights), so every name is answered with a stand-in
of ours that only notes its arguments; the arrays are then built from the notes. NumPy's own
constructors are not called either, since a crafted dtype can corrupt memory.
"""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from sketchnet.utils.errors import InputError
from sketchnet.utils.safe_pickle import Note, Refused, StandIn, dict_of, run

# bool, integers, floats, complex, bytes, text: no objects, no records
_PLAIN_DTYPE = re.compile(r"[biufcSU]\d{1,9}")
_MOST_PARTS = 10_000_000  # of containers, counted as often as they are shared


def load_arrays(path: Path | str) -> Any:
    """Read a pickle or a `.npy` file of NumPy arrays in plain containers.

    Python 2 pickles, protocols 0 to 5, and files that name `numpy.core` or `numpy._core` are all
    read. A `.npy` that holds one pickled dict (as the published weights do) gives the dict.

    Returns: arrays, NumPy scalars as Python numbers, str, bytes, None, in dict, list, tuple.
    Raises: InputError for a missing or broken file and for one that holds anything else.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            if file.read(6) != b"\x93NUMPY":
                file.seek(0)
                return _unpickle(file)
            file.seek(0)
            return _read_npy(file)
    except OSError as error:
        raise InputError(
            "a file of NumPy arrays", f"{path} ({error.strerror})", "check the path"
        ) from None
    except Refused as error:
        raise InputError(
            "only NumPy arrays and plain containers",
            f"{path.name} with {error}",
            "nothing of it was executed, ask its author for a plain file",
        ) from None
    except (Exception, MemoryError) as error:  # a broken pickle may raise nearly anything
        raise InputError(
            "a pickle or .npy file of NumPy arrays",
            f"{path.name}, which is broken ({type(error).__name__})",
            "fetch it again",
        ) from None


def _read_npy(file: BinaryIO) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # headers written by Python 2
        version = np.lib.format.read_magic(file)
        read_header = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        _, _, dtype = read_header(file)
        if not dtype.hasobject:
            file.seek(0)
            return np.load(file, allow_pickle=False)
    content = _unpickle(file)
    is_wrapped = isinstance(content, np.ndarray) and content.dtype == object and content.ndim == 0
    return content.item() if is_wrapped else content


def _unpickle(file: BinaryIO) -> Any:
    return _Finishing().finish(run(file, _resolve))


def _note(kind: str) -> Callable[..., Note]:
    return lambda *arguments: Note(kind, arguments)


def _bytes(content: Any = b"", encoding: str = "latin1") -> bytes:
    if isinstance(content, str) and encoding in ("latin1", "latin-1"):
        return content.encode("latin1")
    if isinstance(content, bytes):
        return content
    raise Refused(f"bytes made of {type(content).__name__}")


def _scalar(dtype: Any, raw: Any) -> Any:
    return _filled(_dtype(dtype), (), raw, "C").item()


def _ordered(pairs: Any = ()) -> dict[Any, Any]:
    return dict_of([part for pair in pairs for part in pair])


_NUMPY: dict[str, Callable[..., Any]] = {
    "ndarray": _note("the ndarray type"),
    "dtype": _note("dtype"),
    "multiarray._reconstruct": _note("array"),
    "multiarray.scalar": _scalar,
    "numeric._frombuffer": _note("buffer"),
}
_OTHERS: dict[tuple[str, str], Callable[..., Any]] = {
    ("_codecs", "encode"): _bytes,  # how protocols 0 to 2 of Python 3 write bytes,
    ("__builtin__", "bytes"): _bytes,  # empty bytes,
    ("builtins", "bytearray"): _bytes,  # and bytearrays
    ("__builtin__", "bytearray"): _bytes,
    ("__builtin__", "complex"): complex,
    ("builtins", "complex"): complex,
    ("collections", "OrderedDict"): _ordered,
}


def _resolve(module: str, name: str) -> StandIn:
    known = _OTHERS.get((module, name))
    if module == "numpy" or module.startswith(("numpy.core.", "numpy._core.")):
        last = module.rpartition(".")[2]
        known = _NUMPY.get(name if module == "numpy" else f"{last}.{name}")
    if known is None:
        raise Refused(f"the name {module}.{name}")
    return StandIn(known)


class _Finishing:
    """Replaces every note inside plain containers by the array that it describes.

    Shared parts stay shared. A container that holds itself is refused, and so are few bytes that
    share their way to more parts than anybody could walk through.
    """

    def __init__(self) -> None:
        self.done: dict[int, Any] = {}
        self.sizes: dict[int, int] = {}
        self.parts = 0

    def finish(self, thing: Any) -> Any:
        self.parts += 1
        if thing is None or isinstance(thing, (bool, int, float, complex, str, bytes, bytearray)):
            return thing
        if id(thing) in self.done:
            if self.done[id(thing)] is _OPEN:
                raise Refused("a container that holds itself")
            self.parts += self.sizes[id(thing)]
            if self.parts > _MOST_PARTS:
                raise Refused(f"more than {_MOST_PARTS:,} parts")
            return self.done[id(thing)]
        self.done[id(thing)] = _OPEN
        before = self.parts
        result: Any
        if isinstance(thing, dict):
            result = {key: self.finish(value) for key, value in thing.items()}
        elif isinstance(thing, (list, tuple)):
            result = type(thing)([self.finish(value) for value in thing])
        elif isinstance(thing, Note):
            result = _array(thing, self.finish)
        else:
            raise Refused(f"an object of type {type(thing).__name__}")
        self.done[id(thing)] = result
        self.sizes[id(thing)] = self.parts - before
        return result


_OPEN = object()


def _array(note: Note, finish: Callable[[Any], Any]) -> Any:
    if note.kind == "array" and note.state is not None:
        _, shape, dtype, is_fortran, raw = note.state
        order = "F" if is_fortran else "C"
    elif note.kind == "buffer":
        raw, dtype, shape, order = note.arguments
    else:
        raise Refused(f"{note.kind} where an array was due")
    shape = tuple(int(length) for length in shape)
    if note.kind == "array" and isinstance(raw, list):
        return _objects(shape, [finish(value) for value in raw], order)
    return _filled(_dtype(dtype), shape, raw, order)


def _objects(shape: tuple[int, ...], values: list[Any], order: str) -> np.ndarray:
    if min(shape, default=0) < 0 or math.prod(shape) != len(values):
        raise Refused(f"{len(values)} objects for an array of shape {shape}")
    flat = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):
        flat[i] = value
    return flat.reshape(shape, order=order)  # type: ignore[call-overload]


def _filled(dtype: np.dtype, shape: tuple[int, ...], raw: Any, order: str) -> np.ndarray:
    raw = raw.encode("latin1") if isinstance(raw, str) else raw
    if not isinstance(raw, (bytes, bytearray)):
        raise Refused(f"array data of type {type(raw).__name__}")
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(raw):
        raise Refused(f"{len(raw)} bytes for an array of shape {shape} of {dtype}")
    flat = np.frombuffer(raw, dtype) if raw else np.empty(0, dtype)
    # a copy in the machine's byte order, writeable and owning its memory
    native = flat.astype(dtype.newbyteorder("="))
    return native.reshape(shape, order=order)  # type: ignore[call-overload]


def _dtype(note: Any) -> np.dtype:
    if not isinstance(note, Note) or note.kind != "dtype" or not note.arguments:
        raise Refused("an array without a dtype")
    name = note.arguments[0]
    if not isinstance(name, str) or not _PLAIN_DTYPE.fullmatch(name):
        raise Refused(f"an array of dtype {name!r}")
    byte_order = note.state[1] if note.state else "|"
    if byte_order not in ("<", ">", "|", "="):
        raise Refused(f"the byte order {byte_order!r}")
    return np.dtype(name).newbyteorder(byte_order)  # type: ignore[arg-type]
