"""A grid of trainings that differ in one setting: train what is missing, score it, print a table.

Each recipe is trained once per seed or fold. A run that has its scores is not trained again, one
that was interrupted is resumed, and several may be trained at a time, with an equal share of the
cores.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
SCORES = "scores.json"
FAR = "far_"  # before the name of a score among distractors


@dataclass(frozen=True)
class Recipe:
    """One row of a table: flags for `train.py`, and how often it is trained."""

    name: str
    flags: str
    """`@` stands for the number of the repetition."""
    repeats: int = 3
    initial: str = ""
    """The recipe whose run with the same number gives the initial weights."""

    def run(self, runs: Path, number: int) -> Path:
        return runs / f"{self.name}-{number}"


@dataclass(frozen=True)
class Study:
    """What the commands of all recipes have in common."""

    train: Sequence[str]
    """Arguments of `train.py`."""
    evaluate: Sequence[str]
    """Arguments of `evaluate.py` after the run."""
    repeat_flag: str
    """The flag that receives the number of the repetition: --seed or --fold."""
    runs: Path
    distractors: Path | None = None
    """Photos among which each run is scored once more, under names that begin with `FAR`."""

    def command(self, recipe: Recipe, number: int) -> list[str]:
        run = ["--run", str(recipe.run(self.runs, number)), self.repeat_flag, str(number)]
        initial = f"{self.runs / recipe.initial}-{number}"
        weights = ["--initial-weights", initial] if recipe.initial else []
        flags = recipe.flags.replace("@", str(number)).split()
        return ["train.py", *self.train, *run, *flags, *weights]


def study_parser(description: str, recipes: Sequence[Recipe]) -> argparse.ArgumentParser:
    """The arguments of every study."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("data", type=_absolute, help="SKETCHNET_DATA, see docs/data.md")
    parser.add_argument("runs", type=_absolute, help="folder that receives the runs")
    parser.add_argument("--jobs", type=int, default=1, help="trainings at a time")
    names = [recipe.name for recipe in recipes]
    parser.add_argument("--only", nargs="*", choices=names, default=names, help="rows to train")
    parser.add_argument("--commands", action="store_true", help="print the commands, train nothing")
    return parser


def _absolute(path: str) -> Path:
    """The trainings run in another folder than the study."""
    return Path(path).resolve()


def print_commands(study: Study, recipes: Sequence[Recipe]) -> None:
    """Print the command of the first repetition of each recipe."""
    for recipe in recipes:
        print("python", *study.command(recipe, 0))


def train_all(study: Study, recipes: Sequence[Recipe], jobs: int) -> None:
    """Train and score what is missing, all recipes of one repetition before the next."""
    threads = max(1, (os.cpu_count() or 1) // jobs)
    started: dict[tuple[str, int], Future[None]] = {}
    with ThreadPoolExecutor(jobs) as pool:
        repetitions = range(max(recipe.repeats for recipe in recipes))
        for number, recipe in product(repetitions, recipes):
            if number < recipe.repeats:
                initial = started.get((recipe.initial, number))
                job = pool.submit(_train_and_score, study, recipe, number, threads, initial)
                started[recipe.name, number] = job
        for job in started.values():
            job.result()


def _train_and_score(
    study: Study, recipe: Recipe, number: int, threads: int, initial: Future[None] | None
) -> None:
    if initial:
        initial.result()
    run = recipe.run(study.runs, number)
    if (run / SCORES).is_file():
        return
    environment = os.environ | {
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "TF_NUM_INTEROP_THREADS": str(threads),
    }
    resume = ["--resume"] if (run / "config.json").is_file() else []
    study.runs.mkdir(parents=True, exist_ok=True)
    with open(f"{run}.log", "a") as log:  # not with_suffix: a name may hold a dot, as 0.4 does
        options: dict[str, Any] = {"cwd": ROOT, "env": environment, "stderr": log, "check": True}
        command = study.command(recipe, number)
        subprocess.run([sys.executable, *command, *resume], stdout=log, **options)
        report = _score(study, run, **options)
        if study.distractors:
            among = _score(study, run, "--distractors", str(study.distractors), **options)
            report |= far_scores(among)
    (run / SCORES).write_text(json.dumps(report))
    print(f"{run.name} done", file=sys.stderr, flush=True)


def far_scores(among: Mapping[str, Any]) -> dict[str, Any]:
    """The scores of a run among distractors, under names of their own."""
    return {f"{FAR}{name}": value for name, value in among.items()}


def _score(study: Study, run: Path, *arguments: str, **options: Any) -> dict[str, Any]:
    command = [sys.executable, "evaluate.py", str(run), *study.evaluate, *arguments, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, **options)
    return json.loads(done.stdout.strip().splitlines()[-1])


def load_scores(recipe: Recipe, runs: Path) -> list[dict[str, Any]]:
    """The scores of the finished runs of a recipe, with the `minutes` of the training."""
    found = []
    for number in range(recipe.repeats):
        run = recipe.run(runs, number)
        if (run / SCORES).is_file():
            with open(run / "history.csv") as history:
                seconds = sum(float(epoch["seconds"]) for epoch in csv.DictReader(history))
            found.append(json.loads((run / SCORES).read_text()) | {"minutes": seconds / 60})
    return found


def markdown_table(recipes: Sequence[Recipe], scores: Sequence[str], runs: Path) -> list[str]:
    """The lines of a table of the finished runs, in per cent, mean ± standard deviation."""
    head = f"| | {' | '.join(scores)} | runs | minutes |"
    lines = [head, "| --- |" + " --- |" * (len(scores) + 2)]
    for recipe in recipes:
        if reports := load_scores(recipe, runs):
            cells = [
                mean_and_deviation([100 * report[score] for report in reports]) for score in scores
            ]
            minutes = np.mean([report["minutes"] for report in reports])
            queries = [report.get("n") or report["n_queries"] for report in reports]
            cells += [str(len(reports)), f"{minutes:.0f}"]
            lines.append(f"| {recipe.name} (N = {_counts(queries)}) | {' | '.join(cells)} |")
    return lines


def difference_table(
    recipes: Sequence[Recipe], base: Recipe, scores: Sequence[str], runs: Path
) -> list[str]:
    """The lines of a table of how many points each run differs from that of `base`.

    Repetition by repetition, such as fold by fold: their own spread is larger than most changes.
    """
    lines = [f"| points more than {base.name} | {' | '.join(scores)} |"]
    lines.append("| --- |" + " --- |" * len(scores))
    for recipe in recipes:
        pairs = [
            [json.loads((each.run(runs, number) / SCORES).read_text()) for each in (recipe, base)]
            for number in range(min(recipe.repeats, base.repeats))
            if (recipe.run(runs, number) / SCORES).is_file()
        ]
        if pairs and recipe.name != base.name:
            cells = [
                ", ".join(f"{100 * (own[score] - others[score]):+.1f}" for own, others in pairs)
                for score in scores
            ]
            lines.append(f"| {recipe.name} | {' | '.join(cells)} |")
    return lines


def _counts(queries: Sequence[int]) -> str:
    """Queries per repetition: one number where they are equal, else a sum."""
    return " + ".join(f"{n:,}" for n in (queries[:1] if len(set(queries)) == 1 else queries))


def mean_and_deviation(values: Sequence[float]) -> str:
    """Mean ± standard deviation; the value itself where there is one."""
    if len(values) == 1:
        return f"{values[0]:.1f}"
    return f"{np.mean(values):.1f} ± {np.std(values, ddof=1):.1f}"
