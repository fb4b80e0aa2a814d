"""Ensembles: rank by the mean distance of several runs.

`python docs/studies/ensembles.py DATA RUN RUN …` queries with the sketches of the first run's
validation identities in qmul_v1/shoes and shoe_304x3. Prints a row for each run and one for all
together.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from ablations import TARGET
from compare_rankings import print_table, scores

from sketchnet.data.pairs.load import load_collections
from sketchnet.data.pairs.prepare import prepare_pairs
from sketchnet.evaluation.embedded_split import split_of
from sketchnet.inference.embedder import Embedder
from sketchnet.retrieval.ranker import load_ranker


def main(data: Path, runs: list[Path]) -> None:
    target = load_collections([data / name for name in TARGET])
    part = split_of(target, Embedder(runs[0]).config, "val")
    found, distances = {}, []
    for run in runs:
        embedder = Embedder(run)
        pairs = prepare_pairs(
            part,
            embedder.canvas,
            photo_input=embedder.config.photo_input,
            line_width=embedder.config.line_width,
            progress=False,
        )
        queries, gallery = embedder.sketches(pairs.sketches), embedder.photos(pairs.photos[:, 0])
        distances.append(load_ranker(embedder).rank_all(queries, gallery))
        found[run.name] = scores(distances[-1], pairs)
    found["ensemble"] = scores(np.mean(distances, axis=0), pairs)
    print_table({name: (f"{100 * value:.1f}" for value in row) for name, row in found.items()})


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(run) for run in sys.argv[2:]])
