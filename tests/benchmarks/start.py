"""From `python demo/app.py` to the first page, imports, memory: `python -m tests.benchmarks.start`.

Everything starts in a process of its own, as it does for a person. The files lie in the system's
cache already: the very first start after boot takes longer.
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from tests.benchmarks.measuring import machine, parser, print_table

ROOT = Path(__file__).resolve().parents[2]
IMPORTS = (
    "sketchnet",
    "sketchnet.retrieval.search",
    "sketchnet.retrieval.suggest",
    "sketchnet_demo.command",
    "gradio",
    "keras",
    "sketchnet.tasks.train_retrieval",
)
PATIENCE = 120  # s

IMPORT = """
import sys, time
start = time.perf_counter()
__import__(sys.argv[1])
taken = time.perf_counter() - start
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(taken, peak.split()[1])
"""


def imported(module: str) -> tuple[float, float]:
    """Seconds that a fresh Python takes to import a module, and its memory then in MB."""
    command = [sys.executable, "-c", IMPORT, module]
    out = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    seconds, kilobytes = map(float, out.split()[-2:])
    return seconds, kilobytes / 1024


def page(*options: str) -> tuple[float, float]:
    """Seconds from the command to the first page (status 200), and the server's memory in MB."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "demo/app.py", "--port", str(port), *options]
    start = time.perf_counter()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=ROOT, **quiet) as server:
        try:
            while not _answers(f"http://127.0.0.1:{port}/"):
                if server.poll() is not None or time.perf_counter() - start > PATIENCE:
                    sys.exit("the page stopped before it answered")
                time.sleep(0.02)
            seconds = time.perf_counter() - start
            status = Path(f"/proc/{server.pid}/status").read_text()
            return seconds, int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1024
        finally:
            server.terminate()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return answer.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table; every line is the median of some starts in turn."""
    options = parser(__doc__)
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args(arguments)
    if given.quick:
        given.rounds = 1
    starts = {f"import {name}": lambda name=name: imported(name) for name in IMPORTS}
    if given.quick:
        starts = {name: starts[name] for name in list(starts)[:2]}
    else:
        starts |= {
            "demo/app.py": page,
            "demo/app.py --run shoes": lambda: page("--run", "shoes"),
        }
        for start in starts.values():
            start()  # brings the files into the system's cache
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in starts}
    for _ in range(given.rounds):
        for name, start in starts.items():
            found[name].append(start())
    rows = []
    for name, each in found.items():
        seconds, megabytes = zip(*each, strict=True)
        rows.append([f"`{name}`", f"{median(seconds):.2f} ({min(seconds):.2f})"])
        rows[-1].append(f"{median(megabytes):.0f}")
    print(machine())
    title = f"Start; s, median (best) of {given.rounds}; peak memory"
    print_table(title, ["", "s", "MB"], rows)


if __name__ == "__main__":
    main()
