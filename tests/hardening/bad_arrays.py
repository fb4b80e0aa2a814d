"""Generated pickles, MATLAB files and annotations: with code, huge, deeply nested, or damaged."""

from __future__ import annotations

import io
import pickle
import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.io

from tests.hardening.bad_drawings import ExecutesOnLoad, npy, shape_claim
from tests.hardening.bad_pictures import ACCEPTED, EITHER, REFUSED, shoe

Kind = tuple[str, Callable[[], bytes]]


class Call:
    """Makes a pickle that calls any function when it is loaded."""

    def __init__(self, name: str, *arguments: str) -> None:
        module, _, self.function = name.rpartition(".")
        self.module, self.arguments = module, arguments

    def pickled(self) -> bytes:
        given = b"".join(b"X" + struct.pack("<I", len(a)) + a.encode() for a in self.arguments)
        return f"\x80\x02c{self.module}\n{self.function}\n(".encode("latin1") + given + b"tR."


def nested_tuples(depth: int) -> bytes:
    """A pickled dictionary whose key is a tuple in a tuple in a tuple, `depth` levels deep."""
    return b"\x80\x02}N" + b"\x85" * depth + b"Ns."


def doubled_tuples(times: int, key: bool) -> bytes:
    """A pickled tuple that contains itself twice, `times` levels deep: 2^times elements."""
    doubling = b"".join(b"q%ch%c\x86" % (i, i) for i in range(times))
    body = b"N" + doubling
    return b"\x80\x02}" + (body + b"N" if key else b"K\x01" + body) + b"s."


def npy_of_code() -> bytes:
    """A .npy file with a pickled object that calls a function when it is loaded."""
    return npy(shape_claim("()", "|O"), pickle.dumps(ExecutesOnLoad()))


# Name -> the expected outcome of `load_arrays`, and a function that makes the file.
PICKLES: dict[str, Kind] = {
    "empty": (REFUSED, lambda: b""),
    "valid": (ACCEPTED, lambda: pickle.dumps({"a": np.arange(6)}, 2)),
    "program": (REFUSED, lambda: pickle.dumps({"a": ExecutesOnLoad()})),
    "system": (REFUSED, lambda: Call("os.system", "mkdir executed").pickled()),
    "posix": (REFUSED, lambda: Call("posix.system", "mkdir executed").pickled()),
    "eval": (REFUSED, lambda: Call("builtins.eval", "open('executed', 'w')").pickled()),
    "exec": (REFUSED, lambda: Call("builtins.exec", "import os; os.mkdir('executed')").pickled()),
    "python2": (REFUSED, lambda: Call("__builtin__.eval", "1").pickled()),
    "getattr": (REFUSED, lambda: Call("builtins.getattr", "a", "b").pickled()),
    "open": (REFUSED, lambda: Call("io.open", "executed", "w").pickled()),
    "numpy_load": (REFUSED, lambda: Call("numpy.load", "executed").pickled()),
    "numpy_savetxt": (REFUSED, lambda: Call("numpy.savetxt", "executed", "1").pickled()),
    "numpy_inner": (REFUSED, lambda: Call("numpy.core.fromfile", "executed").pickled()),
    "ours": (REFUSED, lambda: Call("sketchnet.utils.safe_arrays.load_arrays", "x").pickled()),
    "nested_name": (REFUSED, lambda: b"\x80\x04\x8c\x02os\x8c\x06path.x\x93."),
    "name_not_text": (REFUSED, lambda: b"\x80\x04]]\x93."),
    "extension": (REFUSED, lambda: b"\x80\x02\x82\x01."),
    "persistent": (REFUSED, lambda: b"Pwho\n."),
    "new_object": (REFUSED, lambda: b"\x80\x02cnumpy\nndarray\n)\x81."),
    "set": (REFUSED, lambda: pickle.dumps({1, 2})),
    "nested_key": (REFUSED, lambda: nested_tuples(1_000_000)),
    "doubled_key": (REFUSED, lambda: doubled_tuples(60, key=True)),
    "doubled_value": (REFUSED, lambda: doubled_tuples(60, key=False)),
    "nested_list": (REFUSED, lambda: b"\x80\x02" + b"]" * 200_000 + b"a" * 199_999 + b"."),
    "holds_itself": (REFUSED, lambda: b"]q\x00h\x00a."),
    "far_in_the_memo": (EITHER, lambda: b"\x80\x02Nr\xff\xff\xff\xff."),
    "claims_8_gigabytes": (REFUSED, lambda: b"\x80\x05\x8e" + struct.pack("<Q", 8 << 30) + b"."),
    "claims_all_memory": (REFUSED, lambda: b"\x80\x05\x96" + b"\xff" * 7 + b"\x7f."),
    "frame_of_all_memory": (EITHER, lambda: b"\x80\x04\x95" + b"\xff" * 7 + b"\x7fN."),
    "long_number": (REFUSED, lambda: b"\x80\x02\x8b\x28\x23\0\0" + b"\x7f" * 9000 + b"."),
    "many_digits": (REFUSED, lambda: b"I" + b"9" * 5000 + b"\n."),
    "wrong_utf8": (REFUSED, lambda: b"\x80\x02X\x02\x00\x00\x00\xff\xfe."),
    "half_a_character": (EITHER, lambda: pickle.dumps({"\ud800": np.arange(3)})),
    "no_stop": (REFUSED, lambda: b"\x80\x02}q\x00"),
    "pops_too_much": (REFUSED, lambda: b"\x80\x02000."),
    "text": (REFUSED, lambda: b"this is no pickle"),
    "not_utf8": (REFUSED, lambda: bytes(range(128, 256))),
    "npy_of_code": (REFUSED, npy_of_code),
    "npy_claims_a_terabyte": (REFUSED, lambda: npy(shape_claim("(1000000000000,)"), bytes(9))),
    "npy_unclosed": (REFUSED, lambda: npy("{'descr': '''")),
    "npy_nested": (REFUSED, lambda: npy("(" * 9_000)),
}  # fmt: skip


def coordinates(points: Any) -> bytes:
    """A coordinate file of ShoeV2 with one sketch."""
    return pickle.dumps({"/train/shoe_1": points}, 2)


# Name -> a coordinate file whose sketch is invalid: each is reported as a problem.
COORDINATES: dict[str, Callable[[], bytes]] = {
    "unknown": lambda: coordinates(np.full((4, 3), np.nan)),
    "texts": lambda: coordinates(np.array([["a", "b", "c"]])),
    "nothing": lambda: coordinates(None),
    "ragged": lambda: coordinates([[1, 2, 3], [4]]),
    "objects": lambda: coordinates(np.array([[{}, [], None]], object)),
    "no_points": lambda: coordinates(np.zeros((0, 3))),
    "key_of_a_number": lambda: pickle.dumps({7: np.zeros((2, 3))}),
    "key_of_lines": lambda: pickle.dumps({"/train/a\nb\x1b[2J": np.zeros((2, 3))}),
    "key_without_photo": lambda: pickle.dumps({"/train/_": np.zeros((2, 3))}),
    "key_with_path": lambda: pickle.dumps({"/../../etc/passwd_1": np.zeros((2, 3))}),
    "long_key": lambda: pickle.dumps({"a" * 100_000: np.zeros((2, 3))}),
    "no_dict": lambda: pickle.dumps([np.zeros((2, 3))]),
}


def element(kind: int, content: bytes) -> bytes:
    """A data element of a MATLAB 5 file."""
    return struct.pack("<II", kind, len(content)) + content + bytes(-len(content) % 8)


def matrix(
    shape: tuple[int, ...],
    content: bytes = b"",
    *,
    name: bytes = b"data",
    kind: int = 9,
    numbers: int = 2,
    flags: int = 0,
    claims: int | None = None,
) -> bytes:
    """An array of class `kind` (9 = uint8) with numbers of type `numbers` (2 = uint8).

    `claims` is the size in bytes that the header states; by default the true one.
    """
    size = len(content) if claims is None else claims
    return b"".join(
        [
            element(6, struct.pack("<II", kind | flags << 8, 0)),
            element(5, struct.pack(f"<{len(shape)}i", *shape)),
            element(1, name),
            struct.pack("<II", numbers, size) + content,
        ]
    )


HEADER = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"


def mat(*elements: bytes) -> bytes:
    return HEADER + b"".join(elements)


def saved(data: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    scipy.io.savemat(file, {"data": data}, **options)
    content = file.getvalue()
    # The header contains the time: replaced, so that the file is always the same.
    return HEADER[:116] + content[116:] if content.startswith(b"MATLAB 5.0") else content


def mat_bomb(claims: int = 3 << 30) -> bytes:
    """Pictures of three gigabytes, compressed to three megabytes."""
    head = matrix((claims >> 16, 256, 256), claims=claims)
    packer = zlib.compressobj(9)
    first = packer.compress(struct.pack("<II", 14, 2**32 - 8) + head) + packer.flush(
        zlib.Z_FULL_FLUSH
    )
    megabyte = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    return mat(element(15, first + megabyte * (claims >> 20)))


def nested_cells(depth: int = 50_000) -> bytes:
    """A cell in a cell in a cell: a recursive reader overflows its stack."""
    head = matrix((1, 1), kind=1)[:-8]
    sizes = [(len(head) + 8) * (depth - level) - 8 for level in range(depth)]
    return mat(b"".join(struct.pack("<II", 14, size) + head for size in sizes))


THREE_PICTURES = np.stack([shoe(16, 16)] * 3)

# Name -> the expected outcome of `load_mat`, and a function that makes the file.
MATS: dict[str, Kind] = {
    "empty": (REFUSED, lambda: b""),
    "valid": (ACCEPTED, lambda: saved(THREE_PICTURES, do_compression=True)),
    "valid_uncompressed": (ACCEPTED, lambda: saved(THREE_PICTURES)),
    "head_only": (REFUSED, lambda: HEADER),
    "matlab_4": (REFUSED, lambda: saved(THREE_PICTURES[0], format="4")),
    "matlab_4_backwards": (REFUSED, lambda: struct.pack("<iiiii", 0, -9, -9, 0, 5) + b"data\0" * 9),
    "hdf5": (REFUSED, lambda: HEADER[:124] + b"\x00\x02IM" + bytes(400)),
    "cut": (REFUSED, lambda: saved(THREE_PICTURES)[:-100]),
    "cut_packed": (REFUSED, lambda: saved(THREE_PICTURES, do_compression=True)[:-10]),
    "bomb": (REFUSED, mat_bomb),
    "nested_cells": (REFUSED, nested_cells),
    "claims_all": (REFUSED, lambda: mat(element(14, matrix((2**31 - 1,) * 3, claims=2**32 - 1)))),
    "less_than_nothing": (REFUSED, lambda: mat(element(14, matrix((-3, -256, 256), bytes(9))))),
    "too_few_numbers": (REFUSED, lambda: mat(element(14, matrix((3, 256, 256), bytes(9))))),
    "numbers_of_none": (REFUSED, lambda: mat(element(14, matrix((1, 3, 3), bytes(9), numbers=99)))),
    "cut_by_its_size": (REFUSED, lambda: HEADER + struct.pack("<II", 14, 2**32 - 1) + bytes(50)),
    "64_dimensions": (REFUSED, lambda: mat(element(14, matrix((1,) * 65, b"\0")))),
    "long_name": (REFUSED, lambda: mat(element(14, matrix((1, 1, 1), b"\0", name=b"a" * 9_000)))),
    "complex": (REFUSED, lambda: saved(THREE_PICTURES * 1j)),
    "cells": (REFUSED, lambda: saved(np.array([[{}, [1]]], object))),
    "text": (REFUSED, lambda: saved("pictures")),
    "one_picture": (REFUSED, lambda: saved(THREE_PICTURES[0])),
    "no_pictures": (REFUSED, lambda: saved(THREE_PICTURES[:0])),
    "unknown_numbers": (ACCEPTED, lambda: saved(np.full((1, 3, 3), np.nan))),
    "endless_numbers": (ACCEPTED, lambda: saved(np.full((1, 3, 3), np.inf))),
    "huge_numbers": (ACCEPTED, lambda: saved(np.full((1, 3, 3), 1e300))),
    "not_packed": (REFUSED, lambda: mat(element(15, b"no zlib"))),
    "other_type": (REFUSED, lambda: mat(element(3, bytes(64)))),
}  # fmt: skip

# Name -> an invalid annotation of QMUL v1: each is reported as a problem.
ANNOTATIONS: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "nested": lambda: b"[" * 200_000,
    "nested_objects": lambda: b'{"train":' * 100_000,
    "not_utf8": lambda: b'{"train": "\xff\xfe"}',
    "utf16": lambda: '{"train": {}}'.encode("utf-16"),
    "list": lambda: b"[1, 2]",
    "number": lambda: b"7",
    "many_digits": lambda: b'{"train": ' + b"9" * 5000 + b"}",
    "path_traversal": lambda: b'{"train": {"images": ["../../etc/passwd"], "sketches": ["/x"]}}',
    "no_names": lambda: b'{"train": {"images": [1, {}], "sketches": [null]}}',
    "deep_triplets": lambda: (
        b'{"train": {"images": ["1", "2", "3"], "sketches": ["1", "2", "3"], "triplets": '
        b"[[" + b"[" * 900 + b"]" * 900 + b"], [[0, 99]], [[true, false]]]}}"
    ),
    "huge_rows": lambda: (
        b'{"train": {"images": ["1", "2", "3"], "sketches": ["1", "2", "3"], "triplets": '
        b"[[[" + b"9" * 4000 + b", 1]], [[-1, 1]], [[0.5, 1]]]}}"
    ),
}
