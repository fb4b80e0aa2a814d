"""Joins what happens on the page to its handlers, with one rule for errors and for progress."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial, wraps
from typing import Any

import gradio as gr

from sketchnet.utils.errors import InputError

from . import cards
from .actions import Actions
from .doodle_tab import DoodleTab
from .live import session_of
from .painting import Painting
from .picture_query import PictureQuery
from .quiz_tab import QuizTab
from .session import Session
from .shoes_tab import ShoesTab
from .stroke_record import read_strokes

BUSY = "(...inputs) => window.sketchnet.busy(...inputs)"


@dataclass(frozen=True)
class Parts:
    """The components of the page whose events have handlers."""

    canvas_notice: gr.HTML
    ink: gr.HTML
    painting: Painting
    picture: PictureQuery
    shoes: ShoesTab
    doodles: DoodleTab
    quiz: QuizTab
    actions: Actions
    tabs: dict[str, gr.Tab]

    @property
    def outputs(self) -> list[Any]:
        """Every component that a handler may change."""
        shown = [self.picture.view, self.doodles.shown, self.quiz.shown]
        return [*shown, *self.notices, *self.shoes.outputs, *self.actions.outputs]

    @property
    def notices(self) -> list[gr.HTML]:
        """Where errors are shown: over the canvas, and above the results."""
        return [self.canvas_notice, self.shoes.notice]


class Events:
    """The events of one page. Every handler changes the session in place and returns updates."""

    def __init__(self, parts: Parts, session: gr.State) -> None:
        self.parts, self.session = parts, session

    def connect(self) -> None:
        """Add all events to the open Blocks."""
        parts, canvas, results = self.parts, self.parts.canvas_notice, self.parts.shoes.notice
        picture, private = parts.picture, {"api_visibility": "private", "show_progress": "hidden"}
        parts.ink.connect(session_of, None, parts.ink, **private)
        uploaded = {"search": True, "notice": canvas}
        self._on(picture.button.upload, picture.upload, picture.button, **uploaded)
        self._on(picture.view.act, picture.act, **uploaded)
        painting = parts.painting
        self._on(painting.view.act, painting.act, trigger_mode="multiple", **uploaded)
        gallery = parts.shoes.gallery
        self._on(gallery.input, parts.actions.change_gallery, gallery, search=True, notice=results)
        narrow = parts.shoes.narrow
        self._on(narrow.view.act, narrow.act, search=True, notice=results)
        for name, tab in parts.tabs.items():
            js = f"() => window.sketchnet.selectTab('{name}')"
            self._on(tab.select, partial(self._select_tab, name), js=js, notice=results)
        self._on(parts.doodles.shown.act, parts.doodles.act, notice=canvas)
        self._on(parts.quiz.shown.act, parts.quiz.act, notice=canvas)
        for view in (
            parts.shoes.status,
            parts.shoes.shoes,
            parts.actions.detail,
            parts.actions.tray,
        ):
            self._on(view.act, parts.actions.act, notice=results)

    def _on(
        self,
        event: Any,
        handler: Any,
        *inputs: Any,
        notice: gr.HTML,
        search: bool = False,
        js: str = BUSY,
        **options: Any,
    ) -> None:
        """Show what `handler` returns when `event` happens.

        Args:
            event: the listener of a component.
            handler: called with the values of `inputs` and the session.
            notice: where an InputError of the handler is shown, next to what caused it.
            search: search anew after the handler.
            js: what the browser does first.
            options: further options of Gradio's listener.
        """
        clear = dict.fromkeys(self.parts.notices, "")

        @wraps(handler)
        def handle(*given: Any) -> dict[Any, Any]:
            try:
                updates = handler(*given)
                return clear | updates | (self._results(given[-1]) if search else {})
            except InputError as error:
                return clear | {notice: cards.notice(error)}

        # One queue for all events, so that an older search rarely finishes after a newer one.
        options |= {"concurrency_id": "page", "concurrency_limit": 2}
        options |= {"js": js, "show_progress": "hidden", "api_visibility": "private"}
        handled = event(handle, [*inputs, self.session], self.parts.outputs, **options)
        for finished in (handled.success, handled.failure):
            finished(js="() => window.sketchnet.done()", api_visibility="private")

    def _results(self, session: Session) -> dict[Any, Any]:
        """The results of the tab that is open."""
        parts = self.parts
        tabs = {"shoes": parts.shoes, "doodles": parts.doodles, "quiz": parts.quiz}
        return tabs[session.tab].show_results(session)

    def use_drawing(self, record: str, views: int, session: Session) -> Callable[[], None]:
        """What sets the query of a session to the strokes on the canvas (`live`).

        One view is fast, for drawing; Find now! takes ten, as a picture has been searched already.
        """
        if views > 1 and session.picture is not None:
            return lambda: None
        drawing = read_strokes(record)
        query = self.parts.shoes.search.prepare(session, drawing) if drawing else None
        return partial(session.set_query, query, views, drawing)

    def parts_of(self, session: Session, problem: InputError | None) -> dict[str, str]:
        """The HTML of what a drawing changes, by `elem_id`: notices, results or an error."""
        parts = dict.fromkeys(self.parts.notices, "")
        if problem is not None:
            parts[self.parts.canvas_notice] = cards.notice(problem)
        elif session.picture is None:
            parts[self.parts.picture.view] = ""
        if problem is None:
            parts |= self._results(session)
        return {component.elem_id: html for component, html in parts.items()}

    def _select_tab(self, name: str, session: Session) -> dict[Any, Any]:
        session.tab = name
        return self._results(session)
