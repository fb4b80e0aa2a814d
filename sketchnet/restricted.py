"""Pickled NumPy arrays, read without executing anything that the file names.

A pickle is a program: it names functions and calls them. Real data come as pickles all the same
(the stroke files of QMUL, the published `.npy` weights), so this unpickler answers every name
with a stand-in of ours that only notes its arguments; the arrays are then built from the notes.
NumPy's own constructors are not called either, since a crafted dtype can corrupt memory.
"""

from __future__ import annotations

import math
import pickle
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from sketchnet.errors import InputError

# bool, integers, floats, complex, bytes, text: no objects, no records
_PLAIN_DTYPE = re.compile(r"[biufcSU]\d{1,9}")


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
            f"expected a file of NumPy arrays; received {path} ({error.strerror}); check the path"
        ) from None
    except _Refused as error:
        raise InputError(
            f"expected only NumPy arrays and plain containers; received {path.name} with {error}; "
            "nothing of it was executed, ask its author for a plain file"
        ) from None
    except (Exception, MemoryError) as error:  # a broken pickle may raise nearly anything
        raise InputError(
            f"expected a pickle or .npy file of NumPy arrays; received {path.name}, which is "
            f"broken ({type(error).__name__}); fetch it again"
        ) from None


class _Refused(pickle.UnpicklingError):
    """The file holds something that is neither an array nor a plain container."""


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
    # latin1 maps the byte strings of Python 2 one to one, for names and for raw array data alike
    return _finish(_Unpickler(file, encoding="latin1").load(), {})


class _Note:
    """What the pickle said about one array or dtype; no method of it does anything else."""

    __slots__ = ("arguments", "kind", "state")

    def __init__(self, kind: str, arguments: tuple[Any, ...]) -> None:
        self.kind, self.arguments, self.state = kind, arguments, None

    def __setstate__(self, state: Any) -> None:
        if self.kind not in ("array", "dtype"):
            raise _Refused(f"a state for {self.kind}")
        self.state = state


class _StandIn:
    """Stands for one global name: may be called, may not be changed or subclassed."""

    __slots__ = ("_answer",)

    def __init__(self, answer: Callable[..., Any]) -> None:
        self._answer = answer

    def __call__(self, *arguments: Any) -> Any:
        return self._answer(*arguments)

    def __setstate__(self, state: Any) -> None:
        raise _Refused("an attempt to change a function")


def _note(kind: str) -> Callable[..., _Note]:
    return lambda *arguments: _Note(kind, arguments)


def _bytes(content: Any = b"", encoding: str = "latin1") -> bytes:
    if isinstance(content, str) and encoding in ("latin1", "latin-1"):
        return content.encode("latin1")
    if isinstance(content, bytes):
        return content
    raise _Refused(f"bytes made of {type(content).__name__}")


def _ordered(pairs: Any = ()) -> dict[Any, Any]:
    return dict(pairs)


_NUMPY: dict[str, Callable[..., Any]] = {
    "ndarray": _note("the ndarray type"),
    "dtype": _note("dtype"),
    "multiarray._reconstruct": _note("array"),
    "multiarray.scalar": _note("scalar"),
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


class _Unpickler(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        known = _OTHERS.get((module, name))
        if module == "numpy" or module.startswith(("numpy.core.", "numpy._core.")):
            last = module.rpartition(".")[2]
            known = _NUMPY.get(name if module == "numpy" else f"{last}.{name}")
        if known is None:
            raise _Refused(f"the name {module}.{name}")
        return _StandIn(known)

    def persistent_load(self, pid: Any) -> Any:
        raise _Refused("a persistent id")


def _finish(thing: Any, done: dict[int, Any]) -> Any:
    """Replace every note inside plain containers by the array that it describes.

    `done` keeps shared parts shared (and refuses a container that holds itself).
    """
    if thing is None or isinstance(thing, (bool, int, float, complex, str, bytes, bytearray)):
        return thing
    if id(thing) in done:
        if done[id(thing)] is _OPEN:
            raise _Refused("a container that holds itself")
        return done[id(thing)]
    done[id(thing)] = _OPEN
    result: Any
    if isinstance(thing, dict):
        result = {_finish(key, done): _finish(value, done) for key, value in thing.items()}
    elif isinstance(thing, (list, tuple)):
        result = type(thing)([_finish(value, done) for value in thing])
    elif isinstance(thing, _Note):
        result = _array(thing, done)
    else:
        raise _Refused(f"an object of type {type(thing).__name__}")
    done[id(thing)] = result
    return result


_OPEN = object()


def _array(note: _Note, done: dict[int, Any]) -> Any:
    if note.kind == "array" and note.state is not None:
        _, shape, dtype, is_fortran, raw = note.state
        order = "F" if is_fortran else "C"
    elif note.kind == "buffer":
        raw, dtype, shape, order = note.arguments
    elif note.kind == "scalar":
        dtype, raw = note.arguments
        return _filled(_dtype(dtype), (), raw, "C").item()
    else:
        raise _Refused(f"{note.kind} where an array was due")
    shape = tuple(int(length) for length in shape)
    if note.kind == "array" and isinstance(raw, list):
        return _objects(shape, [_finish(value, done) for value in raw], order)
    return _filled(_dtype(dtype), shape, raw, order)


def _objects(shape: tuple[int, ...], values: list[Any], order: str) -> np.ndarray:
    if min(shape, default=0) < 0 or math.prod(shape) != len(values):
        raise _Refused(f"{len(values)} objects for an array of shape {shape}")
    flat = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):
        flat[i] = value
    return flat.reshape(shape, order=order)  # type: ignore[call-overload]


def _filled(dtype: np.dtype, shape: tuple[int, ...], raw: Any, order: str) -> np.ndarray:
    raw = raw.encode("latin1") if isinstance(raw, str) else raw
    if not isinstance(raw, (bytes, bytearray)):
        raise _Refused(f"array data of type {type(raw).__name__}")
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(raw):
        raise _Refused(f"{len(raw)} bytes for an array of shape {shape} of {dtype}")
    flat = np.frombuffer(raw, dtype) if raw else np.empty(0, dtype)
    # a copy in the machine's byte order, writeable and owning its memory
    native = flat.astype(dtype.newbyteorder("="))
    return native.reshape(shape, order=order)  # type: ignore[call-overload]


def _dtype(note: Any) -> np.dtype:
    if not isinstance(note, _Note) or note.kind != "dtype" or not note.arguments:
        raise _Refused("an array without a dtype")
    name = note.arguments[0]
    if not isinstance(name, str) or not _PLAIN_DTYPE.fullmatch(name):
        raise _Refused(f"an array of dtype {name!r}")
    byte_order = note.state[1] if note.state else "|"
    if byte_order not in ("<", ">", "|", "="):
        raise _Refused(f"the byte order {byte_order!r}")
    return np.dtype(name).newbyteorder(byte_order)  # type: ignore[arg-type]
