"""What it gives to put back photos that are near to everything, and by how much.

`PYTHONPATH=. python docs/studies/hubs.py DATA RUNS NAME`: the runs RUNS/NAME-0, NAME-1, … of
`paper_and_best.py` or `levers.py`, each trained with a fold of its own, are asked as there. Bold is
what a search does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from asking import compare
from levers import COMPANY, SHOES, procedural_shoes

from sketchnet.data.pairs.prepare import PreparedPairs, prepare_pairs
from sketchnet.inference.embedder import Embedder
from sketchnet.retrieval.hubness import NEAREST, WEIGHT, Querybank
from sketchnet.retrieval.search import rank_all
from sketchnet.tasks.train_retrieval import choose_querybank, training_data


def banks(embedder: Embedder, data: Path, runs: Path) -> Iterator[tuple[str, Querybank | None]]:
    """What is compared: none, the search's own, and one thing changed at a time."""
    config = embedder.config
    folders = [data / name for name in (*SHOES, *COMPANY)]
    learnt, _, first = training_data([*folders, procedural_shoes(runs)], config)
    pairs = prepare_pairs(learnt, embedder.canvas, edge_maps=config.edge_maps, progress=False)
    everything = frozenset(pairs.photo_ids)
    own = choose_querybank(embedder, pairs, config, first)
    if own is None:
        raise SystemExit("expected runs with a querybank; received one without")
    yield "no querybank", None
    yield f"**{config.querybank} sketches, the nearest {NEAREST}, weight {WEIGHT}**", own
    yield "as many of its company", choose_querybank(embedder, pairs, config, everything - first)
    yield "as many of all", choose_querybank(embedder, pairs, config, everything)
    for count in (64, 128, 512):
        more = replace(config, querybank=count)
        yield f"{count} sketches", choose_querybank(embedder, pairs, more, first)
    for nearest in (3, 30):
        yield f"the nearest {nearest}", replace(own, nearest=nearest)
    for weight in (0.2, 0.6):
        yield f"weight {weight}", replace(own, weight=weight)


def main(data: Path, runs: Path, name: str) -> None:
    def ways(embedder: Embedder, pairs: PreparedPairs) -> Iterator[tuple[str, np.ndarray]]:
        queries, gallery = embedder.sketches(pairs.sketches), embedder.photos(pairs.photos[:, 0])
        for way, bank in banks(embedder, data, runs):
            asked = replace(queries, querybank=bank)
            yield way, rank_all(asked, gallery, rerank_depth=len(gallery))

    compare(data, runs, name, ways)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
