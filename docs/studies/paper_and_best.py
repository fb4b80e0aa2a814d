"""The published recipe beside ours: five folds of shoes, each asked of both.

`PYTHONPATH=. python docs/studies/paper_and_best.py DATA RUNS [--jobs N] [--folds N]`
trains what is missing and prints the README's table. Two cores cannot do the 20,000 steps of 128
photos of the published recipe: it is given 200 of 64, about as long as ours takes. The best epoch
is chosen on the shoes that are asked afterwards; the last one is not, so each recipe has both, and
the last one also as asked by the sketches of QMUL-Shoe alone, which the published figures are of.
With `--commands` nothing is run: the command of each row is printed.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from levers import COMPANY, DRAWN, SHOES, SHOWN, procedural_shoes
from trainings import SCORES, Row, Study, print_commands, study_parser, table, train_all

from sketchnet import runs
from sketchnet.data.pairs.load import load_collections
from sketchnet.data.pairs.prepare import prepare_pairs
from sketchnet.evaluation.retrieval import evaluate_retrieval, split_of
from sketchnet.imaging.views import canvas_for
from sketchnet.inference.embedder import Embedder
from sketchnet.models import saving
from sketchnet.retrieval import hubness
from sketchnet.retrieval.query import sketch_query
from sketchnet.retrieval.search import rank
from sketchnet.tasks.train_retrieval import keep_querybank, training_data

ROWS = (
    Row("paper", "--preset paper --identities 64 --steps-per-epoch 40 --epochs 5", 5),
    Row("best", "", 5),
)
LAST_EPOCHS = ("last_epoch", "last_epoch_qmul")
QUERIES = 40


def last_epochs(
    row: Row, learnt: Sequence[Path], shoes: Sequence[Path], folder: Path
) -> tuple[Row, Row]:
    """The same trainings as they ended, asked by all sketches, and by those of the first of `shoes`
    alone: two rows of their own.

    What is kept of the sketches of `learnt` is embedded anew, by the network of the last epoch.
    """
    by_all, by_first = (replace(row, name=f"{row.name}_{name}") for name in LAST_EPOCHS)
    for number in range(row.times):
        trained, run, again = (each.run(folder, number) for each in (row, by_all, by_first))
        if not (trained / SCORES).is_file():
            continue
        if not (run / SCORES).is_file():
            run.mkdir(exist_ok=True)
            for part in (runs.CONFIG, runs.HISTORY):
                shutil.copyfile(trained / part, run / part)
            shutil.copyfile(trained / runs.LAST, run / runs.MODEL)
            if (trained / hubness.FILE).is_file():
                config = runs.config_of(run)
                train, _, first = training_data(learnt, config)
                canvas = canvas_for(config.size)
                pairs = prepare_pairs(train, canvas, edge_maps=config.edge_maps, progress=False)
                keep_querybank(run, pairs, config, first)
            score(run, shoes)
        if not (again / SCORES).is_file():
            shutil.copytree(run, again, dirs_exist_ok=True)
            score(again, shoes[:1])
    return by_all, by_first


def score(run: Path, asked: Sequence[Path]) -> None:
    """Ask a run of its validation shoes, and keep what came out in its folder."""
    (run / SCORES).write_text(json.dumps(evaluate_retrieval(run, asked, "val")))


def cost(run: Path, data: Path) -> str:
    """Parameters, and the milliseconds from the file of a sketch to the order of 60 photos."""
    embedder = Embedder(run)
    part = split_of(load_collections([data / SHOES[0]]), embedder.config, "val")
    pairs = prepare_pairs(part, embedder.canvas, edge_maps="computed", progress=False)
    gallery = embedder.photos(pairs.photos[:, 0])
    seconds = []
    for sketch in part.sketches[:QUERIES]:
        began = time.perf_counter()
        rank(sketch_query(embedder, sketch.picture).embed(embedder), gallery)
        seconds.append(time.perf_counter() - began)
    parameters = saving.load_model(run).count_params() / 1e6
    return f"{parameters:.2f} M | {1e3 * np.median(seconds):.0f} ms"


def main() -> None:
    parser = study_parser(__doc__.splitlines()[0], ROWS)
    parser.add_argument("--folds", type=int, default=5)
    asked = parser.parse_args()
    if not asked.commands:
        procedural_shoes(asked.runs)
    shoes = [asked.data / name for name in SHOES]
    company = [*(asked.data / name for name in COMPANY), asked.runs / DRAWN]
    # The published recipe learns from QMUL-Shoe alone.
    learnt = {"paper": shoes[:1], "best": [*shoes, *company]}
    rows = [replace(row, times=asked.folds) for row in ROWS if row.name in asked.only]
    for row in rows:
        study = Study(
            train=["retrieval", "--data", *map(str, learnt[row.name])],
            evaluate=["--data", *map(str, shoes), "--split", "val"],
            number="--fold",
            runs=asked.runs,
        )
        if asked.commands:
            print_commands(study, [row])
        else:
            train_all(study, [row], asked.jobs)
    if asked.commands:
        return
    told = []
    for row in rows:
        told += [row, *last_epochs(row, learnt[row.name], shoes, asked.runs)]
    print_table(told, asked.runs, asked.data)


def print_table(rows: Sequence[Row], folder: Path, data: Path) -> None:
    """The table of all rows, with what each costs."""
    head, line, *lines = table(rows, SHOWN, folder)
    print(f"{head} parameters | query |", f"{line} --- | --- |", sep="\n")
    for row, told in zip(rows, lines, strict=True):
        print(f"{told} {cost(row.run(folder, 0), data)} |")


if __name__ == "__main__":
    main()
