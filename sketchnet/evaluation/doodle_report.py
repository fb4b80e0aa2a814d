"""The report of a doodle evaluation: a folder of figures, tables and one page that shows them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet.evaluation import doodle_plots, plots
from sketchnet.evaluation.doodle_evaluation import DoodleEvaluation
from sketchnet.evaluation.doodle_tables import accuracy_by_completion, doodle_table
from sketchnet.evaluation.html_page import write_page
from sketchnet.evaluation.neighbour_plot import Match, NeighbourRow, neighbours
from sketchnet.inference.predict import Modality
from sketchnet.metrics.classification import confusion
from sketchnet.metrics.ranking import nearest
from sketchnet.strokes.shape_distance import same_style
from sketchnet.utils.atomic_files import write_text_atomically

MAP = "map.csv"
MAP_DRAWINGS = 1000  # t-SNE of more takes minutes
QUERIES = 100  # whose neighbours are counted
SHOWN_QUERIES = 8  # of these, in the figure
NEIGHBOURS = 5  # per query
MODALITY_NAMES: dict[Modality, str] = {
    "picture": "picture only",
    "strokes": "strokes only",
    "both": "picture and strokes",
}


def draw_doodle_report(
    report: dict[str, Any], evaluation: DoodleEvaluation, history: Path | None, folder: Path
) -> None:
    """Draw an evaluation into `folder`: PNG figures, map.csv, mistakes.csv and index.html.

    Args:
        report: the scores.
        evaluation: the drawings and their predictions.
        history: the run's history.csv, or None.
        folder: directory to write into.
    """
    folder.mkdir(parents=True, exist_ok=True)
    drawings = evaluation.drawings
    subject = f"{report['n']} drawings ({report['split']})"
    figures = []
    curve = accuracy_by_completion(report)
    if len(curve) > 1:
        path = folder / "completion.png"
        plots.completion_curve({"accuracy": curve}, path, "accuracy of partial sketches")
        figures.append(path.name)
    counts = confusion(drawings.labels, evaluation.predicted, len(drawings.categories))
    doodle_plots.confusion_matrix(
        counts, drawings.categories, folder / "confusion.png", f"predictions for {subject}"
    )
    if evaluation.reliability:
        title = f"confidence and accuracy for {subject}"
        doodle_plots.reliability_diagram(evaluation.reliability, folder / "calibration.png", title)
        figures.append("calibration.png")
    on_map = balanced_rows(drawings.labels, MAP_DRAWINGS)
    points = doodle_plots.tsne(evaluation.predictions["both"].embeddings[on_map])
    doodle_plots.embedding_map(
        {f"t-SNE of {len(on_map)} of {subject}": (points, drawings.labels[on_map])},
        drawings.categories,
        folder / "map.png",
    )
    figures += ["confusion.png", "map.png"]
    rows = neighbour_rows(evaluation, QUERIES)
    if rows:
        shown = np.unique(np.linspace(0, len(rows) - 1, SHOWN_QUERIES).round().astype(int))
        neighbours(
            [rows[i] for i in shown],
            folder / "neighbours.png",
            f"nearest among the other {subject}\n"
            f"shares: of the {NEIGHBOURS} nearest of {len(rows)} queries",
            match_shares(rows),
        )
        figures.append("neighbours.png")
    if history and history.is_file() and plots.learning_curves(history, folder / "learning.png"):
        figures.append("learning.png")
    _write_map(folder / MAP, evaluation, on_map, points)
    _write_mistakes(folder / "mistakes.csv", evaluation)
    write_page(folder, report["split"], doodle_table(report), figures)


def neighbour_rows(evaluation: DoodleEvaluation, limit: int) -> list[NeighbourRow]:
    """Up to `limit` queries, balanced over the categories, with their nearest drawings.

    The nearest are searched, with each modality separately, among the other evaluated drawings that
    have strokes. Whether two drawings have the same style is decided by the chamfer distance of
    their ink, independently of the network.
    """
    drawings = evaluation.drawings
    rows = np.array([row for row in range(len(drawings)) if row not in drawings.bitmaps], int)
    if len(rows) < 2:
        return []
    embeddings = {
        name: evaluation.predictions[modality].embeddings
        for modality, name in MODALITY_NAMES.items()
        if modality in evaluation.predictions
    }
    if len(embeddings) == 1:  # a network of one branch
        embeddings = {"nearest": evaluation.predictions["both"].embeddings}
    found_rows = []
    for query in rows[balanced_rows(drawings.labels[rows], limit)].tolist():
        found = {}
        for name, vectors in embeddings.items():
            similarity = vectors[rows] @ vectors[query]
            similarity[rows == query] = -np.inf  # a drawing is not its own neighbour
            closest = rows[nearest(-similarity, min(NEIGHBOURS, len(rows) - 1))].tolist()
            found[name] = [(drawings.drawings[i], _match(evaluation, query, i)) for i in closest]
        category = drawings.categories[drawings.labels[query]]
        found_rows.append(NeighbourRow(drawings.drawings[query], found, category))
    return found_rows


def match_shares(rows: Sequence[NeighbourRow]) -> dict[str, str]:
    """The shares of all neighbours that have the query's category and style, by input, as text."""
    shares = {}
    for name in rows[0].found:
        matches = [match for row in rows for _, match in row.found[name]]
        same_category = len(matches) - matches.count("wrong")
        shares[name] = (
            f"{same_category / len(matches):.0%} same category, "
            f"{matches.count('same') / len(matches):.0%} same style"
        )
    return shares


def _match(evaluation: DoodleEvaluation, query: int, row: int) -> Match:
    drawings = evaluation.drawings
    if drawings.labels[row] != drawings.labels[query]:
        return "wrong"
    return "same" if same_style(drawings.drawings[query], drawings.drawings[row]) else "other"


def balanced_rows(labels: np.ndarray, limit: int) -> np.ndarray:
    """Up to `limit` rows with numbers per label that differ by at most one, as far as they exist.

    The first row of every label comes before any second row, and so on.

    Returns row numbers in ascending order.
    """
    occurrence = np.empty(len(labels), int)  # 0 for the first row of a label, 1 for the second, …
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        occurrence[rows] = np.arange(len(rows))
    order = np.lexsort((labels, occurrence))
    if len(order) <= limit:
        return np.sort(order)
    # The last occurrence that fits only in part is thinned evenly over the labels, not cut off.
    complete = occurrence[order] < occurrence[order[limit]]
    partial = order[occurrence[order] == occurrence[order[limit]]]
    room = limit - int(complete.sum())
    chosen = partial[np.linspace(0, len(partial) - 1, room).round().astype(int)]
    return np.sort(np.concatenate([order[complete], np.unique(chosen)]))


def _write_map(
    path: Path, evaluation: DoodleEvaluation, rows: np.ndarray, points: np.ndarray
) -> None:
    """Write the position of each drawing on the map, to compare the maps of several runs."""
    drawings = evaluation.drawings
    lines = [
        (drawings.key_ids[row], drawings.categories[drawings.labels[row]], f"{x:.3f}", f"{y:.3f}")
        for row, (x, y) in zip(rows.tolist(), points, strict=True)
    ]
    _write_csv(path, ("key_id", "category", "x", "y"), lines)


def _write_mistakes(path: Path, evaluation: DoodleEvaluation) -> None:
    """Write one line per misclassified drawing, the most confident mistakes first."""
    drawings = evaluation.drawings
    confidence = evaluation.predictions["both"].probabilities.max(axis=1)
    wrong = np.flatnonzero(evaluation.predicted != drawings.labels)
    lines = [
        (
            drawings.key_ids[row],
            drawings.categories[drawings.labels[row]],
            drawings.categories[evaluation.predicted[row]],
            f"{confidence[row]:.3f}",
        )
        for row in wrong[np.argsort(-confidence[wrong], kind="stable")].tolist()
    ]
    _write_csv(path, ("key_id", "category", "predicted", "probability"), lines)


def _write_csv(path: Path, header: Sequence[str], lines: Sequence[Sequence[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([header, *lines])
    write_text_atomically(path, text.getvalue())
