"""Time from the end of a stroke to the new results in a browser: `python -m tests.benchmarks page`.

The page runs in a process of its own with the shipped weights; headless Chromium draws with the
mouse. The time starts with the `pointerup` event and ends when the frame with the new results and
their decoded pictures has been painted, that is with the first message after its animation
callbacks. (The callbacks of the next frame would come a frame later, which takes more than 100 ms
where Chromium renders in software.)
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

import numpy as np

from sketchnet import runs
from sketchnet.inference.embedder import Embeddings
from sketchnet.retrieval.gallery import Gallery, load_gallery
from sketchnet.retrieval.gallery.changes import Entry
from sketchnet.retrieval.gallery.records import PhotoName
from sketchnet.retrieval.gallery.staging import Ready, Stage
from sketchnet.strokes.formats import Drawing, fit, simplify
from sketchnet_demo.examples import SHOES, curve
from tests.benchmarks.timing import build_parser, describe_machine

ROOT = Path(__file__).resolve().parents[2]
PAUSE = 300  # ms between a result and the next stroke
TIMEOUT = 60_000  # ms

WATCH = """
window.times = [];
window.lifted = null;
document.addEventListener('pointerup', (event) => {
  if (event.target.closest('#pad')) lifted = event.timeStamp;
}, true);
new MutationObserver(async () => {
  if (lifted === null) return;
  const start = lifted;
  lifted = null;
  const pictures = [...document.querySelectorAll('#shoes img')];
  await Promise.all(pictures.map((each) => each.decode().catch(() => {})));
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => times.push(performance.now() - start);
    port2.postMessage(null);
  });
}).observe(document.querySelector('#shoes'), { childList: true, subtree: true, attributes: true });
"""


def main(arguments: Sequence[str] | None = None) -> None:
    """Print median and 90th percentile of the latency."""
    parser = build_parser(__doc__)
    parser.add_argument("--photos", type=int, default=2000, help="size of the gallery")
    parser.add_argument("--strokes", type=int, default=60, help="number of strokes to draw")
    options = parser.parse_args(arguments)
    if options.quick:
        options.photos, options.strokes = 100, 4
    with tempfile.TemporaryDirectory() as folder:
        shipped = load_gallery(runs.SHIPPED / "shoes" / runs.GALLERY)
        gallery = Path(folder) / "gallery"
        multiply(shipped, gallery, options.photos)
        with page(gallery) as url:
            times, searches = draw(url, options.strokes)
    print(
        f"{options.photos:,} photos, N = {len(times)} strokes: "
        f"median {np.median(times):.0f} ms, p90 {np.percentile(times, 90):.0f} ms; "
        f"of which embedding and search {np.median(searches):.0f} ms ({describe_machine()})"
    )


def multiply(shipped: Gallery, out: Path, photos: int) -> None:
    """Write a gallery of `photos` entries: the shipped one repeated with small random changes."""
    rng = np.random.default_rng(0)
    stage = Stage(out, shipped.fingerprint, shipped.views)
    entries = []
    blank = np.empty((0, 0), np.uint8)
    for start in range(0, photos, len(shipped)):
        rows = np.arange(min(len(shipped), photos - start))
        vectors = shipped.embeddings.vectors[rows]
        vectors = vectors + rng.normal(0, 0.02, vectors.shape).astype(np.float32)
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        maps = shipped.embeddings.maps
        changed = Embeddings(vectors, None if maps is None else np.asarray(maps[rows]))
        pictures = [shipped.picture(row).read_bytes() for row in rows]
        names = [f"{shipped.ids[row]}-{start}" for row in rows]
        batch = [Ready(n, "", blank, p) for n, p in zip(names, pictures, strict=True)]
        stage.add(batch, changed)
        entries += [Entry(PhotoName(name, "")) for name in names]
    stage.finish(entries, None)
    stage.remove()


@contextmanager
def page(gallery: Path) -> Iterator[str]:
    """Run `python demo/app.py` on a free port; yields its URL when it responds."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "demo/app.py", "--run", "shoes", "--gallery", str(gallery)]
    with subprocess.Popen(
        [*command, "--port", str(port)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as server:
        try:
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    if server.poll() is not None:
                        sys.exit("the server stopped before it responded")
                    time.sleep(0.2)
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()


def draw(url: str, strokes: int) -> tuple[list[float], list[float]]:
    """Draw stroke by stroke; returns the latency of each in ms, and the server's share of it."""
    from playwright.sync_api import sync_playwright

    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    searches: list[float] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
        )
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(TIMEOUT)
        page.goto(url)
        page.wait_for_selector("#pad button.quite-round.highlight", state="attached")
        page.evaluate(WATCH)
        for drawing in cycle(shoes()):
            for stroke in drawing[: strokes - len(searches)]:
                draw_stroke(page, stroke)
                page.wait_for_function(f"window.times.length > {len(searches)}")
                text = page.inner_text("#find-status span")
                searches.append(float(text.split(" ms")[0].split()[-1]))
                page.wait_for_timeout(PAUSE)
            if len(searches) == strokes:
                break
            page.click('.tools [data-pad="Clear canvas"]')
            page.wait_for_selector("#shoes .examples")
            page.wait_for_timeout(2 * PAUSE)
        times = page.evaluate("window.times")
        browser.close()
    return times, searches


def shoes() -> Iterator[Drawing]:
    """The example shoes with coordinates from 0 to 1, and few points: each move takes a frame."""
    for lines in SHOES.values():
        drawing = fit([curve(points) for points in lines], 100.0)
        yield [(stroke + 20) / 140 for stroke in simplify(drawing, 1.0)]


def draw_stroke(page, stroke: np.ndarray) -> None:
    """Move the mouse along a stroke (n, 2), from 0 to 1 of the canvas."""
    box = page.locator("#stage").bounding_box()
    places = [
        (box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in stroke.tolist()
    ]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place)
    page.mouse.up()


if __name__ == "__main__":
    main()
