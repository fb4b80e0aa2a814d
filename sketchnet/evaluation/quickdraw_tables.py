"""The scores of a drawing run as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

QUICKDRAW_ROWS = (
    "accuracy@25", "accuracy@50", "accuracy@75", "accuracy@100", "picture_only", "strokes_only",
    "knn@1", "knn@3", "knn@4", "knn@5", "triplet_accuracy",
)  # fmt: skip


def lines(report: Mapping[str, Any]) -> list[str]:
    """The table of one report: each score with its interval, what was asked, what was left out."""
    gallery = report.get("gallery")
    near = (
        f"neighbours among {gallery['n']} training drawings, {gallery['per_category']} a category"
        if gallery
        else "no gallery, so no neighbours"
    )
    out = [
        f"{report['n']} drawings of {report['n_categories']} categories, "
        f"split {report['split']}; {near}",
        "",
        f"{'':<18}{'score':>7}   {'95 % interval':<15}",
    ]
    for row in QUICKDRAW_ROWS:
        if report.get(row) is None:
            continue
        low, high = report["intervals"][row]
        count = f"   N = {report['n_triplets']}" if row == "triplet_accuracy" else ""
        out.append(f"{row:<18}{report[row]:7.3f}   {low:.3f}..{high:.3f}{count}")
    if report.get("unknown"):
        names = ", ".join(f"{name} ({n})" for name, n in report["unknown"].items())
        out += ["", f"left out, since the run does not know them: {names}"]
    if report.get("skipped"):
        out += ["", *(f"skipped: {problem}" for problem in report["skipped"])]
    return out
