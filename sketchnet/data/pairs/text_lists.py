"""Lists of files as text, written by any program on any system."""

from __future__ import annotations

import codecs
from pathlib import Path, PureWindowsPath

MAX_BYTES = 64_000_000
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


def read_text(path: Path) -> str:
    """Read a text file in UTF-8 or UTF-16, else in the encoding of Windows (cp1252).

    Raises: ValueError where it is too large, OSError where it cannot be opened.
    """
    with path.open("rb") as file:
        content = file.read(MAX_BYTES + 1)
    if len(content) > MAX_BYTES:
        raise ValueError(f"it has more than {MAX_BYTES // 1_000_000} MB")
    marked = next((name for mark, name in _MARKS.items() if content.startswith(mark)), None)
    if not marked and content[:2].count(0) == 1:  # UTF-16 without its mark
        marked = "utf-16-be" if content[0] == 0 else "utf-16-le"
    if marked:
        return content.decode(marked, errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def parts_of(entry: str) -> tuple[str, ...]:
    r"""Return the folders and the file of a listed path, whose parts are separated by / or \."""
    path = PureWindowsPath(entry.strip().strip('"'))
    return tuple(part for part in path.parts if part not in (path.anchor, ".", ".."))
