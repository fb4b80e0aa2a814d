"""Score runs: `python evaluate.py RUN [RUN ...] --data DIR [DIR ...] --split test --json`."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from sketchnet.errors import InputError

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


@dataclass
class Evaluate:
    """Score runs on a split of some data: a table, and a report with pictures in each run."""

    runs: tyro.conf.Positional[Annotated[tuple[str, ...], tyro.conf.arg(metavar="RUN [RUN ...]")]]
    """Folders of runs, or the names of weights that ship: shoes, quickdraw."""
    data: tuple[Path, ...]
    """Folders of any layout, merged."""
    split: Literal["train", "val", "test", "all"] = "test"
    """Which part is asked; `all` is everything in the folder."""
    json: bool = False
    """One JSON object as the last line: the scores, or with several runs the scores by run."""
    edges: Literal["ours", "published"] = "ours"
    """Edge maps prepared from the photos, as the demo does, or the collection's own."""
    views: Literal[1, 10] = 10
    """Views of a picture that are averaged; 1 is faster."""
    fold: int | None = None
    """The validation fold, if not that which the run was trained with."""
    out: Path | None = None
    """Where the reports go, if not into the runs; needed for weights that ship."""


def main(arguments: list[str]) -> int:
    chosen = tyro.cli(Evaluate, prog="evaluate.py", args=arguments)
    from sketchnet.evaluation.report import evaluate_run
    from sketchnet.evaluation.tables import lines, side_by_side

    reports = {}
    try:
        for run in chosen.runs:
            out = chosen.out and chosen.out / Path(run).name if len(chosen.runs) > 1 else chosen.out
            reports[run] = evaluate_run(
                run, chosen.data, chosen.split, edges=chosen.edges, views=chosen.views,
                fold=chosen.fold, out=out,
            )  # fmt: skip
            print(f"{run}: ", *lines(reports[run]), "", sep="\n")
    except (InputError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    if len(reports) > 1:
        print(*side_by_side(reports), sep="\n")
    if chosen.json:
        print(json.dumps(reports if len(reports) > 1 else next(iter(reports.values()))))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
