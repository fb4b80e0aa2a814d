"""What the benchmarks share: calls that take turns, the machine's peak, tables in Markdown.

On a machine that does other things too, read the ratios: all calls take their turn in every round,
so that the other things fall on all alike. The best of the rounds is nearest to an idle machine.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

import sketchnet  # noqa: F401 (TensorFlow's notes stay off the screen from here on)

SIDE = 1536  # of the matrices whose product is the machine's peak
REST = 0.02  # s between calls: the last one's threads may still spin, waiting for more to do


@dataclass(frozen=True)
class Times:
    """Seconds that a call took in each round."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.rounds)

    @property
    def best(self) -> float:
        return min(self.rounds)


def in_turn(calls: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, Times]:
    """Call each once in every round, after a first round that does not count."""
    seconds: dict[str, list[float]] = {name: [] for name in calls}
    for number in range(rounds + 1):
        for name, call in calls.items():
            time.sleep(REST)
            taken = timed(call)
            if number:
                seconds[name].append(taken)
    return {name: Times(tuple(each)) for name, each in seconds.items()}


def timed(call: Callable[[], object]) -> float:
    """Seconds of one call."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def peak(rounds: int = 20) -> float:
    """Floating-point operations a second of a large float32 matrix product, the best of `rounds`.

    It is TensorFlow's: NumPy's library knows fewer processors and may reach only half of it.
    """
    import tensorflow as tf

    a, b = tf.random.uniform((2, SIDE, SIDE))
    return 2 * SIDE**3 / min(timed(lambda: tf.matmul(a, b).numpy()) for _ in range(rounds))


def machine(flops: float | None = None) -> str:
    """The machine in words, with its peak."""
    load = os.getloadavg()[0]
    flops = peak() if flops is None else flops
    return f"{os.cpu_count()} cores, load {load:.1f}, matrix product {flops / 1e9:.0f} GFLOP/s"


def print_table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table in Markdown, its title above it."""
    print(f"\n{title}\n\n| {' | '.join(head)} |\n|{' --- |' * len(head)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    print(flush=True)


def ms(times: Times) -> str:
    """`median (best)` in milliseconds, three digits of each."""
    return f"{_digits(1e3 * times.median)} ({_digits(1e3 * times.best)})"


def _digits(number: float) -> str:
    return f"{number:.3g}" if number < 1000 else f"{number:.0f}"


def parser(doc: str | None) -> argparse.ArgumentParser:
    """A command line with `--quick`, described by the first line of a module's text."""
    made = argparse.ArgumentParser(description=(doc or "").splitlines()[0])
    made.add_argument("--quick", action="store_true", help="tiny sizes: does it run at all?")
    return made
