"""One run evaluated for its own task, and what remains of it on the disk."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from sketchnet import runs
from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.utils.atomic_files import write_text_atomically
from sketchnet.utils.errors import InputError

FEW_SHOT = "few_shot.json"


def evaluate_run(
    name: Path | str,
    data: Sequence[Path],
    split: str = "test",
    *,
    edge_maps: Literal["computed", "provided"] = "computed",
    views: int = 10,
    distractors: Path | None = None,
    fold: int | None = None,
    categories: Sequence[str] = (),
    per_category: int = 0,
    recognized: bool = False,
    few_shot: int = 0,
    out: Path | None = None,
) -> dict[str, Any]:
    """Score a run; write metrics.json and pictures into it, or into `out`.

    Runs that ship with the package are never written to: without `out` their report is returned
    alone. `edge_maps`, `views`, `distractors` and `fold` apply to retrieval runs; `categories` and `per_category`
    (none and 0: all), `recognized` (leave out what the game did not recognize) and `few_shot`
    (examples of each category, whose outcome goes to few_shot.json) about runs on drawings.
    Raises InputError where the run or the data cannot serve.
    """
    folder = runs.resolve_run(name)
    config = runs.config_of(folder)
    out = report_folder(name, out)
    pictures = out / runs.PICTURES if out else None
    if isinstance(config, RetrievalConfig):
        if categories or per_category or recognized or few_shot:
            raise InputError(
                "a quickdraw run to ask about categories",
                f"{name}, of another task",
                "leave out --categories, --per-category, --recognized and --few-shot",
            )
        from sketchnet.evaluation.retrieval import evaluate_retrieval

        report = evaluate_retrieval(
            folder,
            data,
            split,
            edge_maps=edge_maps,
            views=views,
            distractors=distractors,
            fold=fold,
            pictures=pictures,
        )
    else:
        from sketchnet.evaluation.doodles import evaluate_doodles
        from sketchnet.evaluation.few_shot import evaluate_few_shot

        asked: dict[str, Any] = {
            "categories": categories or None,
            "per_category": per_category or None,
            "recognized_only": recognized,
        }
        if few_shot:
            report = evaluate_few_shot(folder, data, split, few_shot, **asked)
        else:
            report = evaluate_doodles(folder, data, split, pictures=pictures, **asked)
    report = {"data": [runs.folder_name(each) for each in data], **report}
    if out and few_shot:
        write_text_atomically(out / FEW_SHOT, json.dumps(report, indent=2) + "\n")
    elif out:
        runs.save_metrics(out, report)
    return report


def report_folder(name: Path | str, out: Path | None) -> Path | None:
    """Where the report of a run lies: in `out`, or in the run; None for one that ships."""
    folder = runs.resolve_run(name)
    return out if out or folder.is_relative_to(runs.SHIPPED) else folder
