"""Work on many items at once, with one line that says how far it is."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


def in_parallel(
    work: Callable[[Item], Result], items: Sequence[Item], label: str | None = None
) -> list[Result]:
    """The results in the order of the items; a thread a core, since OpenCV and Pillow let go.

    With a `label`, a line on standard error counts: it is rewritten in place on a terminal, and
    written once at the end elsewhere.
    """
    results: list[Result] = []
    shown = 0.0
    on_terminal = sys.stderr.isatty()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for result in pool.map(work, items):
            results.append(result)
            if label and on_terminal and time.monotonic() - shown > 0.1:
                shown = time.monotonic()
                print(f"\r{label} {len(results)}/{len(items)}", end="", file=sys.stderr, flush=True)
    if label and items:
        start = "\r" if on_terminal else ""
        print(f"{start}{label} {len(results)}/{len(items)}", file=sys.stderr, flush=True)
    return results
