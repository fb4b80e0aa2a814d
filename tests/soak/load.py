"""Load test of the page with many users: `python -m tests.soak.load --users 50 --minutes 5`.

Every user draws a shoe of their own stroke by stroke, clears the canvas and starts again. The
results of every drawing are first recorded without load; under load, results that differ belong to
another user's drawing. Without `--url` the page of the shipped weights is served on two processors,
which the users share.
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
from tests.soak.page_client import PageClient

ROOT = Path(__file__).resolve().parents[2]
SECONDS_PER_STROKE = (0.8, 2.2)  # range of the random time that a user takes for a stroke


@dataclass
class LoadResult:
    """What the users observed.

    Attributes:
        seconds: Time from the end of a stroke to its results, for each query.
        errors: A line for each error.
        wrong: A line for each query with the results of another drawing.
        distinct: Share of the drawings whose results differ from those of all other drawings.
        memory: Memory of the server in MB, at the start and after every minute.
    """

    seconds: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    distinct: float = 0.0
    memory: list[float] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """A percentile (0 to 100) of the query times in milliseconds."""
        return 1000 * float(np.percentile(self.seconds, share)) if self.seconds else float("nan")


def drawing(user: int) -> list[np.ndarray]:
    """The shoe that a user draws, in coordinates of the page's canvas."""
    return [stroke * 2.6 + 60 for stroke in draw_shoe(user)]


def load(
    url: str, users: int, seconds: float, process: int | None = None, seed: int = 0
) -> LoadResult:
    """Let `users` draw for `seconds` on the page at `url`; `process` is the id of its server."""
    result, expected = LoadResult(), {}
    first = PageClient(url)
    for user in range(users):
        strokes = drawing(user)
        expected[user] = [first.query(strokes[:end]) for end in range(1, len(strokes) + 1)]
    first.close()
    results = [tuple(shoes) for found in expected.values() for shoes in found]
    assert all(len(shoes) == 10 for shoes in results)
    result.distinct = len(set(results)) / len(results)

    end = time.monotonic() + seconds
    threads = [
        threading.Thread(target=_draw_until, args=(url, user, expected[user], end, result, seed))
        for user in range(users)
    ]
    result.memory.append(memory(process))
    for thread in threads:
        thread.start()
    while time.monotonic() < end:
        time.sleep(max(0.0, min(60.0, end - time.monotonic())))
        result.memory.append(memory(process))
    for thread in threads:
        thread.join()
    return result


def _draw_until(
    url: str, user: int, expected: list[list[str]], end: float, result: LoadResult, seed: int
) -> None:
    """Draw as one user until the time `end`; an error is recorded and ends the user."""
    rng, strokes = random.Random(f"{seed} {user}"), drawing(user)
    try:
        with closing(PageClient(url)) as client:
            while True:
                for drawn in range(1, len(strokes) + 1):
                    time.sleep(rng.uniform(*SECONDS_PER_STROKE))
                    if time.monotonic() > end:
                        return
                    sent = time.monotonic()
                    shoes = client.query(strokes[:drawn])
                    result.seconds.append(time.monotonic() - sent)
                    if drawn > len(expected) or shoes != expected[drawn - 1]:
                        result.wrong.append(f"user {user}, stroke {drawn}: {shoes}")
                client.send("[]")
    except Exception as error:
        result.errors.append(f"user {user}: {type(error).__name__}: {error}")


def memory(process: int | None) -> float:
    """Resident memory of a process in MB; NaN if it is not known."""
    status = Path(f"/proc/{process}/status")
    if process is None or not status.exists():
        return float("nan")
    line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024


@contextmanager
def served(cores: int) -> Iterator[tuple[str, int]]:
    """Serve the page on `cores` processors; yields its URL and the id of its process."""
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
            assert process.poll() is None, "the server stopped"
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
    parser.add_argument("--users", type=int, default=50, help="number of users")
    parser.add_argument("--minutes", type=float, default=5, help="duration")
    parser.add_argument("--cores", type=int, default=2, help="processors of the server")
    parser.add_argument("--url", help="URL of a running server, instead of starting one")
    parser.add_argument("--seed", type=int, default=0, help="random seed")
    options = parser.parse_args(arguments)
    seconds = 60 * options.minutes
    if options.url:
        result = load(options.url, options.users, seconds, seed=options.seed)
    else:
        with served(options.cores) as (url, process):
            result = load(url, options.users, seconds, process, options.seed)
    print(
        f"{options.users} users, {seconds:.0f} s: {len(result.seconds):,} queries, "
        f"{len(result.seconds) / seconds:.1f} per second"
    )
    print(
        f"errors {len(result.errors)}, results of another drawing {len(result.wrong)} "
        f"({result.distinct:.0%} of the drawings have results of their own)"
    )
    print(
        f"time from a stroke to its results: median {result.percentile(50):.0f} ms, "
        f"99th percentile {result.percentile(99):.0f} ms"
    )
    print(
        "memory of the server in MB, per minute: "
        + " ".join(f"{found:.0f}" for found in result.memory)
    )
    print(*(result.errors + result.wrong)[:10], sep="\n", file=sys.stderr)
    return 1 if result.errors or result.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
