"""The scores of a doodle run as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Key of a report -> label in a table.
DOODLE_ROWS = {
    "accuracy@25": "accuracy at 25 %",
    "accuracy@50": "accuracy at 50 %",
    "accuracy@75": "accuracy at 75 %",
    "accuracy@100": "accuracy",
    "top5": "top 5",
    "picture_only": "picture only",
    "strokes_only": "strokes only",
    "knn@1": "1-NN",
    "knn@3": "3-NN",
    "knn@4": "4-NN",
    "knn@5": "5-NN",
    "triplet_accuracy": "triplets",
    "calibration_error": "calibration error",
}
FEW_SHOT_ROWS = {"accuracy": "few-shot accuracy", "std": "standard deviation"}
MAX_NAMES = 12  # categories that are listed by name


def accuracy_by_completion(report: Mapping[str, Any]) -> dict[int, float]:
    """Percent of the stroke length → accuracy, as far as the report has it."""
    return {
        int(name.removeprefix("accuracy@")): score
        for name, score in report.items()
        if name.startswith("accuracy@") and score is not None
    }


def few_shot_table(report: Mapping[str, Any]) -> list[str]:
    """The lines of a few-shot report: protocol and score."""
    trained = ", ".join(report["trained_on"])
    table = [
        f"{report['n_categories']} categories of {report['shots']} examples each, "
        f"{report['n']} other drawings classified by their {report['k']} nearest examples, "
        f"split {report['split']}",
        f"categories the run was trained on: {trained}"
        if trained
        else "the run was trained on none of the categories",
        "",
        f"{'few-shot accuracy':<18}{report['accuracy']:7.3f} ± {report['std']:.3f}   mean and "
        f"standard deviation over {report['repeats']} random choices of the examples",
    ]
    if report["skipped"]:
        table += ["", *(f"skipped: {problem}" for problem in report["skipped"])]
    return table


def doodle_table(report: Mapping[str, Any]) -> list[str]:
    """The lines of a doodle report: protocol, each score with its interval, what was left out."""
    gallery = report.get("gallery")
    neighbours = (
        f"nearest neighbours (NN) among {gallery['n']} training drawings, "
        f"{gallery['per_category']} per category"
        if gallery
        else "no gallery, so no nearest neighbours"
    )
    table = [
        f"{report['n']} drawings of {report['n_categories']} categories, "
        f"split {report['split']}; {neighbours}",
        "percentages are of the stroke length; triplets are random drawings; the calibration error",
        "is the mean gap between confidence and accuracy of finished drawings, 15 bins",
        "",
        f"{'':<18}{'score':>7}   {'95 % interval':<15}",
    ]
    for row, label in DOODLE_ROWS.items():
        if report.get(row) is None:
            continue
        low, high = report["intervals"].get(row, (None, None))
        interval = "" if low is None else f"   {low:.3f}..{high:.3f}"
        count = f"   N = {report['n_triplets']}" if row == "triplet_accuracy" else ""
        table.append(f"{label:<18}{report[row]:7.3f}{interval}{count}")
    if report.get("unknown"):
        names = [f"{name} ({n})" for name, n in report["unknown"].items()]
        more = f" and {len(names) - MAX_NAMES} more categories" if len(names) > MAX_NAMES else ""
        listed = ", ".join(names[:MAX_NAMES]) + more
        table += ["", f"left out, since the run was not trained on them: {listed}"]
    if report.get("skipped"):
        table += ["", *(f"skipped: {problem}" for problem in report["skipped"])]
    return table
