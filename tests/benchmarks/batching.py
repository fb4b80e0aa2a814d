"""Concurrent queries, embedded one by one or as a batch: `python -m tests.benchmarks batching`.

The network is that of the shipped shoes, with one view per query.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sketchnet.imaging.prepare import prepare_sketch
from sketchnet.inference.embedder import Embedder
from tests.benchmarks.timing import (
    build_parser,
    describe_machine,
    print_table,
    time_interleaved,
)
from tests.browser.hog_embedder import draw_shoe


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = build_parser(__doc__)
    parser.add_argument("--queries", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args(arguments)
    if options.quick:
        options.queries, options.rounds = [1, 2], 1
    embedder = Embedder("shoes")
    sketches = [prepare_sketch(draw_shoe(i), embedder.canvas) for i in range(max(options.queries))]
    prepared = np.stack(sketches)

    def embed_one_by_one(count: int) -> None:
        for row in prepared[:count]:
            embedder.sketches(row[None], 1)

    rows = []
    for count in options.queries:
        times = time_interleaved(
            {
                "one by one": lambda count=count: embed_one_by_one(count),
                "batch": lambda count=count: embedder.sketches(prepared[:count], 1),
            },
            options.rounds,
        )
        one_by_one, batch = (1e3 * each.median / count for each in times.values())
        rows.append([str(count), f"{one_by_one:.1f}", f"{batch:.1f}", f"{batch / one_by_one:.2f}"])
    print(describe_machine())
    print_table(
        f"Median of {options.rounds} rounds",
        [
            "queries",
            "one by one, ms per query",
            "as one batch, ms per query",
            "batch / one by one",
        ],
        rows,
    )


if __name__ == "__main__":
    main()
