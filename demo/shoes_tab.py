"""The shoes tab: what the canvas, a picture or a chosen shoe brings back."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import gradio as gr
import numpy as np

from sketchnet.inference.embedder import Embeddings
from sketchnet.retrieval.query import Query, photo_query, sketch_query
from sketchnet.retrieval.relevance_feedback import apply_feedback, rank_of, ranks_by_stroke
from sketchnet.retrieval.search import Match, ShoeFinder, rank, similarity

from . import cards
from .examples import examples
from .session import Session

MORE, MOST = 10, 100


class ShoesTab:
    """Builds the tab inside the open Blocks, and answers with what is to be shown in it."""

    def __init__(self, finders: Mapping[str, ShoeFinder]) -> None:
        self.finders = finders
        first = next(iter(finders), "")
        with gr.Row(elem_id="find-head"):
            self.status = cards.html(self._waiting(first), elem_id="find-status")
            self.gallery = gr.Dropdown(
                list(finders),
                value=first or None,
                show_label=False,
                container=False,
                filterable=False,
                visible=len(finders) > 1,
                elem_id="galleries",
            )
        self.shoes = cards.html(self.empty(), elem_id="shoes")
        self.more = gr.Button("Show more", elem_id="more", elem_classes="quiet", visible=False)
        self.outputs = [self.status, self.gallery, self.shoes, self.more]

    def answer(self, session: Session) -> dict[Any, Any]:
        """The shoes nearest to what the session asks for."""
        start = time.perf_counter()
        query = self.embed(session) if self.finders else None
        session.matches = [] if query is None else self._nearest(session, query)
        if query is None:
            return {
                self.status: self._waiting(session.gallery),
                self.shoes: self.empty(),
                self.more: gr.update(visible=False),
            }
        total = len(self.finders[session.gallery].gallery)
        took = f"{1000 * (time.perf_counter() - start):.0f} ms"
        return {
            self.status: self._title(session, took, total),
            self.shoes: self.grid(session),
            self.more: gr.update(
                visible=session.shown < min(total - len(self._away(session)), MOST)
            ),
        }

    def show_more(self, session: Session) -> dict[Any, Any]:
        session.shown = min(session.shown + MORE, MOST)
        return self.answer(session)

    def prepare(self, session: Session, sketch: Any, is_photo: bool = False) -> Query | None:
        """A drawing or picture as the session's gallery is asked with it; None without one.

        Raises InputError where there is nothing in it.
        """
        if not self.finders:
            return None
        embedder = self.finders[session.gallery].embedder
        return (photo_query if is_photo else sketch_query)(embedder, sketch)

    def grid(self, session: Session) -> str:
        """The shoes on the screen, as they now lie in the tray."""
        return cards.grid(session.matches, session.liked, session.disliked)

    def embed(self, session: Session) -> Embeddings | None:
        """What the session asks for as one embedding; None before the first stroke."""
        finder = self.finders[session.gallery]
        query = None
        if session.like is not None:
            query = finder.gallery.embeddings[[finder.gallery.row(session.like)]]
        elif session.query is not None:
            query = session.query.embed(finder.embedder, session.views)
        if session.steering and (session.liked or (query is not None and session.disliked)):
            query = apply_feedback(finder, query, session.liked, session.disliked)
        return query

    def place(self, session: Session, photo_id: str) -> tuple[int, float] | None:
        """Rank and similarity of one shoe for what the session asks for."""
        query = self.embed(session)
        if query is None:
            return None
        gallery = self.finders[session.gallery].gallery
        row = gallery.row(photo_id)
        rows, distances = rank(query, gallery.embeddings)
        nearness = float(similarity(distances[np.flatnonzero(rows == row)[0]]))
        return rank_of(query, gallery.embeddings, row), nearness

    def along(self, session: Session, photo_id: str, most: int = 24) -> tuple[list[Any], list[int]]:
        """The drawing after each of its strokes (at most 24 of them), and the shoe's ranks."""
        count = len(session.drawing)
        ends = np.unique(np.linspace(1, count, min(count, most)).round().astype(int))
        beginnings = [session.drawing[:end] for end in ends]
        return beginnings, ranks_by_stroke(self.finders[session.gallery], beginnings, photo_id)

    def _nearest(self, session: Session, query: Embeddings) -> list[Match]:
        away = self._away(session)
        found = self.finders[session.gallery].nearest(query, session.shown + len(away))
        return [match for match in found if match.id not in away][: session.shown]

    def _away(self, session: Session) -> set[str]:
        """Nobody wants a photo among its like, nor what was turned away while that steers."""
        away = set(session.disliked) if session.steering else set()
        return away if session.like is None else away | {session.like}

    def _title(self, session: Session, took: str, total: int) -> str:
        steered = ", steered by your tray" * session.steering
        if session.like is not None:
            return cards.status(f"More like {session.like}{steered}", back=True)
        if session.query is None:
            return cards.status("Near what you keep", took)
        title = f"The nearest {len(session.matches)} of {total:,}{steered}"
        return cards.status(title, took + " · 10 views" * (session.views > 1))

    def _waiting(self, gallery: str) -> str:
        if gallery not in self.finders:
            return ""
        return cards.status(f"{len(self.finders[gallery].gallery):,} shoes", "are waiting")

    def empty(self) -> str:
        """What stands in the tab before the first stroke."""
        if not self.finders:
            return cards.placeholder(
                "No shoes to search",
                "Start the page with a run that finds shoes and a folder of photos: "
                "--run RUN --gallery PHOTOS.",
            )
        return cards.placeholder(
            "Draw a shoe",
            "The nearest ones appear here after every stroke. A side view works best. "
            "Or begin with one of these.",
            examples(),
        )
