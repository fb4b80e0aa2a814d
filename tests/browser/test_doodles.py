"""Doodles and quiz: guesses while drawing, drawings to go on from, a round to win."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from sketchnet.strokes.rasterize import rasterize
from tests.browser.hog_embedder import draw_doodles

WORDS = ("fish", "house", "ladder", "sun")


@pytest.fixture
def doodling(desk):
    desk.turn("Doodles")
    desk.page.wait_for_selector("#doodles .placeholder")
    return desk


def a_house() -> list[np.ndarray]:
    return [stroke * 2.2 + 100 for stroke in draw_doodles(1).drawings[1]]


def test_a_doodle_is_guessed_while_it_grows(doodling):
    doodling.draw(a_house())
    doodling.until(lambda: doodling.page.locator(".guesses b").all_inner_texts()[:1] == ["house"])
    assert doodling.page.locator(".doodle").count() > 3
    assert "%" in doodling.page.inner_text(".guesses li >> nth=0")


def test_a_guess_narrows_the_drawings_to_its_word(doodling):
    doodling.put(a_house())
    doodling.page.wait_for_selector(".doodle")
    doodling.page.click(".guesses button:has-text('ladder')")
    doodling.page.wait_for_selector(".guesses [aria-pressed=true]:has-text('ladder')")
    assert set(doodling.page.locator(".doodle span").all_inner_texts()) == {"ladder"}
    doodling.page.click(".guesses button:has-text('ladder')")
    doodling.page.wait_for_selector(".guesses [aria-pressed=true]", state="detached")
    assert doodling.page.inner_text(".doodle span >> nth=0") == "house"


def test_a_similar_drawing_replays_and_goes_onto_the_canvas_stroke_by_stroke(doodling):
    doodling.put(a_house())
    doodling.page.wait_for_selector(".doodle path", state="attached")
    card = doodling.page.locator(".doodle").first
    strokes = card.locator(".drawing path").count()
    assert strokes >= 2
    card.locator("[data-replay]").click()
    assert card.locator("svg.replay").count() == 1
    starts = card.locator(".drawing path").evaluate_all(
        "all => all.map((each) => parseFloat(getComputedStyle(each).animationDelay))"
    )
    assert starts == sorted(set(starts))
    assert len(starts) == strokes
    house = doodling.recorded()
    card.locator(".look").click()
    doodling.until(lambda: doodling.recorded() != house and len(doodling.recorded()) == strokes)
    doodling.settled()
    ink = doodling.ink()
    doodling.page.keyboard.press("Control+Z")
    doodling.until(lambda: len(doodling.recorded()) == strokes - 1 and doodling.ink() < ink)


def test_a_picture_is_guessed_too(doodling):
    fish = cv2.imencode(".png", rasterize(draw_doodles(1).drawings[0], 256))[1].tobytes()
    file = {"name": "fish.png", "mimeType": "image/png", "buffer": fish}
    doodling.page.set_input_files("#ask input[type=file]", file)
    doodling.page.wait_for_selector("#brought img")
    doodling.until(lambda: doodling.page.locator(".guesses b").all_inner_texts()[:1] == ["fish"])
    assert doodling.page.locator(".doodle").count() > 3


def test_a_quiz_lies_on_the_paper_keeps_both_scores_and_gives_the_canvas_back(desk):
    desk.put(a_house())
    ink, paper = desk.ink(), desk.paper()
    desk.turn("Quiz")
    desk.page.click("#quiz [data-act=begin]")
    desk.page.wait_for_selector(".quiz figure path")
    assert desk.page.locator(".quiz figure").bounding_box() == pytest.approx(paper, abs=1)
    assert desk.page.locator("#find-now").is_hidden()
    desk.page.keyboard.press("Control+Z")  # what is out of sight stays as it is
    desk.turn("Shoes")
    desk.page.wait_for_selector("#find-now", state="visible")
    desk.until(lambda: abs(desk.ink() - ink) < 60)  # the pad may show where the pen is
    assert len(desk.recorded()) == len(a_house())
    desk.draw([np.array([[600, 600], [700, 700]], float)])
    assert np.abs(np.array(desk.served.asked()[-1][-1])[[0, -1]] - [[600], [700]]).max() < 2.5
    desk.turn("Quiz")
    for number in range(1, 11):
        desk.page.wait_for_selector(f".score:has-text('Drawing {number} of 10')")
        assert sorted(desk.page.locator(".words button").all_inner_texts()) == [*WORDS]
        desk.page.click(".words button:text-is('sun')")
        if number < 10:
            desk.page.wait_for_selector(f".score:has-text('Drawing {number + 1} of 10')")
    desk.page.wait_for_selector("text=Another round")
    score = desk.page.inner_text(".score")
    assert "Model" in score
    assert "You" in score
