"""The tabs Doodles and Quiz: categories while drawing, similar drawings, one round."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from sketchnet.strokes.rasterize import rasterize
from tests.browser.hog_embedder import draw_doodles

WORDS = ("fish", "house", "ladder", "sun")


@pytest.fixture
def doodling(visitor):
    visitor.select_tab("Doodles")
    visitor.page.wait_for_selector("#doodles .placeholder")
    return visitor


def a_house() -> list[np.ndarray]:
    return [stroke * 2.2 + 100 for stroke in draw_doodles(1).drawings[1]]


def test_a_doodle_is_named_while_it_is_drawn(doodling):
    doodling.draw(a_house())
    doodling.until(lambda: doodling.page.locator(".guesses b").all_inner_texts()[:1] == ["house"])
    assert doodling.page.locator(".doodle").count() > 3
    assert "%" in doodling.page.inner_text(".guesses li >> nth=0")


def test_a_category_restricts_the_similar_drawings(doodling):
    doodling.put(a_house())
    doodling.page.wait_for_selector(".doodle")
    doodling.page.click(".guesses button:has-text('ladder')")
    doodling.page.wait_for_selector(".guesses [aria-pressed=true]:has-text('ladder')")
    assert set(doodling.page.locator(".doodle span").all_inner_texts()) == {"ladder"}
    doodling.page.click(".guesses button:has-text('ladder')")
    doodling.page.wait_for_selector(".guesses [aria-pressed=true]", state="detached")
    assert doodling.page.inner_text(".doodle span >> nth=0") == "house"


def test_a_similar_drawing_replays_and_is_drawn_on_the_canvas(doodling):
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


def test_a_picture_is_named_too(doodling):
    fish = cv2.imencode(".png", rasterize(draw_doodles(1).drawings[0], 256))[1].tobytes()
    file = {"name": "fish.png", "mimeType": "image/png", "buffer": fish}
    doodling.page.set_input_files("#query-buttons input[type=file]", file)
    doodling.page.wait_for_selector("#picture img")
    doodling.until(lambda: doodling.page.locator(".guesses b").all_inner_texts()[:1] == ["fish"])
    assert doodling.page.locator(".doodle").count() > 3


def test_the_quiz_covers_the_canvas_keeps_score_and_restores_the_canvas(visitor):
    visitor.put(a_house())
    ink, canvas = visitor.ink(), visitor.canvas()
    visitor.select_tab("Quiz")
    visitor.page.click("#quiz [data-act=start]")
    visitor.page.wait_for_selector(".quiz figure path")
    assert visitor.page.locator(".quiz figure").bounding_box() == pytest.approx(canvas, abs=1)
    assert visitor.page.locator("#find-now").is_hidden()
    visitor.page.keyboard.press("Control+Z")  # the hidden canvas does not change
    visitor.select_tab("Shoes")
    visitor.page.wait_for_selector("#find-now", state="visible")
    visitor.until(lambda: abs(visitor.ink() - ink) < 60)
    assert len(visitor.recorded()) == len(a_house())
    visitor.draw([np.array([[600, 600], [700, 700]], float)])
    assert np.abs(np.array(visitor.served.queries()[-1][-1])[[0, -1]] - [[600], [700]]).max() < 2.5
    visitor.select_tab("Quiz")
    for number in range(1, 11):
        visitor.page.wait_for_selector(f".score:has-text('Drawing {number} of 10')")
        assert sorted(visitor.page.locator(".words button").all_inner_texts()) == [*WORDS]
        visitor.page.click(".words button:text-is('sun')")
        if number < 10:
            visitor.page.wait_for_selector(f".score:has-text('Drawing {number + 1} of 10')")
    visitor.page.wait_for_selector("text=Play again")
    score = visitor.page.inner_text(".score")
    assert "Model" in score
    assert "You" in score


@pytest.mark.slow
def test_a_similar_drawing_becomes_the_query(doodling):
    doodling.put(a_house())
    doodling.page.wait_for_selector(".doodle path", state="attached")
    doodling.page.click(".doodle >> nth=3 >> [data-act=similar]")
    doodling.page.wait_for_selector(".doodle >> nth=0 >> [data-act=similar][aria-pressed=true]")
    assert doodling.page.locator(".doodle [aria-pressed=true]").count() == 1
    doodling.page.click(".doodle [aria-pressed=true]")
    doodling.page.wait_for_selector(".doodle [aria-pressed=true]", state="detached")


@pytest.mark.slow
def test_the_model_guesses_a_drawing_against_the_clock(open_page):
    visitor = open_page()
    visitor.select_tab("Quiz")
    visitor.page.click("#quiz [data-act=draw]")
    visitor.page.wait_for_selector("#quiz .clock[data-left]")
    assert visitor.page.inner_text("#quiz .score span") == "Word 1 of 4"
    word = visitor.page.inner_text("#quiz h3").removeprefix("Draw: ")
    drawing = draw_doodles(1).drawings[WORDS.index(word)]
    rows = [(stroke * 2.2 + 100).T.tolist() for stroke in drawing]
    visitor.page.evaluate("rows => window.sketchnet.put(rows)", rows)
    visitor.page.wait_for_selector(f"#quiz h3:has-text('It is {word}')")
    assert "Recognised 1" in visitor.page.inner_text("#quiz .score")
    visitor.page.click("#quiz [data-act=draw]")
    visitor.page.wait_for_selector("#quiz .score:has-text('Word 2 of 4')")
    visitor.until(lambda: visitor.recorded() == [])
