"""Kills and resumes tasks at random times: `python -m tests.soak.kill_and_resume --times 50`.

A training, the building of a gallery, the saving of a run and a download are killed by SIGKILL,
continued, and killed again until they finish. After every kill the files must be the old ones or
the new ones, complete. In the end they must equal those of an uninterrupted run, byte by byte.
`--only "default gallery" "default training"` takes the network of the preset `default`, which
needs a minute for each start.
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

from tests.soak.download_task import Download
from tests.soak.gallery_task import BuildDefault, BuildGallery
from tests.soak.kill_process import measure, run
from tests.soak.saving_task import SaveRun
from tests.soak.task import Task
from tests.soak.training_task import Train, TrainDefault

TASKS: dict[str, type[Task]] = {
    "gallery": BuildGallery,
    "saving": SaveRun,
    "download": Download,
    "training": Train,
    "default gallery": BuildDefault,
    "default training": TrainDefault,
}
FAST = [name for name in TASKS if not name.startswith("default")]


@dataclass
class KillCounts:
    """Counts for one task.

    Attributes:
        kills: Number of kills.
        states: How often the files were `old`, `new`, … after a kill.
        finished: How often the task finished.
        seconds: Total duration.
    """

    kills: int = 0
    states: Counter[str] = field(default_factory=Counter)
    finished: int = 0
    seconds: float = 0.0


def kill_and_resume(task: Task, times: int, rng: random.Random, minutes: float) -> KillCounts:
    """Kill a task `times` times, or for at most `minutes`.

    Raises:
        AssertionError: After a kill the files were incomplete, or the result differs from that of
            an uninterrupted run.
    """
    counts, log = KillCounts(), task.folder / "log.txt"
    task.prepare(log)
    task.reset(rng)
    duration = measure(task.work, log)
    task.check_finished()
    start = time.monotonic()

    def more() -> bool:
        return counts.kills < times and time.monotonic() - start < 60 * minutes

    while more():
        task.reset(rng)
        while run(task.work, log, duration.sample(rng) if more() else None):
            counts.kills += 1
            counts.states[task.check()] += 1
            print(f"\r{counts.kills} of {times} kills", end="", file=sys.stderr, flush=True)
        task.check_finished()
        counts.finished += 1
    counts.seconds = time.monotonic() - start
    print("\r", end="", file=sys.stderr)
    return counts


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tests.soak.kill_and_resume", description=__doc__
    )
    parser.add_argument("--times", type=int, default=50, help="number of kills per task")
    parser.add_argument("--only", nargs="*", choices=list(TASKS), default=FAST, help="tasks")
    parser.add_argument("--minutes", type=float, default=60, help="maximal duration per task")
    parser.add_argument("--seed", type=int, default=0, help="random seed")
    options = parser.parse_args(arguments)
    print(f"{'task':<18}{'kills':>6}{'finished':>10}{'seconds':>9}  files after the kills")
    for name in options.only:
        with tempfile.TemporaryDirectory(prefix="soak-") as folder:
            task, rng = TASKS[name](Path(folder)), random.Random(f"{options.seed} {name}")
            try:
                counts = kill_and_resume(task, options.times, rng, options.minutes)
            except AssertionError as error:
                print(f"{name}: {error}", file=sys.stderr)
                return 1
            finally:
                task.close()
        states = ", ".join(f"{n} {state}" for state, n in counts.states.most_common())
        print(f"{name:<18}{counts.kills:>6}{counts.finished:>10}{counts.seconds:>9.0f}  {states}")
    print(
        "after every kill the files were old or new; the results equal those of uninterrupted runs"
    )
    return 0


if __name__ == "__main__":
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    for name in ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    sys.exit(main(sys.argv[1:]))
