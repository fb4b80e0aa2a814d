"""What can be done with a result: open, explain, trace, keep, refine, export."""

from __future__ import annotations

import csv
import json
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.browser.hog_embedder import draw_shoe

SHOE = [stroke * 2.6 + 60 for stroke in draw_shoe(7)]


@pytest.fixture
def drawn(visitor):
    visitor.put(SHOE)
    assert visitor.shoes()[0] == "shoe_007"
    return visitor


def open_shoe(visitor, number: int) -> str:
    name = visitor.shoes()[number]
    visitor.page.locator(f'#shoes .look[data-id="{name}"]').click()
    visitor.page.wait_for_selector(f'.opened h2:text-is("{name}")')
    return name


def keep(visitor, name: str, act: str = "like") -> None:
    card = visitor.page.locator(f'#shoes .shoe[data-id="{name}"]')
    card.hover()
    card.locator(f"[data-act={act}]").click()
    visitor.page.wait_for_selector(f'.tray [data-act=open][data-id="{name}"]')
    visitor.settled()


def test_the_detail_view_shows_the_rank_and_closes_by_key(drawn):
    open_shoe(drawn, 2)
    assert "Rank 3 of 40 · similarity" in drawn.page.inner_text(".opened p")
    drawn.page.keyboard.press("Escape")
    drawn.page.wait_for_selector(".opened", state="detached")


def test_why_this_one_shows_heat_maps_on_sketch_and_photo(drawn):
    open_shoe(drawn, 0)
    drawn.page.click("text=Why this one?")
    drawn.page.wait_for_selector(".explanation img >> nth=1")
    loaded = "all => all.map((each) => each.naturalWidth)"
    assert drawn.page.eval_on_selector_all(".explanation img", loaded) == [320, 320]


def test_the_strokes_are_shown_with_the_rank_after_each(drawn):
    open_shoe(drawn, 0)
    drawn.page.click("text=Which stroke helped?")
    drawn.page.wait_for_selector(".steps")
    ranks = drawn.page.locator(".steps b").all_inner_texts()
    assert len(ranks) == len(SHOE)
    assert ranks[-1] == "1"
    paths = "all => all.map((each) => each.querySelectorAll('path').length)"
    assert drawn.page.eval_on_selector_all(".steps li svg", paths) == [*range(1, len(SHOE) + 1)]
    starts = "all => all.map((each) => parseFloat(getComputedStyle(each).animationDelay))"
    for part in (".steps li", ".steps .new"):  # the strokes appear one after the other
        after = drawn.page.eval_on_selector_all(part, starts)
        assert after == sorted(set(after))
        assert len(after) == len(SHOE)
    playing = "document.querySelector('.steps').getAnimations({ subtree: true })"
    drawn.page.evaluate(f"{playing}.forEach((each) => each.finish())")
    assert drawn.page.evaluate(f"{playing}.length") == 0
    drawn.page.click(".steps [data-replay]")
    assert drawn.page.evaluate(f"{playing}.length") > 0
    middles = drawn.page.eval_on_selector_all(
        ".steps li", "all => all.map((each) => each.offsetLeft + each.offsetWidth / 2)"
    )
    curve = drawn.page.locator(".curve").bounding_box()
    left = drawn.page.locator(".steps .timeline").bounding_box()["x"]
    expected = [left + middle - middles[0] + curve["width"] / len(SHOE) / 2 for middle in middles]
    points = [curve["x"] + curve["width"] * (n + 0.5) / len(SHOE) for n in range(len(SHOE))]
    assert points == pytest.approx(expected, abs=2)  # each rank is below its drawing


def test_more_like_this_searches_with_the_photo_and_leads_back(drawn):
    before, name = drawn.shoes(), open_shoe(drawn, 3)
    drawn.page.click("text=More like this")
    drawn.page.wait_for_selector(f"#find-status:has-text('Similar to {name}')")
    assert name not in drawn.shoes()
    assert len(drawn.shoes()) == 10
    drawn.page.click("text=Back to the drawing")
    drawn.until(lambda: drawn.shoes() == before)


def test_a_tracing_lies_over_the_canvas_and_is_not_part_of_the_query(drawn):
    open_shoe(drawn, 1)
    queries = len(drawn.served.queries())
    drawn.page.click("text=Trace on canvas")
    drawn.page.wait_for_selector("#tracing img")
    drawn.settled()
    assert len(drawn.served.queries()) == queries
    drawn.draw([np.array([[300, 400], [500, 420]])])  # the pen passes through it
    assert len(drawn.served.queries()[-1]) == len(SHOE) + 1
    drawn.page.click("text=Hide tracing")
    drawn.page.wait_for_selector("#tracing img", state="hidden")


@pytest.mark.slow
def test_the_tray_refines_the_results_when_switched_on(drawn):
    before = drawn.shoes()
    keep(drawn, before[8])
    keep(drawn, before[0], "dislike")
    assert drawn.shoes() == before  # nothing changes before it is switched on
    drawn.page.click("text=Refine results")
    drawn.page.wait_for_selector("#find-status:has-text('refined by your tray')")
    after = drawn.shoes()
    assert after.index(before[8]) < 7
    assert before[0] not in after  # a disliked shoe stays out
    assert len(after) == 10
    drawn.page.click("button.feedback")
    drawn.until(lambda: drawn.shoes() == before)
    drawn.page.click("[aria-label='Empty the tray']")
    drawn.page.wait_for_selector(".tray", state="detached")


@pytest.mark.slow
def test_the_tray_is_exported_as_a_mood_board_and_as_a_table(drawn, tmp_path: Path):
    first, second = drawn.shoes()[:2]
    keep(drawn, first)
    keep(drawn, second, "dislike")
    with drawn.page.expect_download() as board:
        drawn.page.click("text=Mood board")
    board.value.save_as(tmp_path / "board.png")
    with Image.open(BytesIO((tmp_path / "board.png").read_bytes())) as picture:
        assert picture.size == (368, 368)
        assert picture.convert("L").getextrema()[0] < 200
    with drawn.page.expect_download() as table:
        drawn.page.click("text=CSV")
    table.value.save_as(tmp_path / "shoes.csv")
    rows = list(csv.DictReader((tmp_path / "shoes.csv").read_text("utf-8-sig").splitlines()))
    assert [(row["id"], row["kept"], row["rank"]) for row in rows] == [
        (first, "yes", "1"),
        (second, "no", "2"),
    ]


def test_the_detail_view_holds_the_focus_and_returns_it(drawn):
    focused = "document.activeElement.dataset.act + ' ' + document.activeElement.dataset.id"
    name, queries = drawn.shoes()[1], len(drawn.served.queries())
    look = drawn.page.locator(f'#shoes .look[data-id="{name}"]')
    look.focus()
    drawn.page.keyboard.press("Enter")
    drawn.page.wait_for_selector(".opened")
    drawn.until(lambda: drawn.page.evaluate(focused) == f"more {name}")
    for _ in range(12):
        drawn.page.keyboard.press("Tab")
        inside = "!document.activeElement.closest('#visitor, #header, #tray')"
        assert drawn.page.evaluate(inside), "nothing behind the detail view can be reached"
    drawn.page.locator(".opened [data-act=like]").focus()
    drawn.page.keyboard.press("Enter")
    drawn.page.wait_for_selector(".opened [data-act=like][aria-pressed=true]")
    drawn.until(lambda: drawn.page.evaluate(focused) == f"like {name}")
    drawn.page.keyboard.press("Control+Z")  # the drawing behind it does not change
    drawn.page.keyboard.press("Escape")
    drawn.page.wait_for_selector(".opened", state="detached")
    drawn.until(lambda: drawn.page.evaluate(focused) == f"open {name}")
    assert len(drawn.served.queries()) == queries
    drawn.page.keyboard.press("Control+Z")
    drawn.until(lambda: len(drawn.recorded()) == len(SHOE) - 1)


@pytest.mark.slow
def test_another_gallery_is_searched_and_a_reload_restores_everything(drawn):
    keep(drawn, drawn.shoes()[0])
    drawn.choose_gallery("second")
    drawn.page.wait_for_selector("#find-status:has-text('12 searched')")
    assert all(name >= "shoe_500" for name in drawn.shoes())
    assert drawn.page.locator(".tray").count() == 0, "its shoes have other ids"

    liked, disliked = drawn.shoes()[3], drawn.shoes()[0]
    keep(drawn, liked)
    keep(drawn, disliked, "dislike")
    drawn.page.click("text=Refine results")
    drawn.page.wait_for_selector("#find-status:has-text('refined by your tray')")
    drawn.settled()
    shoes, drawing = drawn.shoes(), drawn.served.queries()[-1]
    drawn.reload()
    drawn.page.wait_for_selector(f'.tray .liked [data-id="{liked}"]')
    assert drawn.page.locator(f'.tray .disliked [data-act=open][data-id="{disliked}"]').count() == 1
    drawn.until(lambda: drawn.shoes() == shoes)
    assert drawn.page.input_value("#galleries input") == "second"
    assert "refined" in drawn.page.inner_text("#find-status")
    restored = drawn.served.queries()[-1]
    assert len(restored) == len(drawing)
    for stroke, again in zip(drawing, restored, strict=True):
        assert np.abs(np.array(stroke) - np.array(again)).max() < 0.3

    drawn.page.click("[aria-label='Empty the tray']")
    drawn.page.wait_for_selector(".tray", state="detached")
    stored = json.loads(drawn.page.evaluate("window.sketchnet.stored('visit', 'tray')"))
    assert stored == ["second", [], [], False]
