"""Several runs that answer together: the mean of their distances.

`PYTHONPATH=. python docs/studies/ensembles.py DATA RUN RUN …`: asked are the sketches of the first
run's validation shoes in qmul_v1/shoes and shoe_304x3. Prints a row for each run and one for all.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from asking import print_rows, scores
from levers import SHOES

from sketchnet.data.pairs.load import load_collections
from sketchnet.data.pairs.prepare import prepare_pairs
from sketchnet.evaluation.retrieval import split_of
from sketchnet.inference.embedder import Embedder
from sketchnet.retrieval.search import rank_all


def main(data: Path, runs: list[Path]) -> None:
    both = load_collections([data / name for name in SHOES])
    part = split_of(both, Embedder(runs[0]).config, "val")
    told, together = {}, []
    for run in runs:
        embedder = Embedder(run)
        pairs = prepare_pairs(
            part, embedder.canvas, photo_input=embedder.config.photo_input, progress=False
        )
        queries, gallery = embedder.sketches(pairs.sketches), embedder.photos(pairs.photos[:, 0])
        together.append(rank_all(queries, gallery))
        told[run.name] = scores(together[-1], pairs)
    told["all together"] = scores(np.mean(together, axis=0), pairs)
    print_rows({name: (f"{100 * each:.1f}" for each in found) for name, found in told.items()})


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(run) for run in sys.argv[2:]])
