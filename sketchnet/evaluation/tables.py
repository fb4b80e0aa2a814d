"""Scores as text: one table for one run, or for several side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sketchnet.evaluation import doodle_tables
from sketchnet.evaluation.doodle_tables import DOODLE_ROWS, FEW_SHOT_ROWS

# In the order of reading; what a report does not hold is left out.
RETRIEVAL_ROWS = (
    "acc@1", "acc@5", "acc@10", "map", "percentile", "triplet_accuracy",
    "acc@10@25", "acc@10@50", "acc@10@75",
)  # fmt: skip

COLUMNS = (*RETRIEVAL_ROWS[:-3], *DOODLE_ROWS[:-1], *RETRIEVAL_ROWS[-3:], *FEW_SHOT_ROWS)


def lines(report: Mapping[str, Any]) -> list[str]:
    """Return the table of one report: each score with its interval, and the vectors' alone."""
    if report.get("task") == "quickdraw":
        return doodle_tables.lines(report)
    if report.get("task") == "few_shot":
        return doodle_tables.few_shot_lines(report)
    stage_one = report.get("stage_one") or {}
    shown = [row for row in RETRIEVAL_ROWS if report.get(row) is not None]
    head = (
        f"{report['n_queries']} sketches among {report['n_gallery']} photos, "
        f"split {report['split']}, photos prepared: {report['photos']}, {report['views']} view"
        + ("s" if report["views"] > 1 else "")
    )
    out = [head, "", f"{'':<18}{'score':>7}   {'95 % interval':<15}{'vectors alone':>15}"]
    for row in shown:
        low, high = report["intervals"][row]
        alone = f"{stage_one[row]:15.3f}" if row in stage_one else f"{'':15}"
        note = ""
        if row == "triplet_accuracy":
            note = f"   N = {report['n_triplets']}"
        elif row.startswith("acc@10@"):
            note = f"   drawn by {report['begun']}"
        out.append(f"{row:<18}{report[row]:7.3f}   {low:.3f}..{high:.3f}   {alone}{note}")
    if report.get("skipped"):
        out += ["", f"{len(report['skipped'])} broken pictures were left out"]
    return out


def side_by_side(
    reports: Mapping[str, Mapping[str, Any]],
    rows: Sequence[str] = COLUMNS,
) -> list[str]:
    """Return one line a run, the scores in columns."""
    shown = [row for row in rows if any(r.get(row) is not None for r in reports.values())]
    width = max(len(name) for name in reports) + 2
    out = [f"{'run':<{width}}{'N':>6}" + "".join(f"{row:>{len(row) + 3}}" for row in shown)]
    for name, report in reports.items():
        n = report.get("n_queries", report.get("n", ""))
        cells = [
            f"{'—' if report.get(row) is None else format(report[row], '.3f'):>{len(row) + 3}}"
            for row in shown
        ]
        out.append(f"{name:<{width}}{n:>6}" + "".join(cells))
    return out
