"""What the soak kills: it can begin, go on, and tell what lies on the disk."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from pathlib import Path


class Work(ABC):
    """Something that writes into `place`, below a `folder` of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.place = folder, folder / "place"

    @abstractmethod
    def prepare(self, log: Path) -> None:
        """Import what is needed, and learn what the undisturbed work leaves."""

    @abstractmethod
    def fresh(self, rng: random.Random) -> None:
        """Put the place as it is before the work begins."""

    @abstractmethod
    def work(self) -> None:
        """Begin, or go on where a kill ended it."""

    @abstractmethod
    def check(self) -> str:
        """After a kill: what is there, in a word; AssertionError where it is half of anything."""

    @abstractmethod
    def finished(self) -> None:
        """AssertionError unless all is there that the undisturbed work leaves, and nothing else."""

    def close(self) -> None:  # noqa: B027 (most have nothing to end)
        """End what `prepare` began."""


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path there."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
