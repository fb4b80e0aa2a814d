"""`python evaluate.py RUN [RUN ...] --data DIR` and `sketchnet evaluate`: score runs."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro

from sketchnet.config.renamed import rename_flags
from sketchnet.utils.errors import InputError
from sketchnet.utils.process import command


@dataclass
class Evaluate:
    """Score runs on a split of some data: a table on screen, a report with pictures in each run."""

    runs: tyro.conf.Positional[Annotated[tuple[str, ...], tyro.conf.arg(metavar="RUN [RUN ...]")]]
    """Directories of runs, or names of shipped weights: shoes, quickdraw."""
    data: tuple[Path, ...]
    """Data directories of any layout, merged."""
    split: Literal["train", "val", "test", "all"] = "test"
    """Split whose sketches are the queries. all = everything in the directory."""
    json: bool = False
    """Print one JSON object as the last line: the scores, or with several runs the scores by
    run."""
    edge_maps: Literal["computed", "provided"] = "computed"
    """Edge maps of photos: computed from the photos, as the page does, or provided by the
    dataset."""
    views: Literal[1, 10] = 10
    """Views of a picture whose embeddings are averaged. 1 is faster."""
    distractors: Path | None = None
    """Directory of photos that join the gallery and are never the right answer."""
    fold: int | None = None
    """Validation fold, 0 to 4, if not that of the run."""
    categories: tuple[str, ...] = ()
    """Doodles: evaluate these categories only, such as apple "flip flops". None = all in the
    data."""
    per_category: int = 0
    """Doodles: maximum number of drawings per category, a seeded choice. 0 = all."""
    recognized: bool = False
    """Doodles: leave out the drawings that the game did not recognise."""
    few_shot: int = 0
    """Doodles: few-shot evaluation with this many examples per category instead, by the 4 nearest
    of the examples, mean of 20 draws. For categories that the run was not trained on it measures
    the embedding."""
    out: Path | None = None
    """Directory of the reports, if not the runs; needed for shipped weights."""


def report_folders(runs: tuple[str, ...], out: Path | None) -> dict[str, Path | None]:
    """The directory of each run's report: `out`, with one folder per run in it, or the run."""
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


def trained_on_note(run: str, split: str) -> str:
    """A line for a doodle run that was trained on this split of its data, "" for others."""
    from sketchnet.runs import config_of, data_of, resolve_run

    config = config_of(resolve_run(run))
    held_out = {"val": config.validate, "test": getattr(config, "test", True)}
    if held_out.get(split, True):
        return ""
    names = ", ".join(data_of(resolve_run(run)))
    return f"note: {run} was trained on the {split} split of {names}: it is not held out"


@command
def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    arguments, notes = rename_flags(sys.argv[1:] if arguments is None else arguments)
    for note in notes:
        print(note, file=sys.stderr)
    chosen = tyro.cli(Evaluate, prog="evaluate.py", args=arguments)
    from sketchnet.evaluation.compare_runs import compare_runs
    from sketchnet.evaluation.evaluate_run import evaluate_run
    from sketchnet.evaluation.tables import comparison_table, report_table

    reports = {}
    try:
        folders = report_folders(chosen.runs, chosen.out)
        for run, out in folders.items():
            reports[run] = evaluate_run(
                run, chosen.data, chosen.split, edge_maps=chosen.edge_maps, views=chosen.views,
                distractors=chosen.distractors, fold=chosen.fold, categories=chosen.categories,
                per_category=chosen.per_category, recognized=chosen.recognized,
                few_shot=chosen.few_shot, out=out,
            )  # fmt: skip
            print(f"{run}: ", *report_table(reports[run]), "", sep="\n")
            if note := trained_on_note(run, chosen.split):
                print(note, file=sys.stderr)
        comparison = compare_runs(reports, folders, chosen.out)
    except (InputError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped", file=sys.stderr)
        return 130
    if comparison:
        print(f"comparison: {comparison / 'index.html'}", "", sep="\n")
    if len(reports) > 1:
        print(*comparison_table(reports), sep="\n")
    if chosen.json:
        print(json.dumps(reports if len(reports) > 1 else next(iter(reports.values()))))
    return 0
