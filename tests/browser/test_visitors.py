"""Who comes to the page: phones, two at once, dark rooms, and people who pry."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from urllib.parse import quote

import numpy as np
import pytest

from tests.browser.hog_embedder import draw_shoe

SHOE = [stroke * 2.6 + 60 for stroke in draw_shoe(7)]
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}


def test_a_finger_draws_on_a_phone_sees_the_shoes_and_the_page_keeps_still(open_desk):
    desk = open_desk(**PHONE)
    wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert desk.page.evaluate(wide) == 0
    touch = desk.page.context.new_cdp_session(desk.page)
    stroke = np.array([[200, 100], [250, 400], [300, 700]], float)
    for kind, points in [("touchStart", stroke[:1]), *[("touchMove", [p]) for p in stroke[1:]]]:
        places = [dict(zip("xy", desk.on_screen(point), strict=True)) for point in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": places})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    desk.until(lambda: len(desk.shoes()) == 10)
    assert desk.page.evaluate("window.scrollY") == 0
    arrived = np.array(desk.served.asked()[-1][0])
    assert np.abs(arrived[0] - stroke[0]).max() < 3
    assert np.abs(arrived[-1] - stroke[-1]).max() < 3
    assert desk.page.evaluate(wide) == 0
    # the first shoes are in view while one draws
    box = desk.page.locator("#shoes .shoe").nth(2).bounding_box()
    assert box["y"] + box["height"] < PHONE["viewport"]["height"]
    # what goes wrong comes into view
    desk.page.evaluate("window.scrollTo(0, 9999)")
    file = {"name": "shoe.png", "mimeType": "image/png", "buffer": b"no picture"}
    desk.page.set_input_files("#ask input[type=file]", file)
    desk.until(lambda: (desk.page.locator(".notice").bounding_box() or {"y": -1})["y"] >= 0)


def test_only_what_works_can_be_reached_by_keyboard(desk):
    """The pad's own tools are out of sight; the keyboard must not find them either."""
    labels = set()
    desk.page.locator("#theme").focus()
    for _ in range(20):
        desk.page.keyboard.press("Tab")
        found = "document.activeElement.innerText || document.activeElement.ariaLabel || ''"
        labels.add(desk.page.evaluate(found).strip())
        assert not desk.page.evaluate("!!document.activeElement.closest('#pad')")
    assert {"Pen", "Eraser", "Undo", "Clear", "Find now!", "Shoes"} <= labels


def test_a_page_in_a_frame_that_may_keep_nothing_works_all_the_same(open_desk):
    desk = open_desk()
    forbid = """for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(
      window, name, { get() { throw new DOMException('denied', 'SecurityError'); } });"""
    desk.page.add_init_script(forbid)
    desk.reload()
    desk.put(SHOE)
    assert desk.shoes()[0] == "shoe_007"
    desk.page.click("#theme")
    assert desk.page.evaluate("document.body.classList.contains('dark')")


def test_two_visitors_each_have_their_own_question_and_tray(desk, open_desk):
    one, two = desk, open_desk()
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


def test_dark_stays_dark_and_the_paper_stays_light(desk):
    colour = "getComputedStyle(document.body).backgroundColor"
    light = desk.page.evaluate(colour)
    desk.page.click("#theme")
    dark = desk.page.evaluate(colour)
    assert light != dark
    desk.reload()
    assert desk.page.evaluate(colour) == dark
    assert desk.ink() == 0


def test_the_page_asks_nobody_else(desk, served):
    asked: list[str] = []
    desk.page.on("request", lambda request: asked.append(request.url))
    desk.reload()
    desk.put(SHOE)
    outside = [url for url in asked if not url.startswith((served.url, "data:", "blob:"))]
    assert asked
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


def test_a_forged_record_of_strokes_is_refused_and_the_page_goes_on(desk):
    forge = (
        "record => { window.sketchnet.real = window.sketchnet.record; "
        "window.sketchnet.record = () => record; "
        "document.dispatchEvent(new CustomEvent('sketchnet:ink')); }"
    )
    for record in ('[[["a"],[1]]]', "[" * 50_000, json.dumps([[[1, 2], [3]]]), '{"x": 1}'):
        desk.page.evaluate(forge, record)
        desk.page.wait_for_selector(".notice")
        desk.page.evaluate("window.sketchnet.record = window.sketchnet.real")
        desk.put(SHOE[:1])
        desk.page.wait_for_selector(".notice", state="detached")
