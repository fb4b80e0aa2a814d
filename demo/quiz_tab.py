"""The tab "Quiz": person and model name the same drawings, and the page keeps score."""

from __future__ import annotations

import random
import time
from html import escape
from typing import Any

import gradio as gr
import numpy as np

from sketchnet.data.hash_split import split_of
from sketchnet.retrieval.doodle_gallery import DoodleGallery
from sketchnet.retrieval.suggest import Suggester, doodle_query

from . import cards
from .doodle_tab import origin
from .draw_round import CLOCK, SECONDS, WORDS, DrawRound, draw_round_html
from .quiz import Answer, Quiz
from .session import Session
from .svg import drawing_svg

DRAWINGS, CHOICES = 10, 10


class QuizTab:
    """Builds the tab inside the open Blocks; the drawings come from the suggester's gallery."""

    def __init__(self, suggester: Suggester | None) -> None:
        gallery = None if suggester is None else suggester.gallery
        self.suggester = suggester
        self.gallery = gallery if gallery is not None and gallery.drawings is not None else None
        self.shown = cards.html(self._start_page(), elem_id="quiz", js=CLOCK)

    def act(self, event: gr.EventData, session: Session) -> dict[Any, Any]:
        """Act on a button.

        `start` begins a round of drawings to name, `name` records the person's answer to the
        present one; `draw` begins a round against the clock or its next word, `time` comes when
        the clock of the browser has run down.
        """
        if self.gallery is None:
            return {}
        name, category, quiz = event._data.get("act"), event._data.get("id"), session.quiz
        if name == "draw" or (isinstance(quiz, DrawRound) and name == "time"):
            return self._draw(name, session)
        if name == "start" or not isinstance(quiz, Quiz):
            session.quiz = quiz = self._new_round(random.Random())
        elif name == "name" and not quiz.over and category in quiz.categories:
            row = quiz.rows[len(quiz.answers)]
            truth = self.gallery.categories[self.gallery.labels[row]]
            model = self._name_by_model(row, quiz.categories)
            quiz.answers.append(Answer(row, truth, category, model))
        return {self.shown: self._result(quiz) if quiz.over else self._question(quiz)}

    def show_results(self, session: Session) -> dict[Any, Any]:
        """What the model sees in the drawing, in a round against the clock."""
        quiz = session.quiz
        if self.suggester is None or not isinstance(quiz, DrawRound):
            return {}
        if session.drawing and quiz.drawing:
            suggester, query = self.suggester, doodle_query(session.drawing)
            found = session.prediction.get(
                (session.version,), lambda: suggester.embedder.predict([query])
            )
            row = int(suggester.probabilities(found)[0].argmax())
            quiz.see(suggester.categories[row], time.monotonic())
        return {self.shown: draw_round_html(quiz, time.monotonic())}

    def _draw(self, name: str, session: Session) -> dict[Any, Any]:
        """Begin a round against the clock or its next word, or end a word whose time is up."""
        quiz, now = session.quiz, time.monotonic()
        if not isinstance(quiz, DrawRound) or (name == "draw" and quiz.over):
            words = sorted(set(self._rows_by_category()))
            session.quiz = quiz = DrawRound(random.sample(words, min(WORDS, len(words))), now)
        elif name == "draw":
            quiz.next_word(now)
        else:
            quiz.end_in_time(now)
        return {self.shown: draw_round_html(quiz, now)}

    def _rows_by_category(self) -> dict[str, list[int]]:
        """Rows of the gallery by category, for the categories that the model knows."""
        known = set(self.suggester.categories)
        return {name: rows for name, rows in _quiz_rows(self.gallery).items() if name in known}

    def _new_round(self, rng: random.Random) -> Quiz:
        rows = self._rows_by_category()
        categories = sorted(rng.sample(sorted(rows), min(CHOICES, len(rows))))
        drawings = [rng.choice(rows[rng.choice(categories)]) for _ in range(DRAWINGS)]
        return Quiz(drawings, categories)

    def _name_by_model(self, row: int, categories: list[str]) -> str:
        """The model's category for a drawing, among those that the person can choose from."""
        prediction = self.suggester.embedder.predict([self.gallery.drawings[row]])
        probabilities = self.suggester.probabilities(prediction)[0]
        names = self.suggester.categories
        return max(categories, key=lambda name: probabilities[names.index(name)])

    def _start_page(self) -> str:
        if self.gallery is None:
            return cards.placeholder(
                "No drawings for a quiz",
                "The quiz needs a run for doodles and drawings: start the page with --run RUN and "
                "--drawings DIR.",
            )
        return (
            '<div class="quiz"><h3>You against the model</h3><p>You see ten drawings, stroke by '
            "stroke. Name each one; the model chooses from the same words. In the published study "
            "a person named 84 % correctly.</p>"
            '<button class="primary" data-act="start">Start</button><p>Or draw against the clock: '
            f"the model guesses, and you have {SECONDS:.0f} seconds for each word.</p>"
            '<button class="plain" data-act="draw">Draw</button>'
            f"{origin(self.suggester)}</div>"
        )

    def _question(self, quiz: Quiz) -> str:
        drawing = self.gallery.drawings[quiz.rows[len(quiz.answers)]]
        words = "".join(
            f'<button class="plain" data-act="name" data-id="{escape(name, quote=True)}">'
            f"{escape(name)}</button>"
            for name in quiz.categories
        )
        svg = drawing_svg(drawing, "A drawing to name", replay=True)
        number = f"Drawing {len(quiz.answers) + 1} of {len(quiz.rows)}"
        return (
            f'<div class="quiz">{_score(quiz, number)}<figure>{svg}</figure>{_last_answer(quiz)}'
            f'<div class="words">{words}</div></div>'
        )

    def _result(self, quiz: Quiz) -> str:
        person, model = quiz.scores
        title = "A draw" if person == model else "You win" if person > model else "The model wins"
        drawings = "".join(map(self._answered, quiz.answers))
        return (
            f'<div class="quiz"><h3>{title}</h3>{_score(quiz, f"of {len(quiz.rows)}")}'
            f'<ol class="doodles">{drawings}</ol>'
            '<button class="primary" data-act="start">Play again</button>'
            '<button class="plain" data-act="draw">Draw against the clock</button></div>'
        )

    def _answered(self, answer: Answer) -> str:
        def mark(who: str, named: str) -> str:
            return f'<i class="{"right" if named == answer.category else "wrong"}">{who}</i>'

        title = f"You: {answer.person}. Model: {answer.model}."
        return (
            f'<li class="doodle" title="{escape(title, quote=True)}"><div class="look">'
            f"{drawing_svg(self.gallery.drawings[answer.row], answer.category)}</div>"
            f"<div><span>{escape(answer.category)}</span>{mark('You', answer.person)}"
            f"{mark('Model', answer.model)}</div></li>"
        )


def _quiz_rows(gallery: DoodleGallery) -> dict[str, list[int]]:
    """Rows by category: only those of the test split, for categories that have any there."""
    held_out = np.array([split_of(key, 0) == "test" for key in gallery.key_ids])
    drawn = np.array([len(drawing) > 0 for drawing in gallery.drawings or ()], bool)
    rows = {}
    for label, name in enumerate(gallery.categories):
        of_category = (gallery.labels == label) & drawn
        unseen = of_category & held_out
        chosen = np.flatnonzero(unseen if unseen.any() else of_category)
        if len(chosen):
            rows[name] = chosen.tolist()
    return rows


def _score(quiz: Quiz, line: str) -> str:
    person, model = quiz.scores
    return f'<p class="score"><span>{line}</span><b>You {person}</b><b>Model {model}</b></p>'


def _last_answer(quiz: Quiz) -> str:
    if not quiz.answers:
        return '<p class="last">What is it?</p>'
    last = quiz.answers[-1]
    verdict = "Correct" if last.person == last.category else "No"
    return (
        f'<p class="last">{verdict}, that was <b>{escape(last.category)}</b>. '
        f"The model chose {escape(last.model)}.</p>"
    )
