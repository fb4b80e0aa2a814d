"""One run evaluated for its own task, and what remains of it on the disk."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from sketchnet import runs
from sketchnet.config import RetrievalConfig


def evaluate_run(
    name: Path | str,
    data: Sequence[Path],
    split: str = "test",
    *,
    edges: Literal["ours", "published"] = "ours",
    views: int = 10,
    fold: int | None = None,
    out: Path | None = None,
) -> dict[str, Any]:
    """Score a run; write metrics.json and pictures into it, or into `out`.

    Runs that ship with the package are never written to: without `out` their report is returned
    alone. `edges`, `views` and `fold` are about retrieval runs. Raises InputError where the run or
    the data cannot serve.
    """
    folder = runs.resolve_run(name)
    config = runs.config_of(folder)
    if out is None and not folder.is_relative_to(runs.SHIPPED):
        out = folder

    pictures = out / runs.PICTURES if out else None
    if isinstance(config, RetrievalConfig):
        from sketchnet.evaluation.retrieval import evaluate_retrieval

        report = evaluate_retrieval(
            folder, data, split, edges=edges, views=views, fold=fold, pictures=pictures
        )
    else:
        from sketchnet.evaluation.quickdraw import evaluate_quickdraw

        report = evaluate_quickdraw(folder, data, split, pictures=pictures)
    report = {"data": [runs.folder_name(each) for each in data], **report}
    if out:
        runs.save_metrics(out, report)
    return report
