"""Several runs of the drawing task side by side: one table, one figure of curves, one of maps."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet import runs
from sketchnet.evaluation import doodle_plots, plots
from sketchnet.evaluation.doodle_report import MAP
from sketchnet.evaluation.doodle_tables import share_drawn
from sketchnet.evaluation.html_page import write_page
from sketchnet.evaluation.tables import side_by_side

BESIDE = "beside"


def draw_beside(
    reports: Mapping[str, Mapping[str, Any]],
    folders: Mapping[str, Path | None],
    out: Path | None = None,
) -> Path | None:
    """Draw the quickdraw runs among `reports`: share.png, maps.png and index.html.

    Args:
        reports: run → scores, all of the same drawings.
        folders: run → where its own report lies, with its map; None: nowhere.
        out: where `beside` is made; None: in the report of the first run.

    Returns the folder, None where there are not two runs to draw.
    """
    drawn = {
        run: folder
        for run, folder in folders.items()
        if folder and reports[run]["task"] == "quickdraw"
    }
    if len(drawn) < 2:
        return None
    beside = (out or next(iter(drawn.values()))) / BESIDE
    beside.mkdir(parents=True, exist_ok=True)
    last = {run: Path(run).resolve().name for run in drawn}
    names = last if len(set(last.values())) == len(last) else {run: run for run in drawn}
    told = {names[run]: reports[run] for run in drawn}
    pictures = ["maps.png"]
    curves = {name: share_drawn(report) for name, report in told.items()}
    if all(len(curve) > 1 for curve in curves.values()):
        plots.share_curve(curves, beside / "share.png", "while it is drawn")
        pictures.insert(0, "share.png")
    maps = {names[run]: read_map(folder / runs.PICTURES / MAP) for run, folder in drawn.items()}
    categories = sorted({category for _, words in maps.values() for category in words})
    panels = {
        f"{name}: {_score(told[name])}": (places, np.array([categories.index(w) for w in words]))
        for name, (places, words) in maps.items()
    }
    doodle_plots.embedding_map(panels, categories, beside / "maps.png")
    write_page(beside, ", ".join(told), side_by_side(told), pictures)
    return beside


def read_map(path: Path) -> tuple[np.ndarray, list[str]]:
    """The places (N, 2) of the drawings on a run's map, and their categories."""
    with path.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    places = np.array([(float(row["x"]), float(row["y"])) for row in rows])
    return places, [row["category"] for row in rows]


def _score(report: Mapping[str, Any]) -> str:
    """What a map should show: how often the neighbours are of one category."""
    if report["knn@4"] is not None:
        return f"{report['knn@4']:.1%} by 4 neighbours"
    return f"{report['accuracy@100']:.1%} told"
