"""`.json`: a list of drawings, or drawings one after another, over any number of lines."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from sketchnet.data.quickdraw.items import DoodleItem, Problems
from sketchnet.data.quickdraw.ndjson import note_encoding
from sketchnet.data.quickdraw.records import BROKEN, item_from_record
from sketchnet.data.quickdraw.text_files import LONGEST_LINE, UNREADABLE, open_text

_BLOCK = 1 << 18
_START = re.compile(r"[\s\ufeff]*\[?")
_SEPARATORS = re.compile(r"[\s,\]]*")
_NEXT_OBJECT = re.compile(r"\}\s*,?\s*(?=\{)")


def read_json_list(path: Path, word: str, problems: Problems) -> Iterator[DoodleItem]:
    """Yield the drawings of a file one by one, with one of them in memory at a time.

    Args:
        path: the file, plain or gzip.
        word: the category of drawings that have none.
        problems: receives the entries that cannot be read, which are skipped.
    """
    try:
        with open_text(path) as (file, encoding):
            note_encoding(path, encoding, problems)
            for number, (record, content) in enumerate(_entries(file), start=1):
                where = f"entry {number}"
                try:
                    report = partial(problems.note, path, where=where)
                    item = item_from_record(record, content, word, report)
                except BROKEN:
                    problems.add(path, "broken entry", where)
                    continue
                if item.drawing:
                    yield item
                else:
                    problems.add(path, "empty drawing", where)
    except UNREADABLE:
        problems.add(path, "rest of a broken or cut off gzip file")


def holds_drawings(file: BinaryIO) -> bool:
    """Whether the first entry of a JSON text is an object with a `drawing`."""
    record, _ = next(_entries(file), (None, b""))
    return isinstance(record, dict) and "drawing" in record


def _entries(file: BinaryIO) -> Iterator[tuple[Any, bytes]]:
    """The objects of a JSON text and their bytes; (None, b"") for each broken part."""
    text = _Window(file)
    if not text.skip(_START):
        return
    decoder = json.JSONDecoder()
    while text.skip(_SEPARATORS):
        try:
            record, end = decoder.raw_decode(text.buffer, text.at)
        except json.JSONDecodeError as error:
            if _is_cut_off(error, len(text.buffer)) and text.read_more():
                continue
            yield None, b""
            # Go on behind the place of the error, so that no part is parsed twice.
            if not text.skip_to(_NEXT_OBJECT, max(error.pos, text.at + 1)):
                return
        except (ValueError, RecursionError):
            yield None, b""
            if not text.skip_to(_NEXT_OBJECT, text.at + 1):
                return
        else:
            yield record, text.buffer[text.at : end].encode("utf-8", "replace")
            text.at = end


def _is_cut_off(error: json.JSONDecodeError, length: int) -> bool:
    """Whether more text may turn the error into an entry: it is at the end of the text."""
    return error.msg.startswith("Unterminated string") or error.pos >= length - 16


class _Window:
    """The part of a text that is in memory, `buffer` from `at`: at most an entry and a block."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self.buffer, self.at = "", 0

    def read_more(self) -> bool:
        """Append a block; False at the end of the file, or where the entry is too long."""
        self.buffer, self.at = self.buffer[self.at :], 0
        if len(self.buffer) >= LONGEST_LINE:
            return False
        block = self._file.read(_BLOCK)
        self.buffer += self._decoder.decode(block)
        return bool(block)

    def skip(self, pattern: re.Pattern[str]) -> bool:
        """Move behind what the pattern matches here; False at the end of the text."""
        while True:
            if match := pattern.match(self.buffer, self.at):
                self.at = match.end()
            if self.at < len(self.buffer):
                return True
            if not self.read_more():
                return False

    def skip_to(self, pattern: re.Pattern[str], start: int) -> bool:
        """Move behind the next match from `start`; False where there is none."""
        self.at = start
        while (match := pattern.search(self.buffer, self.at)) is None:
            self.at = max(self.at, len(self.buffer) - 64)  # a match may be cut in two
            if not self.read_more():
                return False
        self.at = match.end()
        return True
