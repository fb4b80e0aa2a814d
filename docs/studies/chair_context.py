"""More context for chairs, whose sketches err in proportion: two changes of the network.

`python docs/studies/chair_context.py DATA RUNS [--only NAME …]` trains what is missing and prints
the table of docs/experiments.md. Compared is `chairs_v2_from_imagenet` of `new_category.py`, with
its RUNS; the changes, and the weights that a context needs, are those of `trunk_code_ablations.py`.
"""

from __future__ import annotations

import argparse
import json
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import new_category
from training_grid import SCORES, Recipe, markdown_table
from trunk_code_ablations import ABLATIONS, SHORT

from sketchnet.evaluation.retrieval import evaluate_retrieval
from sketchnet.tasks.train_retrieval import train_retrieval

ROWS = ("context", "pooled_context")
BASE = Recipe("chairs_v2_from_imagenet", "", repeats=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="SKETCHNET_DATA, see docs/data.md")
    parser.add_argument("runs", type=Path, help="folder that receives the runs")
    parser.add_argument("--only", nargs="*", choices=ROWS, default=ROWS, help="rows to train")
    options = parser.parse_args()
    chairs = [options.data / new_category.CATEGORIES["chairs_v2"]]
    recipes = {name: Recipe(f"chairs_v2_{name}", "", repeats=1) for name in options.only}
    for name, recipe in recipes.items():
        run = recipe.run(options.runs, 0)
        if not (run / SCORES).is_file():
            with ExitStack() as stack:
                for found in ABLATIONS[name](options.runs):
                    stack.enter_context(patch.object(*found))
                train_retrieval(replace(SHORT, querybank=0), chairs, run)
                report = evaluate_retrieval(run, chairs, "val", views=1)
            (run / SCORES).write_text(json.dumps(report))
    print(*markdown_table((BASE, *recipes.values()), new_category.SCORES, options.runs), sep="\n")


if __name__ == "__main__":
    main()
