"""Networks after their last epoch, which no validation chose: scores and cost."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from ablations import TARGET
from training_grid import SCORES, Recipe

from sketchnet import runs
from sketchnet.data.pairs.load import load_collections
from sketchnet.data.pairs.prepare import PreparedPairs, prepare_pairs
from sketchnet.data.pairs.training_split import training_split
from sketchnet.evaluation.embedded_split import split_of
from sketchnet.evaluation.retrieval import evaluate_retrieval
from sketchnet.inference.embedder import Embedder
from sketchnet.models import saving
from sketchnet.retrieval.hubness import build_querybank, save_querybank
from sketchnet.retrieval.query import sketch_query
from sketchnet.retrieval.ranker import load_ranker

LAST_EPOCH, LAST_EPOCH_QMUL = "last_epoch", "last_epoch_qmul"
TIMED_QUERIES = 40


def prepare(collection, embedder: Embedder, edge_maps: str) -> PreparedPairs:
    return prepare_pairs(
        collection,
        embedder.canvas,
        photo_input=embedder.config.photo_input,
        edge_maps=edge_maps,
        line_width=embedder.config.line_width,
        progress=False,
    )


def evaluate_last_epochs(
    recipe: Recipe, train_data: Sequence[Path], target: Sequence[Path], folder: Path
) -> tuple[Recipe, Recipe]:
    """Evaluate the trained networks after their last epoch, in runs of their own.

    The querybank is computed anew, with the network of the last epoch.

    Args:
        train_data: what the recipe was trained on.
        target: the evaluation data: the first row uses all of them, the second only the first one.
        folder: the folder of the runs.

    Returns: the recipes that name the two rows.
    """
    on_all, on_first = (
        replace(recipe, name=f"{recipe.name}_{name}") for name in (LAST_EPOCH, LAST_EPOCH_QMUL)
    )
    for number in range(recipe.repeats):
        trained, run, again = (each.run(folder, number) for each in (recipe, on_all, on_first))
        if not (trained / SCORES).is_file():
            continue
        if not (run / SCORES).is_file():
            copy_last_epoch(trained, run, train_data)
            score(run, target)
        if not (again / SCORES).is_file():
            shutil.copytree(run, again, dirs_exist_ok=True)
            score(again, target[:1])
    return on_all, on_first


def copy_last_epoch(trained: Path, run: Path, train_data: Sequence[Path]) -> None:
    """Make a run whose network is that of the last epoch, with its own querybank."""
    run.mkdir(exist_ok=True)
    for name in (runs.CONFIG, runs.HISTORY):
        shutil.copyfile(trained / name, run / name)
    shutil.copyfile(trained / runs.LAST, run / runs.MODEL)
    config = runs.config_of(run)
    if config.querybank:
        split = training_split(train_data, fold=config.fold, validate=config.validate)
        embedder = Embedder(run)
        pairs = prepare(split.train, embedder, config.edge_maps)
        bank = build_querybank(embedder, pairs, split.target, config.querybank, config.seed)
        if bank is not None:
            save_querybank(bank, run)


def score(run: Path, data: Sequence[Path]) -> None:
    """Evaluate a run on its validation identities, and write the scores into it."""
    (run / SCORES).write_text(json.dumps(evaluate_retrieval(run, data, "val")))


def cost(run: Path, data: Path) -> str:
    """Table cells: parameters, and the time from a sketch's file to the ranking of 60 photos."""
    embedder = Embedder(run)
    part = split_of(load_collections([data / TARGET[0]]), embedder.config, "val")
    gallery = embedder.photos(prepare(part, embedder, "computed").photos[:, 0])
    ranker = load_ranker(embedder)
    seconds = []
    for sketch in part.sketches[:TIMED_QUERIES]:
        start = time.perf_counter()
        ranker.rank(sketch_query(embedder, sketch.picture).embed(embedder), gallery)
        seconds.append(time.perf_counter() - start)
    parameters = saving.load_model(run).count_params() / 1e6
    return f"{parameters:.2f} M | {1e3 * np.median(seconds):.0f} ms"
