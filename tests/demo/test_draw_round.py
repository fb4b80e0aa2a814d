"""A quiz round against the clock: what is recognised in time, and what the page shows."""

from __future__ import annotations

import pytest

from sketchnet_demo.draw_round import LATE, SECONDS, DrawRound, draw_round_html

WORDS = ["fish", "sun"]


def test_a_drawing_that_is_recognised_ends_its_word() -> None:
    quiz = DrawRound(WORDS, started=100.0)
    quiz.see("house", 103.0)
    assert (quiz.word, quiz.guess, quiz.drawing) == ("fish", "house", True)
    quiz.see("fish", 107.0)
    assert (quiz.results, quiz.drawing, quiz.word) == ([7.0], False, "fish")
    quiz.see("sun", 108.0)  # a stroke after the word is over
    quiz.end_in_time(200.0)
    assert quiz.results == [7.0]
    quiz.next_word(300.0)
    assert (quiz.word, quiz.guess, quiz.over) == ("sun", "", False)
    quiz.next_word(301.0)  # a second click does not restart the clock
    quiz.end_in_time(300.0 + SECONDS)
    assert (quiz.results, quiz.over) == ([7.0, None], True)
    quiz.next_word(400.0)
    assert not quiz.drawing


@pytest.mark.parametrize(
    ("seconds", "result"), [(SECONDS - 0.1, True), (SECONDS + LATE + 0.1, False)]
)
def test_a_drawing_after_the_time_does_not_count(seconds, result) -> None:
    quiz = DrawRound(WORDS, started=0.0)
    quiz.see("fish", seconds)
    assert (quiz.results[0] is not None) == result


def test_the_time_is_not_up_before_its_end() -> None:
    quiz = DrawRound(WORDS, started=0.0)
    quiz.end_in_time(SECONDS - LATE - 0.1)
    assert quiz.drawing
    shown = draw_round_html(quiz, 5.0)
    assert f'data-left="{SECONDS - 5:.2f}"' in shown
    assert "animation-delay:-5.00s" in shown
    assert "Word 1 of 2" in shown


def test_what_the_page_says() -> None:
    quiz = DrawRound(["<b>"], started=0.0)
    assert "Start drawing" in draw_round_html(quiz, 0.0)
    quiz.see("sun & moon", 1.0)
    shown = draw_round_html(quiz, 1.0)
    assert "I see sun &amp; moon" in shown
    assert "Draw: &lt;b&gt;" in shown
    quiz.see("<b>", 4.2)
    shown = draw_round_html(quiz, 4.2)
    assert "Recognised after 4 seconds" in shown
    assert "Recognised 1<" in shown
    assert "Play again" in shown
    assert "data-left" not in shown
