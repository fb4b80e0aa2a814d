"""Ablations of the pretrained trunk that need other code. Else as `trunk_ablations.py`.

`python docs/studies/trunk_code_ablations.py DATA RUNS [--folds N] [--only NAME …]` trains what is
missing, one after the other, and prints the tables of docs/experiments.md. Both contexts need the
weights of all stages in RUNS/whole (`docs/recipes/trunk_weights.py lite0 RUNS/whole/lite0.npz
--whole`), `hed_sketches` and `hed_photos` the lines of all photos in RUNS/hed (`hed_lines.py`).
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from itertools import product
from pathlib import Path
from typing import Any
from unittest.mock import patch

import ablation_losses as losses
import ablation_networks as networks
import hed_lines
from ablations import IN_COLOUR, TARGET
from training_grid import SCORES, Recipe, difference_table, far_scores, markdown_table
from trunk_ablations import DISTRACTORS, LOSSES
from trunk_ablations import SCORES as TABLE_SCORES

from sketchnet.config.retrieval import RETRIEVAL_PRESETS
from sketchnet.data.pairs import prepare
from sketchnet.evaluation import embedded_split
from sketchnet.evaluation.retrieval import evaluate_retrieval
from sketchnet.inference.embedder import Embedder
from sketchnet.models import local_scores, trunk, trunk_branches
from sketchnet.retrieval import ranker
from sketchnet.tasks.train_retrieval import train_retrieval
from sketchnet.training import retrieval_trainer

SHORT = replace(
    RETRIEVAL_PRESETS["default"],
    size=160,
    epochs=4,
    steps_per_epoch=50,
    identities=32,
    querybank=256,
)
Patch = tuple[Any, str, Any]
"""A module, one of its names, and what takes the place of what it names."""


def context(runs: Path) -> list[Patch]:
    """Each cell also knows the last map of the trunk, at a 32nd of the side."""
    return [
        (trunk, "WEIGHTS", runs / "whole"),
        (trunk_branches, "build_trunk", networks.trunk_with_context),
    ]


def pooled_context(runs: Path) -> list[Patch]:
    """Each cell also knows the mean of this map over the picture."""
    pooled = partial(networks.trunk_with_context, pooled=True)
    return [(trunk, "WEIGHTS", runs / "whole"), (trunk_branches, "build_trunk", pooled)]


def wider_window(runs: Path) -> list[Patch]:
    """A part may lie two cells away, not one."""
    by_keras = partial(local_scores.local_scores, window=2)
    by_numpy = partial(local_scores.local_scores_numpy, window=2)
    return [
        (retrieval_trainer, "local_scores", by_keras),
        (ranker, "local_scores_numpy", by_numpy),
    ]


def local_alone(runs: Path) -> list[Patch]:
    """InfoNCE on the local scores alone, ranked by them alone."""

    def by_local_scores(embedder: Embedder) -> ranker.Ranker:
        return replace(ranker.load_ranker(embedder), weight=1.0)

    return [
        (retrieval_trainer, "TripletTrainer", losses.LocalAlone),
        (embedded_split, "load_ranker", by_local_scores),
    ]


def on_the_mix(runs: Path) -> list[Patch]:
    """InfoNCE on the mix of both distances that ranks."""
    return [(retrieval_trainer, "TripletTrainer", losses.OnTheMix)]


def hed_sketches(runs: Path) -> list[Patch]:
    """Sketches of photos without any are simulated from lines by HED."""
    return [(prepare, "prepare_photo", hed_lines.prepare_lines(runs / "hed"))]


def hed_photos(runs: Path) -> list[Patch]:
    """In training every second photo is shown as its lines by HED."""
    return [(prepare, "_colours", hed_lines.colours_and_lines(runs / "hed"))]


ABLATIONS: dict[str, Callable[[Path], list[Patch]]] = {
    "local_alone": local_alone,
    "on_the_mix": on_the_mix,
    "context": context,
    "pooled_context": pooled_context,
    "wider_window": wider_window,
    "hed_sketches": hed_sketches,
    "hed_photos": hed_photos,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="SKETCHNET_DATA, see docs/data.md")
    parser.add_argument("runs", type=Path, help="folder that receives the runs")
    names = [*ABLATIONS]
    parser.add_argument("--only", nargs="*", choices=names, default=names, help="rows to train")
    parser.add_argument("--folds", type=int, default=2)
    options = parser.parse_args()
    target, train = (
        [options.data / name for name in folders] for folders in (TARGET, (*TARGET, *IN_COLOUR))
    )
    recipes = [Recipe(name, "", repeats=options.folds) for name in names if name in options.only]
    for fold, recipe in product(range(options.folds), recipes):
        run = recipe.run(options.runs, fold)
        if not (run / SCORES).is_file():
            with ExitStack() as stack:
                for found in ABLATIONS[recipe.name](options.runs):
                    stack.enter_context(patch.object(*found))
                config = replace(SHORT, fold=fold)
                train_retrieval(config, train, run, resume=(run / "config.json").is_file())
                report = evaluate_retrieval(run, target, "val", views=1)
                far = options.data / DISTRACTORS
                among = evaluate_retrieval(run, target, "val", views=1, distractors=far)
                report |= far_scores(among)
            (run / SCORES).write_text(json.dumps(report))
    print(*markdown_table(recipes, TABLE_SCORES, options.runs), sep="\n")
    print(*difference_table(recipes, LOSSES[0], TABLE_SCORES, options.runs), sep="\n")


if __name__ == "__main__":
    main()
