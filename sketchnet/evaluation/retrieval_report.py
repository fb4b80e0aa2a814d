"""The report of a retrieval evaluation: a folder of figures, a table and one page showing them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet.data.pairs.collection import Photo
from sketchnet.data.pairs.picture_source import load_picture
from sketchnet.evaluation import plots
from sketchnet.evaluation.html_page import write_page
from sketchnet.evaluation.tables import report_table
from sketchnet.metrics.ranking import nearest
from sketchnet.utils.atomic_files import write_text_atomically

ROWS = 8  # queries in a figure
COLUMNS = 10  # nearest photos of each


def draw_retrieval_report(
    report: dict[str, Any],
    *,
    distances: np.ndarray,
    ranks: np.ndarray,
    true_rows: np.ndarray,
    sketches: np.ndarray,
    sketch_ids: Sequence[str],
    photos: Sequence[Photo],
    history: Path | None,
    folder: Path,
) -> None:
    """Draw an evaluation into `folder`: PNG figures, ranks.csv and index.html.

    Args:
        report: the scores.
        distances: (Q, G) from each query to each photo.
        ranks: (Q,) int from 1, rank of each query's true photo.
        true_rows: (Q,) int, row of each query's true photo.
        sketches: (Q, C, C) uint8 as the network receives them.
        sketch_ids: Q names.
        photos: G photos, shown in colour where there is a colour picture.
        history: the run's history.csv, or None.
        folder: directory to write into.
    """
    folder.mkdir(parents=True, exist_ok=True)
    pictures: dict[int, np.ndarray] = {}

    def picture_of(row: int) -> np.ndarray:
        if row not in pictures:
            photo = photos[row]
            source = photo.photo if photo.photo is not None else photo.edges
            assert source is not None  # else the photo would not have been embedded
            pictures[row] = load_picture(source)
        return pictures[row]

    def grid_row(query: int) -> plots.RetrievalRow:
        found = nearest(distances[query], COLUMNS).tolist()
        true = int(true_rows[query])
        place = found.index(true) if true in found else None
        return plots.RetrievalRow(
            sketches[query],
            [picture_of(row) for row in found],
            place,
            note=f"{sketch_ids[query]}: rank {ranks[query]}",
            true_photo=picture_of(true) if place is None else None,
        )

    # Spread over the split: sketches that are next to each other in a folder are often similar.
    examples = np.unique(np.linspace(0, len(ranks) - 1, ROWS).round().astype(int))
    worst = np.argsort(-ranks, kind="stable")[:ROWS]
    of = f"of {report['n_queries']} sketches ({report['split']})"
    plots.retrieval_grid([*map(grid_row, examples)], folder / "found.png", f"{len(examples)} {of}")
    plots.retrieval_grid([*map(grid_row, worst)], folder / "worst.png", f"the worst {of}")
    plots.rank_histogram(ranks, report["n_gallery"], folder / "ranks.png", "rank of the true photo")
    figures = ["found.png", "worst.png", "ranks.png"]
    if _draw_completion_curve(report, folder / "completion.png"):
        figures.append("completion.png")
    if history and plots.learning_curves(history, folder / "learning.png"):
        figures.append("learning.png")
    _write_ranks(folder / "ranks.csv", distances, ranks, true_rows, sketch_ids, photos)
    write_page(folder, report["split"], report_table(report), figures)


def _draw_completion_curve(report: dict[str, Any], path: Path) -> bool:
    """Draw acc@10 against the completion level; False where the report has no partial sketches."""
    partial = {
        int(name.removeprefix("acc@10@")): score
        for name, score in report.items()
        if name.startswith("acc@10@")
    }
    if partial:
        curve = {"acc@10": {**partial, 100: report["acc@10"]}}
        plots.completion_curve(curve, path, f"partial sketches, cut by {report['partial_by']}")
    return bool(partial)


def _write_ranks(
    path: Path,
    distances: np.ndarray,
    ranks: np.ndarray,
    true_rows: np.ndarray,
    sketch_ids: Sequence[str],
    photos: Sequence[Photo],
) -> None:
    """Write one line per query, the worst ranks first."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["sketch", "photo", "rank", "nearest"])
    for query in np.argsort(-ranks, kind="stable"):
        first = int(np.argmin(distances[query]))
        true = photos[int(true_rows[query])]
        writer.writerow([sketch_ids[query], true.id, int(ranks[query]), photos[first].id])
    write_text_atomically(path, text.getvalue())
