"""The main job: both tasks on drawings made by program, from nothing to scores and pictures."""

from __future__ import annotations

import os
import shlex
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from sketchnet import runs
from sketchnet.config.doodles import DOODLE_PRESETS
from sketchnet.config.files import Config
from sketchnet.config.retrieval import RETRIEVAL_PRESETS
from sketchnet.data.synthetic.write_datasets import write_quickdraw, write_retrieval
from sketchnet.tasks.train_doodles import train_doodles
from sketchnet.tasks.train_retrieval import train_retrieval
from sketchnet.utils.errors import InputError

SHOES, TEST = 800, 200
DOODLES = 800  # of each of the ten categories

PLACE = "main"  # of its data and runs, apart from a person's own


def run_quickstart(
    folder: Path = Path("."),
    *,
    shoes: int = SHOES,
    test: int = TEST,
    doodles: int = DOODLES,
    epochs: int | None = None,
    log: Callable[[str], None] = print,
) -> None:
    """Make the data or reuse them, train both tasks, score them on unseen drawings.

    What it writes lies below `folder` in places of its own: the data in `data/main`, and in
    `runs/main` the runs `shoes`, with a gallery of the test shoes, and `doodles`. Runs of an
    earlier main job are replaced, others never. The sizes are those that two cores finish in about
    five minutes. `epochs` are the preset's, if not given. Raises InputError, before any work,
    where another run is in the way.
    """
    shoe_config = _with_epochs(replace(RETRIEVAL_PRESETS["quick"], validate=False), epochs)
    doodle_config = _with_epochs(replace(DOODLE_PRESETS["quick"], validate=False), epochs)
    shoe_run, doodle_run = (folder / "runs" / PLACE / name for name in ("shoes", "doodles"))
    _check_ours(shoe_run, shoe_config)
    _check_ours(doodle_run, doodle_config)

    log(f"1/4 drawing {shoes:,} shoes and {10 * doodles:,} doodles by program")
    cores = os.cpu_count() or 1
    pairs = write_retrieval(folder / "data" / PLACE / "shoes", shoes, test, workers=cores)
    drawings = write_quickdraw(folder / "data" / PLACE / "doodles", doodles, workers=cores)

    log("2/4 learning to find shoes by sketches")
    _clear(shoe_run)
    train_retrieval(shoe_config, [pairs], shoe_run, log=log)
    shoe_scores = runs.load_metrics(shoe_run)

    log("3/4 learning to tell and to suggest doodles")
    _clear(doodle_run)
    train_doodles(doodle_config, [drawings], doodle_run, log=log)
    doodle_scores = _score_doodles(doodle_run, drawings)

    log("4/4 a gallery of the unseen shoes")
    _build_gallery(shoe_run, pairs)

    command = shlex.join(["python", "demo/app.py", "--run", str(shoe_run), str(doodle_run)])
    log(
        "\n"
        f"shoes:    acc@1 {shoe_scores['acc@1']:.1%}, acc@10 {shoe_scores['acc@10']:.1%} of "
        f"{shoe_scores['n_queries']} sketches among {shoe_scores['n_gallery']} unseen shoes "
        f"(chance: {1 / shoe_scores['n_gallery']:.1%})\n"
        f"doodles:  accuracy {doodle_scores['accuracy@100']:.1%} finished, "
        f"{doodle_scores['accuracy@50']:.1%} half drawn, of {doodle_scores['n']} unseen drawings "
        f"(chance: {1 / doodle_scores['n_categories']:.1%})\n"
        f"pictures: {shoe_run / runs.PICTURES} and {doodle_run / runs.PICTURES}\n"
        f"next:     {command}"
    )


def _with_epochs(config: Any, epochs: int | None) -> Any:
    return config if epochs is None else replace(config, epochs=epochs)


def _check_ours(run: Path, config: Config) -> None:
    """What lies at `run` must be an earlier main job's: nothing that could not be made again."""
    if not run.exists():
        return
    try:
        ours = runs.config_of(run) == config and runs.data_of(run) == (run.name,)
    except InputError:
        ours = False
    if not ours:
        raise InputError(
            f"at {run} nothing, or what an earlier main job with these settings left",
            "another run",
            "move it elsewhere, or remove it",
        )


def _clear(run: Path) -> None:
    if run.exists():
        shutil.rmtree(run)


def _score_doodles(run: Path, drawings: Path) -> dict[str, Any]:
    from sketchnet.evaluation.evaluate_run import evaluate_run

    return evaluate_run(run, [drawings], "test")


def _build_gallery(run: Path, pairs: Path) -> None:
    from sketchnet.data.pairs.load import load_collection
    from sketchnet.inference.embedder import Embedder
    from sketchnet.retrieval.gallery import build_gallery

    unseen = load_collection(pairs).subset("test")
    build_gallery(Embedder(run), list(unseen.photos), run / runs.GALLERY)
