"""A process that is killed at a chosen moment, as `kill -9` and the lack of memory do it.

The work is done by a fork of this process, so that what takes long to import is imported once. It
is killed after some time, or before its n-th change of a file: the places where something could be
left half done are few, and a clock alone would rarely hit them.
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

CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.link", "os.chmod", "os.truncate"}
FAILED = 1


@dataclass(frozen=True)
class Moment:
    """When a process is killed: after `seconds`, or before its change number `change` (from 1)."""

    seconds: float | None = None
    change: int | None = None


@dataclass(frozen=True)
class Extent:
    """How long an undisturbed process takes, and how many changes of files it makes."""

    seconds: float
    changes: int

    def moment(self, rng: random.Random) -> Moment:
        """Any moment of it: by the clock or by its changes, one as likely as the other."""
        if rng.random() < 0.5:
            return Moment(seconds=rng.uniform(0, self.seconds))
        return Moment(change=rng.randint(1, self.changes))


def run(work: Callable[[], object], log: Path, moment: Moment | None = None) -> bool:
    """Do the work in a process of its own, and kill that at the moment.

    Returns True where it was killed, False where it was done before. Raises AssertionError with
    what it said where it failed by itself.
    """
    moment = moment or Moment()
    process = os.fork()
    if not process:
        _child(work, log, _killer(moment.change) if moment.change else lambda: None)
    end = time.monotonic() + moment.seconds if moment.seconds is not None else None
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


def measure(work: Callable[[], object], log: Path) -> Extent:
    """Do the work undisturbed, in a process of its own."""
    count = log.with_suffix(".count")
    start = time.monotonic()

    def counted() -> None:
        made = _counter()
        work()
        count.write_text(str(made[0]))

    run(counted, log)
    return Extent(time.monotonic() - start, int(count.read_text()))


def _child(work: Callable[[], object], log: Path, prepare: Callable[[], object]) -> NoReturn:
    try:
        screen = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        os.dup2(screen, 1)
        os.dup2(screen, 2)
        sys.dont_write_bytecode = True
        prepare()
        work()
        sys.stdout.flush()
        os._exit(0)  # what the parent would do at its end is not for us
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(FAILED)


def _killer(change: int) -> Callable[[], None]:
    def prepare() -> None:
        made = _counter(lambda count: count == change and os.kill(os.getpid(), signal.SIGKILL))
        assert made == [0]

    return prepare


def _counter(then: Callable[[int], object] = lambda count: None) -> list[int]:
    """From now on count the changes of files, and tell `then` of each before it is made."""
    count = [0]

    def see(event: str, arguments: tuple[object, ...]) -> None:
        if event in CHANGES or (event == "open" and _writes(arguments[2])):
            count[0] += 1
            then(count[0])

    sys.addaudithook(see)
    return count


def _writes(flags: object) -> bool:
    return isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR))
