"""Benchmarks of this project: `python -m tests.benchmarks` lists them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

from sketchnet.utils.quiet import quiet_tensorflow

# Name -> module. Imported only when it runs, because TensorFlow takes seconds to import.
BENCHMARKS = {
    "query": "query",
    "doodle": "doodle",
    "gallery": "gallery",
    "training": "training",
    "rasterizing": "rasterizing",
    "search": "search",
    "filters": "filters",
    "start": "start",
    "runtimes": "runtimes",
    "batching": "batching",
    "page": "page_latency",
    "web": "web_page",
    "web-runtimes": "web_runtimes",
    "parts": "query_parts",
    "maps": "map_bits",
    "reading": "reduced_reading",
    "large": "large_gallery",
    "engine": "engine",
}


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark whose name is the first argument; returns the exit status."""
    if arguments and arguments[0] in BENCHMARKS:
        quiet_tensorflow()
        import_module(f"tests.benchmarks.{BENCHMARKS[arguments[0]]}").main(arguments[1:])
        return 0
    print("python -m tests.benchmarks NAME [--quick] [--help], where NAME is one of\n")
    for name, module in BENCHMARKS.items():
        print(f"  {name:<13} {_summary(module)}")
    return 0 if not arguments else 2


def _summary(module: str) -> str:
    """The first line of a module's docstring, without its command."""
    source = Path(__file__).with_name(f"{module}.py").read_text()
    return (ast.get_docstring(ast.parse(source)) or "").split(": `")[0]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
