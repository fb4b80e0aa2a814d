"""Draw, undo, clear, erase: what is on the paper is what Python is asked with."""

from __future__ import annotations

import numpy as np

from tests.browser.hog_embedder import draw_shoe

SHOE = [stroke * 2.6 + 60 for stroke in draw_shoe(7)]
LINE = np.array([[100, 100], [300, 140], [500, 120]], float)
HOOK = np.array([[200, 300], [220, 500], [400, 520]], float)
DOT = np.array([[600, 600]], float)


def test_answers_come_while_a_shoe_is_drawn_and_the_newest_wins(desk):
    desk.draw(SHOE[:1])
    assert len(desk.shoes()) == 10
    desk.draw(SHOE[1:], settle=False)
    desk.until(lambda: len(desk.served.asked()[-1]) == len(SHOE))
    desk.until(lambda: desk.shoes()[0] == "shoe_007")
    desk.settled()
    assert desk.shoes()[0] == "shoe_007"
    assert len(desk.shoes()) == 10
    assert "nearest 10 of 40" in desk.page.inner_text("#find-status")


def test_strokes_reach_python_in_the_order_and_place_in_which_they_were_drawn(desk):
    desk.draw([HOOK, LINE, DOT])
    asked = desk.served.asked()[-1]
    assert len(asked) == 3
    for drawn, arrived in zip([HOOK, LINE, DOT], asked, strict=True):
        arrived = np.array(arrived)
        assert np.abs(arrived[0] - drawn[0]).max() < 2.5  # a pixel of the screen is 2 of the paper
        assert np.abs(arrived[-1] - drawn[-1]).max() < 2.5
        assert np.abs(arrived[:, None] - drawn).max(2).min(0).max() < 2.5  # every corner was passed


def test_undo_takes_one_stroke_from_the_picture_and_from_the_sequence(desk):
    desk.draw([LINE])
    one = desk.ink()
    desk.draw([HOOK])
    both = desk.ink()
    assert 0 < one < both
    desk.page.get_by_role("button", name="Undo").last.click()
    desk.until(lambda: len(desk.served.asked()[-1]) == 1)
    desk.until(lambda: abs(desk.ink() - one) < 10)
    assert np.abs(np.array(desk.served.asked()[-1][0])[0] - LINE[0]).max() < 2.5
    desk.page.keyboard.press("Control+Shift+Z")
    desk.until(lambda: len(desk.recorded()) == 2 and abs(desk.ink() - both) < 10)
    desk.page.keyboard.press("Control+Z")
    desk.page.keyboard.press("Control+Z")
    desk.until(lambda: desk.recorded() == [] and desk.ink() == 0)
    desk.page.keyboard.press("Control+Z")  # once more than there are strokes
    desk.page.wait_for_selector("body.blank .examples")
    assert (desk.recorded(), desk.ink()) == ([], 0)


def test_clear_empties_everything_and_the_next_drawing_is_a_new_one(desk):
    desk.put([LINE, HOOK])
    desk.page.get_by_role("button", name="Clear", exact=True).click()
    desk.until(lambda: desk.recorded() == [] and desk.ink() == 0)
    desk.page.wait_for_selector(".examples")
    assert desk.shoes() == []
    desk.page.wait_for_selector("#pad button.quite-round.highlight", state="attached")
    desk.draw([HOOK])
    assert len(desk.served.asked()[-1]) == 1
    assert len(desk.shoes()) == 10
    assert desk.ink() > 500


def test_the_eraser_cuts_the_strokes_where_it_cuts_the_picture(desk):
    desk.put([LINE, HOOK])
    before = desk.ink()
    desk.page.get_by_role("button", name="Eraser").click()
    desk.page.wait_for_selector('#pad button[aria-label="Erase"].highlight', state="attached")
    desk.draw([np.array([[300, 60], [300, 220]], float)])
    assert desk.ink() < before
    pieces = [np.array(stroke) for stroke in desk.served.asked()[-1]]
    assert len(pieces) == 3
    assert pieces[0][:, 0].max() < 285
    assert pieces[1][:, 0].min() > 315
    desk.page.get_by_role("button", name="Undo").last.click()
    desk.until(lambda: len(desk.recorded()) == 2)


def test_find_now_looks_ten_times_and_enter_does_the_same(desk):
    desk.put(SHOE)
    assert "views" not in desk.page.inner_text("#find-status")
    desk.page.get_by_role("button", name="Find now!").click()
    desk.page.wait_for_selector("#find-status:has-text('10 views')")
    desk.draw([DOT])
    desk.until(lambda: "views" not in desk.page.inner_text("#find-status"))
    desk.page.keyboard.press("Enter")
    desk.page.wait_for_selector("#find-status:has-text('10 views')")


def test_an_example_draws_itself_and_can_be_undone_stroke_by_stroke(desk):
    desk.page.click(".examples .look >> nth=2")
    desk.until(lambda: len(desk.recorded()) == 4 and len(desk.shoes()) == 10)
    assert desk.ink() > 500
    desk.page.keyboard.press("Control+Z")
    desk.until(lambda: len(desk.served.asked()[-1]) == 3)


def test_the_page_can_show_more(desk):
    desk.put(SHOE)
    desk.page.get_by_role("button", name="Show more").click()
    desk.until(lambda: len(desk.shoes()) == 20)
    assert len(set(desk.shoes())) == 20


def test_a_reloaded_page_has_its_drawing_back(desk):
    desk.put(SHOE[:3])
    before = desk.served.asked()[-1]
    desk.page.reload()
    desk.until(lambda: len(desk.shoes()) == 10 and len(desk.recorded()) == 3)
    desk.until(lambda: len(desk.served.asked()[-1]) == 3)
    for was, now in zip(before, desk.served.asked()[-1], strict=True):
        assert np.abs(np.array(was) - np.array(now)).max() < 0.3
