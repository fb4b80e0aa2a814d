"""A doodle in, finished or partial; likely categories and similar drawings out."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet import runs
from sketchnet.data.doodle_inputs import StrokesOrPicture
from sketchnet.imaging.prepare import read_picture
from sketchnet.inference.doodle_embedder import DoodleEmbedder, Predictions
from sketchnet.metrics.ranking import nearest
from sketchnet.retrieval.added_categories import load_added_categories
from sketchnet.retrieval.category_names import CategoryNames
from sketchnet.retrieval.doodle_gallery import (
    GALLERY_FILE,
    SYNTHETIC_FILE,
    DoodleGallery,
    join_galleries,
    load_doodle_gallery,
)
from sketchnet.strokes.formats import Drawing, as_drawing, tidy
from sketchnet.strokes.shape_distance import distinct_styles
from sketchnet.utils.errors import InputError

SURE = 0.4  # probability from which on a category is given as the answer
CANDIDATES = 30  # drawings compared for each one of a distinct style that is wanted


@dataclass(frozen=True)
class CategoryPrediction:
    """A category and its probability from 0 to 1."""

    category: str
    probability: float


@dataclass(frozen=True, eq=False)
class SimilarDrawing:
    """One drawing found: rank from 1, squared distance 0 .. 4, similarity 1 .. 0, strokes.

    The strokes, on 0 .. 255 in the order in which they were drawn, are None where the gallery
    was saved without strokes.
    """

    key_id: str
    category: str
    rank: int
    distance: float
    similarity: float
    drawing: Drawing | None


@dataclass(frozen=True)
class Suggestions:
    """The most likely categories, most likely first, and the most similar drawings.

    `sure` is false where the likeliest category has a probability below `SURE`.
    """

    categories: list[CategoryPrediction]
    drawings: list[SimilarDrawing]

    @property
    def sure(self) -> bool:
        return bool(self.categories) and self.categories[0].probability >= SURE


class Suggester:
    """Predicts the category of a drawing and finds similar drawings."""

    def __init__(
        self, run: Path | str | DoodleEmbedder, gallery: Path | DoodleGallery | None = None
    ) -> None:
        """Load the run, and the gallery of drawings: the run's own, unless another is given.

        The attribute `synthetic` says whether these are the synthetic drawings that ship; `added`
        holds the examples of categories that a person added to the run (`added_categories`), or
        None. Raises InputError where the gallery was made by another network.
        """
        self.embedder = run if isinstance(run, DoodleEmbedder) else DoodleEmbedder(run)
        folder = None if isinstance(run, DoodleEmbedder) else runs.resolve_run(run)
        if gallery is None and folder is not None:
            own = [folder / name for name in (SYNTHETIC_FILE, GALLERY_FILE)]
            gallery = next((path for path in own if path.is_file()), None)
        self.synthetic = isinstance(gallery, Path) and gallery.name == SYNTHETIC_FILE.name
        if isinstance(gallery, Path):
            gallery = load_doodle_gallery(gallery)
        if gallery is not None:
            gallery.check_made_by(self.embedder.fingerprint)
        self._own_gallery, self._folder = gallery, folder
        self._training: DoodleGallery | None = None
        fingerprint = self.embedder.fingerprint
        self._add(load_added_categories(folder, fingerprint) if folder else None)

    @property
    def categories(self) -> tuple[str, ...]:
        """Names of the categories of the network, and of those added, as in `probabilities`."""
        return self._names.categories

    def probabilities(self, predictions: Predictions) -> np.ndarray:
        """(N, C) probabilities of `categories`, each row adding up to 1."""
        return self._names.probabilities(predictions)

    def with_added(self, added: DoodleGallery | None) -> Suggester:
        """A suggester that shares the network and knows other added categories, or none."""
        other = copy(self)
        other._add(added)
        return other

    def _add(self, added: DoodleGallery | None) -> None:
        """Use the examples of added categories for names and as similar drawings."""
        self.added, self.gallery = added, self._own_gallery
        if added is not None:
            self._training = self._training or self._training_gallery()
            self.gallery = added if self.gallery is None else join_galleries(self.gallery, added)
        self._names = CategoryNames(self.embedder.categories, self._training, added)

    def _training_gallery(self) -> DoodleGallery | None:
        """Embedded drawings of as many categories of the network as possible, without strokes."""
        path = None if self._folder is None else self._folder / GALLERY_FILE
        if path is None or not path.is_file():
            return self._own_gallery
        gallery = load_doodle_gallery(path)
        gallery.check_made_by(self.embedder.fingerprint)
        return gallery

    def suggest(
        self, drawing: Any, k: int = 10, *, distinct: bool = False, category: str | None = None
    ) -> Suggestions:
        """Return categories and similar drawings for one drawing.

        Args:
            drawing: strokes as a list `[[[x, y], …], …]` or `[[[x, …], [y, …]], …]`; or a picture:
                a path, the bytes of a file, an array or PIL image, of any size and polarity.
            k: maximum number of categories and of drawings.
            distinct: return drawings of different styles, not ten near-copies.
            category: return drawings of this category only.

        Raises InputError where it cannot be read or holds no ink, and for an unknown category.
        """
        prediction = self.embedder.predict([doodle_query(drawing)])
        probabilities = self.probabilities(prediction)[0]
        likely = nearest(-probabilities, k)
        categories = [
            CategoryPrediction(self.categories[row], float(probabilities[row]))
            for row in likely.tolist()
        ]
        similar = self.similar(prediction.embeddings[0], k, distinct, category)
        return Suggestions(categories, similar)

    def embedding_of(self, key_id: str) -> np.ndarray | None:
        """The embedding (E,) of a drawing of the gallery, None where the gallery lacks it."""
        if self.gallery is None or key_id not in self.gallery.key_ids:
            return None
        return self.gallery.vectors[self.gallery.key_ids.index(key_id)]

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
        strokes = gallery.drawings
        if distinct and strokes is not None:  # pictures without strokes have no style
            rows = rows[np.diff(strokes.drawing_ends, prepend=0)[rows] > 0]
        distances = gallery.squared_distances(vector[None])[0, rows]
        if distinct and strokes is not None:
            found = nearest(distances, CANDIDATES * k)
            found = found[distinct_styles((strokes[int(rows[i])] for i in found), k)]
        else:
            found = nearest(distances, k)
        return [
            SimilarDrawing(
                key_id=gallery.key_ids[row],
                category=gallery.categories[gallery.labels[row]],
                rank=rank,
                distance=float(distance),
                similarity=float(np.clip(1 - distance / 2, 0, 1)),
                drawing=None if strokes is None else strokes[row],
            )
            for rank, (row, distance) in enumerate(
                zip(rows[found].tolist(), distances[found], strict=True), start=1
            )
        ]


def doodle_query(drawing: Any) -> StrokesOrPicture:
    """Simplified strokes, or a picture as uint8; raises InputError where it contains no ink."""
    if isinstance(drawing, list | tuple):
        query: StrokesOrPicture = tidy(as_drawing(drawing))
        is_blank = not query
    else:
        query = read_picture(drawing)
        is_blank = query.min() == query.max()
    if is_blank:
        raise InputError("a drawing", "blank paper", "draw something first")
    return query
