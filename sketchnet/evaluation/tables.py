"""Scores as text: one table for one run, or one for several runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sketchnet.evaluation.doodle_tables import (
    DOODLE_ROWS,
    FEW_SHOT_ROWS,
    doodle_table,
    few_shot_table,
)

# Key of a report -> label in a table, in the order of the table. Absent scores are left out.
RETRIEVAL_ROWS = {
    "acc@1": "acc@1",
    "acc@5": "acc@5",
    "acc@10": "acc@10",
    "map": "mAP",
    "percentile": "rank percentile",
    "triplet_accuracy": "human triplets",
    "acc@10@25": "acc@10 at 25 %",
    "acc@10@50": "acc@10 at 50 %",
    "acc@10@75": "acc@10 at 75 %",
    "m@A": "m@A",
    "m@B": "m@B",
}
ROWS_OF_TASK = {
    "retrieval": RETRIEVAL_ROWS,
    "quickdraw": DOODLE_ROWS,
    "few_shot": FEW_SHOT_ROWS,
}


def report_table(report: Mapping[str, Any]) -> list[str]:
    """The lines of one report, each score with its 95 % interval.

    For retrieval a column shows the scores without re-ranking.
    """
    if report.get("task") == "quickdraw":
        return doodle_table(report)
    if report.get("task") == "few_shot":
        return few_shot_table(report)
    retrieval_only = report.get("retrieval_only") or {}
    views = f"{report['views']} view" + ("s" if report["views"] > 1 else "")
    distractors = report.get("n_distractors", 0)
    gallery = f"{report['n_gallery']} photos"
    if distractors:
        gallery += f" ({distractors} of them distractors)"
    table = [
        f"{report['n_queries']} sketches among {gallery}, split {report['split']}, "
        f"photo input: {report['photos']}, {views}",
        "",
        f"{'':<18}{'score':>7}   {'95 % interval':<15}{'retrieval only':>15}",
    ]
    for row, label in RETRIEVAL_ROWS.items():
        if report.get(row) is None:
            continue
        low, high = report["intervals"][row]
        alone = f"{retrieval_only[row]:15.3f}" if row in retrieval_only else f"{'':15}"
        note = ""
        if row == "triplet_accuracy":
            note = f"   N = {report['n_triplets']}"
        elif row.startswith("acc@10@"):
            note = f"   partial sketches, cut by {report['partial_by']}"
        table.append(f"{label:<18}{report[row]:7.3f}   {low:.3f}..{high:.3f}   {alone}{note}")
    if report.get("skipped"):
        table += ["", f"{len(report['skipped'])} unreadable pictures were left out"]
    return table


def comparison_table(reports: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """One line per run, the scores in columns; — where a run lacks a score."""
    tasks = {report.get("task", "retrieval") for report in reports.values()}
    columns = {
        key: label
        for task, rows in ROWS_OF_TASK.items()
        if task in tasks
        for key, label in rows.items()
        if any(report.get(key) is not None for report in reports.values())
    }
    width = max(len(name) for name in reports) + 2
    head = f"{'run':<{width}}{'N':>6}"
    table = [head + "".join(f"{label:>{len(label) + 3}}" for label in columns.values())]
    for name, report in reports.items():
        cells = [
            f"{'—' if report.get(key) is None else format(report[key], '.3f'):>{len(label) + 3}}"
            for key, label in columns.items()
        ]
        n = report.get("n_queries", report.get("n", ""))
        table.append(f"{name:<{width}}{n:>6}" + "".join(cells))
    return table
