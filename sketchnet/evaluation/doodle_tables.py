"""The scores of a drawing run as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

DOODLE_ROWS = (
    "accuracy@25", "accuracy@50", "accuracy@75", "accuracy@100", "picture_only", "strokes_only",
    "knn@1", "knn@3", "knn@4", "knn@5", "triplet_accuracy",
)  # fmt: skip


FEW_SHOT_ROWS = ("accuracy", "deviation")
NAMED = 12  # of many categories


def share_drawn(report: Mapping[str, Any]) -> dict[int, float]:
    """Percent of the ink → accuracy, as far as the report tells."""
    return {
        int(name.removeprefix("accuracy@")): score
        for name, score in report.items()
        if name.startswith("accuracy@") and score is not None
    }


def few_shot_lines(report: Mapping[str, Any]) -> list[str]:
    """The outcome of the few-shot protocol, and what was asked."""
    learnt = ", ".join(report["learnt"])
    out = [
        f"{report['shots']} drawings of each of {report['n_categories']} categories answer for "
        f"{report['n']} others by their {report['k']} nearest, split {report['split']}",
        f"categories {'unseen in training' if not learnt else f'that the run learnt: {learnt}'}",
        "",
        f"{'accuracy':<18}{report['accuracy']:7.3f} ± {report['deviation']:.3f}   mean and "
        f"deviation of {report['repeats']} draws of the examples",
    ]
    if report["skipped"]:
        out += ["", *(f"skipped: {problem}" for problem in report["skipped"])]
    return out


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
    for row in DOODLE_ROWS:
        if report.get(row) is None:
            continue
        low, high = report["intervals"][row]
        count = f"   N = {report['n_triplets']}" if row == "triplet_accuracy" else ""
        out.append(f"{row:<18}{report[row]:7.3f}   {low:.3f}..{high:.3f}{count}")
    if report.get("unknown"):
        names = [f"{name} ({n})" for name, n in report["unknown"].items()]
        more = f" and {len(names) - NAMED} more categories" if len(names) > NAMED else ""
        left_out = ", ".join(names[:NAMED]) + more
        out += ["", f"left out, since the run does not know them: {left_out}"]
    if report.get("skipped"):
        out += ["", *(f"skipped: {problem}" for problem in report["skipped"])]
    return out
