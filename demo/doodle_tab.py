"""The tab "Doodles": likely categories of the drawing, and similar drawings of other people."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import gradio as gr

from sketchnet.retrieval.suggest import SimilarDrawing, Suggester, doodle_query

from . import cards, icons
from .naming import Naming, settle
from .own_words import own_words_html
from .session import Session
from .stroke_record import on_canvas
from .svg import drawing_svg

DRAWINGS = 12


class DoodleTab:
    """Builds the tab inside the open Blocks; `suggester` is None where no doodle run is served."""

    def __init__(self, suggester: Suggester | None) -> None:
        self.suggester = suggester
        self.shown = cards.html(self.empty(), elem_id="doodles")

    def show_results(self, session: Session) -> dict[Any, Any]:
        """Categories and similar drawings for the strokes on the canvas, or for the picture."""
        query = session.drawing or (session.picture and session.picture.query)
        suggester, chosen = session.suggester or self.suggester, session.category
        if suggester is None or query is None:
            return {self.shown: self.empty()}
        key = (session.version,)
        prediction = session.prediction.get(
            key, lambda: suggester.embedder.predict([doodle_query(query)])
        )
        like = session.similar_to
        vector = None if like is None else suggester.embedding_of(like)
        if vector is None:
            vector = prediction.embeddings[0]
        drawings = session.similar.get(
            (*key, chosen, like, suggester.categories),
            lambda: suggester.similar(vector, DRAWINGS, True, chosen),
        )
        probabilities, names = suggester.probabilities(prediction)[0], suggester.categories
        naming = session.naming = settle(probabilities, session.naming)
        in_gallery = () if suggester.gallery is None else suggester.gallery.categories
        categories = "".join(
            _category(names[row], probabilities[row], names[row] in in_gallery, chosen)
            for row in naming.rows
        )
        found = "".join(_doodle(each, each.key_id == like) for each in drawings if each.drawing)
        return {
            self.shown: f'{_verdict(naming, names)}<ol class="guesses">{categories}</ol>'
            f'<ol class="doodles">{found}</ol>{own_words_html(session.own_words)}'
            f"{origin(suggester)}"
        }

    def act(self, event: gr.EventData, session: Session) -> dict[Any, Any]:
        """Show only drawings of the clicked category (`only`), or those similar to the clicked
        drawing (`similar`); a second click ends it. `teach` adds the drawing to a word."""
        name, chosen = event._data.get("act"), str(event._data.get("id"))
        suggester = session.suggester or self.suggester
        gallery = None if suggester is None else suggester.gallery
        if suggester is not None and name == "teach":
            session.suggester = session.own_words.add(
                chosen, session.drawing, session.version, suggester
            )
        if gallery is not None and name == "only" and chosen in gallery.categories:
            session.category = None if session.category == chosen else chosen
        if gallery is not None and name == "similar":
            session.similar_to = None if session.similar_to == chosen else chosen
        return self.show_results(session)

    def empty(self) -> str:
        """The tab before the first stroke."""
        if self.suggester is None:
            return cards.placeholder(
                "No doodle model to use",
                "Train one with `python train.py quickdraw --data DIR --run RUN`, then start the "
                "page with --run RUN.",
            )
        return cards.placeholder(
            "Draw anything",
            "The model names your drawing while you draw and shows similar ones. "
            "Click one to continue from it.",
            origin(self.suggester),
        )


def origin(suggester: Suggester | None) -> str:
    """A note where the drawings are the synthetic ones that ship; empty otherwise."""
    if suggester is None or suggester.gallery is None or not suggester.synthetic:
        return ""
    known, shown = len(suggester.embedder.categories), len(suggester.gallery.categories)
    return (
        f'<p class="origin">The model knows {known:,} categories. The drawings shown here are '
        f"synthetic, of {shown} categories. For real drawings start the page with "
        "<code>--drawings DIR</code> or <code>--download cat</code>.</p>"
    )


def _verdict(naming: Naming, names: Sequence[str]) -> str:
    """One line that is always there, so that the page does not move when the model is sure."""
    if not naming.sure:
        return '<p class="verdict unsure">Not sure yet. The three likeliest:</p>'
    return f'<p class="verdict">Looks like <b>{escape(names[naming.rows[0]])}</b></p>'


def _category(category: str, probability: float, has_drawings: bool, chosen: str | None) -> str:
    name, percent = escape(category, quote=True), 100 * probability
    return (
        f'<li><button data-act="only" data-id="{name}" '
        f'aria-pressed="{str(category == chosen).lower()}"'
        f"{'' if has_drawings else ' disabled'}><b>{name}</b><span>{percent:.0f} %</span>"
        f'<em><i style="width:{percent:.1f}%"></i></em></button></li>'
    )


def _doodle(found: SimilarDrawing, is_query: bool) -> str:
    name, strokes = escape(found.category, quote=True), escape(on_canvas(found.drawing), quote=True)
    return (
        f'<li class="doodle"><button class="look" data-strokes="{strokes}" '
        f'title="Continue from this {name}">{drawing_svg(found.drawing, found.category)}</button>'
        f'<div><span>{name}</span><button class="play" data-act="similar" '
        f'data-id="{escape(found.key_id, quote=True)}" aria-pressed="{str(is_query).lower()}" '
        f'aria-label="More like this" title="More like this">{icons.SIMILAR}</button>'
        f'<button class="play" data-replay aria-label="Replay" title="Replay">{icons.PLAY}'
        "</button></div></li>"
    )
