"""A page that stays open while a visitor draws: `python -m tests.soak.open_page --minutes 60`.

Chromium draws shoes and doodles with the mouse at a person's pace, takes strokes back, opens
results, changes tabs and clears the canvas. Each minute the memory of the server, of the page's
process and of the page's JavaScript heap (after a garbage collection) are recorded, with the
number of its nodes and event listeners. The command fails where one of them grows: where the
median of the last third is more than `MOST_GROWTH` above that of the second.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from playwright.sync_api import Page, sync_playwright

from tests.browser.hog_embedder import draw_doodles
from tests.soak.load import SECONDS_PER_STROKE, drawing, memory, served

MOST_GROWTH = 0.05
CANVAS_SIZE = 800  # in the units of the record
POINTS_PER_SECOND = 60
TIMEOUT = 60_000  # ms
KINDS = ("server MB", "page MB", "heap MB", "nodes", "listeners")


@dataclass
class Watch:
    """What was measured: a row of `KINDS` a minute; and what the visitor did."""

    rows: list[list[float]] = field(default_factory=list)
    strokes: int = 0
    drawings: int = 0
    errors: list[str] = field(default_factory=list)

    def growth(self) -> dict[str, float]:
        """How much each kind grew, as a share, from the second third of the time to the last."""
        values = np.array(self.rows)
        thirds = np.array_split(values, 3)
        if len(values) < 6:
            return {}
        second, last = (np.median(third, axis=0) for third in thirds[1:])
        shares = last / np.maximum(second, 1e-9) - 1
        return dict(zip(KINDS, shares.tolist(), strict=True))


class Visitor:
    """Someone who draws with the mouse on the page of a browser."""

    def __init__(self, page: Page, watch: Watch, rng: random.Random) -> None:
        self.page, self.watch, self.rng = page, watch, rng
        self.doodles = [list(each) for each in draw_doodles(4).drawings]

    def draw_one(self, number: int, end: float) -> None:
        """Draw a shoe, or every fourth time a doodle; look at a result; clear the canvas."""
        is_doodle = number % 4 == 3
        tab = "Doodles" if is_doodle else "Shoes"
        self.page.get_by_role("tab", name=tab).click()
        strokes = self._doodle(number) if is_doodle else drawing(number)
        for stroke in strokes:
            self._stroke(np.asarray(stroke, float))
            if time.monotonic() > end:
                return
            if self.rng.random() < 0.1:
                self.page.keyboard.press("Control+z")
        self._look() if not is_doodle else None
        self.page.evaluate("window.sketchnet.act('Clear canvas')")
        self.watch.drawings += 1

    def _doodle(self, number: int) -> list[np.ndarray]:
        return [stroke * 2.6 + 60 for stroke in self.doodles[number % len(self.doodles)]]

    def _stroke(self, stroke: np.ndarray) -> None:
        """Draw a stroke in 0.3 to 1.5 seconds, and pause until the next one."""
        began, pace = time.monotonic(), self.rng.uniform(*SECONDS_PER_STROKE)
        box = self.page.locator("#stage").bounding_box()
        assert box is not None
        at = [(box["x"] + x * box["width"], box["y"] + y * box["height"])
              for x, y in stroke / CANVAS_SIZE]  # fmt: skip
        self.page.mouse.move(*at[0])
        self.page.mouse.down()
        for point in at[1:]:
            self.page.mouse.move(*point)
            self.page.wait_for_timeout(1000 / POINTS_PER_SECOND)
        self.page.mouse.up()
        self.watch.strokes += 1
        self.page.wait_for_timeout(max(50.0, 1000 * (pace - (time.monotonic() - began))))

    def _look(self) -> None:
        """Open one of the first five results, and close it again."""
        cards = self.page.locator("#shoes .shoe[data-id]")
        cards.nth(self.rng.randrange(5)).click()
        close = self.page.locator("#detail .close")  # no handle, which would keep its nodes
        close.wait_for()
        self.page.wait_for_timeout(1500)
        close.click()
        close.wait_for(state="detached")


def open_page(url: str, server: int | None, minutes: float, seed: int = 0) -> Watch:
    """Draw on the page at `url` and measure every minute; `server` is the server's process."""
    watch, rng, chromium = Watch(), random.Random(seed), os.environ.get("CHROMIUM")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium or shutil.which("chromium"), args=["--no-sandbox"]
        )
        page = browser.new_page(viewport={"width": 1080, "height": 760})
        page.set_default_timeout(TIMEOUT)
        page.on("pageerror", lambda error: watch.errors.append(str(error)))
        page.goto(url)
        page.wait_for_selector("#pad canvas[data-tool]", state="attached")
        inside, outside = page.context.new_cdp_session(page), browser.new_browser_cdp_session()
        visitor, number = Visitor(page, watch, rng), 0
        start = time.monotonic()
        while time.monotonic() < start + 60 * minutes:
            visitor.draw_one(number, start + 60 * minutes)
            number += 1
            if time.monotonic() - start >= 60 * len(watch.rows):
                watch.rows.append(_measure(inside, outside, server))
                print(len(watch.rows) - 1, _line(watch.rows[-1]), file=sys.stderr, flush=True)
        browser.close()
    return watch


def _measure(inside: Any, outside: Any, server: int | None) -> list[float]:
    """The memory of the server, the page's process and its heap in MB; nodes and listeners."""
    # The browser gives back what it only keeps for speed, such as decoded thumbnails.
    inside.send("Memory.simulatePressureNotification", {"level": "critical"})
    inside.send("HeapProfiler.collectGarbage")
    inside.send("Performance.enable")
    found = {
        each["name"]: each["value"] for each in inside.send("Performance.getMetrics")["metrics"]
    }
    processes = outside.send("SystemInfo.getProcessInfo")["processInfo"]
    pages = [memory(each["id"]) for each in processes if each["type"] == "renderer"]
    heap = found["JSHeapUsedSize"] / 2**20
    return [memory(server), max(pages), heap, found["Nodes"], found["JSEventListeners"]]


def _line(row: Sequence[float]) -> str:
    return ", ".join(f"{name} {value:.1f}" for name, value in zip(KINDS, row, strict=True))


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak.open_page", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60, help="duration")
    parser.add_argument("--cores", type=int, default=2, help="processors of the server")
    parser.add_argument("--url", help="URL of a running server, instead of starting one")
    parser.add_argument("--seed", type=int, default=0, help="random seed")
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        url, server = options.url, None
        if not url:
            url, server = stack.enter_context(served(options.cores))
        watch = open_page(url, server, options.minutes, options.seed)
    print(f"{watch.drawings:,} drawings of {watch.strokes:,} strokes, {len(watch.errors)} errors")
    for name, values in zip(KINDS, np.array(watch.rows).T, strict=True):
        tenth = values[:: max(1, len(values) // 10)]
        print(f"{name}: {' '.join(f'{value:.1f}' for value in tenth)}")
    growing = {name: share for name, share in watch.growth().items() if share > MOST_GROWTH}
    shares = [f"{name} {share:+.1%}" for name, share in watch.growth().items()]
    print(f"growth from the second third to the last: {', '.join(shares) or 'too short to tell'}")
    return 1 if growing or watch.errors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
