"""What the browser keeps: the last drawings, the boards, and links that open both again."""

from __future__ import annotations

import numpy as np
import pytest

from tests.browser.hog_embedder import draw_shoe

SHOE = [stroke * 2.6 + 60 for stroke in draw_shoe(7)]
OTHER = [stroke * 2.6 + 60 for stroke in draw_shoe(3)]
PICTURES = "#history [data-drawing]"


@pytest.fixture
def fresh(visitor):
    """A visitor whose browser keeps nothing yet."""
    visitor.page.evaluate("localStorage.clear()")
    visitor.reload()
    return visitor


def pictures(visitor) -> int:
    visitor.page.wait_for_timeout(200)  # the row follows the canvas a moment later
    return visitor.page.locator(PICTURES).count()


def same(record, strokes) -> bool:
    """Whether a record of the canvas holds these strokes, to half a unit of the canvas."""
    return len(record) == len(strokes) and all(
        np.abs(np.asarray(rows[:2]).T - np.asarray(stroke)).max() <= 0.5
        for rows, stroke in zip(record, strokes, strict=True)
    )


@pytest.mark.slow
def test_drawings_that_leave_the_canvas_come_back_with_their_strokes(fresh):
    page = fresh.page
    assert not page.locator("#history").is_visible()
    fresh.put(SHOE)
    assert pictures(fresh) == 0, "the drawing is on the canvas"
    page.get_by_role("button", name="Clear", exact=True).click()
    page.wait_for_selector(".examples")
    assert pictures(fresh) == 1
    page.wait_for_selector("#pad canvas[data-tool]", state="attached")
    fresh.put(OTHER)
    page.locator(PICTURES).focus()
    page.keyboard.press("Enter")
    fresh.until(lambda: same(fresh.recorded(), SHOE))
    fresh.until(lambda: fresh.shoes()[:1] == ["shoe_007"])
    assert pictures(fresh) == 1, "the other drawing"
    fresh.reload()
    fresh.until(lambda: same(fresh.recorded(), SHOE))
    assert pictures(fresh) == 1
    page.click("[data-forget]")
    page.wait_for_selector("[data-forget]", state="hidden")
    assert pictures(fresh) == 0


@pytest.mark.slow
def test_undo_never_loses_a_drawing(fresh):
    page = fresh.page
    fresh.put(SHOE)
    for _ in range(2):
        page.keyboard.press("Control+Z")
    fresh.until(lambda: len(fresh.recorded()) == len(SHOE) - 2)
    assert pictures(fresh) == 0, "Redo still restores them"
    fresh.draw([OTHER[0]])
    assert pictures(fresh) == 1
    page.click(PICTURES)
    fresh.until(lambda: same(fresh.recorded(), SHOE))
    fresh.settled()
    for _ in SHOE:
        page.keyboard.press("Control+Z")
    fresh.until(lambda: fresh.recorded() == [])
    fresh.reload()  # Redo is lost with the page
    assert pictures(fresh) == 2
    page.evaluate("localStorage.setItem('sketchnet-history', '[1, \"A\", \"<b>\", {}]')")
    fresh.reload()
    assert pictures(fresh) == 0, "anything else in the storage is passed over"


def keep(visitor, number: int) -> str:
    """Keep one of the shoes on the screen."""
    name = visitor.shoes()[number]
    card = visitor.page.locator(f'#shoes .shoe[data-id="{name}"]')
    card.hover()
    card.locator("[data-act=like]").click()
    visitor.page.wait_for_selector(f'.tray .liked [data-id="{name}"]')
    visitor.settled()
    return name


def open_board(visitor, name: str) -> None:
    """Switch to a board in the dialog, which stays open."""
    visitor.page.locator("dialog [data-board=open]").filter(has_text=name).click()
    visitor.until(lambda: visitor.page.input_value("dialog input") == name)
    visitor.settled()


@pytest.mark.slow
def test_boards_have_names_notes_and_the_drawing_that_led_to_a_shoe(fresh):
    page = fresh.page
    assert not page.locator("#boards").is_visible()
    fresh.put(SHOE)
    first = keep(fresh, 0)
    page.get_by_role("button", name="Board 1").click()
    page.fill("dialog input", "<b>Autumn</b>")
    page.fill("dialog textarea", "=a wider heel")
    page.keyboard.press("Escape")
    assert page.inner_text(".tray .board") == "<b>Autumn</b>"
    fresh.put(OTHER)
    page.click("#boards")
    page.click("text=New board")
    page.wait_for_selector(".tray", state="detached")
    fresh.settled()
    second = keep(fresh, 2)
    page.click("#boards")
    open_board(fresh, "<b>Autumn</b>")
    assert page.locator(".kept b").all_inner_texts() == [first]
    assert page.input_value("dialog textarea") == "=a wider heel"
    page.click("dialog [data-drawing]")
    fresh.until(lambda: same(fresh.recorded(), SHOE))
    fresh.settled()
    fresh.reload()
    page.wait_for_selector(f'.tray .liked [data-id="{first}"]')
    page.click("#boards")
    open_board(fresh, "Board 1")
    assert page.locator(".kept b").all_inner_texts() == [second]
    delete = page.locator(".acts [data-board=delete]")
    delete.click()
    assert delete.inner_text() == "Delete?"
    delete.click()
    page.wait_for_selector(".tray", state="detached")
    page.evaluate("localStorage.clear()")


@pytest.mark.slow
def test_a_board_is_printed_on_white_with_its_notes_and_nothing_else(fresh):
    page = fresh.page
    page.click("#theme")
    fresh.put(SHOE)
    keep(fresh, 0)
    page.click(".tray .board")
    page.fill("dialog textarea", "a wider heel")
    page.emulate_media(media="print")
    assert page.locator(".kept p").inner_text() == "a wider heel"
    for hidden in ("#workspace", ".tray", ".acts", "dialog textarea", "dialog .close"):
        assert not page.locator(hidden).first.is_visible(), hidden
    colour = "getComputedStyle(document.querySelector('dialog.boards')).backgroundColor"
    assert page.evaluate(colour) == "rgb(255, 255, 255)"
    page.emulate_media(media="screen")
    page.keyboard.press("Escape")


COPY = """() => {
  const writeText = async (text) => { window.copied = text; };
  Object.defineProperty(navigator, 'clipboard', { value: { writeText }, configurable: true });
}"""


@pytest.mark.slow
def test_a_link_opens_the_drawing_and_the_board_and_a_broken_one_says_so(fresh, open_page):
    page = fresh.page
    fresh.put(SHOE)
    kept = keep(fresh, 1)
    page.evaluate(COPY)
    page.click("#history [data-copy]")
    page.wait_for_selector("#said:has-text('copied')")
    link = page.evaluate("window.copied")
    assert len(link) < 2000
    other = open_page().page
    for broken in (link[link.index("#") : -9], "#s2.x.y"):
        says_that_it_is_broken(other, fresh.served.url + broken)
    other.goto("about:blank")
    other.goto(link)
    other.wait_for_selector(f'.tray .liked [data-id="{kept}"]')
    opened = type(fresh)(other, fresh.served)
    opened.until(lambda: len(opened.recorded()) == len(SHOE))
    for rows, stroke in zip(opened.recorded(), SHOE, strict=True):
        corners = np.asarray(rows[:2]).T
        assert np.abs(corners[0] - stroke[0]).max() < 2
        assert np.abs(corners[-1] - stroke[-1]).max() < 2
    assert other.inner_text(".tray .board") == "Board 1"


@pytest.mark.slow
@pytest.mark.parametrize("broken", ["#s1.", "#s1.AAAA.", "#s1.C-----."])
def test_other_links_are_broken_too(broken, visitor):
    says_that_it_is_broken(visitor.page, visitor.served.url + broken)


def says_that_it_is_broken(page, link: str) -> None:
    page.goto("about:blank")
    page.goto(link)
    page.wait_for_selector("#said:has-text('broken')")
    assert page.evaluate("window.sketchnet.record()") == "[]"
    assert "#" not in page.url


@pytest.mark.slow
def test_history_and_boards_fit_on_a_phone(phone):
    page = phone.page
    phone.put(OTHER)
    page.evaluate("window.sketchnet.act('Clear canvas')")
    page.wait_for_selector("#pad canvas[data-tool]", state="attached")
    phone.put(SHOE)
    phone.settled()
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    page.locator("#shoes [data-act=like]").first.click()
    page.wait_for_selector(".tray")
    phone.settled()
    page.click(".tray .board")
    box = page.locator("dialog.boards").bounding_box()
    assert (box["x"], box["width"]) == (0, 390)
    assert box["y"] + box["height"] == pytest.approx(844, abs=1)
    page.click("dialog [data-board=close]")
    assert page.evaluate(wide) == 0
    assert page.locator(PICTURES).first.is_visible()
    box = page.locator("#shoes .shoe").first.bounding_box()
    assert box["y"] + box["height"] < 844, "the first results are visible while drawing"
