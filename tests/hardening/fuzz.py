"""A mutation fuzzer over every reader: `python -m tests.hardening.fuzz --inputs N --seed S`.

Sound and bad files are mutated, and read. Only an answer or an InputError may come out, within ten
seconds; all else is printed with its traceback, and the input kept. An input depends on nothing but
the seed, its reader and its number: `--reader pickle --first 4711 --inputs 1` tries one again.
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

from tests.hardening.doors import peak
from tests.hardening.mutating import mutated
from tests.hardening.targets import TARGETS, Target

PATIENCE = 10  # seconds for one input
CEILING = 6 << 30  # bytes of address space


@dataclass
class Tally:
    """What came of the inputs of one reader: counts of `answered` and `refused`, and failures."""

    outcomes: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    seconds: float = 0.0


def fuzz(target: Target, inputs: int, seed: int, folder: Path, first: int = 0) -> Tally:
    """Try so many inputs on one reader; those that break it are kept in `folder`."""
    from sketchnet.utils.errors import InputError

    tally, seeds = Tally(), target.seeds()
    start = time.monotonic()
    for number in range(first, first + inputs):
        rng = random.Random(f"{seed} {target.name} {number}")
        content = target.wrap(mutated(rng.choice(seeds), rng, seeds))
        place = folder / "now"
        place.mkdir(parents=True, exist_ok=True)
        path = place / f"input{target.ending}"
        path.write_bytes(content)  # where the process dies, it lies here
        try:
            with _patience():
                target.read(path)
            tally.outcomes["answered"] += 1
        except InputError as error:
            tally.outcomes["refused"] += 1
            if "\n" in str(error):
                tally.failures.append(f"{target.name} {number}: more than one line")
        except Exception:
            kept = folder / f"{target.name.replace(' ', '_')}-{seed}-{number}{target.ending}"
            kept.write_bytes(content)
            tally.failures.append(f"{target.name} {number}:\n{traceback.format_exc()}")
        shutil.rmtree(place)
    tally.seconds = time.monotonic() - start
    return tally


@contextmanager
def _patience() -> Iterator[None]:
    def ring(*_: object) -> None:
        raise TimeoutError(f"more than {PATIENCE} seconds")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.hardening.fuzz", description=__doc__)
    parser.add_argument("--inputs", type=int, default=1000, help="for each reader")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--reader", help="this one alone")
    parser.add_argument("--keep", type=Path, help="a folder for inputs that break a reader")
    given = parser.parse_args(arguments)
    folder = given.keep or Path(tempfile.mkdtemp(prefix="fuzz-"))
    whole, failed = Counter[str](), 0
    print(f"{'reader':<16}{'tried':>9}{'answered':>10}{'refused':>9}{'broken':>8}{'a second':>10}")
    for target in TARGETS:
        if given.reader not in (None, target.name):
            continue
        count = max(1, given.inputs // target.cost)
        tally = fuzz(target, count, given.seed, folder, given.first)
        speed = count / max(tally.seconds, 1e-9)
        print(
            f"{target.name:<16}{count:>9,}{tally.outcomes['answered']:>10,}"
            f"{tally.outcomes['refused']:>9,}{len(tally.failures):>8,}{speed:>10,.0f}",
            flush=True,
        )
        print(*tally.failures, sep="\n", end="\n" * bool(tally.failures), file=sys.stderr)
        whole += tally.outcomes
        failed += len(tally.failures)
    tried = whole.total() + failed
    print(f"{tried:,} inputs, {failed} broke a reader; the process had at most {peak():,.0f} MB")
    if failed:
        print(f"inputs that did are kept in {folder}")
    elif given.keep is None:
        shutil.rmtree(folder, ignore_errors=True)
    return 1 if failed else 0


if __name__ == "__main__":
    faulthandler.enable()
    resource.setrlimit(resource.RLIMIT_AS, (CEILING, CEILING))
    warnings.simplefilter("ignore")
    warnings.simplefilter("error", RuntimeWarning)  # of NumPy, about numbers that we let through
    sys.exit(main(sys.argv[1:]))
