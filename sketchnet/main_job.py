"""The main job: both tasks on drawings made by program, from nothing to scores and pictures."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from sketchnet import jobs, quickdraw_jobs, runs
from sketchnet.config import RETRIEVAL_PRESETS
from sketchnet.data.procedural.writing import write_quickdraw, write_retrieval
from sketchnet.errors import InputError
from sketchnet.quickdraw_config import QUICKDRAW_PRESETS

SHOES, TEST = 700, 200
DOODLES = 200  # of each of the ten categories


def main_job(
    folder: Path = Path("."),
    *,
    shoes: int = SHOES,
    test: int = TEST,
    doodles: int = DOODLES,
    epochs: int | None = None,
    say: Callable[[str], None] = print,
) -> None:
    """Make the data or reuse them, train both tasks, score them on unseen drawings.

    Below `folder` it writes `data/shoes`, `data/doodles`, `runs/shoes` with a gallery of the test
    shoes, and `runs/doodles`. Runs of an earlier main job are replaced, others never. The sizes
    are those that two cores finish in about five minutes.
    """
    cores = os.cpu_count() or 1
    say(f"1/4 drawing {shoes} shoes and {10 * doodles:,} doodles by program")
    pairs = write_retrieval(folder / "data" / "shoes", shoes, test, workers=cores)
    drawings = write_quickdraw(folder / "data" / "doodles", doodles, workers=cores)

    say("2/4 learning to find shoes by sketches")
    shoe_run = _fresh(folder / "runs" / "shoes", "shoes")
    retrieval = RETRIEVAL_PRESETS["quick"]
    jobs.train_retrieval(
        replace(retrieval, validate=False, epochs=epochs or retrieval.epochs),
        [pairs],
        shoe_run,
        say=say,
    )
    shoe_scores = runs.load_metrics(shoe_run)

    say("3/4 learning to tell and to suggest doodles")
    doodle_run = _fresh(folder / "runs" / "doodles", "doodles")
    quick = QUICKDRAW_PRESETS["quick"]
    quickdraw_jobs.train_quickdraw(
        replace(quick, epochs=epochs or quick.epochs), [drawings], doodle_run, say=say
    )
    doodle_scores = _score_doodles(doodle_run, drawings)

    say("4/4 a gallery of the unseen shoes")
    _build_gallery(shoe_run, pairs)

    say(
        "\n"
        f"shoes:   acc@1 {shoe_scores['acc@1']:.1%}, acc@10 {shoe_scores['acc@10']:.1%} of "
        f"{shoe_scores['n_queries']} sketches among {shoe_scores['n_gallery']} unseen shoes "
        f"(chance: {1 / shoe_scores['n_gallery']:.1%})\n"
        f"doodles: accuracy {doodle_scores['accuracy@100']:.1%} finished, "
        f"{doodle_scores['accuracy@50']:.1%} half drawn, of {doodle_scores['n']} unseen drawings "
        f"(chance: 10.0%)\n"
        f"pictures: {shoe_run / runs.PICTURES} and {doodle_run / runs.PICTURES}\n"
        f"next:     python demo/app.py --run {shoe_run} {doodle_run}"
    )


def _fresh(run: Path, data: str) -> Path:
    """Make way for a run, if what lies there is an earlier main job's."""
    if run.exists():
        if runs.data_of(run) != (data,):
            raise InputError(
                f"expected no run of yours at {run}, where the main job puts its own; received "
                f"one of {' '.join(runs.data_of(run))}; move it elsewhere"
            )
        shutil.rmtree(run)
    return run


def _score_doodles(run: Path, drawings: Path) -> dict:
    from sketchnet.evaluation.report import evaluate_run

    return evaluate_run(run, [drawings], "test")


def _build_gallery(run: Path, pairs: Path) -> None:
    from sketchnet.data.pairs import load_collection
    from sketchnet.embedding import Embedder
    from sketchnet.gallery import build_gallery

    unseen = load_collection(pairs).subset("test")
    build_gallery(Embedder(run), list(unseen.photos), run / runs.GALLERY)
