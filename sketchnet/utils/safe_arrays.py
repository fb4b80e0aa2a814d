"""Pickled NumPy arrays, read without executing anything that the file names.

Real data come as pickles (the stroke files of QMUL, the published `.npy` weights), and a pickle can
call any function. Here every name in it gives a stand-in that only records its arguments
(`safe_pickle`); the arrays are then built from the records. NumPy's own constructors are not
called with them either, since a crafted dtype can corrupt memory.
"""

from __future__ import annotations

import math
import mmap
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from sketchnet.utils.errors import InputError
from sketchnet.utils.safe_pickle import MAX_PARTS, Refused, StandIn, load_pickle

# bool, integers, floats, complex, bytes, text: no objects, no records
_PLAIN_DTYPE = re.compile(r"[biufcSU]\d{1,9}")
_KEYS = (str, bytes, int, float, complex, type(None))  # their hash takes no time to speak of


def load_arrays(path: Path | str) -> Any:
    """Read a pickle or a `.npy` file of NumPy arrays in plain containers.

    Python 2 pickles, protocols 0 to 5, and files that name `numpy.core` or `numpy._core` are all
    read. A `.npy` that holds one pickled dict (as the published weights do) gives the dict.

    Args:
        path: the file.

    Returns: arrays, NumPy scalars as Python numbers, str, bytes, None, in dict, list, tuple.
    Raises: InputError for a missing or broken file and for one that holds anything else.
    """
    path = Path(path)
    try:
        with path.open("rb") as file:
            is_npy = file.read(6) == b"\x93NUMPY"
            file.seek(0)
            return _read_npy(file) if is_npy else _read_pickle(file)
    except OSError as error:
        raise InputError(
            "a file of NumPy arrays", f"{path} ({error.strerror})", "check the path"
        ) from None
    except Refused as error:
        raise InputError(
            "only NumPy arrays and plain containers",
            f"{path.name} with {error}",
            "nothing of it was executed; ask its author for a plain file",
        ) from None
    except (Exception, MemoryError) as error:  # a broken pickle may raise nearly anything
        raise InputError(
            "a pickle or .npy file of NumPy arrays",
            f"{path.name}, which is broken ({type(error).__name__})",
            "download it again",
        ) from None


def unpickle_arrays(content: BinaryIO) -> Any:
    """Read the pickle at the position of `content` (`io.BytesIO`, `mmap.mmap`) as `load_arrays`.

    Raises: `safe_pickle.Refused` for anything else than arrays in plain containers, and any
        exception for a broken pickle.
    """
    return _ArrayBuilder().build(load_pickle(content, _stand_in))


def read_npy_header(file: Any) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Read the header of a `.npy` stream: shape, whether in Fortran order, dtype.

    Raises: any exception, since NumPy's reader evaluates the header's text.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # headers written by Python 2
        version = np.lib.format.read_magic(file)
        read_header = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        return read_header(file)


def _read_npy(file: BinaryIO) -> Any:
    _, _, dtype = read_npy_header(file)
    if not dtype.hasobject:
        file.seek(0)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            return np.load(file, allow_pickle=False)
    content = _read_pickle(file)
    is_wrapped = isinstance(content, np.ndarray) and content.dtype == object and content.ndim == 0
    return content.item() if is_wrapped else content


def _read_pickle(file: BinaryIO) -> Any:
    start = file.tell()
    with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        content.seek(start)
        return unpickle_arrays(content)  # type: ignore[arg-type]


class _Record:
    """What the pickle says about one array or dtype: a constructor, its arguments, its state."""

    __slots__ = ("arguments", "kind", "state")
    __hash__ = None  # type: ignore[assignment]  # no key of a dict

    def __init__(self, kind: str, arguments: tuple[Any, ...]) -> None:
        self.kind, self.arguments = kind, arguments
        self.state: tuple[Any, ...] | None = None

    def __setstate__(self, state: Any) -> None:
        if not isinstance(state, tuple):
            raise Refused("an array in a state that is no tuple")
        self.state = state


def _recorded(kind: str) -> Callable[..., _Record]:
    return lambda *arguments: _Record(kind, arguments)


def _bytes(content: Any = b"", encoding: str = "latin1") -> bytes:
    if isinstance(content, str) and encoding in ("latin1", "latin-1"):
        return content.encode("latin1")
    if isinstance(content, bytes):
        return content
    raise Refused(f"bytes made of {type(content).__name__}")


def _scalar(dtype: Any, raw: Any) -> Any:
    return _plain_array(_dtype(dtype), (), raw, "C").item()


def _complex(real: Any = 0.0, imaginary: Any = 0.0) -> complex:
    if not all(isinstance(part, int | float) for part in (real, imaginary)):
        raise Refused("a complex number of what are no numbers")
    return complex(real, imaginary)


def _ordered_dict(pairs: Any = ()) -> dict[Any, Any]:
    made = {}
    for key, value in pairs:
        if not isinstance(key, _KEYS):
            raise Refused(f"a key of type {type(key).__name__}")
        made[key] = value
    return made


_NUMPY: dict[str, Callable[..., Any]] = {
    "ndarray": _recorded("the ndarray type"),
    "dtype": _recorded("dtype"),
    "multiarray._reconstruct": _recorded("array"),
    "multiarray.scalar": _scalar,
    "numeric._frombuffer": _recorded("buffer"),
}
_OTHERS: dict[tuple[str, str], Callable[..., Any]] = {
    ("_codecs", "encode"): _bytes,  # how protocols 0 to 2 of Python 3 write bytes,
    ("__builtin__", "bytes"): _bytes,  # empty bytes,
    ("builtins", "bytearray"): _bytes,  # and bytearrays
    ("__builtin__", "bytearray"): _bytes,
    ("__builtin__", "complex"): _complex,
    ("builtins", "complex"): _complex,
    ("collections", "OrderedDict"): _ordered_dict,
}


def _stand_in(module: str, name: str) -> StandIn:
    """The allow-list: our function for a name of a pickle."""
    known = _OTHERS.get((module, name))
    if module == "numpy" or module.startswith(("numpy.core.", "numpy._core.")):
        last = module.rpartition(".")[2]
        known = _NUMPY.get(name if module == "numpy" else f"{last}.{name}")
    if known is None:
        raise Refused(f"the name {module}.{name}")
    return StandIn(known)


class _ArrayBuilder:
    """Replaces every record inside plain containers by the array that it describes.

    Shared parts stay shared. A container that contains itself is refused, and so are a few bytes
    that share their way to more than `MAX_PARTS` parts.
    """

    def __init__(self) -> None:
        self.built: dict[int, Any] = {}
        self.sizes: dict[int, int] = {}
        self.parts = 0

    def build(self, found: Any) -> Any:
        self.parts += 1
        if found is None or isinstance(found, (bool, int, float, complex, str, bytes, bytearray)):
            return found
        if id(found) in self.built:
            if self.built[id(found)] is _UNFINISHED:
                raise Refused("a container that contains itself")
            self.parts += self.sizes[id(found)]
            if self.parts > MAX_PARTS:
                raise Refused(f"more than {MAX_PARTS:,} parts")
            return self.built[id(found)]
        self.built[id(found)] = _UNFINISHED
        before = self.parts
        result: Any
        if isinstance(found, dict):
            result = {key: self.build(value) for key, value in found.items()}
        elif isinstance(found, (list, tuple)):
            result = type(found)([self.build(value) for value in found])
        elif isinstance(found, _Record):
            result = _array(found, self.build)
        else:
            raise Refused(f"an object of type {type(found).__name__}")
        self.built[id(found)] = result
        self.sizes[id(found)] = self.parts - before
        return result


_UNFINISHED = object()


def _array(record: _Record, build: Callable[[Any], Any]) -> Any:
    if record.kind == "array" and record.state is not None:
        _, shape, dtype, is_fortran, raw = record.state
        order = "F" if is_fortran else "C"
    elif record.kind == "buffer":
        raw, dtype, shape, order = record.arguments
    else:
        raise Refused(f"{record.kind} in the place of an array")
    shape = tuple(int(length) for length in shape)
    if record.kind == "array" and isinstance(raw, list):
        return _object_array(shape, [build(value) for value in raw], order)
    return _plain_array(_dtype(dtype), shape, raw, order)


def _object_array(shape: tuple[int, ...], values: list[Any], order: str) -> np.ndarray:
    if min(shape, default=0) < 0 or math.prod(shape) != len(values):
        raise Refused(f"{len(values)} objects for an array of shape {shape}")
    flat = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):
        flat[i] = value
    return flat.reshape(shape, order=order)  # type: ignore[call-overload]


def _plain_array(dtype: np.dtype, shape: tuple[int, ...], raw: Any, order: str) -> np.ndarray:
    raw = raw.encode("latin1") if isinstance(raw, str) else raw
    if not isinstance(raw, (bytes, bytearray)):
        raise Refused(f"array data of type {type(raw).__name__}")
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(raw):
        raise Refused(f"{len(raw)} bytes for an array of shape {shape} of {dtype}")
    flat = np.frombuffer(raw, dtype) if raw else np.empty(0, dtype)
    # a copy in the machine's byte order, writeable and owning its memory
    native = flat.astype(dtype.newbyteorder("="))
    return native.reshape(shape, order=order)  # type: ignore[call-overload]


def _dtype(record: Any) -> np.dtype:
    if not isinstance(record, _Record) or record.kind != "dtype" or not record.arguments:
        raise Refused("an array without a dtype")
    name = record.arguments[0]
    if not isinstance(name, str) or not _PLAIN_DTYPE.fullmatch(name):
        raise Refused(f"an array of dtype {name!r}")
    byte_order = record.state[1] if record.state else "|"
    if byte_order not in ("<", ">", "|", "="):
        raise Refused(f"the byte order {byte_order!r}")
    return np.dtype(name).newbyteorder(byte_order)  # type: ignore[arg-type]
