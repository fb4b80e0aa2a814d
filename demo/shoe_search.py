"""The shoe search behind the page: a query is embedded once and ranked once.

Opening a shoe, the table of the tray and a change of tab read the stored results; only what has
changed since is computed (`session.Recent`).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from sketchnet.inference.embedder import Embeddings
from sketchnet.retrieval.catalogue.filters import Filters
from sketchnet.retrieval.query import Query, photo_query, sketch_query
from sketchnet.retrieval.ranker import similarity
from sketchnet.retrieval.relevance_feedback import apply_feedback, ranks_by_stroke
from sketchnet.retrieval.search import Match, ShoeFinder
from sketchnet.strokes.formats import Drawing

from .session import Session
from .wishes import Wishes, painted_wishes

MAX_SHOWN = 100  # shoes that "Show more" reaches; re-ranking looks at as many anyway
MAX_RANK = 10_000  # a server needs seconds to list more, and a higher rank is of no use
MAX_STEPS = 24  # partial sketches of "Which stroke helped?"


@dataclass(frozen=True)
class Ranking:
    """The nearest photos of a gallery.

    Attributes:
        rows: (k,) rows of the gallery, nearest first.
        distances: (k,) float32, never falling.
        total: number of photos that were ranked, k or more.
        seconds: time that embedding and ranking took.
    """

    rows: np.ndarray
    distances: np.ndarray
    total: int
    seconds: float


@dataclass(frozen=True)
class Placement:
    """Where one photo stands for a query.

    Attributes:
        rank: from 1, or None where it is not among the photos that were ranked.
        similarity: 0..1, or None with the rank.
        searched: number of photos that were ranked.
        total: number of photos in the gallery.
    """

    rank: int | None
    similarity: float | None
    searched: int
    total: int


class ShoeSearch:
    """Searches the galleries of the page for the query of a session."""

    def __init__(self, finders: Mapping[str, ShoeFinder]) -> None:
        self.finders = finders

    def finder(self, session: Session) -> ShoeFinder:
        """The finder of the session's gallery."""
        return self.finders[session.gallery]

    def prepare(self, session: Session, sketch: Any, is_photo: bool = False) -> Query | None:
        """Prepare strokes or a picture for the model of the session's gallery.

        Returns None where the page serves no gallery. Raises InputError where the sketch is blank.
        """
        if not self.finders:
            return None
        embedder = self.finder(session).embedder
        return (photo_query if is_photo else sketch_query)(embedder, sketch)

    def change_gallery(self, session: Session, gallery: str) -> None:
        """Search another gallery with the same drawing or picture."""
        before = self.finder(session).embedder
        session.change_gallery(gallery)
        query = session.query
        if query is not None and self.finder(session).embedder is not before:
            sketch = session.drawing or (session.picture and session.picture.query)
            prepared = self.prepare(session, sketch, query.is_photo)
            session.set_query(prepared, session.views, session.drawing, session.picture)

    def embedding(self, session: Session) -> Embeddings | None:
        """The embedding of the drawing or picture, one row; None without one."""
        finder, query, views = self.finder(session), session.query, session.views
        if query is None:
            return None
        key = (session.version, finder.embedder, views)
        return session.embedding.get(key, lambda: query.embed(finder.embedder, views))

    def ranking(self, session: Session) -> Ranking | None:
        """The nearest photos, at least as many as the page can show; None without a query."""
        key = self._key(session)
        if key is None:
            return None
        depth = MAX_SHOWN + len(session.disliked) + 1
        return session.ranking.get(key, lambda: self._rank(session, key, depth))

    def matches(self, session: Session) -> list[Match]:
        """The shoes on the screen: the nearest, without those that feedback hides."""
        ranking = self.ranking(session)
        if ranking is None:
            return []
        gallery, hidden = self.finder(session).gallery, _hidden(session)
        found: list[Match] = []
        for rank, (row, distance) in enumerate(
            zip(ranking.rows, ranking.distances, strict=True), start=1
        ):
            if len(found) == session.shown:
                break
            photo_id, near = gallery.ids[row], float(similarity(distance))
            if photo_id not in hidden:
                fields, picture = gallery.catalogue.values(row), gallery.picture(row)
                found.append(Match(photo_id, rank, float(distance), near, picture, fields))
        return found

    def filters(self, session: Session) -> Filters:
        """The conditions on the photos that are searched."""
        if session.only_kept:
            return replace(session.filters, ids=tuple(session.liked))
        return session.filters

    def wishes(self, session: Session) -> Wishes:
        """The words and colours that rank beside the query; a painting belongs to a drawing."""
        if session.like is not None or session.picture is not None:
            return session.wishes
        painted = painted_wishes(session.painting, session.drawing)
        return replace(session.wishes, colours=(*session.wishes.colours, *painted))

    def _key(self, session: Session) -> RankingKey | None:
        return _ranking_key(session, self.filters(session), self.wishes(session))

    def has_more(self, session: Session) -> bool:
        """Whether "Show more" would show more shoes."""
        ranking = self.ranking(session)
        total = 0 if ranking is None else ranking.total - len(_hidden(session))
        return session.shown < min(total, MAX_SHOWN)

    def placement(self, session: Session, photo_id: str) -> Placement | None:
        """Rank and similarity of one photo for the present query; None without a query.

        They are read from the results on the screen where the photo is among them. Otherwise the
        first `MAX_RANK` photos are ranked once for this query.
        """
        ranking, key = self.ranking(session), self._key(session)
        if ranking is None:
            return None
        for match in self.matches(session):
            if match.id == photo_id:
                searched = len(ranking.rows)
                return Placement(match.rank, match.similarity, searched, ranking.total)
        row = self.finder(session).gallery.row(photo_id)
        if row not in ranking.rows and len(ranking.rows) < min(ranking.total, MAX_RANK):
            ranking = session.full_ranking.get(key, lambda: self._rank(session, key, MAX_RANK))
        return _placement(ranking, row)

    def ranks_by_stroke(self, session: Session, photo_id: str) -> tuple[list[Drawing], list[int]]:
        """Partial sketches after each stroke (at most 24 of them) and the photo's rank for each.

        A rank beyond `MAX_RANK` is `MAX_RANK` + 1.
        """
        count = len(session.drawing)
        ends = np.unique(np.linspace(1, count, min(count, MAX_STEPS)).round().astype(int))
        partial = [session.drawing[:end] for end in ends]
        return partial, ranks_by_stroke(self.finder(session), partial, photo_id, limit=MAX_RANK)

    def _rank(self, session: Session, key: RankingKey, depth: int) -> Ranking:
        start = time.perf_counter()
        finder, gallery = self.finder(session), self.finder(session).gallery
        if key.like is None:
            query = self.embedding(session)
        else:
            query = gallery.embeddings[[gallery.row(key.like)]]
        if key.feedback:
            query = apply_feedback(finder, query, *key.feedback)
        text, colours = key.wishes.text, key.wishes.colours
        if key.wishes:
            ranked = finder.rank(query, depth, filters=key.filters, text=text, colours=colours)
            rows, distances, total = ranked.rows, ranked.distances, ranked.total
            if query is None and len(rows) < depth:
                total = len(rows)  # the others have nothing of what is wished
        elif query is None:  # filters alone: the photos left, in their own order
            seen, _ = gallery.restricted(key.filters)
            rows, _ = seen.nearest(None, min(depth, len(seen)))
            distances, total = np.full(len(rows), 2, np.float32), len(seen)
        else:
            seen = gallery.restricted(key.filters)[0] if key.filters else gallery.embeddings
            rows, distances = finder.ranker.rank(query, seen, depth)
            total = len(seen)
        if key.like is not None:  # a photo is not shown among the shoes similar to it
            others = rows != gallery.row(key.like)
            total -= int(not others.all())
            rows, distances = rows[others], distances[others]
        return Ranking(rows, distances, total, time.perf_counter() - start)


class RankingKey(NamedTuple):
    """Everything that the order of the results depends on.

    `feedback` is (liked, disliked) where they refine the results, and empty otherwise.
    """

    version: int
    gallery: str
    like: str | None
    views: int
    feedback: tuple[tuple[str, ...], ...]
    filters: Filters
    wishes: Wishes


def _ranking_key(session: Session, filters: Filters, wishes: Wishes) -> RankingKey | None:
    """The key of the present results; None where there is nothing to search for."""
    has_query = session.query is not None or session.like is not None
    feedback: tuple[tuple[str, ...], ...] = ()
    if session.feedback and (session.liked or (has_query and session.disliked)):
        feedback = tuple(session.liked), tuple(session.disliked)
    if not has_query and not feedback and not filters and not wishes:
        return None
    return RankingKey(
        session.version, session.gallery, session.like, session.views, feedback, filters, wishes
    )


def _hidden(session: Session) -> set[str]:
    """Disliked shoes stay out of the results while feedback is on."""
    return set(session.disliked) if session.feedback else set()


def _placement(ranking: Ranking, row: int) -> Placement:
    searched, position = len(ranking.rows), np.flatnonzero(ranking.rows == row)
    if not len(position):
        return Placement(None, None, searched, ranking.total)
    near = float(similarity(ranking.distances[position[0]]))
    return Placement(int(position[0]) + 1, near, searched, ranking.total)
