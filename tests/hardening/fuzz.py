"""Fuzzes every reader with mutated files: `python -m tests.hardening.fuzz --inputs N --seed S`.

Valid and broken files are mutated and read. The only allowed outcomes are a result or an
InputError, within ten seconds. Every other outcome is printed with its traceback, and the input is
saved. An input depends only on the seed, the reader and the number of the input, so
`--reader pickle --first 4711 --inputs 1` repeats one.
"""

from __future__ import annotations

import argparse
import faulthandler
import random
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.hardening.fuzz_targets import TARGETS, Target
from tests.hardening.mutations import mutate
from tests.hardening.readers import peak_memory

TIMEOUT = 10  # seconds per input
MEMORY_LIMIT = 6 << 30  # bytes of address space


@dataclass
class FuzzResult:
    """Counts of the outcomes `accepted` and `refused`, and a text for each failure."""

    outcomes: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def tried(self) -> int:
        return self.outcomes.total() + len(self.failures)

    def add(self, further: FuzzResult) -> None:
        self.outcomes += further.outcomes
        self.failures += further.failures
        self.seconds += further.seconds


def fuzz(target: Target, inputs: int, seed: int, folder: Path, first: int = 0) -> FuzzResult:
    """Try `inputs` mutated files on one reader, from number `first` on.

    Inputs that make the reader fail are saved in `folder`.
    """
    from sketchnet.utils.errors import InputError

    result, seeds = FuzzResult(), target.seeds()
    start = time.monotonic()
    for number in range(first, first + inputs):
        rng = random.Random(f"{seed} {target.name} {number}")
        content = target.wrap(mutate(rng.choice(seeds), rng, seeds))
        current = folder / "now"
        current.mkdir(parents=True, exist_ok=True)
        path = current / f"input{target.suffix}"
        path.write_bytes(content)  # if the process dies, the input is still here
        try:
            with _time_limit():
                target.read(path)
            result.outcomes["accepted"] += 1
        except InputError as error:
            result.outcomes["refused"] += 1
            if "\n" in str(error):
                result.failures.append(f"{target.name} {number}: message of several lines")
        except Exception:
            saved = folder / f"{target.name.replace(' ', '_')}-{seed}-{number}{target.suffix}"
            saved.write_bytes(content)
            result.failures.append(f"{target.name} {number}:\n{traceback.format_exc()}")
        shutil.rmtree(current)
    result.seconds = time.monotonic() - start
    return result


@contextmanager
def _time_limit() -> Iterator[None]:
    """Raise TimeoutError in the body after `TIMEOUT` seconds."""

    def stop(*_: object) -> None:
        raise TimeoutError(f"more than {TIMEOUT} seconds")

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, TIMEOUT)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _print_table(results: dict[str, FuzzResult]) -> tuple[int, int]:
    """Print a line for each reader; returns the number of all inputs and of all failures."""
    print(f"{'reader':<16}{'tried':>9}{'accepted':>10}{'refused':>9}{'failed':>8}{'per s':>8}")
    for name, result in results.items():
        rate = result.tried / max(result.seconds, 1e-9)
        print(
            f"{name:<16}{result.tried:>9,}{result.outcomes['accepted']:>10,}"
            f"{result.outcomes['refused']:>9,}{len(result.failures):>8,}{rate:>8,.0f}"
        )
    every = results.values()
    return sum(each.tried for each in every), sum(len(each.failures) for each in every)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.hardening.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1000, help="number of inputs per reader")
    parser.add_argument("--seed", type=int, default=0, help="random seed")
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--reader", help="name of the only reader to fuzz")
    parser.add_argument("--keep", type=Path, help="folder for inputs that make a reader fail")
    parser.add_argument(
        "--minutes",
        type=float,
        default=0,
        help="go on with further inputs until then",
    )
    options = parser.parse_args(arguments)
    folder = options.keep or Path(tempfile.mkdtemp(prefix="fuzz-"))
    chosen = [target for target in TARGETS if options.reader in (None, target.name)]
    results = {target.name: FuzzResult() for target in chosen}
    end, first = time.monotonic() + 60 * options.minutes, options.first
    while first == options.first or time.monotonic() < end:
        for target in chosen:
            if first > options.first and time.monotonic() >= end:
                break
            count = max(1, options.inputs // target.cost)
            found = fuzz(target, count, options.seed, folder, first)
            print(*found.failures, sep="\n", end="\n" * bool(found.failures), file=sys.stderr)
            results[target.name].add(found)
        first += options.inputs
    tried, failed = _print_table(results)
    print(f"{tried:,} inputs, {failed} failures; peak memory {peak_memory():,.0f} MB")
    if failed:
        print(f"the inputs that failed are in {folder}")
    elif options.keep is None:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    faulthandler.enable()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    warnings.simplefilter("ignore")
    # NumPy warns of invalid numbers that a reader should have refused.
    warnings.simplefilter("error", RuntimeWarning)
    sys.exit(main(sys.argv[1:]))
