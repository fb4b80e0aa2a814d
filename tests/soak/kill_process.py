"""Runs a function in a subprocess that is killed at a chosen time, as by `kill -9`.

The subprocess is a fork, so that slow imports happen only once. It is killed after a number of
seconds, or immediately before its n-th change of a file: a random time alone would rarely hit the
few short intervals in which files could be incomplete.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

# Audit events of Python that change files; opening for writing is another one.
FILE_CHANGES = {
    "os.rename",
    "os.remove",
    "os.rmdir",
    "os.mkdir",
    "os.link",
    "os.chmod",
    "os.truncate",
}
FAILED = 1


@dataclass(frozen=True)
class KillPoint:
    """When a process is killed: after `seconds`, or before its file change number `change`.

    Changes are counted from 1. With neither, the process is not killed.
    """

    seconds: float | None = None
    change: int | None = None


@dataclass(frozen=True)
class Duration:
    """The duration of an uninterrupted process, and its number of file changes."""

    seconds: float
    changes: int

    def sample(self, rng: random.Random) -> KillPoint:
        """A random kill point: a time or a file change with equal probability."""
        if rng.random() < 0.5:
            return KillPoint(seconds=rng.uniform(0, self.seconds))
        return KillPoint(change=rng.randint(1, self.changes))


def run(work: Callable[[], object], log: Path, kill: KillPoint | None = None) -> bool:
    """Call `work` in a subprocess and kill it.

    Args:
        work: The function.
        log: File for the output of the subprocess.
        kill: When to kill it; by default never.

    Returns:
        True if the subprocess was killed, False if it had finished before.

    Raises:
        AssertionError: `work` failed; the message contains its output.
    """
    kill = kill or KillPoint()
    process = os.fork()
    if not process:
        _child(work, log, _kill_before(kill.change) if kill.change else lambda: None)
    end = time.monotonic() + kill.seconds if kill.seconds is not None else None
    while end is not None:
        done, status = os.waitpid(process, os.WNOHANG)
        if done:
            break
        if time.monotonic() >= end:
            os.kill(process, signal.SIGKILL)
            end = None
        else:
            time.sleep(0.001)
    else:
        _, status = os.waitpid(process, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    assert status == 0, log.read_text(errors="replace")[-3000:]
    return False


def measure(work: Callable[[], object], log: Path) -> Duration:
    """Call `work` in a subprocess without killing it."""
    count = log.with_suffix(".count")
    start = time.monotonic()

    def counted() -> None:
        changes = _count_changes()
        work()
        count.write_text(str(changes[0]))

    run(counted, log)
    return Duration(time.monotonic() - start, int(count.read_text()))


def _child(work: Callable[[], object], log: Path, prepare: Callable[[], object]) -> NoReturn:
    try:
        output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(output, 1)
        os.dup2(output, 2)
        sys.dont_write_bytecode = True
        prepare()
        work()
        sys.stdout.flush()
        os._exit(0)  # without the exit handlers of the parent process
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(FAILED)


def _kill_before(change: int) -> Callable[[], None]:
    """A function that makes the calling process kill itself before file change number `change`."""

    def prepare() -> None:
        made = _count_changes(
            lambda count: count == change and os.kill(os.getpid(), signal.SIGKILL)
        )
        assert made == [0]

    return prepare


def _count_changes(callback: Callable[[int], object] = lambda count: None) -> list[int]:
    """Count the file changes of this process from now on.

    `callback` receives the number of each change before it is made. Returns a list whose only item
    is the current count.
    """
    count = [0]

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event in FILE_CHANGES or (event == "open" and _is_for_writing(arguments[2])):
            count[0] += 1
            callback(count[0])

    sys.addaudithook(hook)
    return count


def _is_for_writing(flags: object) -> bool:
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))
