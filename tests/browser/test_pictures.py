"""Pictures brought to the page: any form, read as what they are."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import cv2
import numpy as np
import pytest
from PIL import Image

from sketchnet.strokes.rasterize import rasterize
from tests.browser.hog_embedder import draw_shoe, write_shoes


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


def bring(desk, content: bytes, name: str = "picture.png") -> None:
    file = {"name": name, "mimeType": "image/png", "buffer": content}
    desk.page.set_input_files("#ask input[type=file]", file)


@pytest.mark.parametrize("make", [transparent, white_on_black, photographed, huge])
def test_a_drawing_in_any_form_finds_its_shoe(desk, make: Callable[[], bytes]):
    bring(desk, make())
    desk.page.wait_for_selector("#brought img")
    desk.until(lambda: desk.shoes()[:1] == ["shoe_007"])
    assert desk.page.inner_text(".choice [aria-pressed=true]") == "A drawing"


def test_a_photo_is_read_as_a_photo_and_can_be_read_otherwise(desk, tmp_path):
    write_shoes(tmp_path, 11, 1)
    bring(desk, (tmp_path / "shoe_011.png").read_bytes())
    desk.page.wait_for_selector(".choice [aria-pressed=true]:text-is('A photo')")
    desk.until(lambda: desk.shoes()[:1] == ["shoe_011"])
    desk.page.click("text=A drawing")
    desk.page.wait_for_selector(".choice [aria-pressed=true]:text-is('A drawing')")
    assert len(desk.shoes()) == 10


def test_the_canvas_comes_back_with_its_drawing(desk):
    desk.put([stroke * 2.6 + 60 for stroke in draw_shoe(3)])
    before = desk.shoes()
    bring(desk, white_on_black())
    desk.until(lambda: desk.shoes()[:1] == ["shoe_007"])
    desk.page.get_by_role("button", name="Back to the canvas").click()
    desk.page.wait_for_selector("#brought img", state="detached")
    desk.until(lambda: desk.shoes() == before)


def test_a_dropped_and_a_pasted_picture_are_taken(desk):
    give = """([bytes, kind]) => {
      const data = new DataTransfer();
      data.items.add(new File([new Uint8Array(bytes)], 'a.png', { type: 'image/png' }));
      const event = kind === 'drop'
        ? new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true })
        : new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true });
      document.querySelector('#stage').dispatchEvent(event);
    }"""
    for kind in ("drop", "paste"):
        desk.page.evaluate(give, [[*transparent()], kind])
        desk.until(lambda: desk.shoes()[:1] == ["shoe_007"])
        desk.page.get_by_role("button", name="Back to the canvas").click()
        desk.page.wait_for_selector(".examples")


def test_a_phone_offers_its_camera(desk):
    # A file input that takes any image is what makes a phone offer camera and library.
    assert "image" in desk.page.get_attribute("#ask input[type=file]", "accept")


def test_what_is_no_picture_is_told_in_one_line_and_the_page_goes_on(desk):
    bring(desk, b"%PDF-1.4 no picture at all", "shoe.png")
    desk.page.wait_for_selector(".notice:has-text('save it as PNG or JPEG')")
    bring(desk, png(np.full((80, 80), 255, np.uint8)))
    desk.page.wait_for_selector(".notice:has-text('received blank paper')")
    desk.put([stroke * 2.6 + 60 for stroke in draw_shoe(7)])
    assert desk.shoes()[0] == "shoe_007"
