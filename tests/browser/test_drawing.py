"""Draw, undo, clear, erase: the strokes on the canvas are the query that reaches Python."""

from __future__ import annotations

import numpy as np

from tests.browser.hog_embedder import draw_shoe

SHOE = [stroke * 2.6 + 60 for stroke in draw_shoe(7)]
LINE = np.array([[100, 100], [300, 140], [500, 120]], float)
HOOK = np.array([[200, 300], [220, 500], [400, 520]], float)
DOT = np.array([[600, 600]], float)


def test_results_appear_while_drawing_and_the_newest_query_wins(visitor):
    visitor.draw(SHOE[:1])
    assert len(visitor.shoes()) == 10
    visitor.draw(SHOE[1:], settle=False)
    visitor.until(lambda: len(visitor.served.queries()[-1]) == len(SHOE))
    visitor.until(lambda: visitor.shoes()[0] == "shoe_007")
    visitor.settled()
    assert visitor.shoes()[0] == "shoe_007"
    assert len(visitor.shoes()) == 10
    assert "40 searched" in visitor.page.inner_text("#find-status")


def test_strokes_reach_python_in_order_and_at_their_coordinates(visitor):
    visitor.draw([HOOK, LINE, DOT])
    query = visitor.served.queries()[-1]
    assert len(query) == 3
    for drawn, arrived in zip([HOOK, LINE, DOT], query, strict=True):
        arrived = np.array(arrived)
        assert np.abs(arrived[0] - drawn[0]).max() < 2.5  # a pixel of the screen is 2 of the canvas
        assert np.abs(arrived[-1] - drawn[-1]).max() < 2.5
        assert np.abs(arrived[:, None] - drawn).max(2).min(0).max() < 2.5  # every corner is there


def test_undo_removes_one_stroke_from_the_canvas_and_from_the_query(visitor):
    visitor.draw([LINE])
    one = visitor.ink()
    visitor.draw([HOOK])
    both = visitor.ink()
    assert 0 < one < both
    visitor.page.get_by_role("button", name="Undo").last.click()
    visitor.until(lambda: len(visitor.served.queries()[-1]) == 1)
    visitor.until(lambda: abs(visitor.ink() - one) < 10)
    assert np.abs(np.array(visitor.served.queries()[-1][0])[0] - LINE[0]).max() < 2.5
    visitor.page.keyboard.press("Control+Shift+Z")
    visitor.until(lambda: len(visitor.recorded()) == 2 and abs(visitor.ink() - both) < 10)
    visitor.page.keyboard.press("Control+Z")
    visitor.page.keyboard.press("Control+Z")
    visitor.until(lambda: visitor.recorded() == [] and visitor.ink() == 0)
    visitor.page.keyboard.press("Control+Z")  # one more than there are strokes
    visitor.page.wait_for_selector("body.blank .examples")
    assert (visitor.recorded(), visitor.ink()) == ([], 0)


def test_clear_removes_everything_and_the_next_drawing_is_new(visitor):
    visitor.put([LINE, HOOK])
    visitor.page.get_by_role("button", name="Clear", exact=True).click()
    visitor.until(lambda: visitor.recorded() == [] and visitor.ink() == 0)
    visitor.page.wait_for_selector(".examples")
    assert visitor.shoes() == []
    visitor.page.wait_for_selector("#pad canvas[data-tool]", state="attached")
    visitor.draw([HOOK])
    assert len(visitor.served.queries()[-1]) == 1
    assert len(visitor.shoes()) == 10
    assert visitor.ink() > 500


def test_the_eraser_cuts_strokes_where_it_cuts_pixels(visitor):
    visitor.put([LINE, HOOK])
    before = visitor.ink()
    visitor.page.get_by_role("button", name="Eraser").click()
    visitor.page.wait_for_selector("#pad [data-tool=Erase]", state="attached")
    visitor.draw([np.array([[300, 60], [300, 220]], float)])
    assert visitor.ink() < before
    pieces = [np.array(stroke) for stroke in visitor.served.queries()[-1]]
    assert len(pieces) == 3
    assert pieces[0][:, 0].max() < 285
    assert pieces[1][:, 0].min() > 315
    visitor.page.get_by_role("button", name="Undo").last.click()
    visitor.until(lambda: len(visitor.recorded()) == 2)


def test_find_now_and_enter_search_with_ten_views(visitor):
    visitor.put(SHOE)
    assert "views" not in visitor.page.inner_text("#find-status")
    visitor.page.get_by_role("button", name="Find now!").click()
    visitor.page.wait_for_selector("#find-status:has-text('10 views')")
    visitor.draw([DOT])
    visitor.until(lambda: "views" not in visitor.page.inner_text("#find-status"))
    visitor.page.keyboard.press("Enter")
    visitor.page.wait_for_selector("#find-status:has-text('10 views')")


def test_an_example_is_drawn_and_can_be_undone_stroke_by_stroke(visitor):
    visitor.page.click(".examples .look >> nth=2")
    visitor.until(lambda: len(visitor.recorded()) == 4 and len(visitor.shoes()) == 10)
    assert visitor.ink() > 500
    visitor.page.keyboard.press("Control+Z")
    visitor.until(lambda: len(visitor.served.queries()[-1]) == 3)


def test_the_page_can_show_more(visitor):
    visitor.put(SHOE)
    visitor.page.get_by_role("button", name="Show more").click()
    visitor.until(lambda: len(visitor.shoes()) == 20)
    assert len(set(visitor.shoes())) == 20


def test_a_newer_stroke_cancels_the_request_of_an_older_one(visitor):
    held, cancelled = [], []
    live = "**/gradio_api/live"
    visitor.page.on("requestfailed", lambda request: cancelled.append(request.url))
    visitor.page.route(live, lambda route: route.continue_() if held else held.append(route))
    visitor.draw(SHOE[:1], settle=False)
    visitor.until(lambda: bool(held))
    visitor.draw(SHOE[1:2])
    visitor.until(lambda: any(url.endswith("/gradio_api/live") for url in cancelled))
    assert len(visitor.served.queries()[-1]) == 2
    visitor.page.unroute(live)
