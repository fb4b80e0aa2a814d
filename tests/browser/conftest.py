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
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
SIDE = 800  # of the paper, in the units of the record
PATIENCE = 60_000  # ms


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
            self.settled()

    def put(self, strokes: Sequence[np.ndarray]) -> None:
        """Let the page draw, which is quicker than the mouse and takes the same way from there."""
        before = len(self.served.asked())
        rows = [np.asarray(stroke, float).T.tolist() for stroke in strokes]
        self.page.evaluate("rows => window.sketchnet.put(rows)", rows)
        self.until(lambda: len(self.served.asked()) > before)
        self.until(lambda: len(self.served.asked()[-1]) == len(strokes))
        self.settled()

    def recorded(self) -> list[list[list[float]]]:
        """The browser's own record: strokes as rows x, y, time."""
        return json.loads(self.page.evaluate("window.sketchnet.record()"))

    def ink(self) -> int:
        """Dark pixels on the canvas."""
        picture = Image.open(BytesIO(self.page.locator("#stage").screenshot())).convert("L")
        return int((np.asarray(picture)[20:-20, 20:-20] < 100).sum())

    def shoes(self) -> list[str]:
        """The ids on the screen, nearest first."""
        cards = "#shoes .shoe[data-id]"
        return self.page.eval_on_selector_all(cards, "all => all.map((each) => each.dataset.id)")

    def settled(self) -> None:
        """Wait until no question is under way."""
        self.until(lambda: not self.page.evaluate("document.body.classList.contains('busy')"))

    def until(self, true: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE / 1000
        while not true():
            assert time.monotonic() < end, "waited in vain"
            self.page.wait_for_timeout(40)


@pytest.fixture
def open_desk(browser, served: Served) -> Iterator[Callable[..., Desk]]:
    """Open the page as a new visitor; options are those of a Playwright context."""
    contexts, errors = [], []

    def open_one(**options) -> Desk:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 860}} | options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(served.url)
        page.wait_for_selector("#pad button.quite-round.highlight", state="attached")
        return Desk(page, served)

    yield open_one
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def desk(open_desk: Callable[..., Desk]) -> Desk:
    return open_desk()
