"""A served page, a real Chromium, and a person who draws: what the browser tests share."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
SIDE = 800  # of the paper, in the units of the record
PATIENCE = 100_000  # ms, on a busy machine
READY = "#pad button.quite-round.highlight"  # the pen is in the hand

# Without a graphics card a frame costs tens of ms, and the pad asks for sixty a second: ten leave
# the processor to the test. What was drawn stays readable, which is quicker than a screenshot.
SPARING = """
const frame = window.requestAnimationFrame.bind(window);
window.requestAnimationFrame = (then) => setTimeout(() => frame(then), 100);
const context = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, options) {
  return context.call(this, kind, { ...options, preserveDrawingBuffer: true });
};
"""

# Dark pixels of the paper; the canvas reaches 30 px beyond it on every side.
INK = """
async () => {
  // what was drawn last is on the canvas two frames later
  await new Promise((then) => requestAnimationFrame(() => requestAnimationFrame(then)));
  const shown = document.querySelector('#pad .pixi-target canvas');
  const cut = 50 * shown.width / shown.clientWidth, side = shown.width - 2 * cut;
  const copy = Object.assign(document.createElement('canvas'), { width: side, height: side });
  const paper = copy.getContext('2d');
  paper.fillStyle = '#fff';
  paper.fillRect(0, 0, side, side);
  paper.drawImage(shown, -cut, -cut);
  const { data } = paper.getImageData(0, 0, side, side);
  let dark = 0;
  for (let i = 0; i < data.length; i += 4) dark += data[i] < 100;
  return dark;
}
"""


@dataclass(frozen=True)
class Served:
    """The page at `url`; `folder` holds its photos and what it was asked."""

    url: str
    folder: Path

    def asked(self) -> list[list[list[list[float]]]]:
        """Every drawing that reached Python, in order: strokes of points."""
        path = self.folder / "asked.jsonl"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demo in a process of its own, on a free port, stopped at the end."""
    folder = tmp_path_factory.mktemp("served")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = (folder / "log.txt").open("w")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.browser.serve_demo", str(folder), str(port)],
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
                    pytest.fail(f"the demo stopped: {(folder / 'log.txt').read_text()[-2000:]}")
                time.sleep(0.2)
        else:
            pytest.fail("the demo did not answer within five minutes")
        yield Served(f"http://127.0.0.1:{port}/", folder)
    finally:
        process.terminate()
        process.wait(20)
        log.close()


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, headless; WebGL, which the pad needs, is drawn by the processor."""
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(path).exists():
        pytest.skip(f"NO BROWSER TESTS: no Chromium at {path}; install it or set CHROMIUM")
    sync_api = pytest.importorskip("playwright.sync_api", reason="NO BROWSER TESTS: no playwright")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=path,
            args=["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
        )
        yield browser
        browser.close()


class Desk:
    """The page as a person uses it."""

    def __init__(self, page, served: Served) -> None:
        self.page, self.served = page, served

    def paper(self) -> dict[str, float]:
        return self.page.locator("#stage").bounding_box()

    def on_screen(self, point: Sequence[float]) -> tuple[float, float]:
        """Where a point of the paper, 0 … 800, lies in the window."""
        box, (x, y) = self.paper(), (float(value) / SIDE for value in point)
        return box["x"] + x * box["width"], box["y"] + y * box["height"]

    def draw(self, strokes: Sequence[np.ndarray], settle: bool = True) -> None:
        """Draw with the mouse; with `settle`, wait until the page has answered."""
        mouse, before = self.page.mouse, len(self.served.asked())
        for stroke in strokes:
            places = [self.on_screen(point) for point in stroke]
            mouse.move(*places[0])
            mouse.down()
            for place in places[1:]:
                mouse.move(*place)
            mouse.up()
        if settle:
            self.until(lambda: len(self.served.asked()) > before)
            self.answered()

    def put(self, strokes: Sequence[np.ndarray]) -> None:
        """Let the page draw, which is quicker than the mouse and takes the same way from there."""
        before = len(self.served.asked())
        rows = [np.asarray(stroke, float).T.tolist() for stroke in strokes]
        self.page.evaluate("rows => window.sketchnet.put(rows)", rows)
        self.until(lambda: len(self.served.asked()) > before)
        self.until(lambda: len(self.served.asked()[-1]) == len(strokes))
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
        """Wait until a drawing has its answer on the screen."""
        self.page.wait_for_selector("#shoes .shoe[data-id], #doodles .doodle", state="attached")
        self.settled()

    def settled(self) -> None:
        """Wait until no question is under way."""
        self.until(lambda: not self.page.evaluate("document.body.classList.contains('busy')"))

    def turn(self, tab: str) -> None:
        """Turn to a tab and wait for its answer, which would else pass for that of a drawing."""
        self.page.get_by_role("tab", name=tab).click()
        self.page.wait_for_selector(f"body[data-tab={tab.lower()}]")
        self.settled()

    def until(self, true: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE / 1000
        while not true():
            assert time.monotonic() < end, "waited in vain"
            self.page.wait_for_timeout(40)

    def reload(self) -> None:
        self.page.reload()
        self.page.wait_for_selector(READY, state="attached")

    def leave(self) -> None:
        """Leave the page as the next visitor should find it."""
        self.settled()
        if self.page.evaluate("document.body.classList.contains('dark')"):
            self.page.click("#theme")
        if self.page.input_value("#galleries input") != "first":
            self.page.evaluate("sessionStorage.clear()")
            return self.reload()
        for leftover in ("#sheet .shut", "#brought .shut", "[aria-label='Empty the tray']"):
            if self.page.locator(leftover).count():
                self.page.click(leftover)
                self.page.wait_for_selector(leftover, state="detached")
                self.settled()
        if self.page.get_by_role("tab", name="Shoes").get_attribute("aria-selected") != "true":
            self.turn("Shoes")
        self.page.evaluate("window.sketchnet.act('Clear canvas')")
        self.page.wait_for_selector("#shoes .examples")
        self.page.wait_for_selector(READY, state="attached")
        self.page.wait_for_selector("#notice .notice", state="detached")
        self.settled()
        self.until(lambda: self.recorded() == [] and self.ink() == 0)


@pytest.fixture(scope="session")
def errors() -> list[str]:
    """What went wrong in the scripts of any page since it was last looked at."""
    return []


@pytest.fixture(autouse=True)
def no_errors(errors: list[str]) -> Iterator[None]:
    errors.clear()
    yield
    assert errors == []


@pytest.fixture(scope="session")
def visit(browser, served: Served, errors: list[str]) -> Callable[..., Desk]:
    """Open the page as a new visitor; options are those of a Playwright context."""

    def open_one(**options) -> Desk:
        context = browser.new_context(**{"viewport": {"width": 1080, "height": 760}} | options)
        context.add_init_script(SPARING)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(served.url)
        page.wait_for_selector(READY, state="attached")
        return Desk(page, served)

    return open_one


@pytest.fixture
def open_desk(visit: Callable[..., Desk]) -> Iterator[Callable[..., Desk]]:
    """The same, for one test alone."""
    opened: list[Desk] = []

    def open_one(**options) -> Desk:
        opened.append(visit(**options))
        return opened[-1]

    yield open_one
    for desk in opened:
        desk.page.context.close()


@pytest.fixture(scope="session")
def one_desk(visit: Callable[..., Desk]) -> list[Desk]:
    """The page that the tests hand on to each other, since it takes seconds to load."""
    return []


@pytest.fixture
def desk(visit: Callable[..., Desk], one_desk: list[Desk]) -> Iterator[Desk]:
    """A page as a visitor finds it; tidied up afterwards, or thrown away where that fails."""
    one_desk[:] = one_desk or [visit()]
    yield one_desk[0]
    try:
        one_desk[0].leave()
    except Exception:
        one_desk.pop().page.context.close()
