"""The published project's four tables, on our data: train what is missing, print them all.

`python docs/studies/quickdraw_tables.py DATA RUNS [--jobs N] [--only NAME …]`: DATA is a folder of
drawings, RUNS receives a run for each row and seed, and a row that has its `test.json` is not
trained again. With `--commands` nothing is run: each row's command is printed. N trainings go on at
once, with an equal part of the cores each. Prints Markdown, mean ± deviation over the seeds.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]

# The same for all rows of a table but what the table compares: data, batches, optimiser, drawings
# seen. Networks are compared with triplets and categories at once, since the plain ones collapse
# under triplets alone in so short a training (so does any at a higher rate).
PICTURE = "--stroke-branch none --size 64 --epochs 4 --learning-rate 5e-4"
PARTS = "--size 64 --max-points 64 --epochs 4 --mode joint"


@dataclass(frozen=True)
class Row:
    """One network and recipe: its flags for `train.py quickdraw`, and how often it is trained."""

    name: str
    flags: str
    seeds: int = 3
    after: str = ""
    """The row whose run of the same seed brings the image branch."""

    def run(self, runs: Path, seed: int) -> Path:
        return runs / f"{self.name}-{seed}"

    def command(self, data: str, runs: Path, seed: int) -> list[str]:
        begin = ["--initial-weights", f"{runs / self.after}-{seed}"] if self.after else []
        where = ["--data", data, "--run", str(self.run(runs, seed)), "--seed", str(seed)]
        return ["train.py", "quickdraw", *where, *self.flags.split(), *begin]


COMPACT = Row("compact", f"{PICTURE} --mode joint --image-branch compact")
# The smallest pictures that the two networks read are larger.
SKETCH_A_NET = Row(
    "sketch_a_net", f"{PICTURE} --mode joint --image-branch sketch_a_net".replace("64", "81", 1)
)
INCEPTION = Row(
    "inception_v4",
    f"{PICTURE} --mode joint --image-branch inception_v4".replace("64", "75", 1),
    seeds=1,
)
RESNET = Row("resnet50_v2", f"{PICTURE} --mode joint --image-branch resnet50_v2", seeds=1)
VGG = Row("vgg16", f"{PICTURE} --mode joint --image-branch vgg16", seeds=1)
TRIPLET = Row("semihard_hinge", f"{PICTURE} --mode triplet")
RANDOM = Row("random_hinge", f"{TRIPLET.flags} --mining random")
SOFTMAX = Row("semihard_softmax", f"{TRIPLET.flags} --loss softmax")
RANDOM_SOFTMAX = Row("random_softmax", f"{TRIPLET.flags} --mining random --loss softmax")
DIRECT = Row("direct", f"{PICTURE} --mode classify")
IMAGE = Row("image", f"{PARTS} --stroke-branch none")
STROKES = Row("strokes", f"{PARTS} --image-branch none")
FUSED = Row("fused", PARTS)
FROZEN = Row("fused_frozen", f"{PARTS} --freeze-image", after="semihard_hinge")
TUNED = Row("fused_tuned", PARTS, after="semihard_hinge")

REPRESENTATION = ("triplet_accuracy", "accuracy@100", "knn@1", "knn@4")
PARTIAL = ("accuracy@25", "accuracy@50", "accuracy@75", "accuracy@100", "knn@4")
TABLES: tuple[tuple[str, tuple[str, ...], tuple[Row, ...]], ...] = (
    ("networks", REPRESENTATION, (VGG, INCEPTION, RESNET, SKETCH_A_NET, COMPACT)),
    ("triplets", REPRESENTATION, (RANDOM_SOFTMAX, RANDOM, SOFTMAX, TRIPLET)),
    ("objectives", REPRESENTATION, (TRIPLET, DIRECT, COMPACT)),
    ("parts", PARTIAL, (IMAGE, STROKES, FUSED, FROZEN, TUNED)),
)
# What others begin with comes first.
ORDER = (
    TRIPLET, FUSED, IMAGE, STROKES, FROZEN, TUNED, RANDOM_SOFTMAX, DIRECT, COMPACT, RANDOM,
    SOFTMAX, SKETCH_A_NET, RESNET, INCEPTION, VGG,
)  # fmt: skip


def train_and_score(
    row: Row, seed: int, data: str, runs: Path, threads: int, first: Future[None] | None
) -> None:
    if first:
        first.result()
    run = row.run(runs, seed)
    if (run / "test.json").is_file():
        return
    environment = os.environ | {
        "TF_NUM_INTRAOP_THREADS": str(threads),
        "TF_NUM_INTEROP_THREADS": str(threads),
    }
    resume = ["--resume"] if (run / "config.json").is_file() else []
    runs.mkdir(parents=True, exist_ok=True)
    with open(run.with_suffix(".log"), "a") as log:
        told = {"cwd": ROOT, "env": environment, "stderr": log, "check": True}
        command = row.command(data, runs, seed)
        subprocess.run([sys.executable, *command, *resume], stdout=log, **told)
        score = ["evaluate.py", str(run), "--data", data, "--split", "test", "--json"]
        said = subprocess.run([sys.executable, *score], stdout=subprocess.PIPE, text=True, **told)
    (run / "test.json").write_text(said.stdout.strip().splitlines()[-1])
    print(f"{run.name} done", file=sys.stderr, flush=True)


def table(rows: Sequence[Row], scores: Sequence[str], runs: Path) -> list[str]:
    """A Markdown table, in per cent, of what has been scored so far."""
    out = [
        f"| | {' | '.join(scores)} | seeds |",
        "| --- |" + " --- |" * (len(scores) + 1),
    ]
    for row in rows:
        folders = [row.run(runs, seed) for seed in range(row.seeds)]
        folders = [folder for folder in folders if (folder / "test.json").is_file()]
        if not folders:
            continue
        reports = [json.loads((folder / "test.json").read_text()) for folder in folders]
        cells = [_spread([100 * report[score] for report in reports]) for score in scores]
        name = f"{row.name} (N = {reports[0]['n']})"
        out.append(f"| {name} | {' | '.join(cells)} | {len(folders)} |")
    return out


def _spread(values: Sequence[float]) -> str:
    if len(values) == 1:
        return f"{values[0]:.1f}"
    return f"{np.mean(values):.1f} ± {np.std(values, ddof=1):.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data")
    parser.add_argument("runs", type=Path)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--only", nargs="*", default=[row.name for row in ORDER])
    parser.add_argument("--commands", action="store_true")
    asked = parser.parse_args()
    rows = [row for row in ORDER if row.name in asked.only]
    if asked.commands:
        for row in rows:
            print("python", *row.command(asked.data, asked.runs, 0))
        return
    threads = max(1, (os.cpu_count() or 1) // asked.jobs)
    with ThreadPoolExecutor(asked.jobs) as pool:
        began = {}
        for seed, row in product(range(max(row.seeds for row in rows)), rows):
            if seed < row.seeds:
                first = began.get((row.after, seed))
                job = (row, seed, asked.data, asked.runs, threads, first)
                began[row.name, seed] = pool.submit(train_and_score, *job)
        for each in began.values():
            each.result()
    for name, scores, members in TABLES:
        print(f"\n{name}\n", *table(members, scores, asked.runs), sep="\n")


if __name__ == "__main__":
    main()
