"""Random mutations of bytes for the fuzzer."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable, Sequence

# Binary encodings of extreme values, which replace or extend parts of a file.
EXTREME_NUMBERS = [
    struct.pack(form, value)
    for form, values in (
        ("<B", (0, 1, 0x7F, 0x80, 0xFF)),
        ("<H", (0, 1, 0x7FFF, 0xFFFF)),
        ("<I", (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)),
        ("<Q", (0, 2**31, 2**63 - 1, 2**64 - 1)),
        ("<d", (float("nan"), float("inf"), -1e308)),
    )
    for value in values
]
# Pieces of text that are special in JSON, HTML or paths.
TOKENS = (
    b"NaN", b"Infinity", b"-1e999", b"1e308", b"null", b"true", b"[", b"]", b"[[", b"{", b"}", b'"',
    b",", b":", b"-", b"\\ud800", b"\\u0000", b"\xff\xfe", b"\n", b"9" * 400, b"9" * 5000, b"[[]]",
    b"{}", b'"a"', b"[" * 2000, b"<script>", b"../", b"\x00", b"0", b".",
)  # fmt: skip

Mutation = Callable[[bytes, random.Random, Sequence[bytes]], bytes]


def _position(content: bytes, rng: random.Random) -> int:
    return rng.randrange(len(content) + 1)


def flip_bits(content: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 2, 8))):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def overwrite(content: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    at, piece = _position(content, rng), rng.choice(EXTREME_NUMBERS)
    return content[:at] + piece + content[at + len(piece) :]


def insert(content: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    at = _position(content, rng)
    piece = rng.choice((rng.choice(EXTREME_NUMBERS), rng.choice(TOKENS)))
    return content[:at] + piece + content[at:]


def remove(content: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    at = _position(content, rng)
    return content[:at] + content[at + rng.choice((1, 1, 2, 8, 100)) :]


def repeat(content: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    start, end = sorted((_position(content, rng), _position(content, rng)))
    piece = content[start : min(end, start + 500)]
    return content[:end] + piece * rng.choice((1, 2, 20)) + content[end:]


def swap(content: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    a, b, c = sorted(_position(content, rng) for _ in range(3))
    return content[:a] + content[b:c] + content[a:b] + content[c:]


def truncate(content: bytes, rng: random.Random, _: Sequence[bytes]) -> bytes:
    return content[: _position(content, rng)]


def splice(content: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    other = rng.choice(others)
    return content[: _position(content, rng)] + other[_position(other, rng) :]


MUTATIONS: tuple[Mutation, ...] = (
    flip_bits,
    flip_bits,
    overwrite,
    insert,
    remove,
    repeat,
    swap,
    truncate,
    splice,
)


def mutate(content: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """Apply one to five random mutations; `others` are files that may be spliced in."""
    for _ in range(rng.choice((1, 1, 2, 3, 5))):
        content = rng.choice(MUTATIONS)(content, rng, others)
    return content
