"""The handlers of the tabs Doodles and Quiz, without a browser."""

from __future__ import annotations

import time
from types import SimpleNamespace

import gradio as gr
import pytest

from sketchnet.retrieval.doodle_gallery import build_doodle_gallery
from sketchnet.retrieval.suggest import Suggester
from sketchnet_demo.doodle_tab import DoodleTab
from sketchnet_demo.draw_round import SECONDS
from sketchnet_demo.quiz_tab import QuizTab
from sketchnet_demo.session import Session
from tests.browser.hog_embedder import HogDoodleEmbedder, draw_doodles


@pytest.fixture(scope="module")
def drawings():
    return draw_doodles(6)


@pytest.fixture(scope="module")
def suggester(drawings) -> Suggester:
    embedder = HogDoodleEmbedder(drawings)
    return Suggester(embedder, build_doodle_gallery(embedder, drawings))


def press(act: str, chosen: str = "") -> SimpleNamespace:
    return SimpleNamespace(_data={"act": act, "id": chosen})


def html_of(updates: dict) -> str:
    (shown,) = updates.values()
    return shown


def test_more_like_this_searches_with_a_drawing_of_the_gallery(drawings, suggester) -> None:
    with gr.Blocks():
        tab = DoodleTab(suggester)
    session = Session("", tab="doodles")
    session.set_query(None, drawing=drawings.drawings[0])
    first = html_of(tab.show_results(session))
    assert 'aria-pressed="true"' not in first
    other = drawings.key_ids[20]  # a sun, while the drawing is a fish
    like = html_of(tab.act(press("similar", other), session))
    doodles = like.partition('class="doodles"')[2]
    assert 'aria-pressed="true"' in doodles.partition("</li>")[0]  # the nearest is itself
    assert doodles.count("<span>sun</span>") > doodles.count("<span>fish</span>")
    assert html_of(tab.act(press("similar", other), session)) == first
    tab.act(press("similar", other), session)
    session.set_query(None, drawing=drawings.drawings[1])  # another stroke
    assert session.similar_to is None
    unknown = html_of(tab.act(press("similar", "no such key"), session))
    assert unknown.partition("doodles")[2]


def test_a_drawing_that_is_not_named_surely_shows_three(drawings, suggester, monkeypatch) -> None:
    with gr.Blocks():
        tab = DoodleTab(suggester)
    session = Session("", tab="doodles")
    session.set_query(None, drawing=drawings.drawings[0])
    assert "Looks like <b>fish</b>" in html_of(tab.show_results(session))
    session.naming = None
    monkeypatch.setattr("sketchnet_demo.naming.SURE", 1.1)
    shown = html_of(tab.show_results(session))
    assert "Not sure yet" in shown
    assert shown.partition('class="doodles"')[0].count('data-act="only"') == 3


def test_the_model_guesses_against_the_clock(drawings, suggester, monkeypatch) -> None:
    with gr.Blocks():
        tab = QuizTab(suggester)
    session = Session("", tab="quiz")
    assert tab.show_results(session) == {}
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    shown = html_of(tab.act(press("draw"), session))
    assert session.quiz is not None
    words = session.quiz.words
    assert sorted(words) == sorted(drawings.categories)
    assert f"Draw: {words[0]}" in shown

    def draw(word: str) -> str:
        row = drawings.labels.tolist().index(drawings.categories.index(word))
        session.set_query(None, drawing=drawings.drawings[row])
        return html_of(tab.show_results(session))

    now[0] = 104.0
    assert f"I see {words[1]}" in draw(words[1])
    now[0] = 109.0
    assert "Recognised after 9 seconds" in draw(words[0])
    now[0] = 110.0
    assert f"Draw: {words[1]}" in html_of(tab.act(press("draw"), session))
    now[0] = 110.0 + SECONDS
    assert "Time is up" in html_of(tab.act(press("time"), session))
    assert session.quiz.results == [9.0, None]
    for _ in words[2:]:
        tab.act(press("draw"), session)
        now[0] += SECONDS
        shown = html_of(tab.act(press("time"), session))
    assert "Play again" in shown
    tab.act(press("draw"), session)
    assert session.quiz.results == []
    # The other kind of round, and back.
    assert "What is it?" in html_of(tab.act(press("start"), session))
    assert "Drawing 1 of" in html_of(tab.act(press("time"), session))
