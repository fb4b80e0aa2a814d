"""How fast is it here? `python -m tests.benchmarks` lists what can be asked."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from tests.benchmarks import (
    gallery,
    page_latency,
    query,
    rasterizing,
    runtimes,
    search,
    start,
    training,
)

BENCHMARKS: dict[str, Callable[[Sequence[str] | None], None]] = {
    "query": query.main,
    "gallery": gallery.main,
    "training": training.main,
    "rasterizing": rasterizing.main,
    "search": search.main,
    "start": start.main,
    "runtimes": runtimes.main,
}


def main(arguments: Sequence[str]) -> int:
    """Run the benchmark that is named first; returns the exit status."""
    if arguments and arguments[0] in BENCHMARKS:
        BENCHMARKS[arguments[0]](arguments[1:])
        return 0
    print("python -m tests.benchmarks NAME [--quick] [--help], where NAME is one of\n")
    for name, run in BENCHMARKS.items():
        print(f"  {name:<12} {(sys.modules[run.__module__].__doc__ or '').splitlines()[0]}")
    print(f"  {'page':<12} {(page_latency.__doc__ or '').splitlines()[0]}")
    return 0 if not arguments else 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
