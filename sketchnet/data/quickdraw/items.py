"""What every reader yields, and where it notes what it had to leave out."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sketchnet.strokes.formats import Drawing


@dataclass(frozen=True, slots=True, eq=False)
class DoodleItem:
    """One drawing as its file tells it: untidied strokes, or a picture where there are none."""

    key_id: str
    word: str
    drawing: Drawing | None
    bitmap: np.ndarray | None = None
    """(28, 28) uint8, black ink on white paper."""
    recognized: bool = True
    timestamp: float | None = None
    """Seconds since 1970, UTC."""


def content_key(content: bytes) -> str:
    """A stable name for a drawing whose file gives it none: the same content, the same name."""
    return "content-" + hashlib.blake2b(content, digest_size=8).hexdigest()


class Problems:
    """Counts what was skipped, by file and reason, and keeps where it first happened."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()
        self._first: dict[tuple[str, str], str] = {}

    def add(self, path: Path, what: str, where: str = "") -> None:
        """Note one more `what` (such as "broken line") in `path`; `where` such as "line 7"."""
        self._counts[str(path), what] += 1
        self._first.setdefault((str(path), what), where)

    def __len__(self) -> int:
        return sum(self._counts.values())

    def messages(self) -> tuple[str, ...]:
        """One line a file and reason, in the order in which they were met."""
        lines = []
        for (path, what), count in self._counts.items():
            first = self._first[path, what]
            at = f" (first: {first})" if first else ""
            lines.append(f"{path}: {what}, {count} skipped{at}")
        return tuple(lines)
