"""Shared by the benchmarks: interleaved timing, the machine's peak performance, Markdown tables.

All calls that are compared are interleaved: every round times each of them once, so that other
load on the machine affects all of them alike. On a busy machine compare the ratios. The best round
is closest to an idle machine.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import TypeVar

Name = TypeVar("Name")

MATRIX_SIZE = 1536  # of the product that measures the machine's peak performance
PAUSE = 0.02  # seconds between calls, in which threads of the last call stop spinning


@dataclass(frozen=True)
class Times:
    """Duration of a call in each round, in seconds."""

    rounds: tuple[float, ...]

    @property
    def median(self) -> float:
        return median(self.rounds)

    @property
    def best(self) -> float:
        return min(self.rounds)


def time_interleaved(calls: Mapping[Name, Callable[[], object]], rounds: int) -> dict[Name, Times]:
    """Time each call once per round, after a warm-up round that is not counted."""
    seconds: dict[Name, list[float]] = {name: [] for name in calls}
    for number in range(rounds + 1):
        for name, call in calls.items():
            time.sleep(PAUSE)
            taken = seconds_of(call)
            if number:
                seconds[name].append(taken)
    return {name: Times(tuple(each)) for name, each in seconds.items()}


def seconds_of(call: Callable[[], object]) -> float:
    """Duration of one call in seconds."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def peak_flops(rounds: int = 20) -> float:
    """Floating-point operations per second of a large float32 matrix product, best of `rounds`.

    Computed by TensorFlow: the library of NumPy may reach only half of it on some processors.
    """
    import tensorflow as tf

    a, b = tf.random.uniform((2, MATRIX_SIZE, MATRIX_SIZE))
    return (
        2 * MATRIX_SIZE**3 / min(seconds_of(lambda: tf.matmul(a, b).numpy()) for _ in range(rounds))
    )


def describe_machine(flops: float | None = None) -> str:
    """Cores, load and peak performance of the machine in words."""
    load = os.getloadavg()[0]
    flops = peak_flops() if flops is None else flops
    return f"{os.cpu_count()} cores, load {load:.1f}, matrix product {flops / 1e9:.0f} GFLOP/s"


def print_table(title: str, head: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a Markdown table below its title."""
    print(f"\n{title}\n\n| {' | '.join(head)} |\n|{' --- |' * len(head)}")
    for row in rows:
        print(f"| {' | '.join(row)} |")
    print(flush=True)


def ms(times: Times) -> str:
    """`median (best)` in milliseconds, with three digits."""
    return f"{_digits(1e3 * times.median)} ({_digits(1e3 * times.best)})"


def _digits(number: float) -> str:
    return f"{number:.3g}" if number < 1000 else f"{number:.0f}"


def build_parser(doc: str | None) -> argparse.ArgumentParser:
    """A parser with the option `--quick`, described by the first line of a module docstring."""
    parser = argparse.ArgumentParser(description=(doc or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="tiny sizes, to check that it runs")
    return parser
