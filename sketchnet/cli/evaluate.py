"""Score runs: `python evaluate.py RUN [RUN ...] --data DIR [DIR ...] --split test --json`."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from sketchnet.utils.errors import InputError


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
    edge_maps: Literal["computed", "provided"] = "computed"
    """Edge maps prepared from the photos, as the demo does, or the collection's own."""
    views: Literal[1, 10] = 10
    """Views of a picture that are averaged; 1 is faster."""
    fold: int | None = None
    """The validation fold, if not that which the run was trained with."""
    categories: tuple[str, ...] = ()
    """Doodles of these words alone, such as apple "flip flops"; none: all that the data hold."""
    per_category: int = 0
    """At most so many drawings of each category, a seeded choice; 0: all."""
    recognized: bool = False
    """Leave out the drawings that the game itself did not recognize."""
    few_shot: int = 0
    """Instead: so many drawings of each category answer for its others, by their 4 nearest, mean
    of 20 draws. Of categories that the run never learnt it tells what its embedding is worth."""
    out: Path | None = None
    """Where the reports go, if not into the runs; needed for weights that ship."""


def report_folders(runs: tuple[str, ...], out: Path | None) -> dict[str, Path | None]:
    """Where the report of each run goes: into `out`, one folder a run in it, or into the run."""
    from sketchnet.evaluation.evaluate_run import report_folder

    if out is None or len(runs) == 1:
        return {run: report_folder(run, out) for run in runs}
    names = {run: Path(run).resolve().name for run in runs}
    if len(set(names.values())) < len(names):
        raise InputError(
            f"runs of different names, for one folder each in {out}",
            ", ".join(runs),
            "evaluate them one by one",
        )
    return {run: out / name for run, name in names.items()}


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    arguments = sys.argv[1:] if arguments is None else arguments
    chosen = tyro.cli(Evaluate, prog="evaluate.py", args=arguments)
    from sketchnet.evaluation.compare_runs import draw_beside
    from sketchnet.evaluation.evaluate_run import evaluate_run
    from sketchnet.evaluation.tables import lines, side_by_side

    reports = {}
    try:
        folders = report_folders(chosen.runs, chosen.out)
        for run, out in folders.items():
            reports[run] = evaluate_run(
                run, chosen.data, chosen.split, edge_maps=chosen.edge_maps, views=chosen.views,
                fold=chosen.fold, categories=chosen.categories, per_category=chosen.per_category,
                recognized=chosen.recognized, few_shot=chosen.few_shot, out=out,
            )  # fmt: skip
            print(f"{run}: ", *lines(reports[run]), "", sep="\n")
        beside = draw_beside(reports, folders, chosen.out)
    except (InputError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    if beside:
        print(f"side by side: {beside / 'index.html'}", "", sep="\n")
    if len(reports) > 1:
        print(*side_by_side(reports), sep="\n")
    if chosen.json:
        print(json.dumps(reports if len(reports) > 1 else next(iter(reports.values()))))
    return 0
