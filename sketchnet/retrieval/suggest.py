"""A drawing in, finished or not; what it may become out: categories, and drawings like it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet import runs
from sketchnet.data.doodle_inputs import Query
from sketchnet.imaging.prepare import read_picture
from sketchnet.inference.doodle_embedder import DoodleEmbedder
from sketchnet.metrics.ranking import nearest
from sketchnet.retrieval.doodle_gallery import FILE, SHOWN, DoodleGallery, load_doodle_gallery
from sketchnet.strokes.formats import Drawing, as_drawing, tidy
from sketchnet.strokes.shape_distance import distinct_styles
from sketchnet.utils.errors import InputError

CANDIDATES = 30  # looked at for each drawing of a distinct style that is asked for


@dataclass(frozen=True)
class CategoryGuess:
    """A category and its probability from 0 to 1."""

    category: str
    probability: float


@dataclass(frozen=True, eq=False)
class SimilarDrawing:
    """A drawing found: its place from 1, squared distance 0 … 4, similarity 1 … 0, its strokes.

    The strokes, on 0 … 255 and in the order in which they were drawn, are None where the gallery
    holds none.
    """

    key_id: str
    category: str
    rank: int
    distance: float
    similarity: float
    drawing: Drawing | None


@dataclass(frozen=True)
class Suggestions:
    """The likeliest categories, likeliest first, and the most similar drawings, nearest first."""

    categories: list[CategoryGuess]
    drawings: list[SimilarDrawing]


class Suggester:
    """Tells what a drawing shows, and shows others that are like it."""

    def __init__(
        self, run: Path | str | DoodleEmbedder, gallery: Path | DoodleGallery | None = None
    ) -> None:
        """Load the run, and the drawings to suggest: its own, unless others are given.

        `by_program` tells whether the drawings are those that ship, made by program. Raises
        InputError where the gallery was made by another network.
        """
        self.embedder = run if isinstance(run, DoodleEmbedder) else DoodleEmbedder(run)
        if gallery is None and not isinstance(run, DoodleEmbedder):
            there = [runs.resolve_run(run) / name for name in (SHOWN, FILE)]
            gallery = next((path for path in there if path.is_file()), None)
        self.by_program = isinstance(gallery, Path) and gallery.name == SHOWN.name
        if isinstance(gallery, Path):
            gallery = load_doodle_gallery(gallery)
        if gallery is not None:
            gallery.check_made_by(self.embedder.fingerprint)
        self.gallery = gallery

    def suggest(
        self, drawing: Any, k: int = 10, *, distinct: bool = False, category: str | None = None
    ) -> Suggestions:
        """Answer one drawing.

        Args:
            drawing: strokes as a list `[[[x, y], …], …]` or `[[[x, …], [y, …]], …]`; or a picture:
                a path, the bytes of a file, an array or PIL image, of any size and polarity.
            k: most categories and most drawings.
            distinct: no two of the drawings in one style: not ten near-copies.
            category: drawings of this category alone.

        Raises InputError where it cannot be read or holds no ink, and for an unknown category.
        """
        answer = self.embedder.predict([query_of(drawing)])
        probabilities = answer.probabilities[0]
        likely = nearest(-probabilities, k)
        guesses = [
            CategoryGuess(self.embedder.categories[row], float(probabilities[row]))
            for row in likely.tolist()
        ]
        return Suggestions(guesses, self.similar(answer.embeddings[0], k, distinct, category))

    def similar(
        self, vector: np.ndarray, k: int, distinct: bool = False, category: str | None = None
    ) -> list[SimilarDrawing]:
        """The drawings of the gallery nearest to an embedding (E,); see `suggest`."""
        gallery = self.gallery
        if gallery is None:
            return []
        rows = np.arange(len(gallery))
        if category is not None:
            if category not in gallery.categories:
                raise InputError(
                    f"a category of the {len(gallery.categories)} in the gallery", f"{category!r}"
                )
            rows = np.flatnonzero(gallery.labels == gallery.categories.index(category))
        distances = gallery.squared_distances(vector[None])[0, rows]
        strokes = gallery.drawings
        if distinct and strokes is not None:
            found = nearest(distances, CANDIDATES * k)
            found = found[distinct_styles([strokes[int(rows[i])] for i in found], k)]
        else:
            found = nearest(distances, k)
        return [
            SimilarDrawing(
                key_id=gallery.key_ids[row],
                category=gallery.categories[gallery.labels[row]],
                rank=place,
                distance=float(distance),
                similarity=float(np.clip(1 - distance / 2, 0, 1)),
                drawing=None if strokes is None else strokes[row],
            )
            for place, (row, distance) in enumerate(
                zip(rows[found].tolist(), distances[found], strict=True), start=1
            )
        ]


def query_of(drawing: Any) -> Query:
    """Strokes, tidied, or a picture as uint8; raises InputError where there is no ink in it."""
    if isinstance(drawing, list | tuple):
        query: Query = tidy(as_drawing(drawing))
        is_blank = not query
    else:
        query = read_picture(drawing)
        is_blank = query.min() == query.max()
    if is_blank:
        raise InputError("a drawing", "blank paper", "draw something first")
    return query
