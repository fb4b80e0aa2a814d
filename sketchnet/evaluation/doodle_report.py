"""The report of a drawing run as a folder of pictures and one page that shows them."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet.evaluation import doodle_plots, plots
from sketchnet.evaluation.doodle_plots import NeighbourRow
from sketchnet.evaluation.doodle_tables import lines, share_drawn
from sketchnet.evaluation.html_page import write_page
from sketchnet.evaluation.scored import Scored
from sketchnet.inference.predict import Use
from sketchnet.metrics.ranking import confusion, nearest
from sketchnet.strokes.shape_distance import same_style
from sketchnet.utils.atomic_files import write_text_atomically

MAP = "map.csv"
ON_MAP = 1000  # drawings: t-SNE of more takes minutes
ASKED, SHOWN, FOUND = 100, 8, 5  # queries for their neighbours, those that are drawn, and of each
INPUTS: dict[Use, str] = {
    "picture": "picture alone",
    "strokes": "strokes alone",
    "both": "picture and strokes",
}


def draw_doodle_report(
    report: dict[str, Any], scored: Scored, history: Path | None, folder: Path
) -> None:
    """Draw what was found into `folder`: PNG pictures, map.csv, mistakes.csv and index.html."""
    folder.mkdir(parents=True, exist_ok=True)
    drawings, n = scored.drawings, report["n"]
    of = f"{n} drawings ({report['split']})"
    drawn = []
    curve = share_drawn(report)
    if len(curve) > 1:
        plots.share_curve({"accuracy": curve}, folder / "share.png", "while it is drawn")
        drawn.append("share.png")
    counts = confusion(drawings.labels, scored.predicted, len(drawings.categories))
    doodle_plots.confusion_matrix(
        counts, drawings.categories, folder / "confusion.png", f"answers to {of}"
    )
    some = spread_rows(drawings.labels, ON_MAP)
    places = doodle_plots.tsne(scored.answers["both"].embeddings[some])
    doodle_plots.embedding_map(
        {f"t-SNE of {len(some)} of {of}": (places, drawings.labels[some])},
        drawings.categories,
        folder / "map.png",
    )
    drawn += ["confusion.png", "map.png"]
    rows = neighbour_rows(scored, ASKED)
    if rows:
        shown = np.unique(np.linspace(0, len(rows) - 1, SHOWN).round().astype(int))
        doodle_plots.neighbours(
            [rows[i] for i in shown],
            folder / "neighbours.png",
            f"nearest among the other {of}\nshares: of the nearest {FOUND} of {len(rows)} queries",
            verdict_shares(rows),
        )
        drawn.append("neighbours.png")
    if history and history.is_file() and plots.learning_curves(history, folder / "learning.png"):
        drawn.append("learning.png")
    _write_map(folder / MAP, scored, some, places)
    _write_mistakes(folder / "mistakes.csv", scored)
    write_page(folder, report["split"], lines(report), drawn)


def neighbour_rows(scored: Scored, most: int) -> list[NeighbourRow]:
    """Up to `most` queries, evenly of all categories, with their nearest by each input alone.

    They are sought among the other evaluated drawings, seen by the same input as the query.
    Whether a neighbour is drawn in the same style is told by the chamfer distance of the ink, in
    which the network has no say.
    """
    drawings = scored.drawings
    stroked = np.array([r for r in range(len(drawings)) if r not in drawings.bitmaps], int)
    if len(stroked) < 2:
        return []
    answers = {name: scored.answers[use] for use, name in INPUTS.items() if use in scored.answers}
    if len(answers) == 1:  # it reads but one input
        answers = {"nearest": scored.answers["both"]}
    rows = []
    for query in stroked[spread_rows(drawings.labels[stroked], most)].tolist():
        found = {}
        for name, answer in answers.items():
            vectors = answer.embeddings
            similarity = vectors[stroked] @ vectors[query]
            similarity[stroked == query] = -np.inf  # nobody is a neighbour of their own
            near = stroked[nearest(-similarity, min(FOUND, len(stroked) - 1))].tolist()
            found[name] = [(drawings.drawings[row], _verdict(scored, query, row)) for row in near]
        category = drawings.categories[drawings.labels[query]]
        rows.append(NeighbourRow(drawings.drawings[query], found, category))
    return rows


def verdict_shares(rows: Sequence[NeighbourRow]) -> dict[str, str]:
    """How many of all neighbours are of the query's category, and in its style, by input."""
    shares = {}
    for name in rows[0].found:
        verdicts = [verdict for row in rows for _, verdict in row.found[name]]
        right = len(verdicts) - verdicts.count("wrong")
        same = verdicts.count("same")
        shares[name] = (
            f"{right / len(verdicts):.0%} same category, {same / len(verdicts):.0%} same style"
        )
    return shares


def _verdict(scored: Scored, query: int, row: int) -> str:
    drawings = scored.drawings
    if drawings.labels[row] != drawings.labels[query]:
        return "wrong"
    return "same" if same_style(drawings.drawings[query], drawings.drawings[row]) else "other"


def spread_rows(labels: np.ndarray, most: int) -> np.ndarray:
    """Up to `most` rows, as equally many of each label as there are: a round of all, then again."""
    turn = np.empty(len(labels), int)
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        turn[own] = np.arange(len(own))
    order = np.lexsort((labels, turn))
    # A round that does not fit whole is thinned evenly, not cut off behind the first letters.
    whole = turn[order] < turn[order[min(most, len(order) - 1)]] if len(order) else turn > 0
    rest = order[~whole][: len(np.unique(labels))]
    room = min(most, len(order)) - int(whole.sum())
    extra = rest[np.linspace(0, len(rest) - 1, room).round().astype(int)] if room > 0 else rest[:0]
    return np.sort(np.concatenate([order[whole], np.unique(extra)]))


def _write_map(path: Path, scored: Scored, rows: np.ndarray, places: np.ndarray) -> None:
    """Write where each drawing lies on the map, for maps of several runs side by side."""
    drawings = scored.drawings
    found = [
        (drawings.key_ids[row], drawings.categories[drawings.labels[row]], f"{x:.3f}", f"{y:.3f}")
        for row, (x, y) in zip(rows.tolist(), places, strict=True)
    ]
    _write_csv(path, ("key_id", "category", "x", "y"), found)


def _write_mistakes(path: Path, scored: Scored) -> None:
    """Write one line a drawing that was told wrong, the surest first."""
    drawings, said = scored.drawings, scored.answers["both"].probabilities.max(axis=1)
    wrong = np.flatnonzero(scored.predicted != drawings.labels)
    found = [
        (
            drawings.key_ids[row],
            drawings.categories[drawings.labels[row]],
            drawings.categories[scored.predicted[row]],
            f"{said[row]:.3f}",
        )
        for row in wrong[np.argsort(-said[wrong], kind="stable")].tolist()
    ]
    _write_csv(path, ("key_id", "category", "answered", "probability"), found)


def _write_csv(path: Path, names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([names, *rows])
    write_text_atomically(path, text.getvalue())
