"""Narrowing down on the page: it restricts the search itself, and is there only with fields."""

from __future__ import annotations

import re

import pytest

from tests.browser.hog_embedder import draw_shoe
from tests.browser.test_boards import COPY


def shown(visitor, selector: str) -> list[str]:
    return visitor.page.eval_on_selector_all(selector, "all => all.map((each) => each.innerText)")


def press(visitor, facet: str, chip: str) -> None:
    details = visitor.page.locator(f"#filters details:has(summary:text-is('{facet}'))")
    if details.get_attribute("open") is None:
        details.locator("summary").click()
    details.locator(f".chip:has-text('{chip}')").click()
    visitor.settled()


def opens_again(visitor, shoes: set[str]) -> None:
    """A link opens the drawing, the gallery and the filters."""
    page = visitor.page
    page.evaluate(COPY)
    assert page.locator("[data-copy]:visible").count() == 1, "the boards, when open, have another"
    page.click("#history [data-copy]")
    page.wait_for_selector("#said:has-text('these filters copied')")
    link = page.evaluate("window.copied")
    page.evaluate("sessionStorage.clear()")
    page.goto("about:blank")
    page.goto(link)
    page.wait_for_selector("#filters details.set")
    visitor.until(lambda: set(visitor.shoes()) == shoes)
    visitor.until(lambda: len(visitor.recorded()) == len(draw_shoe(704)))
    visitor.settled()
    assert page.input_value("#galleries input") == "catalogue"
    assert page.get_by_label("Words in the fields").input_value() == "boot"


@pytest.mark.parametrize("kind", ["visitor", pytest.param("phone", marks=pytest.mark.slow)])
def test_filters_narrow_the_search_and_the_shoes_say_what_they_are(request, kind):
    visitor = request.getfixturevalue(kind)
    page = visitor.page
    assert not page.locator("#filters .filters").count(), "a gallery without fields looks as before"
    visitor.choose_gallery("catalogue")
    page.wait_for_selector("#filters .filters")
    visitor.put(draw_shoe(703))
    assert len(visitor.shoes()) == 8
    assert "<b>Bold</b> pump" in " ".join(shown(visitor, "#shoes .caption span")), "as text"
    press(visitor, "brand", "Aria")
    even = {f"shoe_{number}" for number in (700, 702, 704, 706)}
    visitor.until(lambda: set(visitor.shoes()) == even)
    chips = " ".join(shown(visitor, "#filters details[open] .chip"))
    assert re.search(r"Aria\s*4", chips)
    assert re.search(r"Nord\s*4", chips), "the other brand can still be chosen"
    page.locator("#filters details:has(summary:text-is('price')) summary").click()
    page.get_by_label("price, to").fill("45")
    page.get_by_label("price, to").press("Enter")
    visitor.until(lambda: set(visitor.shoes()) == even - {"shoe_706"})
    page.get_by_label("Words in the fields").fill("boot")
    page.get_by_label("Words in the fields").press("Enter")
    page.wait_for_selector("#filters [data-act=only]")
    visitor.until(lambda: visitor.shoes()[-1] == "shoe_700")  # the pump comes last, and stays
    page.click("#filters [data-act=only]")
    visitor.until(lambda: set(visitor.shoes()) == {"shoe_702", "shoe_704"})
    visitor.settled()
    visitor.put(draw_shoe(704))
    assert visitor.shoes()[0] == "shoe_704", "live, with every stroke"
    opens_again(visitor, {"shoe_702", "shoe_704"})
    page.click("#shoes .look[data-id=shoe_704]")
    page.wait_for_selector("#detail .fields")
    assert page.inner_text("#detail h2") == "Boot 704"
    assert page.get_attribute("#detail .fields a", "href") == "https://shop.example/704"
    assert "noopener" in page.get_attribute("#detail .fields a", "rel")
    page.click("#detail .close")
    page.wait_for_selector("#detail .opened", state="detached")
    page.click("#filters [data-act=clear]")
    visitor.until(lambda: len(visitor.shoes()) == 8)
