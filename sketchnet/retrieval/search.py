"""A sketch in, the nearest photos of a gallery out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from sketchnet.inference.embedder import Embedder, Embeddings
from sketchnet.retrieval.gallery import AnyGallery, open_gallery
from sketchnet.retrieval.query import sketch_query
from sketchnet.retrieval.ranker import Ranker, load_ranker, similarity


@dataclass(frozen=True)
class Match:
    """One photo found: rank from 1, distance (`Ranker.rank`), similarity 0..1, thumbnail."""

    id: str
    rank: int
    distance: float
    similarity: float
    picture: Path


class ShoeFinder:
    """Finds the photos of a gallery that are nearest to a sketch."""

    def __init__(
        self,
        run: Path | str | Embedder,
        gallery: Path | str | AnyGallery,
        ranker: Ranker | None = None,
    ) -> None:
        """Load the run and the gallery; either may be loaded already.

        Args:
            run: directory or shipped name of a retrieval run, or its embedder.
            gallery: directory, `qdrant:WHERE/collection`, or a gallery (`open_gallery`).
            ranker: how to rank; None = with the run's own hubness correction.

        Raises InputError where the gallery was made by another model or preparation.
        """
        if isinstance(gallery, Path | str):
            gallery = open_gallery(gallery)
        self.embedder = run if isinstance(run, Embedder) else Embedder(run)
        gallery.check_made_by(self.embedder.fingerprint)
        self.gallery = gallery
        self.ranker = load_ranker(self.embedder) if ranker is None else ranker

    def find(self, sketch: Any, k: int = 10, views: int = 10) -> list[Match]:
        """Return the k photos nearest to a sketch, nearest first.

        Args:
            sketch: a path, the bytes of a file, an array or PIL image (any size and polarity); or
                strokes as a list, `[[[x, y], …], …]`.
            views: 10, or 1 for speed.

        Raises InputError where the sketch cannot be read or contains no ink.
        """
        return self.nearest(self.embed(sketch, views), k)

    def embed(self, sketch: Any, views: int = 10) -> Embeddings:
        """Return the embedding of one sketch, as `find` computes it: one row."""
        return sketch_query(self.embedder, sketch).embed(self.embedder, views)

    def more_like(self, photo_id: str, k: int = 10) -> list[Match]:
        """Return the k photos nearest to a photo of the gallery, without that photo."""
        row = self.gallery.row(photo_id)
        found = self.nearest(self.gallery.embeddings[[row]], k + 1)
        others = [match for match in found if match.id != photo_id][:k]
        return [replace(match, rank=rank) for rank, match in enumerate(others, start=1)]

    def nearest(self, query: Embeddings, k: int = 10) -> list[Match]:
        """Return the k photos nearest to an embedding of one row."""
        rows, distances = self.ranker.rank(query, self.gallery.embeddings, k)
        return [
            Match(
                self.gallery.ids[row],
                rank,
                float(distance),
                float(similarity(distance)),
                self.gallery.picture(row),
            )
            for rank, (row, distance) in enumerate(zip(rows, distances, strict=True), start=1)
        ]
