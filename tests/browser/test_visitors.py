"""Visitors: a phone, the keyboard, two at once, the dark theme, forged input."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from urllib.parse import quote

import numpy as np
import pytest

from tests.browser.hog_embedder import draw_shoe

SHOE = [stroke * 2.6 + 60 for stroke in draw_shoe(7)]


def test_a_finger_draws_on_a_phone_and_the_page_does_not_scroll(phone):
    visitor = phone
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert visitor.page.evaluate(wide) == 0
    touch = visitor.page.context.new_cdp_session(visitor.page)
    stroke = np.array([[200, 100], [250, 400], [300, 700]], float)
    for kind, points in [("touchStart", stroke[:1]), *[("touchMove", [p]) for p in stroke[1:]]]:
        points = [dict(zip("xy", visitor.on_screen(point), strict=True)) for point in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    visitor.until(lambda: len(visitor.shoes()) == 10)
    assert visitor.page.evaluate("window.scrollY") == 0
    arrived = np.array(visitor.served.queries()[-1][0])
    assert np.abs(arrived[0] - stroke[0]).max() < 3
    assert np.abs(arrived[-1] - stroke[-1]).max() < 3
    assert visitor.page.evaluate(wide) == 0
    # the first results are visible while drawing
    box = visitor.page.locator("#shoes .shoe").nth(2).bounding_box()
    assert box["y"] + box["height"] < visitor.page.viewport_size["height"]
    # an error scrolls into view
    visitor.page.evaluate("window.scrollTo(0, 9999)")
    file = {"name": "shoe.png", "mimeType": "image/png", "buffer": b"no picture"}
    visitor.page.set_input_files("#query-buttons input[type=file]", file)
    visitor.until(lambda: (visitor.page.locator(".notice").bounding_box() or {"y": -1})["y"] >= 0)


def test_the_keyboard_reaches_only_visible_controls(visitor):
    """Drawing takes a pen; everything else can be reached."""
    labels = set()
    visitor.page.locator("#theme").focus()
    for _ in range(30):
        visitor.page.keyboard.press("Tab")
        found = "document.activeElement.innerText || document.activeElement.ariaLabel || ''"
        labels.add(visitor.page.evaluate(found).strip())
        assert not visitor.page.evaluate("!!document.activeElement.closest('#pad')")
    assert {"Pen", "Eraser", "Undo", "Clear", "Find now!", "Shoes"} <= labels


FORBID_STORAGE = """
for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(
  window, name, { get() { throw new DOMException('denied', 'SecurityError'); } });
"""


@pytest.mark.slow
def test_the_page_works_in_a_frame_without_storage(open_page):
    visitor = open_page(script=FORBID_STORAGE)
    visitor.put(SHOE)
    assert visitor.shoes()[0] == "shoe_007"
    visitor.page.click("#theme")
    assert visitor.page.evaluate("document.body.classList.contains('dark')")


@pytest.mark.slow
def test_two_visitors_have_separate_queries_and_trays(visitor, phone):
    one, two = visitor, phone
    one.put(SHOE)
    two.put([stroke * 2.6 + 60 for stroke in draw_shoe(3)])
    assert (one.shoes()[0], two.shoes()[0]) == ("shoe_007", "shoe_003")
    one.page.locator("#shoes .shoe").first.hover()
    one.page.locator("#shoes [data-act=like]").first.click()
    one.page.wait_for_selector(".tray")
    two.page.get_by_role("button", name="Show more").click()
    two.until(lambda: len(two.shoes()) == 20)
    assert two.page.locator(".tray").count() == 0
    one.page.get_by_role("button", name="Find now!").click()
    one.page.wait_for_selector("#find-status:has-text('10 views')")
    assert one.shoes()[0] == "shoe_007"
    assert len(one.shoes()) == 10


@pytest.mark.slow
def test_a_reloaded_page_stays_dark_and_requests_nothing_from_other_servers(visitor, served):
    colour = "getComputedStyle(document.body).backgroundColor"
    light = visitor.page.evaluate(colour)
    visitor.page.click("#theme")
    dark = visitor.page.evaluate(colour)
    assert light != dark
    urls: list[str] = []
    visitor.page.on("request", lambda request: urls.append(request.url))
    visitor.reload()
    assert visitor.page.evaluate(colour) == dark
    assert visitor.ink() == 0, "the canvas stays light"
    visitor.put(SHOE)
    outside = [url for url in urls if not url.startswith((served.url, "data:", "blob:"))]
    assert urls
    assert outside == []


@pytest.mark.parametrize(
    "path",
    [
        "/etc/passwd",
        "{folder}/log.txt",
        "{folder}/first/shoe_000.png",
        "{folder}/first-gallery/embeddings.npy",
        "{folder}/first-gallery/thumbnails/../embeddings.npy",
        "{folder}/first-gallery/thumbnails/%2e%2e/embeddings.npy",
        "demo/app.py",
    ],
)
def test_no_file_outside_the_thumbnails_is_served(served, path: str):
    address = f"{served.url}gradio_api/file={quote(path.format(folder=served.folder), safe='/%')}"
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(address, timeout=20)
    refused.value.close()
    assert refused.value.code in (403, 404)


def test_thumbnails_are_served(served):
    thumbnail = served.folder / "first-gallery" / "thumbnails" / "000000.jpg"
    with urllib.request.urlopen(f"{served.url}gradio_api/file={thumbnail}", timeout=20) as answer:
        assert answer.read() == thumbnail.read_bytes()


@pytest.mark.slow
def test_forged_strokes_are_refused_and_the_page_goes_on(visitor):
    forge = (
        "record => { window.sketchnet.real = window.sketchnet.record; "
        "window.sketchnet.record = () => record; "
        "document.dispatchEvent(new CustomEvent('sketchnet:ink')); }"
    )
    for record in ('[[["a"],[1]]]', "[" * 50_000, json.dumps([[[1, 2], [3]]]), '{"x": 1}'):
        visitor.page.evaluate(forge, record)
        visitor.page.wait_for_selector(".notice")
        visitor.page.evaluate("window.sketchnet.record = window.sketchnet.real")
        visitor.put(SHOE[:1])
        visitor.page.wait_for_selector(".notice", state="detached")
