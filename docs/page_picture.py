"""Take docs/page.png: the page in Chromium, with a drawn shoe, filters and the nearest photos.

`python docs/page_picture.py` serves the page with the shipped weights, draws the sketch of a
synthetic shoe of their gallery, narrows its catalogue down by price, and wishes for a colour.
`CHROMIUM` names another Chromium.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

from sketchnet.data.pairs.load import load_collection
from sketchnet.data.synthetic.write_datasets import write_retrieval
from sketchnet.strokes.geometry import simplify

ROOT = Path(__file__).resolve().parents[1]
OUT = ROOT / "docs" / "page.png"
VIEWPORT = {"width": 1440, "height": 800}
GALLERY_SHOES, GALLERY_SEED, SHOE = 24, 1, 3  # of the shipped gallery
HIGHEST_PRICE, COLOUR = "150", "red"
EPSILON = 1.0  # of the simplification
CANVAS_SIZE, CANVAS_SHARE = 800, 0.86
PEN_IS_READY = "#pad canvas[data-tool]"
TIMEOUT = 300_000  # ms


def sketch() -> list[np.ndarray]:
    """Strokes (n, 2) of a synthetic sketch, in 0 .. 1 of the canvas."""
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "shoes"
        write_retrieval(data, GALLERY_SHOES, GALLERY_SHOES, 1.0, seed=GALLERY_SEED)
        drawing = load_collection(data).sketches[SHOE].drawing
    points = np.concatenate(drawing)
    low, extent = points.min(axis=0), np.ptp(points, axis=0)
    centred = [(stroke - low - extent / 2) / extent.max() for stroke in simplify(drawing, EPSILON)]
    return [0.5 + CANVAS_SHARE * stroke for stroke in centred]


def draw(page: Page, strokes: list[np.ndarray]) -> None:
    """Let the page draw strokes, as it draws its examples."""
    rows = [(CANVAS_SIZE * stroke).T.tolist() for stroke in strokes]
    page.evaluate("rows => window.sketchnet.put(rows)", rows)


def narrow_down(page: Page) -> None:
    """Set the highest price, and wish for a colour."""
    facet = "#filters summary:text-is('{}')"
    page.click(facet.format("price"))
    page.get_by_label("price, to").fill(HIGHEST_PRICE)
    page.keyboard.press("Enter")
    page.wait_for_selector("#filters details.set")
    page.wait_for_timeout(2_000)
    page.click(facet.format("palette"))
    page.locator("#filters [data-act=colour]", has_text=COLOUR).click()
    page.wait_for_timeout(2_000)
    page.click(facet.format("palette"))


def take(address: str) -> None:
    """Draw and search on the page at this address, and save the picture."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    arguments = ["--no-sandbox"]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        page = browser.new_page(viewport=VIEWPORT)
        page.set_default_timeout(TIMEOUT)
        page.goto(address)
        page.wait_for_selector(PEN_IS_READY, state="attached")
        draw(page, sketch())
        page.wait_for_timeout(5_000)  # the results of the last stroke
        page.click("#find-now")
        page.wait_for_timeout(10_000)
        narrow_down(page)
        page.mouse.move(0, 0)
        page.screenshot(path=OUT, timeout=TIMEOUT)
        browser.close()


def main() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, str(ROOT / "demo" / "app.py"), "--port", str(port)]
    with subprocess.Popen(command) as server:
        try:
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    if server.poll() is not None:
                        raise SystemExit("the page did not start") from None
                    time.sleep(0.5)
            take(f"http://127.0.0.1:{port}")
        finally:
            server.terminate()


if __name__ == "__main__":
    main()
