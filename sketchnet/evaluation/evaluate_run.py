"""Evaluate one run of either task, and write its report."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from sketchnet import runs
from sketchnet.config.files import Config
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
    fold: int | None = None,
    distractors: Path | None = None,
    categories: Sequence[str] = (),
    per_category: int = 0,
    recognized: bool = False,
    few_shot: int = 0,
    out: Path | None = None,
) -> dict[str, Any]:
    """Score a run; write metrics.json and pictures into the run, or into `out`.

    Without `out` nothing is written for runs that ship with the package.

    Args:
        name: directory or shipped name of a run.
        data: dataset directories of any layout, merged.
        split: train, val, test or all.
        edge_maps, views, fold, distractors: for retrieval runs (`evaluate_retrieval`).
        categories: categories of a doodle evaluation; none = all.
        per_category: maximum number of drawings per category; 0 = all.
        recognized: leave out drawings that the game did not recognize.
        few_shot: examples per category of a few-shot evaluation, whose report is few_shot.json;
            0 = the ordinary evaluation.
        out: directory of the report; None = the run.

    Returns:
        The scores, see `evaluate_retrieval`, `score_doodles` and `evaluate_few_shot`.

    Raises:
        InputError: run, data and options do not fit together.
    """
    folder = runs.resolve_run(name)
    config = runs.config_of(folder)
    out = report_folder(name, out)
    pictures = out / runs.PICTURES if out else None
    for_doodles = bool(categories or per_category or recognized or few_shot)
    _check_options(name, config, for_doodles, for_retrieval=distractors is not None)
    # The evaluations import Keras or Matplotlib, which the checks above do not need.
    if isinstance(config, RetrievalConfig):
        from sketchnet.evaluation.retrieval import evaluate_retrieval

        report = evaluate_retrieval(
            folder, data, split, edge_maps=edge_maps, views=views, fold=fold,
            distractors=distractors, pictures=pictures,
        )  # fmt: skip
    else:
        selection: dict[str, Any] = {
            "categories": categories or None,
            "per_category": per_category or None,
            "recognized_only": recognized,
        }
        report = _evaluate_doodle_run(folder, data, split, few_shot, selection, pictures)
    report = {"data": [runs.folder_name(each) for each in data], **report}
    if out and few_shot:
        write_text_atomically(out / FEW_SHOT, json.dumps(report, indent=2) + "\n")
    elif out:
        runs.save_metrics(out, report)
    return report


def _evaluate_doodle_run(
    folder: Path,
    data: Sequence[Path],
    split: str,
    few_shot: int,
    selection: dict[str, Any],
    pictures: Path | None,
) -> dict[str, Any]:
    """The report of a doodle run, of the few-shot evaluation where `few_shot` > 0."""
    from sketchnet.evaluation.doodles import evaluate_doodles
    from sketchnet.evaluation.few_shot import evaluate_few_shot

    if few_shot:
        return evaluate_few_shot(folder, data, split, few_shot, **selection)
    return evaluate_doodles(folder, data, split, pictures=pictures, **selection)


def _check_options(
    name: Path | str, config: Config, for_doodles: bool, for_retrieval: bool
) -> None:
    """Raise InputError where options of the other task are given."""
    if isinstance(config, RetrievalConfig) and for_doodles:
        raise InputError(
            "a quickdraw run for options about categories",
            f"{name}, of another task",
            "leave out --categories, --per-category, --recognized and --few-shot",
        )
    if not isinstance(config, RetrievalConfig) and for_retrieval:
        raise InputError(
            "a retrieval run for --distractors", f"{name}, of another task", "leave it out"
        )


def report_folder(name: Path | str, out: Path | None) -> Path | None:
    """The directory of a run's report: `out`, or the run; None for a run that ships."""
    folder = runs.resolve_run(name)
    return out if out or folder.is_relative_to(runs.SHIPPED) else folder
