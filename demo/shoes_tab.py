"""The tab "Shoes": the photos that are similar to the drawing, the picture or a chosen shoe."""

from __future__ import annotations

from typing import Any

import gradio as gr

from . import cards
from .examples import examples
from .narrow import Narrow
from .session import SHOWN, Session
from .shoe_search import MAX_SHOWN, Ranking, ShoeSearch

MORE = '<button id="more" class="quiet" data-act="show_more">Show more</button>'


class ShoesTab:
    """Builds the tab inside the open Blocks and renders the results of a search."""

    def __init__(self, search: ShoeSearch) -> None:
        self.search = search
        galleries = list(search.finders)
        first = next(iter(galleries), "")
        with gr.Row(elem_id="results-head"):
            self.status = cards.html(self._waiting(first), elem_id="find-status")
            self.gallery = gr.Dropdown(
                galleries,
                value=first or None,
                show_label=False,
                container=False,
                filterable=False,
                visible=len(galleries) > 1,
                elem_id="galleries",
            )
        self.narrow = Narrow(search, first)
        self.notice = cards.html(elem_id="results-notice")
        self.shoes = cards.html(self.empty(), elem_id="shoes")
        self.outputs = [self.status, self.gallery, self.narrow.view, self.shoes]

    def show_results(self, session: Session) -> dict[Any, Any]:
        """The shoes that are most similar to the query of the session."""
        ranking = self.search.ranking(session) if self.search.finders else None
        if ranking is None:
            return {
                self.status: self._waiting(session.gallery),
                self.shoes: self.empty(),
            }
        return {
            self.status: _title(session, ranking, bool(self.search.wishes(session))),
            self.shoes: self.grid(session),
        }

    def show_more(self, session: Session) -> dict[Any, Any]:
        session.shown = min(session.shown + SHOWN, MAX_SHOWN)
        return self.show_results(session)

    def grid(self, session: Session) -> str:
        """The shoes on the screen, marked where they are in the tray."""
        fields = self.search.finder(session).fields
        marked = session.liked, session.disliked
        shoes = cards.grid(self.search.matches(session), *marked, fields, session.version)
        return shoes + MORE * self.search.has_more(session)

    def _waiting(self, gallery: str) -> str:
        if gallery not in self.search.finders:
            return ""
        return cards.status(f"{len(self.search.finders[gallery].gallery):,} shoes", "to search")

    def empty(self) -> str:
        """The tab before the first stroke."""
        if not self.search.finders:
            return cards.placeholder(
                "No gallery to search",
                "Start the page with a run for shoes and a folder of photos: "
                "--run RUN --gallery PHOTOS.",
            )
        return cards.placeholder(
            "Draw a shoe",
            "Similar shoes appear after every stroke. Side views work best. "
            "You can also start from an example.",
            examples(),
        )


def _title(session: Session, ranking: Ranking, wished: bool) -> str:
    if session.like is not None:
        title = f"Similar to {session.like}"
    elif session.query is None and not session.feedback and not wished:
        return cards.status(f"{ranking.total:,} shoes", "that the filters leave")
    elif session.query is None and not session.feedback:
        title = "With your words and colours"
    elif session.query is None:
        title = "Similar to what you keep"
    else:
        title = "Similar shoes"
    refined = ", refined by your tray" * session.feedback
    views = " · 10 views" * (session.views > 1 and session.like is None)
    detail = f"{ranking.total:,} searched in {1000 * ranking.seconds:.0f} ms{views}"
    return cards.status(title + refined, detail, back=session.like is not None)
