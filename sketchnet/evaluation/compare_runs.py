"""Compare several doodle runs: one table, one figure of curves, one of embedding maps."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet import runs
from sketchnet.evaluation import doodle_plots, plots
from sketchnet.evaluation.doodle_report import MAP
from sketchnet.evaluation.doodle_tables import accuracy_by_completion
from sketchnet.evaluation.html_page import write_page
from sketchnet.evaluation.tables import comparison_table

COMPARISON = "comparison"  # folder of the figures


def compare_runs(
    reports: Mapping[str, Mapping[str, Any]],
    folders: Mapping[str, Path | None],
    out: Path | None = None,
) -> Path | None:
    """Draw the doodle runs among `reports`: completion.png, maps.png and index.html.

    Args:
        reports: run → scores, all on the same drawings.
        folders: run → directory of its own report, which has its map; None = it has none.
        out: directory in which the folder `comparison` is made; None = the report of the first run.

    Returns:
        The folder, or None where there are fewer than two doodle runs with a report.
    """
    drawn = {
        run: folder
        for run, folder in folders.items()
        if folder and reports[run]["task"] == "quickdraw"
    }
    if len(drawn) < 2:
        return None
    comparison = (out or next(iter(drawn.values()))) / COMPARISON
    comparison.mkdir(parents=True, exist_ok=True)
    folder_names = {run: Path(run).resolve().name for run in drawn}
    unique = len(set(folder_names.values())) == len(folder_names)
    names = folder_names if unique else {run: run for run in drawn}
    named = {names[run]: reports[run] for run in drawn}
    pictures = ["maps.png"]
    curves = {name: accuracy_by_completion(report) for name, report in named.items()}
    if all(len(curve) > 1 for curve in curves.values()):
        path = comparison / "completion.png"
        plots.completion_curve(curves, path, "accuracy of partial sketches")
        pictures.insert(0, path.name)
    maps = {names[run]: read_map(folder / runs.PICTURES / MAP) for run, folder in drawn.items()}
    categories = sorted({category for _, words in maps.values() for category in words})
    panels = {
        f"{name}: {_score(named[name])}": (points, np.array([categories.index(w) for w in words]))
        for name, (points, words) in maps.items()
    }
    doodle_plots.embedding_map(panels, categories, comparison / "maps.png")
    write_page(comparison, ", ".join(named), comparison_table(named), pictures)
    return comparison


def read_map(path: Path) -> tuple[np.ndarray, list[str]]:
    """Read the map of a run: the positions (N, 2) of its drawings, and their categories."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    points = np.array([(float(row["x"]), float(row["y"])) for row in rows])
    return points, [row["category"] for row in rows]


def _score(report: Mapping[str, Any]) -> str:
    """The score that a map illustrates: how often the nearest neighbours have the category."""
    if report["knn@4"] is not None:
        return f"4-NN {report['knn@4']:.1%}"
    return f"accuracy {report['accuracy@100']:.1%}"
