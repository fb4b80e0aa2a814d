"""`kill -9` at random moments, again and again: `python -m tests.soak.faults --times 50`.

A training, the building of a gallery, the saving of a run and a download are killed so many times
each, go on, and are killed again until they are done. After every kill what lies on the disk is the
old or the new, whole; in the end it is what the undisturbed work leaves, bit by bit.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.soak.building import Building
from tests.soak.downloading import Downloading
from tests.soak.killing import measure, run
from tests.soak.saving import Saving
from tests.soak.training import Training
from tests.soak.work import Work

WORKS: dict[str, type[Work]] = {
    "gallery": Building,
    "saving": Saving,
    "download": Downloading,
    "training": Training,
}


@dataclass
class Tally:
    """What the kills of one work left: counts of `old`, `new`, …; works that came to their end."""

    kills: int = 0
    left: Counter[str] = field(default_factory=Counter)
    finished: int = 0
    seconds: float = 0.0


def soak(work: Work, times: int, rng: random.Random, minutes: float) -> Tally:
    """Kill the work so many times, or until so many minutes are over.

    Raises AssertionError where it leaves anything half.
    """
    tally, log = Tally(), work.folder / "log.txt"
    work.prepare(log)
    work.fresh(rng)
    extent = measure(work.work, log)
    work.finished()
    start = time.monotonic()

    def more() -> bool:
        return tally.kills < times and time.monotonic() - start < 60 * minutes

    while more():
        work.fresh(rng)
        while run(work.work, log, extent.moment(rng) if more() else None):
            tally.kills += 1
            tally.left[work.check()] += 1
            print(f"\r{tally.kills} of {times} kills", end="", file=sys.stderr, flush=True)
        work.finished()
        tally.finished += 1
    tally.seconds = time.monotonic() - start
    print("\r", end="", file=sys.stderr)
    return tally


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak.faults", description=__doc__)
    parser.add_argument("--times", type=int, default=50, help="kills of each work")
    parser.add_argument("--only", nargs="*", choices=list(WORKS), default=list(WORKS))
    parser.add_argument("--minutes", type=float, default=60, help="of each, at most")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args(arguments)
    print(f"{'work':<12}{'kills':>6}{'finished':>10}{'seconds':>9}  what the kills left")
    for name in given.only:
        with tempfile.TemporaryDirectory(prefix="soak-") as folder:
            work, rng = WORKS[name](Path(folder)), random.Random(f"{given.seed} {name}")
            try:
                tally = soak(work, given.times, rng, given.minutes)
            except AssertionError as error:
                print(f"{name}: {error}", file=sys.stderr)
                return 1
            finally:
                work.close()
        left = ", ".join(f"{count} {what}" for what, count in tally.left.most_common())
        print(f"{name:<12}{tally.kills:>6}{tally.finished:>10}{tally.seconds:>9.0f}  {left}")
    print("each was old or new after every kill, and in the end what the undisturbed work leaves")
    return 0


if __name__ == "__main__":
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    sys.exit(main(sys.argv[1:]))
