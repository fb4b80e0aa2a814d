"""Pictures as queries: uploaded, dropped or pasted, read as a sketch or as a photo."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import cv2
import numpy as np
import pytest
from PIL import Image

from sketchnet.strokes.rasterize import rasterize
from tests.browser.hog_embedder import draw_shoe, with_shadow, write_shoes


def png(picture: np.ndarray) -> bytes:
    file = BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def sketch() -> np.ndarray:
    return rasterize(draw_shoe(7), 300)


def transparent() -> bytes:
    ink = 255 - sketch()
    return png(np.dstack([np.zeros((300, 300, 3), np.uint8), ink]))


def white_on_black() -> bytes:
    return png(255 - sketch())


def photographed() -> bytes:
    shade = np.linspace(0.5, 0.95, 300)[None, :, None] * np.array([1.0, 0.97, 0.9])
    return png((sketch()[..., None] * shade).astype(np.uint8))


def huge() -> bytes:
    return png(cv2.resize(sketch(), (4000, 4000)))


def upload(visitor, content: bytes, name: str = "picture.png") -> None:
    file = {"name": name, "mimeType": "image/png", "buffer": content}
    visitor.page.set_input_files("#query-buttons input[type=file]", file)


@pytest.mark.parametrize("make", [transparent, white_on_black, photographed, huge])
def test_a_drawing_in_any_form_finds_its_shoe(visitor, make: Callable[[], bytes]):
    upload(visitor, make())
    visitor.page.wait_for_selector("#picture img")
    visitor.until(lambda: visitor.shoes()[:1] == ["shoe_007"])
    assert visitor.page.inner_text(".choice [aria-pressed=true]") == "Sketch"


def test_a_photo_is_read_as_a_photo_and_can_be_read_as_a_sketch(visitor, tmp_path):
    write_shoes(tmp_path, 11, 1)
    photo = with_shadow(cv2.imread(str(tmp_path / "shoe_011.png")))
    upload(visitor, cv2.imencode(".png", photo)[1].tobytes())
    visitor.page.wait_for_selector(".choice [aria-pressed=true]:text-is('Photo')")
    visitor.until(lambda: visitor.shoes()[:1] == ["shoe_011"])
    visitor.page.click(".choice button:text-is('Sketch')")
    visitor.page.wait_for_selector(".choice [aria-pressed=true]:text-is('Sketch')")
    assert len(visitor.shoes()) == 10


def test_closing_the_picture_restores_the_drawing(visitor):
    visitor.put([stroke * 2.6 + 60 for stroke in draw_shoe(3)])
    before = visitor.shoes()
    upload(visitor, white_on_black())
    visitor.until(lambda: visitor.shoes()[:1] == ["shoe_007"])
    visitor.page.get_by_role("button", name="Back to the canvas").click()
    visitor.page.wait_for_selector("#picture img", state="detached")
    visitor.until(lambda: visitor.shoes() == before)


def test_a_picture_can_be_dropped_and_pasted(visitor):
    give = """([bytes, kind]) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], 'a.png', { type: 'image/png' }));
      const event = kind === 'drop'
        ? new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })
        : new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
      document.querySelector('#stage').dispatchEvent(event);
    }"""
    for kind in ("drop", "paste"):
        visitor.page.evaluate(give, [[*transparent()], kind])
        visitor.until(lambda: visitor.shoes()[:1] == ["shoe_007"])
        visitor.page.get_by_role("button", name="Back to the canvas").click()
        visitor.page.wait_for_selector(".examples")


def test_a_phone_offers_its_camera(visitor):
    # A file input that takes any image is what makes a phone offer camera and library.
    assert "image" in visitor.page.get_attribute("#query-buttons input[type=file]", "accept")


def test_a_file_that_is_not_a_picture_is_reported_and_the_page_goes_on(visitor):
    upload(visitor, b"%PDF-1.4 no picture at all", "shoe.png")
    visitor.page.wait_for_selector(".notice b:has-text('ave it as PNG or JPEG')")
    upload(visitor, png(np.full((80, 80), 255, np.uint8)))
    visitor.page.wait_for_selector(".notice:has-text('received blank paper')")
    visitor.put([stroke * 2.6 + 60 for stroke in draw_shoe(7)])
    assert visitor.shoes()[0] == "shoe_007"


def two_shoes() -> bytes:
    """A page with shoe 7 on the left and shoe 3, a little smaller, on the right."""
    page = np.full((400, 800), 255, np.uint8)
    for number, side, x, y in ((7, 300, 40, 60), (3, 240, 480, 100)):
        page[y : y + side, x : x + side] = cv2.resize(
            rasterize(draw_shoe(number), 300), (side, side), interpolation=cv2.INTER_AREA
        )
    return png(page)


def box_of(visitor) -> dict[str, float]:
    return visitor.page.locator("#picture .box").bounding_box()


def test_the_drawing_is_marked_and_another_one_can_be_chosen(visitor):
    upload(visitor, two_shoes())
    visitor.until(lambda: visitor.shoes()[:1] == ["shoe_007"])
    picture, box = visitor.page.locator(".picture").bounding_box(), box_of(visitor)
    assert box["x"] + box["width"] < picture["x"] + picture["width"] / 2, "the left shoe is marked"
    visitor.page.get_by_role("button", name="Drawing 2 of 2").click()
    visitor.until(lambda: visitor.shoes()[:1] == ["shoe_003"])
    assert box_of(visitor)["x"] > picture["x"] + picture["width"] / 2
    assert visitor.page.get_attribute(".drawings button >> nth=1", "aria-pressed") == "true"


def test_the_box_is_dragged_by_mouse_and_moved_by_keys(visitor):
    upload(visitor, two_shoes())
    visitor.until(lambda: visitor.shoes()[:1] == ["shoe_007"])
    start, picture = box_of(visitor), visitor.page.locator(".picture").bounding_box()
    mouse = visitor.page.mouse
    middle = start["x"] + start["width"] / 2, start["y"] + start["height"] / 2
    mouse.move(*middle)
    mouse.down()
    mouse.move(middle[0] + picture["width"] * 0.52, middle[1], steps=4)
    mouse.up()
    visitor.until(lambda: visitor.shoes()[:1] == ["shoe_003"])
    moved = box_of(visitor)
    assert moved["x"] > start["x"] + 0.4 * picture["width"]
    assert moved["width"] == pytest.approx(start["width"], abs=1)

    assert visitor.page.evaluate("document.activeElement.classList.contains('box')")
    visitor.page.keyboard.press("ArrowDown")
    visitor.page.keyboard.press("Shift+ArrowLeft")
    visitor.until(lambda: box_of(visitor)["width"] < moved["width"])
    assert box_of(visitor)["y"] > moved["y"]
    visitor.settled()
    assert visitor.page.evaluate("document.activeElement.classList.contains('box')")

    corner = visitor.page.locator(".box [data-corner=nw]").bounding_box()
    mouse.move(corner["x"] + 16, corner["y"] + 16)
    mouse.down()
    mouse.move(0, 0, steps=4)  # far outside
    mouse.up()
    visitor.settled()
    box = box_of(visitor)
    assert (box["x"], box["y"]) == pytest.approx((picture["x"], picture["y"]), abs=1)


def test_a_picture_is_rotated_by_quarters(visitor):
    upload(visitor, png(np.rot90(sketch(), -1).copy()))
    visitor.page.wait_for_selector("#picture img")
    visitor.settled()
    visitor.page.get_by_role("button", name="Rotate left").click()
    visitor.until(lambda: visitor.shoes()[:1] == ["shoe_007"])


@pytest.mark.slow
def test_a_finger_moves_the_box_on_a_phone(phone):
    visitor = phone
    upload(visitor, two_shoes())
    visitor.until(lambda: visitor.shoes()[:1] == ["shoe_007"])
    start, picture = box_of(visitor), visitor.page.locator(".picture").bounding_box()
    touch = visitor.page.context.new_cdp_session(visitor.page)
    x, y = start["x"] + start["width"] / 2, start["y"] + start["height"] / 2
    for kind, share in (("touchStart", 0), ("touchMove", 0.25), ("touchMove", 0.52)):
        points = [{"x": x + share * picture["width"], "y": y}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    visitor.until(lambda: visitor.shoes()[:1] == ["shoe_003"])
    for button in ("Rotate left", "Rotate right", "Sketch", "Photo", "Back to the canvas"):
        found = visitor.page.get_by_role("button", name=button, exact=True).bounding_box()
        assert min(found["width"], found["height"]) >= 32, button
        assert found["x"] + found["width"] <= 390, button
