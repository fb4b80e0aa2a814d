"""From the end of a stroke to the new results in a browser: `python -m tests.benchmarks page`.

The page runs in a process of its own with the shipped weights; headless Chromium draws with the
mouse. The time starts with the `pointerup` event and ends when the frame with the new results and
their decoded pictures has been painted, that is with the first message after its animation
callbacks. (The callbacks of the next frame would come a frame later, which takes more than 100 ms
where Chromium renders in software.) A change of the results counts, not of the marks around them.
`--against FOLDER` measures the page of another checkout as well, by turns, drawing by drawing.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path

import numpy as np

from sketchnet.inference.embedder import Embeddings
from sketchnet.retrieval.gallery import Gallery
from sketchnet.retrieval.gallery.changes import Entry
from sketchnet.retrieval.gallery.records import PhotoName
from sketchnet.retrieval.gallery.staging import Ready, Stage
from sketchnet.strokes.formats import Drawing, fit, simplify
from sketchnet_demo.examples import SHOES, curve
from tests.benchmarks.timing import build_parser, describe_machine, print_table

ROOT = Path(__file__).resolve().parents[2]
PAUSE = 300  # ms between a result and the next stroke
TIMEOUT = 60_000  # ms
READY = "#pad canvas[data-tool], #pad button.quite-round.highlight"  # here; with Gradio's sketchpad

WATCH = """
window.times = [];
window.lifted = null;
document.addEventListener('pointerup', (event) => {
  if (event.target.closest('#pad')) lifted = event.timeStamp;
}, true);
const isResult = ({ type, target }) =>
  type !== 'attributes' || target.closest('.shoes, .status, .placeholder');
new MutationObserver(async (changes) => {
  if (lifted === null || !changes.some(isResult)) return;
  const start = lifted;
  lifted = null;
  const pictures = [...document.querySelectorAll('#shoes img')];
  await Promise.all(pictures.map((each) => each.decode().catch(() => {})));
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => times.push(performance.now() - start);
    port2.postMessage(null);
  });
}).observe(document.querySelector('#right'),
  { childList: true, subtree: true, attributes: true, characterData: true });
"""
MULTIPLY = """
import sys
from pathlib import Path
from sketchnet import runs
from sketchnet.retrieval.gallery import load_gallery
from tests.benchmarks.page_latency import multiply
multiply(load_gallery(runs.SHIPPED / "shoes" / runs.GALLERY), Path(sys.argv[1]), int(sys.argv[2]))
"""
FIRST_PAINT = """
() => performance.getEntriesByName('first-contentful-paint')[0].startTime
  - performance.getEntriesByType('navigation')[0].responseStart
"""


@dataclass
class Measured:
    """What a browser saw of one page.

    Attributes:
        strokes: latency of each stroke in ms.
        searches: the server's share of it in ms, as the page shows it.
        first_paint: ms from the server's first byte to the first paint, of each load.
        loads: number of requests and of bytes of each load, with an empty cache, until the canvas
            can be drawn on.
    """

    strokes: list[float] = field(default_factory=list)
    searches: list[float] = field(default_factory=list)
    first_paint: list[float] = field(default_factory=list)
    loads: list[tuple[int, float]] = field(default_factory=list)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print median and 90th percentile of the latency, and what a load costs."""
    parser = build_parser(__doc__)
    parser.add_argument("--photos", type=int, default=2000, help="size of the gallery")
    parser.add_argument("--strokes", type=int, default=60, help="number of strokes to draw")
    parser.add_argument("--against", type=Path, help="another checkout to measure as well")
    options = parser.parse_args(arguments)
    if options.quick:
        options.photos, options.strokes = 100, 4
    checkouts = {"this page": ROOT}
    if options.against:
        checkouts[str(options.against)] = options.against
    with tempfile.TemporaryDirectory() as folder, ExitStack() as servers:
        urls = {}
        for number, (name, root) in enumerate(checkouts.items()):
            gallery = Path(folder) / f"gallery-{number}"
            write_gallery(root, gallery, options.photos)
            urls[name] = servers.enter_context(page(gallery, root))
        measured = draw(urls, options.strokes)
    print(describe_machine())
    title = f"{options.photos:,} photos; ms from lifting the pen to new shoes on the screen"
    rows = [
        [
            name,
            f"{len(each.strokes)}",
            *(f"{np.percentile(each.strokes, share):.0f}" for share in (50, 90)),
            f"{np.median(each.searches):.0f}",
            f"{np.median(each.first_paint):.0f}",
            f"{np.median([count for count, _ in each.loads]):.0f}",
            f"{np.median([size for _, size in each.loads]) / 1000:,.0f}",
        ]
        for name, each in measured.items()
    ]
    head = ["", "strokes", "median", "p90", "search", "first paint", "requests", "kB"]
    print_table(title, head, rows)


def write_gallery(root: Path, out: Path, photos: int) -> None:
    """Write a gallery of `photos` entries by the code of a checkout: formats change."""
    with tempfile.TemporaryDirectory() as packages:
        environment = {**os.environ, "PYTHONPATH": packages_of(root, Path(packages))}
        command = [sys.executable, "-c", MULTIPLY, str(out), str(photos)]
        subprocess.run(command, cwd=packages, env=environment, check=True)


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
def page(gallery: Path, root: Path = ROOT) -> Iterator[str]:
    """Run `python demo/app.py` of a checkout on a free port; yields its URL when it responds."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "demo/app.py", "--run", "shoes", "--gallery", str(gallery)]
    with (
        tempfile.TemporaryDirectory() as packages,
        subprocess.Popen(
            [*command, "--port", str(port)],
            cwd=root,
            env={**os.environ, "PYTHONPATH": packages_of(root, Path(packages))},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as server,
    ):
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


def packages_of(root: Path, folder: Path) -> str:
    """A folder with the packages of a checkout, which come before the installed ones."""
    (folder / "tests").symlink_to(ROOT / "tests")
    for name, source in (("sketchnet", "sketchnet"), ("sketchnet_demo", "demo")):
        (folder / name).symlink_to(root.resolve() / source)
    return str(folder)


def draw(urls: Mapping[str, str], strokes: int) -> dict[str, Measured]:
    """Draw at least `strokes` strokes on each page, one drawing on each by turns."""
    from playwright.sync_api import sync_playwright

    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
    measured = {name: Measured() for name in urls}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"],
        )
        for drawing in cycle(shoes()):
            for name, url in urls.items():
                draw_one(browser, url, drawing, measured[name], strokes)
            if all(len(each.strokes) >= strokes for each in measured.values()):
                break
        browser.close()
    return measured


def draw_one(browser, url: str, drawing: Drawing, measured: Measured, strokes: int) -> None:
    """Load a page as a new visitor, and draw on it stroke by stroke until there are `strokes`."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.set_default_timeout(TIMEOUT)
    sizes: list[float] = []
    network = context.new_cdp_session(page)
    network.send("Network.enable")
    network.on("Network.loadingFinished", lambda sent: sizes.append(sent["encodedDataLength"]))
    page.goto(url)
    page.wait_for_selector(READY, state="attached")
    page.wait_for_timeout(2 * PAUSE)
    measured.loads.append((len(sizes), sum(sizes)))
    measured.first_paint.append(page.evaluate(FIRST_PAINT))
    page.evaluate(WATCH)
    for number, stroke in enumerate(drawing[: strokes - len(measured.strokes)]):
        draw_stroke(page, stroke)
        page.wait_for_function(f"window.times.length > {number}")
        text = page.inner_text("#find-status span")
        measured.searches.append(float(text.split(" ms")[0].split()[-1]))
        page.wait_for_timeout(PAUSE)
    measured.strokes += page.evaluate("window.times")
    context.close()


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
