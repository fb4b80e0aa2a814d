"""Several runs that answer together: the mean of their distances.

`PYTHONPATH=. python docs/studies/ensembles.py DATA RUN RUN …`: asked are the sketches of the first
run's validation shoes in qmul_v1/shoes and shoe_304x3. Prints a row for each run and one for all.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from levers import SHOES
from second_stage import cells

from sketchnet.data.pairs import load_collections
from sketchnet.data.prepared import prepare_pairs
from sketchnet.embedding import Embedder
from sketchnet.evaluation.retrieval import split_of
from sketchnet.search import rank_all


def main(data: Path, runs: list[Path]) -> None:
    both = load_collections([data / name for name in SHOES])
    part = split_of(both, Embedder(runs[0]).config, "val")
    told, together = [], []
    for run in runs:
        embedder = Embedder(run)
        pairs = prepare_pairs(
            part, embedder.canvas, photo_input=embedder.config.photo_input, progress=False
        )
        queries, gallery = embedder.sketches(pairs.sketches), embedder.photos(pairs.photos[:, 0])
        together.append(rank_all(queries, gallery))
        told.append(f"| {run.name} | {cells(together[-1], pairs)} |")
    print("| | acc@1 / 5 / 10 | mAP | human triplets |", "| --- | --- | --- | --- |", sep="\n")
    all_of_them = cells(np.mean(together, axis=0), pairs)
    print(*told, f"| all together | {all_of_them} |", sep="\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(run) for run in sys.argv[2:]])
