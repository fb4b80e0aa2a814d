"""Text files of doodles as UTF-8 bytes: plain or gzip, in UTF-8, UTF-16 or UTF-32."""

from __future__ import annotations

import codecs
import gzip
import io
import json
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

LONGEST_LINE = 1 << 22  # bytes; the longest published line has less than a million
_GZIP = b"\x1f\x8b"
_BLOCK = 1 << 16
_MAX_RATIO = 50  # of unpacked to packed bytes; drawings as text have 3 to 10
_ALWAYS_ALLOWED = 1 << 22  # unpacked bytes that a file of any size may have


class TooDense(ValueError):
    """A gzip file unpacks to far more bytes than drawings do."""


UNREADABLE = (OSError, TooDense)
"""The exceptions of a gzip file that is broken or too dense."""


@contextmanager
def open_text(path: Path) -> Iterator[tuple[BinaryIO, str]]:
    """Open a text file as buffered UTF-8 bytes.

    A gzip file is recognised by its first bytes, an encoding by its byte order mark or its zero
    bytes (as `json` does). Text that cannot be decoded becomes U+FFFD.

    Yields: the file, and the name of its encoding.
    Raises: `UNREADABLE`, also while the file is read.
    """
    with path.open("rb") as packed:
        raw: Any = packed
        if packed.peek(2)[:2] == _GZIP:
            raw = io.BufferedReader(_Unpacked(packed, path.stat().st_size), _BLOCK)
        encoding = json.detect_encoding(raw.peek(4)[:4]) if raw.peek(4) else "utf-8"
        if not encoding.startswith("utf-8"):
            raw = io.BufferedReader(_Recoded(raw, encoding), _BLOCK)
        yield raw, encoding


def numbered_lines(file: BinaryIO) -> Iterator[tuple[int, bytes | None]]:
    """Lines that are not blank, with their numbers; None stands for one longer than any drawing."""
    number = 0
    while line := file.readline(LONGEST_LINE):
        number += 1
        if not line.endswith(b"\n") and len(line) == LONGEST_LINE:
            while line and not line.endswith(b"\n"):
                line = file.readline(LONGEST_LINE)
            yield number, None
        elif line := line.strip():
            yield number, line


class _Unpacked(io.RawIOBase):
    """The content of a gzip file, up to a bound on its size."""

    def __init__(self, packed: BinaryIO, size: int) -> None:
        self._file = gzip.GzipFile(fileobj=packed)
        self._left = _ALWAYS_ALLOWED + _MAX_RATIO * size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            block = self._file.read1(len(buffer))
        except (EOFError, zlib.error) as error:  # a file that was cut off, or is broken
            raise OSError(str(error)) from None
        self._left -= len(block)
        if self._left < 0:
            raise TooDense("it unpacks to too much")
        buffer[: len(block)] = block
        return len(block)


class _Recoded(io.RawIOBase):
    """A text in another encoding, as UTF-8."""

    def __init__(self, file: BinaryIO, encoding: str) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
        self._pending = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._pending:
            block = self._file.read(_BLOCK)
            text = self._decoder.decode(block, final=not block)
            self._pending = text.lstrip("\ufeff").encode("utf-8", "replace")
            if not block:
                break
        found, self._pending = self._pending[: len(buffer)], self._pending[len(buffer) :]
        buffer[: len(found)] = found
        return len(found)
