"""The doodles tab: what a drawing may become, and how others drew it."""

from __future__ import annotations

from html import escape
from typing import Any

import gradio as gr

from sketchnet.retrieval.suggest import CategoryGuess, SimilarDrawing, Suggester

from . import cards, icons
from .canvas import on_canvas
from .session import Session
from .svg import drawing_svg

GUESSES, DRAWINGS = 5, 12


class DoodleTab:
    """Builds the tab inside the open Blocks; `suggester` is None where no run can suggest."""

    def __init__(self, suggester: Suggester | None) -> None:
        self.suggester = suggester
        self.shown = cards.html(self.empty(), elem_id="doodles")

    def answer(self, session: Session) -> dict[Any, Any]:
        """Guesses and similar drawings for the strokes on the canvas, or for the picture."""
        query = session.drawing or session.picture
        if self.suggester is None or query is None:
            return {self.shown: self.empty()}
        found = self.suggester.suggest(query, DRAWINGS, distinct=True, category=session.category)
        gallery = self.suggester.gallery
        words = () if gallery is None else gallery.categories
        guesses = "".join(
            _guess(each, each.category in words, each.category == session.category)
            for each in found.categories[:GUESSES]
        )
        drawings = "".join(_doodle(each) for each in found.drawings if each.drawing)
        return {
            self.shown: f'<ol class="guesses">{guesses}</ol><ol class="doodles">{drawings}</ol>'
            f"{origin(self.suggester)}"
        }

    def act(self, event: gr.EventData, session: Session) -> dict[Any, Any]:
        """Show drawings of the clicked category alone, or of all when it is clicked again."""
        category = event._data.get("id")
        gallery = None if self.suggester is None else self.suggester.gallery
        if gallery is not None and category in gallery.categories:
            session.category = None if session.category == category else category
        return self.answer(session)

    def empty(self) -> str:
        if self.suggester is None:
            return cards.placeholder(
                "No doodle model is loaded",
                "Train one with `python train.py quickdraw --data DIR --run RUN`, then start the "
                "page with --run RUN.",
            )
        return cards.placeholder(
            "Draw anything",
            "Guesses and similar drawings appear while you draw. Click one to go on from it.",
            origin(self.suggester),
        )


def origin(suggester: Suggester | None) -> str:
    """Where the drawings on show come from, if not from people."""
    if suggester is None or not suggester.by_program:
        return ""
    words, shown = len(suggester.embedder.categories), len(suggester.gallery.categories)
    return (
        f'<p class="origin">The model names {words:,} categories. The drawings shown here are the '
        f"built-in ones, made by program, of {shown} categories; for real drawings start the page "
        "with <code>--drawings DIR</code> or <code>--download cat</code>.</p>"
    )


def _guess(guess: CategoryGuess, has_drawings: bool, chosen: bool) -> str:
    name, percent = escape(guess.category, quote=True), 100 * guess.probability
    return (
        f'<li><button data-act="only" data-id="{name}" aria-pressed="{str(chosen).lower()}"'
        f"{'' if has_drawings else ' disabled'}><b>{name}</b><span>{percent:.0f} %</span>"
        f'<em><i style="width:{percent:.1f}%"></i></em></button></li>'
    )


def _doodle(found: SimilarDrawing) -> str:
    name, strokes = escape(found.category, quote=True), escape(on_canvas(found.drawing), quote=True)
    return (
        f'<li class="doodle"><button class="look" data-strokes="{strokes}" '
        f'title="Go on from this {name}">{drawing_svg(found.drawing, found.category)}</button>'
        f'<div><span>{name}</span><button class="play" data-replay aria-label="Replay">{icons.PLAY}'
        "</button></div></li>"
    )
