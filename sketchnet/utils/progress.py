"""Processors, parallel work, and a progress bar on standard error."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tqdm import tqdm

Item = TypeVar("Item")
Result = TypeVar("Result")

_SECONDS_BETWEEN_LOG_LINES = 30.0


class ProgressBar:
    """A bar that moves on a terminal; in a log, a line every half minute and one at the end.

    Call it with the amount done and the total amount: it is a progress callback. It ends when the
    total is reached, or at `close`.

    Args:
        label: what is being done, such as "preparing photos".
        unit: what is counted, such as "photo"; "B" counts bytes and shows kB, MB and GB.
    """

    def __init__(self, label: str, unit: str = "it") -> None:
        self._label, self._unit = label, unit
        self._bar: tqdm | None = None
        self._last_line = time.monotonic()

    def __call__(self, done: int, total: int | None) -> None:
        if sys.stderr.isatty():
            self._move(done, total)
        else:
            self._log(done, total)

    def close(self) -> None:
        """End the line on the terminal where the work stopped early."""
        if self._bar is not None:
            self._bar.close()

    def _move(self, done: int, total: int | None) -> None:
        if self._bar is None:
            self._bar = tqdm(
                desc=self._label,
                total=total,
                initial=done,
                unit=self._unit,
                unit_scale=self._unit == "B",
                file=sys.stderr,
                dynamic_ncols=True,
            )
        self._bar.total = total
        self._bar.update(done - self._bar.n)
        if done == total:
            self._bar.refresh()
            self._bar.close()

    def _log(self, done: int, total: int | None) -> None:
        now = time.monotonic()
        if done != total and now - self._last_line < _SECONDS_BETWEEN_LOG_LINES:
            return
        self._last_line = now
        shown = [self._amount(n) for n in (done, total) if n is not None]
        print(f"{self._label} {'/'.join(shown)}", file=sys.stderr, flush=True)

    def _amount(self, n: int) -> str:
        return f"{tqdm.format_sizeof(n)}B" if self._unit == "B" else str(n)


def n_processors() -> int:
    """The number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def in_parallel(
    work: Callable[[Item], Result], items: Sequence[Item], label: str | None = None
) -> list[Result]:
    """Apply `work` to every item, with one thread a core.

    Threads suffice: OpenCV, Pillow and NumPy release the interpreter lock.

    Args:
        work: the function of one item.
        items: its arguments.
        label: what the progress bar says; None shows none.

    Returns: the results in the order of the items.
    Raises: the first exception that `work` raised.
    """
    bar = ProgressBar(label) if label else None
    results: list[Result] = []
    try:
        with ThreadPoolExecutor(n_processors()) as pool:
            for result in pool.map(work, items):
                results.append(result)
                if bar is not None:
                    bar(len(results), len(items))
    finally:
        if bar is not None:
            bar.close()
    return results
