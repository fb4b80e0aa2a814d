"""What can be done with a shoe that was found: open, ask why, trace, keep, steer, carry off."""

from __future__ import annotations

import csv
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.browser.hog_embedder import draw_shoe

SHOE = [stroke * 2.6 + 60 for stroke in draw_shoe(7)]


@pytest.fixture
def drawn(desk):
    desk.put(SHOE)
    assert desk.shoes()[0] == "shoe_007"
    return desk


def open_shoe(desk, number: int) -> str:
    name = desk.shoes()[number]
    desk.page.locator(f'#shoes .look[data-id="{name}"]').click()
    desk.page.wait_for_selector(f'.opened h2:text-is("{name}")')
    return name


def keep(desk, name: str, act: str = "like") -> None:
    card = desk.page.locator(f'#shoes .shoe[data-id="{name}"]')
    card.hover()
    card.locator(f"[data-act={act}]").click()
    desk.page.wait_for_selector(f'.tray [data-act=open][data-id="{name}"]')
    desk.settled()


def test_an_opened_shoe_tells_its_rank_and_closes_by_key(drawn):
    open_shoe(drawn, 2)
    assert "Number 3 of 40" in drawn.page.inner_text(".opened p")
    drawn.page.keyboard.press("Escape")
    drawn.page.wait_for_selector(".opened", state="detached")


def test_why_shows_heat_on_the_sketch_and_on_the_photo(drawn):
    open_shoe(drawn, 0)
    drawn.page.click("text=Why this one?")
    drawn.page.wait_for_selector(".because img >> nth=1")
    loaded = "all => all.map((each) => each.naturalWidth)"
    assert drawn.page.eval_on_selector_all(".because img", loaded) == [320, 320]


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
    for part in (".steps li", ".steps .late"):  # the strokes come one after the other
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
    left = drawn.page.locator(".steps .along").bounding_box()["x"]
    own = [left + middle - middles[0] + curve["width"] / len(SHOE) / 2 for middle in middles]
    across = [curve["x"] + curve["width"] * (n + 0.5) / len(SHOE) for n in range(len(SHOE))]
    assert across == pytest.approx(own, abs=2)  # each rank stands under its drawing


def test_more_like_this_asks_with_the_photo_and_leads_back(drawn):
    before, name = drawn.shoes(), open_shoe(drawn, 3)
    drawn.page.click("text=More like this")
    drawn.page.wait_for_selector(f"#find-status:has-text('More like {name}')")
    assert name not in drawn.shoes()
    assert len(drawn.shoes()) == 10
    drawn.page.click("text=Back to the drawing")
    drawn.until(lambda: drawn.shoes() == before)


def test_a_tracing_lies_on_the_paper_and_stays_out_of_the_question(drawn):
    open_shoe(drawn, 1)
    asked = len(drawn.served.asked())
    drawn.page.click("text=Trace it on the canvas")
    drawn.page.wait_for_selector("#tracing img")
    drawn.settled()
    assert len(drawn.served.asked()) == asked
    drawn.draw([np.array([[300, 400], [500, 420]])])  # the pen passes through it
    assert len(drawn.served.asked()[-1]) == len(SHOE) + 1
    drawn.page.click("text=Hide tracing")
    drawn.page.wait_for_selector("#tracing img", state="hidden")


def test_kept_shoes_steer_the_search_when_asked_to(drawn):
    before = drawn.shoes()
    keep(drawn, before[8])
    keep(drawn, before[0], "dislike")
    assert drawn.shoes() == before  # nothing moves before it is asked for
    drawn.page.click("text=Steer the search")
    drawn.page.wait_for_selector("#find-status:has-text('steered by your tray')")
    after = drawn.shoes()
    assert after.index(before[8]) < 7
    assert before[0] not in after  # what was turned away stays away
    assert len(after) == 10
    drawn.page.click(".steer")
    drawn.until(lambda: drawn.shoes() == before)
    drawn.page.click("[aria-label='Empty the tray']")
    drawn.page.wait_for_selector(".tray", state="detached")


def test_the_tray_leaves_as_a_picture_and_as_a_table(drawn, tmp_path: Path):
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


def test_an_opened_shoe_takes_the_keys_and_gives_them_back(drawn):
    focused = "document.activeElement.dataset.act + ' ' + document.activeElement.dataset.id"
    name, asked = drawn.shoes()[1], len(drawn.served.asked())
    look = drawn.page.locator(f'#shoes .look[data-id="{name}"]')
    look.focus()
    drawn.page.keyboard.press("Enter")
    drawn.page.wait_for_selector(".opened")
    drawn.until(lambda: drawn.page.evaluate(focused) == f"more {name}")
    for _ in range(12):
        drawn.page.keyboard.press("Tab")
        inside = "!document.activeElement.closest('#desk, #header, #tray')"
        assert drawn.page.evaluate(inside), "what lies behind the shoe cannot be reached"
    drawn.page.locator(".opened [data-act=like]").focus()
    drawn.page.keyboard.press("Enter")
    drawn.page.wait_for_selector(".opened [data-act=like][aria-pressed=true]")
    drawn.until(lambda: drawn.page.evaluate(focused) == f"like {name}")
    drawn.page.keyboard.press("Control+Z")  # nor does the drawing behind it change
    drawn.page.keyboard.press("Escape")
    drawn.page.wait_for_selector(".opened", state="detached")
    drawn.until(lambda: drawn.page.evaluate(focused) == f"open {name}")
    assert len(drawn.served.asked()) == asked
    drawn.page.keyboard.press("Control+Z")
    drawn.until(lambda: len(drawn.recorded()) == len(SHOE) - 1)


def test_a_reloaded_page_has_its_tray_and_its_gallery_back(drawn):
    drawn.page.click("#galleries input")
    drawn.page.get_by_role("option", name="second").click()
    drawn.page.wait_for_selector("#find-status:has-text('of 12')")
    drawn.settled()
    liked, disliked = drawn.shoes()[3], drawn.shoes()[0]
    keep(drawn, liked)
    keep(drawn, disliked, "dislike")
    drawn.page.click("text=Steer the search")
    drawn.page.wait_for_selector("#find-status:has-text('steered by your tray')")
    drawn.settled()
    before = drawn.shoes()
    drawn.reload()
    drawn.page.wait_for_selector(f'.tray .liked [data-id="{liked}"]')
    assert drawn.page.locator(f'.tray .disliked [data-act=open][data-id="{disliked}"]').count() == 1
    drawn.until(lambda: drawn.shoes() == before)
    assert drawn.page.input_value("#galleries input") == "second"
    assert "steered" in drawn.page.inner_text("#find-status")
    drawn.page.click("[aria-label='Empty the tray']")
    drawn.page.wait_for_selector(".tray", state="detached")
    drawn.page.reload()
    drawn.page.wait_for_selector("#find-status:has-text('of 12')")
    assert drawn.page.locator(".tray").count() == 0


def test_another_gallery_answers_the_same_drawing(drawn):
    keep(drawn, drawn.shoes()[0])
    drawn.page.click("#galleries input")
    drawn.page.get_by_role("option", name="second").click()
    drawn.page.wait_for_selector("#find-status:has-text('of 12')")
    assert all(name >= "shoe_500" for name in drawn.shoes())
    assert drawn.page.locator(".tray").count() == 0
