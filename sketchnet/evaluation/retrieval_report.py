"""The report of an evaluation as a folder of pictures and one page that shows them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet.data.pairs.collection import Photo
from sketchnet.evaluation import plots
from sketchnet.evaluation.html_page import write_page
from sketchnet.evaluation.tables import lines
from sketchnet.imaging.prepare import read_picture
from sketchnet.metrics.ranking import nearest
from sketchnet.utils.atomic_files import write_text_atomically

ROWS = 8  # queries in a grid
TOP = 10


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
    """Draw what was found into `folder`: PNG pictures, ranks.csv and index.html.

    Args:
        report: the scores.
        distances: (Q, G); ranks: (Q,); true_rows: (Q,) row of each query's photo.
        sketches: (Q, C, C) uint8 as the network saw them.
        photos: (G,) with their sources, to be shown in colour where there is colour.
        history: the run's history.csv, None where there is none.
    """
    folder.mkdir(parents=True, exist_ok=True)
    seen: dict[int, np.ndarray] = {}

    def shown(row: int) -> np.ndarray:
        if row not in seen:
            photo = photos[row]
            source = photo.photo if photo.photo is not None else photo.edges
            seen[row] = read_picture(source)
        return seen[row]

    def answers(query: int) -> plots.Predictions:
        found = nearest(distances[query], TOP).tolist()
        true = int(true_rows[query])
        place = found.index(true) if true in found else None
        note = f"{sketch_ids[query]}: rank {ranks[query]}"
        last = shown(true) if place is None else None
        return plots.Predictions(sketches[query], [shown(row) for row in found], place, note, last)

    # Spread over the split, not its first few: neighbours in a file are often alike.
    some = np.unique(np.linspace(0, len(ranks) - 1, ROWS).round().astype(int))
    worst = np.argsort(-ranks, kind="stable")[:ROWS]
    n, split = report["n_queries"], report["split"]
    plots.retrieval_grid(
        [answers(i) for i in some], folder / "found.png", f"{len(some)} of {n} sketches ({split})"
    )
    plots.retrieval_grid(
        [answers(i) for i in worst], folder / "worst.png", f"the worst of {n} sketches ({split})"
    )
    plots.rank_histogram(ranks, report["n_gallery"], folder / "ranks.png", "rank of the true photo")
    early = {int(name[7:]): score for name, score in report.items() if name.startswith("acc@10@")}
    drawn = ["found.png", "worst.png", "ranks.png"]
    if early:
        curve = {"acc@10": {**early, 100: report["acc@10"]}}
        plots.share_curve(curve, folder / "early.png", f"while drawing, by {report['begun']}")
        drawn.append("early.png")
    if history and plots.learning_curves(history, folder / "learning.png"):
        drawn.append("learning.png")
    _write_ranks(folder / "ranks.csv", distances, ranks, true_rows, sketch_ids, photos)
    write_page(folder, split, lines(report), drawn)


def _write_ranks(path: Path, distances, ranks, true_rows, sketch_ids, photos) -> None:
    """Write one line a query, the worst first, for whoever looks for the reason."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["sketch", "photo", "rank", "nearest"])
    for query in np.argsort(-ranks, kind="stable"):
        first = int(np.argmin(distances[query]))
        true = photos[int(true_rows[query])]
        writer.writerow([sketch_ids[query], true.id, int(ranks[query]), photos[first].id])
    write_text_atomically(path, text.getvalue())
