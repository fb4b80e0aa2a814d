"""A doodle from strokes to category and similar drawings: `python -m tests.benchmarks doodle`.

The shipped `quickdraw` weights, as the page asks them: half-drawn and finished synthetic doodles,
one at a time, the ten nearest distinct drawings of the run's own gallery.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np

from sketchnet.data.synthetic.doodles.draw import draw_doodle
from sketchnet.retrieval.suggest import Suggester
from tests.benchmarks.timing import (
    build_parser,
    describe_machine,
    ms,
    print_table,
    time_interleaved,
)

K = 10


def main(arguments: Sequence[str] | None = None) -> None:
    parser = build_parser(__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args(arguments)
    rounds = 3 if options.quick else options.rounds
    print(describe_machine())
    suggester = Suggester("quickdraw")
    drawing = draw_doodle("airplane", np.random.default_rng(0))
    drawings = {"half drawn": drawing[: (len(drawing) + 1) // 2], "finished": drawing}
    calls: dict[str, Callable[[], object]] = {}
    for name, strokes in drawings.items():
        calls[f"embedding and logits, {name}"] = partial(suggester.embedder.predict, [strokes])
        calls[f"with {K} similar drawings, {name}"] = partial(
            suggester.suggest, strokes, K, distinct=True
        )
    times = time_interleaved(calls, rounds)
    title = f"One doodle, {len(suggester.gallery):,} drawings in the gallery; median (best)"
    print_table(title, ["answer", "ms"], [[name, ms(each)] for name, each in times.items()])
