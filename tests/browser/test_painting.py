"""The colour pen: it changes the order of the shoes, not the drawing, and fits on a phone."""

from __future__ import annotations

import pytest

from tests.browser.hog_embedder import draw_shoe

SHOE = [stroke * 2.6 + 60 for stroke in draw_shoe(7)]


def paint(visitor, colour: str, *points: tuple[float, float]) -> None:
    """Paint a line over points in units of the canvas."""
    page = visitor.page
    page.click(f".palette [aria-label={colour}]")
    page.mouse.move(*visitor.on_screen(points[0]))
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*visitor.on_screen(point), steps=3)
    page.mouse.up()
    visitor.page.wait_for_timeout(100)
    visitor.settled()


def painted(visitor) -> int:
    return visitor.page.locator("#painting path").count()


def test_painted_areas_rank_and_lines_stay_the_query(visitor):
    page = visitor.page
    visitor.put(SHOE)
    before, lines = visitor.shoes(), visitor.recorded()
    page.click("[data-later=paint]")
    page.wait_for_selector(".palette", state="visible")
    paint(visitor, "green", (200, 480), (400, 480), (600, 500))
    visitor.until(lambda: visitor.shoes() != before)
    green = visitor.shoes()
    paint(visitor, "blue", (200, 560), (500, 570))
    assert painted(visitor) == 2
    page.keyboard.press("Control+Z")
    visitor.until(lambda: visitor.shoes() == green)
    assert (painted(visitor), visitor.recorded()) == (1, lines), "Undo takes back the colour"
    page.get_by_role("button", name="Clear", exact=True).click()
    page.wait_for_selector("#shoes .examples")
    assert painted(visitor) == 0
    assert not page.evaluate("sessionStorage.getItem('sketchnet-painting')")


@pytest.mark.slow
def test_a_reload_brings_back_colours_and_filters(visitor):
    page = visitor.page
    visitor.choose_gallery("catalogue")
    visitor.put(SHOE)
    page.click("#filters summary:text-is('brand')")
    page.click("#filters .chip:has-text('Nord')")
    visitor.settled()
    page.click("[data-later=paint]")
    page.wait_for_selector(".palette", state="visible")
    paint(visitor, "green", (200, 480), (400, 480), (600, 500))
    visitor.until(lambda: len(visitor.shoes()) == 4)
    shoes = visitor.shoes()
    visitor.reload()
    visitor.until(lambda: visitor.shoes() == shoes and painted(visitor) == 1)
    visitor.until(lambda: len(visitor.recorded()) == len(SHOE) and visitor.ink() > 0)
    assert page.locator("#filters details.set summary").inner_text() == "brand"


@pytest.mark.slow
def test_the_palette_fits_on_a_phone(phone):
    page = phone.page
    phone.put(SHOE)
    page.locator("[data-later=paint]").tap()
    page.wait_for_selector(".palette", state="visible")
    box, stage = page.locator(".palette").bounding_box(), phone.canvas()
    assert box["x"] >= stage["x"]
    assert box["x"] + box["width"] <= stage["x"] + stage["width"]
    assert page.locator("#find-now").bounding_box()["width"] >= 80
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wide) == 0
    page.locator(".palette [aria-label=red]").tap()
    assert page.get_attribute(".palette [aria-label=red]", "aria-pressed") == "true"
    page.locator("[data-pad=Brush]").tap()
    assert not page.locator(".palette").is_visible()
