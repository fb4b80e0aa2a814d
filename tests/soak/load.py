"""Many users at once: `python -m tests.soak.load --users 50 --minutes 5`.

Every user draws a shoe of their own, stroke by stroke, clears the paper and begins again. Before,
each drawing was asked alone: an answer that differs is somebody else's. Without `--url` the page of
the shipped weights is served on two processors, which the users share.
"""

from __future__ import annotations

import argparse
import os
import random
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tests.browser.hog_embedder import draw_shoe
from tests.soak.visitor import Visitor

ROOT = Path(__file__).resolve().parents[2]
STROKE = (0.8, 2.2)  # seconds that a stroke takes, with the thought before it


@dataclass
class Tally:
    """What the users saw: seconds from a stroke to its shoes, errors, answers of somebody else."""

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    distinct: float = 0.0
    """The share of drawings whose answer no other has."""
    memory: list[float] = field(default_factory=list)
    """MB of the server: at the start, and after every minute."""

    def percentile(self, share: float) -> float:
        """Milliseconds."""
        return 1000 * float(np.percentile(self.seconds, share)) if self.seconds else float("nan")


def drawing(user: int) -> list[np.ndarray]:
    """The shoe of a user, on the paper of the page."""
    return [stroke * 2.6 + 60 for stroke in draw_shoe(user)]


def load(url: str, users: int, seconds: float, process: int | None = None, seed: int = 0) -> Tally:
    """Let so many users draw for so long on the page at `url`; `process` is that of its server."""
    tally, alone = Tally(), {}
    first = Visitor(url)
    for user in range(users):
        strokes = drawing(user)
        alone[user] = [first.draw(strokes[:end]) for end in range(1, len(strokes) + 1)]
    first.close()
    answers = [tuple(shoes) for found in alone.values() for shoes in found]
    assert all(len(shoes) == 10 for shoes in answers)
    tally.distinct = len(set(answers)) / len(answers)

    end = time.monotonic() + seconds
    threads = [
        threading.Thread(target=_use, args=(url, user, alone[user], end, tally, seed))
        for user in range(users)
    ]
    tally.memory.append(memory(process))
    for thread in threads:
        thread.start()
    while time.monotonic() < end:
        time.sleep(max(0.0, min(60.0, end - time.monotonic())))
        tally.memory.append(memory(process))
    for thread in threads:
        thread.join()
    return tally


def _use(url: str, user: int, alone: list[list[str]], end: float, tally: Tally, seed: int) -> None:
    """One user, until the time is over; what goes wrong is noted, and the user goes."""
    rng, strokes = random.Random(f"{seed} {user}"), drawing(user)
    try:
        with closing(Visitor(url)) as visitor:
            while True:
                for drawn in range(1, len(strokes) + 1):
                    time.sleep(rng.uniform(*STROKE))
                    if time.monotonic() > end:
                        return
                    asked = time.monotonic()
                    shoes = visitor.draw(strokes[:drawn])
                    tally.seconds.append(time.monotonic() - asked)
                    if drawn > len(alone) or shoes != alone[drawn - 1]:
                        tally.foreign.append(f"user {user}, stroke {drawn}: {shoes}")
                visitor.ask("[]")
    except Exception as error:
        tally.errors.append(f"user {user}: {type(error).__name__}: {error}")


def memory(process: int | None) -> float:
    """MB that a process has in memory; NaN where that cannot be told."""
    status = Path(f"/proc/{process}/status")
    if process is None or not status.exists():
        return float("nan")
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


@contextmanager
def served(cores: int) -> Iterator[tuple[str, int]]:
    """The demo on so many processors: its address and its process."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "demo/app.py", "--port", str(port)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"},
        preexec_fn=lambda: os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:cores]),
    )
    try:
        while True:
            assert process.poll() is None, "the demo stopped"
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/config", timeout=30).close()
                break
            except OSError:
                time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/", process.pid
    finally:
        process.terminate()
        process.wait(30)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak.load", description=__doc__)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--minutes", type=float, default=5)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--url", help="a page that is served already")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    seconds = 60 * given.minutes
    if given.url:
        tally = load(given.url, given.users, seconds, seed=given.seed)
    else:
        with served(given.cores) as (url, process):
            tally = load(url, given.users, seconds, process, given.seed)
    print(
        f"{given.users} users, {seconds:.0f} s: {len(tally.seconds):,} drawings answered, "
        f"{len(tally.seconds) / seconds:.1f} a second"
    )
    print(
        f"errors {len(tally.errors)}, answers of somebody else {len(tally.foreign)} "
        f"({tally.distinct:.0%} of all drawings' answers differ)"
    )
    print(
        f"from a stroke to its shoes: median {tally.percentile(50):.0f} ms, "
        f"99th percentile {tally.percentile(99):.0f} ms"
    )
    print(
        "memory of the server, MB, minute by minute: "
        + " ".join(f"{found:.0f}" for found in tally.memory)
    )
    print(*(tally.errors + tally.foreign)[:10], sep="\n", file=sys.stderr)
    return 1 if tally.errors or tally.foreign else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
