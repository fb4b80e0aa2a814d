"""Ablation of the hubness correction: which sketches the querybank holds, and its parameters.

`python docs/studies/hubness.py DATA RUNS NAME` evaluates the runs RUNS/NAME-0, NAME-1, … of
`compare_presets.py` or `ablations.py`, one per fold, as these do. Bold is what the package does.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from ablations import AUXILIARY, TARGET, synthetic_shoes
from compare_rankings import compare

from sketchnet.data.pairs.prepare import PreparedPairs, prepare_pairs
from sketchnet.data.pairs.training_split import training_split
from sketchnet.inference.embedder import Embedder
from sketchnet.retrieval.hubness import NEAREST, WEIGHT, Querybank, build_querybank
from sketchnet.retrieval.ranker import Ranker


def querybanks(
    embedder: Embedder, data: Path, runs: Path
) -> Iterator[tuple[str, Querybank | None]]:
    """None, the package's own, and variants with one change each."""
    config = embedder.config
    folders = [data / name for name in (*TARGET, *AUXILIARY)] + [synthetic_shoes(runs)]
    split = training_split(folders, fold=config.fold, validate=config.validate)
    pairs = prepare_pairs(
        split.train,
        embedder.canvas,
        photo_input=config.photo_input,
        edge_maps=config.edge_maps,
        line_width=config.line_width,
        progress=False,
    )
    everything = frozenset(pairs.photo_ids)

    def build(photos: frozenset[str], count: int = config.querybank) -> Querybank | None:
        return build_querybank(embedder, pairs, photos, count, config.seed)

    own = build(split.target)
    if own is None:
        raise SystemExit("expected runs with a querybank; received one without")
    yield "no querybank", None
    of_target = f"{config.querybank} sketches of the target dataset"
    yield f"**{of_target}, the nearest {NEAREST}, weight {WEIGHT}**", own
    yield f"{config.querybank} of the auxiliary datasets", build(everything - split.target)
    yield f"{config.querybank} of all datasets", build(everything)
    for count in (64, 128, 512):
        yield f"{count} sketches", build(split.target, count)
    for nearest in (3, 30):
        yield f"the nearest {nearest}", replace(own, nearest=nearest)
    for weight in (0.2, 0.6):
        yield f"weight {weight}", replace(own, weight=weight)


def main(data: Path, runs: Path, name: str) -> None:
    def rankings(embedder: Embedder, pairs: PreparedPairs) -> Iterator[tuple[str, np.ndarray]]:
        queries, gallery = embedder.sketches(pairs.sketches), embedder.photos(pairs.photos[:, 0])
        for querybank_name, querybank in querybanks(embedder, data, runs):
            ranker = Ranker(depth=len(gallery), hubness=querybank)
            yield querybank_name, ranker.rank_all(queries, gallery)

    compare(data, runs, name, rankings)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3])
