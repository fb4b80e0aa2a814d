"""A sketch in, the nearest photos of a gallery out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet.inference.embedder import Embedder, Embeddings
from sketchnet.retrieval.catalogue.fields import Field
from sketchnet.retrieval.catalogue.filters import (
    Filters,
    WishedColour,
    checked_text,
    parse_colours,
    parse_filters,
)
from sketchnet.retrieval.gallery import AnyGallery, open_gallery
from sketchnet.retrieval.query import sketch_query
from sketchnet.retrieval.ranker import Ranker, load_ranker, similarity
from sketchnet.utils.errors import InputError


@dataclass(frozen=True)
class Match:
    """One photo: rank from 1, distance (`Ranker.rank`), similarity 0..1, thumbnail, fields."""

    id: str
    rank: int
    distance: float
    similarity: float
    picture: Path
    fields: Mapping[str, Any] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class Ranked:
    """The rows of the nearest photos.

    Attributes:
        rows: (k,) of the gallery, nearest first.
        distances: (k,) float32, never falling.
        total: number of photos that the filters leave, k or more.
    """

    rows: np.ndarray
    distances: np.ndarray
    total: int


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
            gallery: directory, `qdrant:WHERE/collection`, `qdrant-edge:FOLDER/collection`, or a
                gallery (`open_gallery`).
            ranker: how to rank; None = with the run's own hubness correction.

        Raises InputError where the gallery was made by another model or preparation.
        """
        if isinstance(gallery, Path | str):
            gallery = open_gallery(gallery)
        self.embedder = run if isinstance(run, Embedder) else Embedder(run)
        gallery.check_made_by(self.embedder.fingerprint)
        self.gallery = gallery
        self.photos: Path | None = None  # the folder of the photos, where a program knows it
        self.ranker = load_ranker(self.embedder) if ranker is None else ranker

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields of the gallery, by which filters may restrict a search."""
        return self.gallery.catalogue.fields

    def find(
        self,
        sketch: Any,
        k: int = 10,
        views: int = 10,
        *,
        filters: Filters | Mapping[str, Any] | str | None = None,
        text: str = "",
        colours: Sequence[WishedColour | str] = (),
    ) -> list[Match]:
        """Return the k photos nearest to a sketch, nearest first.

        Args:
            sketch: a path, the bytes of a file, an array or PIL image (any size and polarity); or
                strokes as a list, `[[[x, y], …], …]`. None where text or colours rank alone.
            views: 10, or 1 for speed.
            filters: which photos are searched (`catalogue.filters`, also as JSON).
            text: words that bring photos to the front (`catalogue.wishes` states the mix).
            colours: wished colours, which do so too: names, `#rrggbb` or `WishedColour`.

        Raises InputError where the sketch cannot be read or contains no ink, and for filters that
        the gallery does not know.
        """
        query = None if sketch is None else self.embed(sketch, views)
        return self.nearest(query, k, filters=filters, text=text, colours=colours)

    def embed(self, sketch: Any, views: int = 10) -> Embeddings:
        """Return the embedding of one sketch, as `find` computes it: one row."""
        return sketch_query(self.embedder, sketch).embed(self.embedder, views)

    def more_like(
        self,
        photo_id: str,
        k: int = 10,
        *,
        filters: Filters | Mapping[str, Any] | str | None = None,
    ) -> list[Match]:
        """Return the k photos nearest to a photo of the gallery, without that photo.

        `photo_id` may be any of the names of a photo whose file is there several times.
        """
        row = self.gallery.row(photo_id)
        own_id = self.gallery.ids[row]
        found = self.nearest(self.gallery.embeddings[[row]], k + 1, filters=filters)
        others = [match for match in found if match.id != own_id][:k]
        return [replace(match, rank=rank) for rank, match in enumerate(others, start=1)]

    def nearest(
        self,
        query: Embeddings | None,
        k: int = 10,
        *,
        filters: Filters | Mapping[str, Any] | str | None = None,
        text: str = "",
        colours: Sequence[WishedColour | str] = (),
    ) -> list[Match]:
        """Return the k photos nearest to an embedding of one row, as `find`."""
        ranked = self.rank(query, k, filters=filters, text=text, colours=colours)
        return [
            Match(
                self.gallery.ids[row],
                rank,
                float(distance),
                float(similarity(distance)),
                self.gallery.picture(row),
                self.gallery.catalogue.values(row),
            )
            for rank, (row, distance) in enumerate(
                zip(ranked.rows, ranked.distances, strict=True), start=1
            )
        ]

    def rank(
        self,
        query: Embeddings | None,
        k: int,
        *,
        filters: Filters | Mapping[str, Any] | str | None = None,
        text: str = "",
        colours: Sequence[WishedColour | str] = (),
    ) -> Ranked:
        """Return the rows of the k nearest photos that the filters leave, as `find`."""
        chosen = parse_filters(filters, self.fields)
        text, wished = checked_text(text, "text"), parse_colours(colours)
        if query is None and not (text or wished):
            raise InputError("a sketch, or text or colours to search for", "none of them")
        gallery = self.gallery.embeddings
        if not (chosen or text or wished):
            rows, distances = self.ranker.rank(_given(query), gallery, k)
            return Ranked(rows, distances, len(gallery))
        seen, weight = self.gallery.restricted(chosen, text, wished)
        if query is None:
            rows, distances = seen.nearest(None, min(k, len(seen)))
            fits = distances < 2 * weight - 1e-5  # without a drawing the others have nothing
            rows, distances = rows[fits], distances[fits]
        else:
            rows, distances = self.ranker.rank(query, seen, k)
        total = weight + (query is not None)
        return Ranked(rows, (distances / total).astype(np.float32), len(seen))


def _given(query: Embeddings | None) -> Embeddings:
    assert query is not None
    return query
