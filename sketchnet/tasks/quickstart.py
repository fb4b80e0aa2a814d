"""Quick start: both tasks end to end on synthetic data, from nothing to scores and pictures."""

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

DIRECTORY = "quickstart"  # of its data and runs, apart from those of the user


def run_quickstart(
    folder: Path = Path("."),
    *,
    shoes: int = SHOES,
    test: int = TEST,
    doodles: int = DOODLES,
    epochs: int | None = None,
    log: Callable[[str], None] = print,
) -> None:
    """Generate the synthetic data or reuse them, train both tasks, score them on unseen drawings.

    It writes below `folder`: the data into `data/quickstart`, and into `runs/quickstart` the runs
    `shoes`, with a gallery of the test shoes, and `doodles`. Runs of an earlier quick start are
    replaced, other runs never. With the default sizes two cores need about six minutes.

    Args:
        shoes, test: number of synthetic shoes in all, and of those held out for testing.
        doodles: number of doodles of each category.
        epochs: instead of those of the presets `quick`.

    Raises InputError, before any work, where another run is in the way.
    """
    shoe_config = _with_epochs(replace(RETRIEVAL_PRESETS["quick"], validate=False), epochs)
    doodle_config = _with_epochs(replace(DOODLE_PRESETS["quick"], validate=False), epochs)
    shoe_run, doodle_run = (folder / "runs" / DIRECTORY / name for name in ("shoes", "doodles"))
    _check_replaceable(shoe_run, shoe_config)
    _check_replaceable(doodle_run, doodle_config)

    log(f"1/4 generating {shoes:,} synthetic shoes and {10 * doodles:,} doodles")
    cores = os.cpu_count() or 1
    pairs = write_retrieval(folder / "data" / DIRECTORY / "shoes", shoes, test, processes=cores)
    drawings = write_quickdraw(folder / "data" / DIRECTORY / "doodles", doodles, processes=cores)

    log("2/4 training retrieval: sketch to photo")
    _clear(shoe_run)
    train_retrieval(shoe_config, [pairs], shoe_run, log=log)
    shoe_scores = runs.load_metrics(shoe_run)

    log("3/4 training doodles: categories and similar drawings")
    _clear(doodle_run)
    train_doodles(doodle_config, [drawings], doodle_run, log=log)
    doodle_scores = _score_doodles(doodle_run, drawings)

    log("4/4 building a gallery of the unseen shoes")
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


def _check_replaceable(run: Path, config: Config) -> None:
    """Raise InputError unless `run` is absent or was left by an earlier quick start."""
    if not run.exists():
        return
    try:
        replaceable = runs.config_of(run) == config and runs.data_of(run) == (run.name,)
    except InputError:
        replaceable = False
    if not replaceable:
        raise InputError(
            f"nothing at {run}, or the run of an earlier quick start with these settings",
            "another run, perhaps of an older version",
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
    fields = pairs / "catalogue.csv"
    known = fields if fields.is_file() else None  # data of an older version have none
    build_gallery(Embedder(run), list(unseen.photos), run / runs.GALLERY, fields=known)
