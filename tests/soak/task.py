"""The interface of the tasks that `kill_and_resume` kills: start, continue, check the files."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from pathlib import Path


class Task(ABC):
    """A task that writes files into `target`, a folder inside its own `folder`."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.target = folder, folder / "target"

    @abstractmethod
    def prepare(self, log: Path) -> None:
        """Import what the task needs, and record the result of an uninterrupted run."""

    @abstractmethod
    def reset(self, rng: random.Random) -> None:
        """Restore `target` to its state before the task."""

    @abstractmethod
    def work(self) -> None:
        """Start the task, or continue it after a kill."""

    @abstractmethod
    def check(self) -> str:
        """Check the files after a kill.

        Returns:
            A word for the state of the files, such as `old` or `new`.

        Raises:
            AssertionError: A file is incomplete or belongs to no valid state.
        """

    @abstractmethod
    def check_finished(self) -> None:
        """Raise AssertionError unless the files equal the result of an uninterrupted run."""

    def close(self) -> None:  # noqa: B027 (optional)
        """Stop what `prepare` started."""


def contents(folder: Path) -> dict[str, bytes]:
    """The content of every file below a folder, by its relative path."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}
