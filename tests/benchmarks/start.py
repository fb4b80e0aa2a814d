"""Start-up time and memory of imports and of the page: `python -m tests.benchmarks start`.

Everything starts in a new process. The files are in the operating system's cache; the first start
after booting takes longer.
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

from tests.benchmarks.timing import build_parser, describe_machine, print_table

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
TIMEOUT = 120  # seconds

IMPORT = """
import sys, time
start = time.perf_counter()
__import__(sys.argv[1])
taken = time.perf_counter() - start
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(taken, peak.split()[1])
"""


def measure_import(module: str) -> tuple[float, float]:
    """Seconds to import a module in a new Python process, and the peak memory in MB."""
    command = [sys.executable, "-c", IMPORT, module]
    out = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    seconds, kilobytes = map(float, out.split()[-2:])
    return seconds, kilobytes / 1024


def measure_page(*options: str) -> tuple[float, float]:
    """Seconds from the command to the first page (status 200), and peak memory in MB."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "demo/app.py", "--port", str(port), *options]
    start = time.perf_counter()
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=ROOT, **quiet) as server:
        try:
            while not _responds(f"http://127.0.0.1:{port}/"):
                if server.poll() is not None or time.perf_counter() - start > TIMEOUT:
                    sys.exit("the server stopped before it responded")
                time.sleep(0.02)
            seconds = time.perf_counter() - start
            status = Path(f"/proc/{server.pid}/status").read_text()
            return seconds, int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1024
        finally:
            server.terminate()


def _responds(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as response:
            return response.status == 200
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table of median durations; the starts are interleaved."""
    parser = build_parser(__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    if options.quick:
        options.rounds = 1
    starts = {f"import {name}": lambda name=name: measure_import(name) for name in IMPORTS}
    if options.quick:
        starts = {name: starts[name] for name in list(starts)[:2]}
    else:
        starts |= {
            "demo/app.py": measure_page,
            "demo/app.py --run shoes": lambda: measure_page("--run", "shoes"),
        }
        for start in starts.values():
            start()  # loads the files into the operating system's cache
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in starts}
    for _ in range(options.rounds):
        for name, start in starts.items():
            found[name].append(start())
    rows = []
    for name, each in found.items():
        seconds, megabytes = zip(*each, strict=True)
        rows.append([f"`{name}`", f"{median(seconds):.2f} ({min(seconds):.2f})"])
        rows[-1].append(f"{median(megabytes):.0f}")
    print(describe_machine())
    title = f"Start; s, median (best) of {options.rounds}; peak memory"
    print_table(title, ["", "s", "MB"], rows)


if __name__ == "__main__":
    main()
