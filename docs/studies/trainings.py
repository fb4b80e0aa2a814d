"""Many trainings that differ in one thing, each with its scores; what the studies have in common.

A row is one recipe, trained again for every seed or fold. What has been scored is not trained
again, what was stopped goes on, and some may be trained at once, with an equal part of the cores.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[2]
SCORES = "scores.json"


@dataclass(frozen=True)
class Row:
    """One recipe: its flags for `train.py`, and how often it is trained."""

    name: str
    flags: str
    times: int = 3
    after: str = ""
    """The row whose run of the same number brings the first weights."""

    def run(self, runs: Path, number: int) -> Path:
        return runs / f"{self.name}-{number}"


@dataclass(frozen=True)
class Study:
    """How every row is trained and scored: the commands without what tells the rows apart."""

    train: Sequence[str]
    evaluate: Sequence[str]
    """What follows the run."""
    number: str
    """The flag that tells the repetitions apart: --seed or --fold."""
    runs: Path

    def command(self, row: Row, number: int) -> list[str]:
        begin = ["--initial-weights", f"{self.runs / row.after}-{number}"] if row.after else []
        where = ["--run", str(row.run(self.runs, number)), self.number, str(number)]
        return ["train.py", *self.train, *where, *row.flags.split(), *begin]


def study_parser(description: str, rows: Sequence[Row]) -> argparse.ArgumentParser:
    """What every study is asked: the data, the folder of runs, which rows, how many at once."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("data", type=Path)
    parser.add_argument("runs", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    names = [row.name for row in rows]
    parser.add_argument("--only", nargs="*", choices=names, default=names)
    parser.add_argument("--commands", action="store_true")
    return parser


def print_commands(study: Study, rows: Sequence[Row]) -> None:
    """The first command of each row, to be run by hand."""
    for row in rows:
        print("python", *study.command(row, 0))


def train_all(study: Study, rows: Sequence[Row], jobs: int) -> None:
    """Train and score what is missing; of each number all rows, before the next."""
    threads = max(1, (os.cpu_count() or 1) // jobs)
    began: dict[tuple[str, int], Future[None]] = {}
    with ThreadPoolExecutor(jobs) as pool:
        for number, row in product(range(max(row.times for row in rows)), rows):
            if number < row.times:
                first = began.get((row.after, number))
                job = pool.submit(_train_and_score, study, row, number, threads, first)
                began[row.name, number] = job
        for each in began.values():
            each.result()


def _train_and_score(
    study: Study, row: Row, number: int, threads: int, first: Future[None] | None
) -> None:
    if first:
        first.result()
    run = row.run(study.runs, number)
    if (run / SCORES).is_file():
        return
    environment = os.environ | {
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "TF_NUM_INTEROP_THREADS": str(threads),
    }
    resume = ["--resume"] if (run / "config.json").is_file() else []
    study.runs.mkdir(parents=True, exist_ok=True)
    with open(f"{run}.log", "a") as log:  # a name may hold a point, as 0.4 does
        told: dict[str, Any] = {"cwd": ROOT, "env": environment, "stderr": log, "check": True}
        command = study.command(row, number)
        subprocess.run([sys.executable, *command, *resume], stdout=log, **told)
        score = ["evaluate.py", str(run), *study.evaluate, "--json"]
        said = subprocess.run([sys.executable, *score], stdout=subprocess.PIPE, text=True, **told)
    (run / SCORES).write_text(said.stdout.strip().splitlines()[-1])
    print(f"{run.name} done", file=sys.stderr, flush=True)


def scored(row: Row, runs: Path) -> list[dict[str, Any]]:
    """The scores of a row's runs that have them, with the `minutes` of the training."""
    found = []
    for number in range(row.times):
        run = row.run(runs, number)
        if (run / SCORES).is_file():
            with open(run / "history.csv") as history:
                seconds = sum(float(epoch["seconds"]) for epoch in csv.DictReader(history))
            found.append(json.loads((run / SCORES).read_text()) | {"minutes": seconds / 60})
    return found


def table(rows: Sequence[Row], scores: Sequence[str], runs: Path) -> list[str]:
    """A Markdown table of what has been scored so far, in per cent, mean ± deviation."""
    out = [f"| | {' | '.join(scores)} | runs | minutes |", "| --- |" + " --- |" * (len(scores) + 2)]
    for row in rows:
        if reports := scored(row, runs):
            cells = [spread([100 * report[score] for report in reports]) for score in scores]
            minutes = np.mean([report["minutes"] for report in reports])
            asked = [report.get("n") or report["n_queries"] for report in reports]
            cells += [str(len(reports)), f"{minutes:.0f}"]
            out.append(f"| {row.name} (N = {_numbers(asked)}) | {' | '.join(cells)} |")
    return out


def _numbers(asked: Sequence[int]) -> str:
    """How many queries each repetition had: one number where all had as many."""
    return " + ".join(f"{n:,}" for n in (asked[:1] if len(set(asked)) == 1 else asked))


def spread(values: Sequence[float]) -> str:
    """Mean ± deviation; the value itself where there is one."""
    if len(values) == 1:
        return f"{values[0]:.1f}"
    return f"{np.mean(values):.1f} ± {np.std(values, ddof=1):.1f}"
