"""Would concurrent queries gain by going through the network together?

`python -m tests.soak.batching`: the time of a query by how many are embedded at once, and the same
number one by one, in turns, of the shipped shoes.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import numpy as np

from sketchnet.imaging.prepare import prepare_sketch
from sketchnet.inference.embedder import Embedder
from tests.browser.hog_embedder import draw_shoe

TOGETHER = (1, 2, 4, 8)
ROUNDS = 15


def median(work: Callable[[], object]) -> float:
    """Milliseconds."""
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return 1000 * float(np.median(seconds))


def main() -> int:
    embedder = Embedder("shoes")
    prepared = np.stack([prepare_sketch(draw_shoe(i), embedder.canvas) for i in range(8)])
    embedder.sketches(prepared, 1)
    print("| queries | one by one, ms each | together, ms each | together / one by one |")
    print("| --- | --- | --- | --- |")
    for count in TOGETHER:
        rows = prepared[:count]
        apart = median(lambda: [embedder.sketches(row[None], 1) for row in rows]) / count  # noqa: B023
        together = median(lambda: embedder.sketches(rows, 1)) / count  # noqa: B023
        print(f"| {count} | {apart:.1f} | {together:.1f} | {together / apart:.2f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
