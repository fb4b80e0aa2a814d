"""What every reader of doodle files yields, and its record of what it left out."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sketchnet.strokes.formats import Drawing


@dataclass(frozen=True, slots=True, eq=False)
class DoodleItem:
    """One doodle as its file has it: strokes before simplification, or a picture without strokes.

    Attributes:
        key_id: its name, the same in every file.
        word: its category.
        drawing: the strokes, or None.
        bitmap: (H, W) uint8, black ink on white, where there are no strokes.
        recognized: whether the game recognized the drawing.
        timestamp: seconds since 1970, UTC, or None.
    """

    key_id: str
    word: str
    drawing: Drawing | None
    bitmap: np.ndarray | None = None
    recognized: bool = True
    timestamp: float | None = None


def content_key(content: bytes) -> str:
    """Make a stable name for a doodle whose file has none: equal content gives equal names."""
    return "content-" + hashlib.blake2b(content, digest_size=8).hexdigest()


class Problems:
    """Counts what readers skipped or changed, by file and reason, with the first occurrence."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, bool]] = Counter()
        self._first: dict[tuple[str, str, bool], str] = {}

    def add(self, path: Path, what: str, where: str = "") -> None:
        """Count a skipped part: `what` such as "broken line", `where` such as "line 7"."""
        self._count((str(path), what, True), where)

    def note(self, path: Path, what: str, where: str = "") -> None:
        """Count a part that was read, but not as it stands: "UTF-16 text", "far coordinates"."""
        self._count((str(path), what, False), where)

    def _count(self, key: tuple[str, str, bool], where: str) -> None:
        self._counts[key] += 1
        self._first.setdefault(key, where)

    def __len__(self) -> int:
        return sum(count for (_, _, is_skipped), count in self._counts.items() if is_skipped)

    def messages(self) -> tuple[str, ...]:
        """One line for each file and reason, in the order of their first occurrence."""
        return tuple(map(self._line, self._counts))

    def skipped(self) -> tuple[str, ...]:
        """The lines of `messages` about what was skipped."""
        return tuple(self._line(key) for key in self._counts if key[2])

    def notes(self) -> tuple[str, ...]:
        """The lines of `messages` about what was read, but not as it stands."""
        return tuple(self._line(key) for key in self._counts if not key[2])

    def _line(self, key: tuple[str, str, bool]) -> str:
        path, what, is_skipped = key
        count, first = self._counts[key], self._first[key]
        amount = f", {count} skipped" if is_skipped else f", {count} times" if count > 1 else ""
        return f"{path}: {what}{amount}" + (f" (first: {first})" if first else "")
