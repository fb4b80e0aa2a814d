"""The report of a drawing run as a folder of pictures and one page that shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sketchnet import drawing_plots, plots
from sketchnet.atomic import write_text_atomically
from sketchnet.data.drawings import Drawings
from sketchnet.drawing_embedding import DrawingEmbedder
from sketchnet.drawing_gallery import DrawingGallery
from sketchnet.evaluation.quickdraw_tables import lines
from sketchnet.metrics import confusion, nearest
from sketchnet.style import same_style

if TYPE_CHECKING:
    from sketchnet.evaluation.scored import Scored
    from sketchnet.models.drawing_network import Use

ON_MAP = 1000  # drawings: t-SNE of more takes minutes
QUERIES, FOUND = 8, 5


def draw_quickdraw_report(
    report: dict[str, Any],
    scored: Scored,
    embedder: DrawingEmbedder,
    history: Path | None,
    folder: Path,
) -> None:
    """Draw what was found into `folder`: PNG pictures and index.html."""
    folder.mkdir(parents=True, exist_ok=True)
    drawings, n = scored.drawings, report["n"]
    of = f"{n} drawings ({report['split']})"
    counts = confusion(drawings.labels, scored.predicted, len(drawings.categories))
    drawing_plots.confusion_matrix(
        counts, drawings.categories, folder / "confusion.png", f"answers to {of}"
    )
    some = spread_rows(drawings.labels, ON_MAP)
    drawing_plots.embedding_map(
        {f"t-SNE of {len(some)} of {of}": scored.answers.embeddings[some]},
        drawings.labels[some],
        drawings.categories,
        folder / "map.png",
    )
    drawn = ["confusion.png", "map.png"]
    curve = {
        int(name[9:]): report[name]
        for name in report
        if name.startswith("accuracy@") and report[name] is not None
    }
    if len(curve) > 1:
        plots.share_curve({"accuracy": curve}, folder / "share.png", "while it is drawn")
        drawn.insert(0, "share.png")
    if scored.gallery is not None and scored.gallery.drawings is not None:
        rows = neighbour_rows(embedder, drawings, scored.gallery)
        if rows:
            title = f"nearest of {len(scored.gallery)} training drawings"
            drawing_plots.neighbours(rows, folder / "neighbours.png", title)
            drawn.append("neighbours.png")
    if history and history.is_file() and plots.learning_curves(history, folder / "learning.png"):
        drawn.append("learning.png")
    write_text_atomically(folder / "index.html", _page(report, drawn))


def draw_maps(embedders: Mapping[str, DrawingEmbedder], drawings: Drawings, path: Path) -> None:
    """Draw the t-SNE maps of several runs side by side, of the same drawings."""
    shown = drawings.take(spread_rows(drawings.labels, ON_MAP))
    panels = {name: each.answer(shown.queries()).embeddings for name, each in embedders.items()}
    drawing_plots.embedding_map(panels, shown.labels, shown.categories, path)


def neighbour_rows(
    embedder: DrawingEmbedder, drawings: Drawings, gallery: DrawingGallery
) -> list[drawing_plots.NeighbourRow]:
    """Some queries, one of a category at most, with their nearest by each input that is read.

    Whether a neighbour is drawn in the same style is told by the chamfer distance of the ink, in
    which the network has no say.
    """
    assert gallery.drawings is not None
    stroked = np.array([r for r in range(len(drawings)) if r not in drawings.bitmaps], int)
    if not len(stroked):
        return []
    chosen = stroked[spread_rows(drawings.labels[stroked], QUERIES)]
    asked = drawings.take(chosen)
    uses: dict[str, Use] = {"picture and strokes": "both"}
    if embedder.reads_both:
        uses = {"picture alone": "picture", "strokes alone": "strokes", **uses}
    found: dict[str, np.ndarray] = {}
    for name, use in uses.items():
        vectors = embedder.answer(asked.queries(), use).embeddings
        found[name] = gallery.squared_distances(vectors)
    rows = []
    for row in range(len(asked)):
        query = asked.drawings[row]
        answers = {}
        for name, distances in found.items():
            near = [
                r
                for r in nearest(distances[row], FOUND + 1).tolist()
                if gallery.key_ids[r] != asked.key_ids[row]
            ][:FOUND]
            answers[name] = [
                (gallery.drawings[r], _verdict(query, gallery, r, int(asked.labels[row])))
                for r in near
            ]
        name = asked.categories[asked.labels[row]]
        rows.append(drawing_plots.NeighbourRow(query, answers, name))
    return rows


def _verdict(query, gallery: DrawingGallery, row: int, label: int) -> str:
    assert gallery.drawings is not None
    if gallery.labels[row] != label:
        return "wrong"
    return "same" if same_style(query, gallery.drawings[row]) else "other"


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


def _page(report: dict[str, Any], pictures: Sequence[str]) -> str:
    images = "\n".join(f'<p><img src="{name}" alt="{name}"></p>' for name in pictures)
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>sketchnet: {escape(report["split"])}</title>
<style>
body {{ font: 15px/1.5 system-ui, sans-serif; color: #22262b; margin: 2rem auto; max-width: 78rem;
       padding: 0 1rem; }}
img {{ max-width: 100%; }}
</style>
<pre>{escape(chr(10).join(lines(report)))}</pre>
{images}
</html>
"""
