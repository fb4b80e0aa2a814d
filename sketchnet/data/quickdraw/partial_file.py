"""A download on the disk: the file, the part that is here, and which version it is a part of.

A file has its name only once it is whole, or has the wanted first lines; until then it is
`NAME.part`. `NAME.part.json` records of which version of the server's file the part is the
beginning, and `NAME.partial.json` the same of a file that has the first lines only.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import NamedTuple

_BLOCK = 1 << 18


class Version(NamedTuple):
    """Of the server's file: its strong ETag or "", and its size."""

    etag: str
    size: int | None


class PartialFile:
    """The paths of one download and their states.

    Every change is ordered so that a crash in between never lets a mark vouch for other bytes.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self.part = target.with_name(target.name + ".part")
        self._mark = target.with_name(target.name + ".part.json")
        self._partial_mark = target.with_name(target.name + ".partial.json")

    @property
    def is_marked_partial(self) -> bool:
        """Whether the file has the first lines only."""
        return self._partial_mark.exists()

    def version(self) -> Version | None:
        """The version that the part is the beginning of; None where that is not known."""
        return _read_mark(self._mark)

    def size(self) -> int:
        """The bytes of the part."""
        return self.part.stat().st_size if self.part.exists() else 0

    def begin(self, etag: str | None, size: int | None) -> None:
        """Start an empty part of this version; a weak ETag does not promise the same bytes."""
        self.part.unlink(missing_ok=True)
        strong = "" if etag is None or etag.startswith("W/") else etag
        _write_mark(self._mark, Version(strong, size))

    def discard(self) -> None:
        """Remove the part, because the server's file has changed."""
        self.part.unlink(missing_ok=True)

    def continue_from_target(self) -> None:
        """Copy a file that has the first lines only to the part, where it is longer."""
        if not (self.target.exists() and self.is_marked_partial):
            return
        if self.version() is None or self.size() < self.target.stat().st_size:
            self._mark.unlink(missing_ok=True)
            shutil.copyfile(self.target, self.part)
            shutil.copyfile(self._partial_mark, self._mark)

    def finish(self) -> None:
        """Give the whole part its name."""
        self._partial_mark.unlink(missing_ok=True)
        os.replace(self.part, self.target)
        self._mark.unlink(missing_ok=True)

    def finish_lines(self, end: int) -> None:
        """Give the first `end` bytes of the part their name, and mark the file as partial.

        A longer part, of an earlier download that was stopped, is kept.
        """
        version = self.version()
        self._partial_mark.unlink(missing_ok=True)
        if end < self.size():
            lines = self.part.with_name(self.part.name + "-lines.part")
            with self.part.open("rb") as whole, lines.open("wb") as file:
                file.write(whole.read(end))
            os.replace(lines, self.target)
        else:
            os.replace(self.part, self.target)
        # Killed here, the file is unmarked, has not the server's size, and is downloaded again.
        if version is not None:
            _write_mark(self._partial_mark, version)
        if not self.part.exists():
            self._mark.unlink(missing_ok=True)

    def remove_leftover_mark(self) -> None:
        """Remove the mark of a part that is not there: of a download killed at its very end."""
        if not self.part.exists():
            self._mark.unlink(missing_ok=True)


def end_of_lines(path: Path, wanted: int) -> tuple[int, int | None]:
    """Count the whole lines of a file up to `wanted`.

    Returns: the number of lines, and the byte after that line; None where there are fewer lines.
    """
    lines = at = 0
    if not path.exists():
        return 0, None
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            end = end_of_lines_in(block, wanted - lines)
            if end is not None:
                return wanted, at + end
            lines += block.count(b"\n")
            at += len(block)
    return lines, None


def end_of_lines_in(block: bytes, wanted: int) -> int | None:
    """The byte after newline number `wanted`; None where there are fewer."""
    if block.count(b"\n") < wanted:
        return None
    end = 0
    for _ in range(wanted):
        end = block.index(b"\n", end) + 1
    return end


def _write_mark(mark: Path, version: Version) -> None:
    # A mark that a crash cut off is no JSON, and so no mark.
    mark.write_text(json.dumps({"version": version.etag, "size": version.size}))


def _read_mark(mark: Path) -> Version | None:
    try:
        found = json.loads(mark.read_text())
        return Version(str(found["version"]), found["size"])
    except (OSError, ValueError, LookupError, TypeError):
        return None
