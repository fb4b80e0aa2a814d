"""Generated invalid strokes: as Python values, as JSON text, and as files of drawings."""

from __future__ import annotations

import io
import json
import os
import pickle
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.hardening.bad_pictures import ACCEPTED, REFUSED

NAN, INF = float("nan"), float("inf")


def zigzag(points: int = 100_000, height: float = 255.0) -> list[list[float]]:
    """A stroke that turns at every point: the worst case of the simplification."""
    x = np.linspace(0, 255, points).round(4)
    return np.stack([x, np.where(np.arange(points) % 2, height, 0)], axis=1).tolist()


def nested(depth: int) -> Any:
    """A list in a list in a list, `depth` levels deep."""
    inner: Any = []
    for _ in range(depth):
        inner = [inner]
    return inner


# Name -> the expected outcome of `as_drawing`, and a function that makes the strokes.
STROKES: dict[str, tuple[str, Callable[[], Any]]] = {
    "nothing": (ACCEPTED, list),
    "empty_stroke": (ACCEPTED, lambda: [[]]),
    "empty_rows": (ACCEPTED, lambda: [[[], []]]),
    "dot": (ACCEPTED, lambda: [[[5, 5]]]),
    "zero_length": (ACCEPTED, lambda: [[[5, 5], [5, 5], [5, 5], [5, 5]]]),
    "a_place_100000_times": (ACCEPTED, lambda: [[[7, 7]] * 100_000]),
    "a_stroke_of_100000": (ACCEPTED, lambda: [zigzag()]),
    "a_stroke_of_300000": (ACCEPTED, lambda: [zigzag(300_000)]),
    "20000_dots": (ACCEPTED, lambda: [[[i % 256, i // 256]] for i in range(20_000)]),
    "one_axis": (ACCEPTED, lambda: [[[i, 0] for i in range(50)]]),
    "unknown": (ACCEPTED, lambda: [[[NAN, NAN], [1, 1], [2, NAN], [3, 3]]]),
    "unknown_all": (ACCEPTED, lambda: [[[NAN, NAN]] * 5]),
    "infinite": (ACCEPTED, lambda: [[[INF, 0], [1, 1], [2, -INF], [3, 3]]]),
    "huge": (ACCEPTED, lambda: [[[1e308, -1e308], [-1e308, 1e308], [0, 0], [1, 1]]]),
    "tiny": (ACCEPTED, lambda: [[[1e-320, 0], [0, 1e-320], [1e-310, 1e-310], [0, 0]]]),
    "far_away": (ACCEPTED, lambda: [[[1e9 + i, 1e9 - i] for i in range(9)]]),
    "endless_whole_number": (REFUSED, lambda: [[[10**400, 1], [1, 1], [2, 2], [3, 3]]]),
    "nulls": (ACCEPTED, lambda: [[[None, 1], [2, 2], [3, 3], [4, 4]]]),
    "truths": (ACCEPTED, lambda: [[[True, False], [True, True], [False, False], [True, False]]]),
    "texts": (REFUSED, lambda: [[["a", "b"], ["c", "d"]]]),
    "script": (REFUSED, lambda: ["<script>alert(1)</script>"]),
    "objects": (REFUSED, lambda: [[{"x": 1, "y": 2}]]),
    "object": (REFUSED, lambda: {"strokes": [[[1, 2]]]}),
    "text": (REFUSED, lambda: "[[[1, 2]]]"),
    "number": (REFUSED, lambda: 7),
    "ragged": (REFUSED, lambda: [[[1, 2], [3]]]),
    "rows_of_two_lengths": (REFUSED, lambda: [[[1, 2, 3, 4], [1, 2]]]),
    "flat": (REFUSED, lambda: [[1, 2, 3]]),
    "one_row": (REFUSED, lambda: [[[1], [2], [3], [4]]]),
    "four_dimensions": (REFUSED, lambda: [[[[1, 2]], [[3, 4]]]]),
    "nested_900": (REFUSED, lambda: [nested(900)]),
    "two_forms": (REFUSED, lambda: [[[1, 2]] * 5, [[1, 2, 3, 4, 5], [1, 2, 3, 4, 5]]]),
    "wide_points": (ACCEPTED, lambda: [[[1, 2, 3, 4, 5, 6], [7, 8, 9, 10, 11, 12]] * 3]),
}

# Name -> a text that the page must refuse as a stroke record.
PAYLOADS: dict[str, Callable[[], str]] = {
    "no_json": lambda: "M 10 10 L 20 20",
    "nan": lambda: "[[[NaN, 1], [1, 2]]]",
    "infinity": lambda: "[[[1, Infinity], [1, 2]]]",
    "1e999": lambda: "[[[1e999, 1], [1, 2]]]",
    "digits": lambda: f"[[[{'9' * 5000}], [1]]]",
    "many_digits": lambda: f"[[[{'9' * 400}], [1]]]",
    "half_a_character": lambda: '[[["\\ud800"], [1]]]',
    "byte_order_mark": lambda: "\ufeff[[[1], [1]]]",
    "zero_byte": lambda: "[[[1\0], [1]]]",
    "cut": lambda: "[[[1, 2, 3], [4, 5",
    "nested_100000": lambda: "[" * 100_000,
    "nested_objects": lambda: '{"a":' * 100_000,
    "two_megabytes_of_spaces": lambda: " " * 2_000_001,
    "100001_points": lambda: json.dumps([[[1] * 100_001, [1] * 100_001]]),
    "2001_strokes": lambda: json.dumps([[[1], [1]]] * 2_001),
    "600000_lists": lambda: "[" + "[]," * 600_000 + "[]]",
    "outside_the_canvas": lambda: "[[[1e7], [1]]]",
    "tag": lambda: '"<img src=x onerror=alert(1)>"',
}


def line(drawing: Any, **fields: Any) -> bytes:
    """A line of an .ndjson file."""
    return json.dumps({"word": "sun", "key_id": "1", "drawing": drawing} | fields).encode() + b"\n"


def record(strokes: int = 1, points: int = 3, key: int = 1) -> bytes:
    """A .bin record that claims so many strokes and points; it holds at most 9 and 100."""
    head = struct.pack("<Q2sBIH", key, b"DE", 1, 1_480_000_000, strokes)
    return head + (struct.pack("<H", points) + bytes(range(2 * min(points, 100)))) * min(strokes, 9)


def official(drawing: Any) -> Any:
    """Strokes as `[[x, …], [y, …]]`, the form of Quick, Draw!; unchanged if that is impossible."""
    try:
        return [[list(row) for row in zip(*stroke, strict=True)] for stroke in drawing]
    except (TypeError, ValueError):
        return drawing


ROWS = [[[10, 200, 200], [10, 10, 200]]]
VALID_LINE = line(ROWS)

NDJSON: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "valid": lambda: VALID_LINE,
    "not_utf8": lambda: b'{"word": "\xff\xfe", "drawing": [[[1, 2], [3, 4]]]}\n' + VALID_LINE,
    "latin1": lambda: (
        '{"word": "soleil levé", "drawing": [[[1], [2]]]}\n'.encode("latin1") + VALID_LINE
    ),
    "utf16": lambda: VALID_LINE.decode().encode("utf-16"),
    "byte_order_mark": lambda: b"\xef\xbb\xbf" + VALID_LINE,
    "zero_bytes": lambda: bytes(5000) + b"\n" + VALID_LINE,
    "half_a_character": lambda: line(ROWS, key_id="\ud800", word="\udfff") + VALID_LINE,
    "nested": lambda: b"[" * 200_000 + b"\n" + VALID_LINE,
    "nested_drawing": lambda: b'{"drawing": ' + b"[" * 400 + b"]" * 400 + b"}\n" + VALID_LINE,
    "nested_text": lambda: line(json.dumps(json.dumps(ROWS))) + VALID_LINE,
    "cut": lambda: VALID_LINE + VALID_LINE[:40],
    "long_line": lambda: b'{"word": "' + b"a" * 20_000_000 + b'"}\n' + VALID_LINE,
    "long_word": lambda: line(ROWS, word="a" * 100_000) + VALID_LINE,
    "lines_in_a_word": lambda: line(ROWS, word="a\nb\x1b[2J\x07") + VALID_LINE,
    "script": lambda: line(ROWS, word="<script>alert(1)</script>", key_id='"><svg onload=x>'),
    "path_traversal": lambda: line(ROWS, word="../../../etc/passwd", key_id="/etc/passwd"),
    "odd_fields": lambda: line(ROWS, key_id=[1], word={"a": 1}, recognized="yes", timestamp=9),
    "wide_time": lambda: line(ROWS, timestamp="9999-99-99 99:99:99 UTC") + VALID_LINE,
    "no_object": lambda: b'[]\n1\n"a"\nnull\n' + VALID_LINE,
    "no_drawing": lambda: b"{}\n" + line(None) + line({}) + line(7) + line([]) + VALID_LINE,
    **{
        f"strokes_{name}": lambda make=make: line(official(make())) + VALID_LINE
        for name, (_, make) in STROKES.items()
    },
}

BINARY: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "valid": lambda: record(),
    "zeros": lambda: bytes(10_000),
    "ones": lambda: b"\xff" * 10_000,
    "cut": lambda: record() * 3 + record()[:-2],
    "no_strokes": lambda: record(strokes=0) + record(),
    "65535_strokes": lambda: record(strokes=65_535) + record(),
    "65535_points": lambda: record(points=65_535) + record(),
    "no_points": lambda: record(points=0) + record(),
    "one_large": lambda: (
        struct.pack("<Q2sBIH", 1, b"DE", 1, 1_480_000_000, 30)
        + (struct.pack("<H", 60_000) + bytes(120_000)) * 30
    ),
    "repeated_headers": lambda: b"\x01\x00AA" * 50_000,
    "repeated_recent_headers": lambda: b"\x02\x00aTX\x01" * 30_000,
}


def npy(header: str, content: bytes = b"", version: tuple[int, int] = (1, 0)) -> bytes:
    """A .npy file with any header."""
    text = header.encode("latin1")
    size = struct.pack("<H" if version == (1, 0) else "<I", len(text))
    return b"\x93NUMPY" + bytes(version) + size + text + content


def shape_claim(shape: str, descr: str = "|u1") -> str:
    """The header of a .npy file that claims this shape and type."""
    return f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}\n"


NPY: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "magic_only": lambda: b"\x93NUMPY",
    "claims_a_terabyte": lambda: npy(shape_claim("(1400000000, 784)"), bytes(784)),
    "claims_less_than_nothing": lambda: npy(shape_claim("(-1, 784)"), bytes(784)),
    "claims_endless": lambda: npy(shape_claim(f"({'9' * 400}, 784)"), bytes(784)),
    "nested_header": lambda: npy("(" * 9_000),
    "many_signs": lambda: npy("-" * 9_000 + "1"),
    "unclosed_header": lambda: npy("{'descr': '''"),
    "unindented_header": lambda: npy("{}\n  1\n 2\n"),
    "long_header": lambda: npy("{" + " " * 60_000 + "}"),
    "other_header": lambda: npy("[1, 2, 3]"),
    "future": lambda: npy(shape_claim("(1, 784)"), bytes(784), (9, 0)),
    "object": lambda: npy_of(np.array([{"a": 1}], object)),
    "program": lambda: npy_of(np.array([ExecutesOnLoad()], object)),
    "record": lambda: npy(shape_claim("(1,)").replace("'|u1'", "[('a', '<i4')]"), bytes(4)),
}


class ExecutesOnLoad:
    """Its pickle creates a folder `executed` when it is loaded."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("executed",)


def npy_of(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


def pickled(rows: Any, protocol: int = 2) -> bytes:
    """A .npy file of a pickled object array, as in the files of Sketch-RNN."""
    return npy(shape_claim("(1,)", "|O"), pickle.dumps(rows, protocol))


def deflated(start: bytes, zeros: int, ending: bytes = b"") -> tuple[bytes, int]:
    """A raw deflate stream with so many megabytes of zeros, and its uncompressed size.

    A flushed block is independent of the blocks before it, so one compressed megabyte is repeated:
    making the file takes little time and memory.
    """
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(start) + packer.flush(zlib.Z_FULL_FLUSH)
    megabyte = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    last = packer.compress(ending) + packer.flush()
    return first + megabyte * zeros + last, len(start) + (zeros << 20) + len(ending)


def archive(*members: tuple[str, bytes, int], method: int = 8, flags: int = 0) -> bytes:
    """A zip with a wrong CRC. Members are (name, compressed content, uncompressed size)."""
    content, entries = b"", b""
    for name, packed, size in members:
        encoded = name.encode()
        fields = struct.pack("<HHHHIII", flags, method, 0, 33, 0, len(packed), size)
        place = struct.pack("<HHHHHII", len(encoded), 0, 0, 0, 0, 0, len(content))
        entries += b"PK\x01\x02" + struct.pack("<HH", 20, 20) + fields + place + encoded
        local = b"PK\x03\x04" + struct.pack("<H", 20) + fields + struct.pack("<HH", len(encoded), 0)
        content += local + encoded + packed
    count = len(members)
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(entries), len(content), 0)
    return content + entries + b"PK\x05\x06" + end


def stored(*members: tuple[str, bytes]) -> bytes:
    """A valid zip."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        for name, content in members:
            made.writestr(zipfile.ZipInfo(name), content)  # a ZipInfo has a fixed time
    return file.getvalue()


def bomb_of_zeros() -> bytes:
    """An array of three gigabytes, compressed to three megabytes."""
    return archive(("train.npy", *deflated(npy(shape_claim("(1, 1073741824, 3)")).strip(), 3072)))


def bomb_of_text(ending: bytes = b"") -> bytes:
    """A pickle of one string of three gigabytes, compressed."""
    start = npy(shape_claim("(1,)", "|O")) + b"\x80\x02]B" + struct.pack("<I", 3 << 30)
    return archive(("train.npy", *deflated(start, 3072, ending)))


def bomb_of_line() -> bytes:
    """A pickle with a text line of three gigabytes, compressed."""
    return archive(("train.npy", *deflated(npy(shape_claim("(1,)", "|O")) + b"V", 3072)))


STROKE3 = np.array([[1, 2, 0], [3, 4, 0], [5, -6, 1]], np.int16)


def npz(rows: list[np.ndarray], protocol: int = 2) -> bytes:
    """An .npz file of Sketch-RNN with these drawings in stroke-3."""
    content = np.empty(len(rows), object)
    content[:] = rows
    return stored(("train.npy", pickled(content, protocol)))


NPZ: dict[str, Callable[[], bytes]] = {
    "empty": lambda: b"",
    "valid": lambda: npz([STROKE3] * 3),
    "no_zip": lambda: b"PK\x03\x04" + bytes(500),
    "zeros": lambda: bomb_of_zeros(),
    "text": lambda: bomb_of_text(),
    "line": lambda: bomb_of_line(),
    "zeros_cut": lambda: bomb_of_zeros()[:-60],
    "text_cut": lambda: bomb_of_text()[:-60],
    "locked": lambda: archive(("train.npy", bytes(40), 40), method=0, flags=1),
    "unknown_method": lambda: archive(("train.npy", bytes(40), 40), method=97),
    "future": lambda: archive(("train.npy", b"", 0)).replace(b"\x02\x14\0\x14", b"\x02\xff\0\xff"),
    "path_traversal": lambda: stored(("../../train.npy", b"x"), ("/etc/cron.d/train.npy", b"x")),
    "link": lambda: _linked("train.npy", "/etc/passwd"),
    "same_name_9000_times": lambda: (b"PK\x03\x04" + bytes(22) + b"\x09\0\0\0train.npy") * 9_000,
    "program": lambda: stored(("train.npy", pickled([ExecutesOnLoad()]))),
    "unknown_numbers": lambda: npz([np.array([[NAN, 1, 0], [INF, -INF, 0], [1, 1, 1]], "<f4")]),
    "huge_numbers": lambda: npz([np.array([[1e300, 1, 0], [1e300, 2, 0], [1, 1, 1]], "<f8")]),
    "no_dtype": lambda: npz([STROKE3]).replace(b"i2", b"i9"),
    "other_header": lambda: stored(("train.npy", npy("{'descr': '''"))),
    "300000_points": lambda: npz([np.ones((300_000, 3), np.int16)]),
    "inside_a_zip": lambda: stored(("train.npy", npz([STROKE3]))),
}  # fmt: skip


def _linked(name: str, target: str) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        entry = zipfile.ZipInfo(name)
        entry.create_system, entry.external_attr = 3, 0o120777 << 16
        made.writestr(entry, target)
    return file.getvalue()


def drawing_files() -> Iterator[tuple[str, Callable[[], bytes]]]:
    """Name and content of every file of drawings; the suffix tells its format."""
    for ending, kinds in (("ndjson", NDJSON), ("bin", BINARY), ("npz", NPZ), ("npy", NPY)):
        for name, make in kinds.items():
            yield f"{name}.{ending}", make
