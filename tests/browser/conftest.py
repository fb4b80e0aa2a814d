"""What the browser tests share: the served page, Chromium, and a visitor who draws."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
CANVAS_SIZE = 800  # in the units of the record
TIMEOUT = 100_000  # ms, on a busy machine
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
READY = "#pad canvas[data-tool]"  # the pen is selected

# Number of dark pixels on the canvas, whose paper is transparent.
INK = """
() => {
  const { width, height } = document.querySelector('#pad canvas');
  const pen = document.querySelector('#pad canvas').getContext('2d');
  const { data } = pen.getImageData(0, 0, width, height);
  let dark = 0;
  for (let i = 3; i < data.length; i += 4) dark += data[i] > 155;
  return dark;
}
"""


@dataclass(frozen=True)
class Served:
    """The page at `url`; `folder` holds its photos and a record of its queries."""

    url: str
    folder: Path

    def queries(self) -> list[list[list[list[float]]]]:
        """Every drawing that reached Python, in order: strokes of points."""
        path = self.folder / "queries.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@contextmanager
def page_of(folder: Path, *options: str) -> Iterator[Served]:
    """Serve the page in a process of its own on a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (folder / "log.txt").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.browser.serve_demo", str(folder), str(port), *options],
        cwd=ROOT,
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    try:
        for _ in range(1500):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                break
            except OSError:
                if process.poll() is not None:
                    pytest.fail(f"the page stopped: {(folder / 'log.txt').read_text()[-2000:]}")
                time.sleep(0.2)
        else:
            pytest.fail("the page did not answer within five minutes")
        yield Served(f"http://127.0.0.1:{port}/", folder)
    finally:
        process.terminate()
        process.wait(20)
        log.close()


@pytest.fixture(scope="package")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The page for all tests of a worker."""
    with page_of(tmp_path_factory.mktemp("served")) as served:
        yield served


@pytest.fixture
def serve() -> Callable[..., AbstractContextManager[Served]]:
    """Serve another page: with a folder, and options of `serve_demo.py`."""
    return page_of


@pytest.fixture(scope="package")
def browser():
    """Debian's Chromium, headless."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(path).exists():
        pytest.skip(f"NO BROWSER TESTS: no Chromium at {path}; install it or set CHROMIUM")
    sync_api = pytest.importorskip("playwright.sync_api", reason="NO BROWSER TESTS: no playwright")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            # The processor draws WebGL, for the test of the sketchpad.
            args=[
                "--no-sandbox",
                "--use-angle=swiftshader",
                "--enable-unsafe-swiftshader",
                "--disable-gpu-compositing",
            ],
        )
        yield browser
        browser.close()


class Visitor:
    """The page as a visitor uses it."""

    def __init__(self, page, served: Served) -> None:
        self.page, self.served = page, served

    def canvas(self) -> dict[str, float]:
        return self.page.locator("#stage").bounding_box()

    def on_screen(self, point: Sequence[float]) -> tuple[float, float]:
        """Where a point of the canvas, 0 .. 800, is in the window."""
        box, (x, y) = self.canvas(), (float(value) / CANVAS_SIZE for value in point)
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def draw(self, strokes: Sequence[np.ndarray], settle: bool = True) -> None:
        """Draw with the mouse; with `settle`, wait until the results are shown."""
        mouse, before = self.page.mouse, len(self.served.queries())
        for stroke in strokes:
            points = [self.on_screen(point) for point in stroke]
            mouse.move(*points[0])
            mouse.down()
            for position in points[1:]:
                mouse.move(*position)
            mouse.up()
        if settle:
            self.until(lambda: len(self.served.queries()) > before)
            self.answered()

    def put(self, strokes: Sequence[np.ndarray]) -> None:
        """Let the page draw by itself: faster than the mouse, and the same from there on."""
        before = len(self.served.queries())
        rows = [np.asarray(stroke, float).T.tolist() for stroke in strokes]
        self.page.evaluate("rows => window.sketchnet.put(rows)", rows)
        self.until(lambda: len(self.served.queries()) > before)
        self.until(lambda: len(self.served.queries()[-1]) == len(strokes))
        self.answered()

    def recorded(self) -> list[list[list[float]]]:
        """The browser's own record: strokes as rows x, y, time."""
        return json.loads(self.page.evaluate("window.sketchnet.record()"))

    def ink(self) -> int:
        """Dark pixels on the canvas."""
        return self.page.evaluate(INK)

    def shoes(self) -> list[str]:
        """The ids on the screen, nearest first."""
        cards = "#shoes .shoe[data-id]"
        return self.page.eval_on_selector_all(cards, "all => all.map((each) => each.dataset.id)")

    def answered(self) -> None:
        """Wait until a drawing has its results on the screen."""
        self.page.wait_for_selector("#shoes .shoe[data-id], #doodles .doodle", state="attached")
        self.settled()

    def settled(self) -> None:
        """Wait until no event is under way."""
        self.until(lambda: not self.page.evaluate("document.body.classList.contains('busy')"))

    def select_tab(self, tab: str) -> None:
        """Open a tab and wait for its results, which could be taken for those of a drawing."""
        self.page.get_by_role("tab", name=tab).click()
        self.page.wait_for_selector(f"body[data-tab={tab.lower()}]")
        self.settled()

    def choose_gallery(self, name: str) -> None:
        """Search another gallery."""
        self.page.click("#galleries input")
        self.page.get_by_role("option", name=name).click()
        self.settled()

    def until(self, true: Callable[[], bool]) -> None:
        end = time.monotonic() + TIMEOUT / 1000
        while not true():
            assert time.monotonic() < end, "timeout"
            self.page.wait_for_timeout(40)

    def reload(self) -> None:
        self.page.reload()
        self.page.wait_for_selector(READY, state="attached")

    def reset(self) -> None:
        """Bring the page back to the state in which the next test expects it."""
        self.settled()
        if self.page.evaluate("document.body.classList.contains('dark')"):
            self.page.click("#theme")
        for leftover in ("#detail .close", "#picture .close", "[aria-label='Empty the tray']"):
            if self.page.locator(leftover).count():
                self.page.click(leftover)
                self.page.wait_for_selector(leftover, state="detached")
                self.settled()
        if self.page.get_by_role("tab", name="Shoes").get_attribute("aria-selected") != "true":
            self.select_tab("Shoes")
        if self.page.input_value("#galleries input") != "first":
            self.choose_gallery("first")
        self.page.evaluate("window.sketchnet.act('Clear canvas')")
        self.page.wait_for_selector("#shoes .examples")
        self.page.wait_for_selector(READY, state="attached")
        self.page.wait_for_selector("#notice .notice", state="detached")
        self.settled()
        self.until(lambda: self.recorded() == [] and self.ink() == 0)


@pytest.fixture(scope="package")
def errors() -> list[str]:
    """Errors of the scripts of any page since the start of the test."""
    return []


@pytest.fixture(autouse=True)
def no_errors(errors: list[str]) -> Iterator[None]:
    errors.clear()
    yield
    assert errors == []


@pytest.fixture(scope="package")
def visit(browser, served: Served, errors: list[str]) -> Callable[..., Visitor]:
    """Open the page as a new visitor: with a script that runs first, and options of a context."""

    def open_one(script: str = "", served: Served = served, **options) -> Visitor:
        context = browser.new_context(**{"viewport": {"width": 1080, "height": 760}} | options)
        context.add_init_script(script)
        page = context.new_page()
        page.set_default_timeout(TIMEOUT)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(served.url)
        page.wait_for_selector(READY, state="attached")
        return Visitor(page, served)

    return open_one


@pytest.fixture
def open_page(visit: Callable[..., Visitor]) -> Iterator[Callable[..., Visitor]]:
    """Open further pages, which are closed after the test."""
    opened: list[Visitor] = []

    def open_one(**options) -> Visitor:
        opened.append(visit(**options))
        return opened[-1]

    yield open_one
    for visitor in opened:
        visitor.page.context.close()


@pytest.fixture(scope="package")
def shared_page() -> list[Visitor]:
    """The page that the tests share, since it takes seconds to load."""
    return []


@pytest.fixture(scope="package")
def shared_phone() -> list[Visitor]:
    """The same page on a phone."""
    return []


@pytest.fixture
def visitor(visit: Callable[..., Visitor], shared_page: list[Visitor]) -> Iterator[Visitor]:
    """A visitor with a mouse, on a page without a drawing."""
    yield from _fresh(shared_page, visit)


@pytest.fixture
def phone(visit: Callable[..., Visitor], shared_phone: list[Visitor]) -> Iterator[Visitor]:
    """A visitor with a phone, on a page without a drawing."""
    yield from _fresh(shared_phone, lambda: visit(**PHONE))


def _fresh(shared: list[Visitor], visit: Callable[[], Visitor]) -> Iterator[Visitor]:
    """The shared page; it is reset afterwards, or is closed where that fails."""
    shared[:] = shared or [visit()]
    yield shared[0]
    try:
        shared[0].reset()
    except Exception:
        shared.pop().page.context.close()
