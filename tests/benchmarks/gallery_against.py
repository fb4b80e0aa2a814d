"""A build of a gallery by this checkout and by another one, by turns, on the same photos.

Each checkout builds in a process of its own, which stays for all rounds; a first build that is not
counted loads the networks.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np

from tests.benchmarks.timing import Times, print_table, time_interleaved

ROOT = Path(__file__).resolve().parents[2]
THIS = "this checkout"

# Only what older versions have too.
BUILD = """
import json, resource, sys
from sketchnet.inference.embedder import Embedder
from sketchnet.retrieval.gallery import build_gallery
embedder = Embedder(sys.argv[1])
for line in sys.stdin:
    order = json.loads(line)
    build_gallery(embedder, order["photos"], order["out"], views=order["views"])
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, flush=True)
"""


class Builder:
    """A process that builds galleries by the code of a checkout.

    Attributes:
        peak: most memory that the process had, in MB.
        latest: the gallery that was built last, by its number of views.
    """

    def __init__(self, process: subprocess.Popen[str], out: Path) -> None:
        self._process, self._out, self._numbers = process, out, count()
        self.peak = 0.0
        self.latest: dict[int, Path] = {}

    def build(self, photos: Path, views: int) -> None:
        """Build one gallery; raises RuntimeError where the process ends."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        out = self._out / str(next(self._numbers))
        order = {"photos": str(photos), "out": str(out), "views": views}
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the process that builds ended: see above")
        self.peak, self.latest[views] = float(answer), out


@contextmanager
def builder(root: Path, run: Path, out: Path) -> Iterator[Builder]:
    """A process with the code of the checkout `root` and the networks of `run`."""
    out.mkdir(parents=True)
    environment = {**os.environ, "PYTHONPATH": str(root)}
    with subprocess.Popen(
        [sys.executable, "-P", "-c", BUILD, str(run)],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        yield Builder(process, out)
        assert process.stdin is not None
        process.stdin.close()


def compare(
    other: Path, run: Path, photos: Path, number: int, views: Sequence[int], rounds: int, out: Path
) -> None:
    """Print photos per second and peak memory of both, and how far their vectors agree."""
    with ExitStack() as stack:
        builders = {
            name: stack.enter_context(builder(root, run, out / name.replace("/", "_")))
            for name, root in {THIS: ROOT, str(other): other.resolve()}.items()
        }
        calls = {
            (each, name): partial(builders[name].build, photos, each)
            for each in views
            for name in builders
        }
        times = time_interleaved(calls, rounds)
    rows = [_row(each, name, times, number, other, builders[name].peak) for each, name in calls]
    head = ["", "photos/s, median (best)", "times as fast", "peak memory, MB"]
    print_table(f"a build of {number:,} photos", head, rows)
    for each in views:
        ours, theirs = (
            np.load(found.latest[each] / "embeddings.npy") for found in builders.values()
        )
        cosines = np.sum(ours * theirs, axis=1)
        print(
            f"{each} views: the vectors differ by {np.abs(ours - theirs).max():.1g} at most, "
            f"least cosine {cosines.min():.5f}"
        )


def _row(
    views: int,
    name: str,
    times: Mapping[tuple[int, str], Times],
    number: int,
    other: Path,
    peak: float,
) -> list[str]:
    own, reference = times[views, name], times[views, str(other)]
    speed = f"{number / own.median:.1f} ({number / own.best:.1f})"
    label = f"{views} view{'s' * (views > 1)}, {name}"
    return [label, speed, f"{reference.median / own.median:.2f}", f"{peak:.0f}"]
