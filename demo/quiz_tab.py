"""The quiz: the page shows drawings, person and model name them, and both keep score."""

from __future__ import annotations

import random
from html import escape
from typing import Any

import gradio as gr
import numpy as np

from sketchnet.data.hash_split import split_of
from sketchnet.retrieval.doodle_gallery import DoodleGallery
from sketchnet.retrieval.suggest import Suggester

from . import cards
from .doodle_tab import origin
from .quiz import Answered, Quiz
from .session import Session
from .svg import drawing_svg

ROUNDS, CHOICES = 10, 10


class QuizTab:
    """Builds the tab inside the open Blocks; the drawings come from the suggester's gallery."""

    def __init__(self, suggester: Suggester | None) -> None:
        gallery = None if suggester is None else suggester.gallery
        self.suggester = suggester
        self.gallery = gallery if gallery is not None and gallery.drawings is not None else None
        self.shown = cards.html(self._beginning(), elem_id="quiz")

    def act(self, event: gr.EventData, session: Session) -> dict[Any, Any]:
        """`begin` deals a new round; `name` takes the person's answer to the drawing on show."""
        if self.gallery is None:
            return {}
        name, word, quiz = event._data.get("act"), event._data.get("id"), session.quiz
        if name == "begin" or quiz is None:
            session.quiz = quiz = self._deal(random.Random())
        elif name == "name" and not quiz.over and word in quiz.words:
            row = quiz.rows[len(quiz.answered)]
            truth = self.gallery.categories[self.gallery.labels[row]]
            quiz.answered.append(Answered(row, truth, word, self._named(row, quiz.words)))
        return {self.shown: self._finished(quiz) if quiz.over else self._question(quiz)}

    def _deal(self, chance: random.Random) -> Quiz:
        known = set(self.suggester.embedder.categories)
        rows = {word: rows for word, rows in _rows_to_ask(self.gallery).items() if word in known}
        words = sorted(chance.sample(sorted(rows), min(CHOICES, len(rows))))
        dealt = [chance.choice(rows[chance.choice(words)]) for _ in range(ROUNDS)]
        return Quiz(dealt, words)

    def _named(self, row: int, words: list[str]) -> str:
        """What the model calls a drawing, among the words that the person has."""
        answer = self.suggester.embedder.predict([self.gallery.drawings[row]])
        categories = self.suggester.embedder.categories
        return max(words, key=lambda word: answer.probabilities[0, categories.index(word)])

    def _beginning(self) -> str:
        if self.gallery is None:
            return cards.placeholder(
                "No drawings to ask about",
                "The quiz needs a run for doodles with drawings: start the page with --run RUN and "
                "--drawings DIR.",
            )
        return (
            '<div class="quiz"><h3>You against the model</h3><p>Ten drawings appear stroke by '
            "stroke. You name each, and so does the model, from the same words. In the published "
            "study a person reached 84 %.</p>"
            f'<button class="go" data-act="begin">Begin</button>{origin(self.suggester)}</div>'
        )

    def _question(self, quiz: Quiz) -> str:
        drawing = self.gallery.drawings[quiz.rows[len(quiz.answered)]]
        words = "".join(
            f'<button class="plain" data-act="name" data-id="{escape(word, quote=True)}">'
            f"{escape(word)}</button>"
            for word in quiz.words
        )
        svg = drawing_svg(drawing, "A drawing to name", replay=True)
        number = f"Drawing {len(quiz.answered) + 1} of {len(quiz.rows)}"
        return (
            f'<div class="quiz">{_score(quiz, number)}<figure>{svg}</figure>{_last(quiz)}'
            f'<div class="words">{words}</div></div>'
        )

    def _finished(self, quiz: Quiz) -> str:
        mine, models = quiz.scores
        verdict = "A draw" if mine == models else "You win" if mine > models else "The model wins"
        drawings = "".join(map(self._looked_back, quiz.answered))
        return (
            f'<div class="quiz"><h3>{verdict}</h3>{_score(quiz, f"of {len(quiz.rows)}")}'
            f'<ol class="doodles">{drawings}</ol>'
            '<button class="go" data-act="begin">Another round</button></div>'
        )

    def _looked_back(self, each: Answered) -> str:
        def mark(who: str, said: str) -> str:
            return f'<i class="{"right" if said == each.truth else "wrong"}">{who}</i>'

        title = f"You: {each.person}. Model: {each.model}."
        return (
            f'<li class="doodle" title="{escape(title, quote=True)}"><div class="look">'
            f"{drawing_svg(self.gallery.drawings[each.row], each.truth)}</div>"
            f"<div><span>{escape(each.truth)}</span>{mark('You', each.person)}"
            f"{mark('Model', each.model)}</div></li>"
        )


def _rows_to_ask(gallery: DoodleGallery) -> dict[str, list[int]]:
    """Rows by category: only those that training leaves aside, where a category has such."""
    aside = np.array([split_of(key, 0) == "test" for key in gallery.key_ids])
    rows = {}
    for label, word in enumerate(gallery.categories):
        its = gallery.labels == label
        chosen = np.flatnonzero(its & aside if (its & aside).any() else its)
        if len(chosen):
            rows[word] = chosen.tolist()
    return rows


def _score(quiz: Quiz, line: str) -> str:
    mine, models = quiz.scores
    return f'<p class="score"><span>{line}</span><b>You {mine}</b><b>Model {models}</b></p>'


def _last(quiz: Quiz) -> str:
    if not quiz.answered:
        return '<p class="last">What is it?</p>'
    last = quiz.answered[-1]
    right = "Right" if last.person == last.truth else "No"
    return (
        f'<p class="last">{right}, that was <b>{escape(last.truth)}</b>. '
        f"The model said {escape(last.model)}.</p>"
    )
