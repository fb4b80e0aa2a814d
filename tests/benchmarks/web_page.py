"""Bytes, time a stroke and memory of the page without a server: `python -m tests.benchmarks web`.

Headless Chromium opens the page of the shipped run and gallery; larger galleries repeat its photos
with other vectors. The runtimes come by npm. A stroke is everything from the record of the canvas
to the list of photos: preparation, network, ranking and re-ranking; first in the orientation that
was nearer before, then in both.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet.cli.export import main as export
from sketchnet.runs import SHIPPED
from sketchnet.web.runtime import LITERT, ONNX
from tests.benchmarks.timing import build_parser, print_table
from tests.web.drawings import drawings
from tests.web.engine import SEARCH_ONLY, open_engine
from tests.web.static_site import chromium, runtime_package, static_server

MEGABYTE = 1e6
RUNTIMES = {"litert": (LITERT, (1,)), "onnx": (ONNX, (1, 2))}  # with numbers of threads


def main(arguments: Sequence[str]) -> None:
    parser = build_parser(__doc__)
    parser.add_argument("--photos", type=int, nargs="+", default=[200, 2_000, 20_000])
    parser.add_argument("--strokes", type=int, default=60, help="drawings that are timed")
    parser.add_argument("--runtimes", nargs="+", choices=RUNTIMES, default=list(RUNTIMES))
    options = parser.parse_args(arguments)
    counts, strokes = ([200], 4) if options.quick else (options.photos, options.strokes)
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        gallery = SHIPPED / "shoes" / "gallery"
        rows, sizes = [], []
        for package, numbers in (RUNTIMES[name] for name in options.runtimes):
            site, source = Path(folder) / package.network, runtime_package(package)
            export(["web", "shoes", str(gallery), str(site), "--runtime", str(source)])
            for count in counts:
                larger = site if count <= 200 else _repeated(site, count, Path(folder) / "larger")
                sizes.append([package.name, *_measure_bytes(browser, larger, count)])
                for threads in numbers:
                    measured = _measure_strokes(browser, larger, count, threads, strokes)
                    rows.append([package.name, *measured])
                    print(*rows[-1], sep="  ", flush=True)
                if larger != site:
                    shutil.rmtree(larger)
    head = ["runtime", "photos", "before the first stroke, MB", "with all maps, MB", "folder, MB"]
    print_table("Bytes, not compressed", head, sizes)
    head = ["runtime", "photos", "threads", "first answer, ms", "both orientations, ms"]
    head += ["first answer, processor ms", "both, processor ms", "memory, MB"]
    load = f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
    print_table(f"A stroke: median / 90 % of {strokes} drawings ({load})", head, rows)


def _repeated(site: Path, count: int, out: Path) -> Path:
    """A page with `count` photos: those of `site` again and again, with noise in the vectors."""
    shutil.copytree(site, out)
    settings = json.loads((site / "site.json").read_text())
    rows = np.arange(count) % settings["count"]
    vectors = np.fromfile(site / "vectors.bin", "<f2").reshape(settings["count"], -1)
    noise = np.random.default_rng(0).normal(0, 0.02, (count, vectors.shape[1]))
    moved = vectors[rows].astype(np.float32) + noise
    moved /= np.linalg.norm(moved, axis=1, keepdims=True)
    (out / "vectors.bin").write_bytes(moved.astype("<f2").tobytes())
    if settings["hubness"]:
        penalties = np.fromfile(site / "penalties.bin", "<f4")[rows]
        (out / "penalties.bin").write_bytes(penalties.tobytes())
    content = b"".join((site / each["name"]).read_bytes() for each in settings["maps"]["files"])
    ends = np.fromfile(site / "maps-index.bin", "<u4")
    maps = [content[ends[row] : ends[row + 1]] for row in rows]
    files = []
    for start in range(0, count, 1_000):
        files.append({"name": f"maps-{len(files)}.bin", "end": min(start + 1_000, count)})
        (out / files[-1]["name"]).write_bytes(b"".join(maps[start : start + 1_000]))
    lengths = np.cumsum([0, *map(len, maps)])
    (out / "maps-index.bin").write_bytes(lengths.astype("<u4").tobytes())
    settings["count"] = count
    settings["maps"] |= {"files": files, "whole": bool(lengths[-1] <= 32 * 2**20)}
    (out / "site.json").write_text(json.dumps(settings))
    catalogue = json.loads((site / "catalogue.json").read_text())
    for name in ("places", "values", "colours"):
        catalogue[name] = [catalogue[name][row] for row in rows]
    catalogue["ids"] = [f"{catalogue['ids'][row]}-{place}" for place, row in enumerate(rows)]
    (out / "catalogue.json").write_text(json.dumps(catalogue, separators=(",", ":")))
    for place, row in enumerate(rows):
        if place >= len(vectors):
            shutil.copyfile(
                site / "thumbnails" / f"{row}.webp", out / "thumbnails" / f"{place}.webp"
            )
    return out


def _measure_bytes(browser: Any, site: Path, count: int) -> list[str]:
    """What a visitor downloads before the first stroke is answered, and then in the background."""
    sent: dict[str, int] = {}
    with static_server(site, sent=sent) as url:
        tab = browser.new_page()
        # The files for the next visit without a network do not belong to this one.
        tab.add_init_script("delete Navigator.prototype.serviceWorker")
        tab.goto(url)
        tab.wait_for_selector("body[data-ready]", timeout=120_000)
        tab.wait_for_load_state("networkidle")
        tab.close()
    maps = sum(
        size for path, size in sent.items() if path.startswith("/maps-") and "index" not in path
    )
    total, folder = (
        sum(sent.values()),
        sum(f.stat().st_size for f in site.rglob("*") if f.is_file()),
    )
    shown = [f"{size / MEGABYTE:.1f}" for size in (total - maps, total, folder)]
    return [f"{count:,}", *shown]


def _measure_strokes(browser: Any, site: Path, count: int, threads: int, strokes: int) -> list[str]:
    """Time of the first answer and of both orientations, and memory."""
    with static_server(site, isolated=True) as url:
        held = _private_bytes(browser)
        tab = open_engine(browser, url, threads=threads)
        processor = ProcessorTime(tab)
        for record in drawings(2, seed=1):  # the first runs take longer
            tab.evaluate(SEARCH_ONLY, [record, False])
        times = []
        for record in drawings(strokes):
            before = processor.ms()
            first = tab.evaluate(SEARCH_ONLY, [record, True])
            between = processor.ms()
            both = first + tab.evaluate(SEARCH_ONLY, [record, False])
            times.append((first, both, between - before, processor.ms() - before))
        memory = (_private_bytes(browser) - held) / MEGABYTE
        tab.close()
    shown = [
        f"{np.percentile(each, 50):.0f} / {np.percentile(each, 90):.0f}"
        for each in np.transpose(times)
    ]
    if threads > 1:  # the other threads' time is not known
        shown[2:] = ["", ""]
    return [f"{count:,}", str(threads), *shown, f"{memory:.0f}"]


def _private_bytes(browser: Any) -> int:
    """Memory that the processes of all tabs have for themselves, WebAssembly's included (Linux)."""
    session = browser.new_browser_cdp_session()
    found = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    texts = [
        Path(f"/proc/{each['id']}/smaps_rollup").read_text()
        for each in found
        if each["type"] == "renderer"
    ]
    return sum(1024 * int(re.findall(r"Private_Dirty:\s+(\d+)", text)[0]) for text in texts)


class ProcessorTime:
    """Time that the tab's own thread has had of a processor, which other load does not lengthen."""

    def __init__(self, tab: Any) -> None:
        self.session = tab.context.new_cdp_session(tab)
        self.session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def ms(self) -> float:
        found = self.session.send("Performance.getMetrics")["metrics"]
        return 1e3 * next(each["value"] for each in found if each["name"] == "TaskDuration")
