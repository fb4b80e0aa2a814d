"""`.bin`: simplified drawings in the official binary form, with strokes of uint8 coordinates."""

from __future__ import annotations

import mmap
import re
import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from sketchnet.data.quickdraw.items import DoodleItem, Problems
from sketchnet.strokes.formats import Drawing, thinned

_HEADER = struct.Struct("<Q2sBIH")  # key_id, country, recognized, seconds, strokes
_COUNT = struct.Struct("<H")
_COUNTRY_AND_RECOGNIZED = re.compile(rb"[A-Z]{2}[\x00\x01]")
_COUNTRY_AT = 8
_YEARS = (1_420_000_000, 2_000_000_000)  # 2015 to 2033


def read_binary(path: Path, word: str, problems: Problems) -> Iterator[DoodleItem]:
    """Yield the drawings of a file one by one.

    Records have no marker at their start. After a broken one the next is found by its country code
    and time, and because a valid record or the end of the file follows it.

    Args:
        path: the file.
        word: the category of all its drawings.
        problems: receives the broken records, which are skipped.
    """
    if path.stat().st_size == 0:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        at = 0
        while at < len(content):
            end = _end_of_record(content, at)
            following = end
            if end is None or not (end == len(content) or _has_header(content, end)):
                following = _next_record(content, at + 1)
                if end is not None and (following is None or following >= end):
                    following = end  # this record is whole, and the next one is broken
                else:
                    cut = end is None and following is None
                    what = "record cut off or broken" if cut else "broken record"
                    problems.add(path, what, f"byte {at}")
                    end = None
            if end is not None:
                yield _item(content, at, word)
            if following is None:
                return
            at = following


def looks_binary(path: Path) -> bool:
    """Whether a file has drawings in this form, and not 28×28 bitmaps without a header."""
    if path.stat().st_size < _HEADER.size:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        end = _end_of_record(content, 0)
        if end is None:
            return _next_record(content, 1, 1 << 16) is not None
        return len(content) - end < _HEADER.size or _has_header(content, end)


def _has_header(content: mmap.mmap, at: int) -> bool:
    if at + _HEADER.size > len(content):
        return False
    _, _, recognized, _, n_strokes = _HEADER.unpack_from(content, at)
    return recognized in (0, 1) and n_strokes > 0


def _end_of_record(content: mmap.mmap, at: int) -> int | None:
    """The end of the record at `at`, or None where no valid, whole record begins there."""
    if not _has_header(content, at):
        return None
    n_strokes = _HEADER.unpack_from(content, at)[4]
    at += _HEADER.size
    for _ in range(n_strokes):
        if at + _COUNT.size > len(content):
            return None
        (n_points,) = _COUNT.unpack_from(content, at)
        at += _COUNT.size + 2 * n_points
        if n_points == 0:
            return None
    return at if at <= len(content) else None


def _next_record(content: mmap.mmap, start: int, stop: int | None = None) -> int | None:
    stop = len(content) if stop is None else stop
    for match in _COUNTRY_AND_RECOGNIZED.finditer(content, start + _COUNTRY_AT, stop):
        at = match.start() - _COUNTRY_AT
        if not _has_plausible_time(content, at):  # checked first, since it is fast
            continue
        end = _end_of_record(content, at)
        if end is not None and (end == len(content) or _has_header(content, end)):
            return at
    return None


def _has_plausible_time(content: mmap.mmap, at: int) -> bool:
    if at + _HEADER.size > len(content):
        return False
    return _YEARS[0] < _HEADER.unpack_from(content, at)[3] < _YEARS[1]


def _item(content: mmap.mmap, at: int, word: str) -> DoodleItem:
    key_id, _, recognized, seconds, n_strokes = _HEADER.unpack_from(content, at)
    at += _HEADER.size
    drawing: Drawing = []
    for _ in range(n_strokes):
        (n_points,) = _COUNT.unpack_from(content, at)
        at += _COUNT.size
        raw = np.frombuffer(content[at : at + 2 * n_points], np.uint8)
        drawing.append(raw.reshape(2, n_points).T.astype(np.float32))
        at += 2 * n_points
    return DoodleItem(str(key_id), word, thinned(drawing), None, bool(recognized), float(seconds))
