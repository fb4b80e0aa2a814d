"""What maps in eight bits cost in accuracy: `python -m tests.benchmarks maps --data DIR ...`.

The test sketches of each folder are ranked against its test photos by the shipped network, with one
view: with maps in float16, as galleries stored them before, and in eight bits, as they store them.
`--distractors DIR` adds the photos of another folder.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet.evaluation.embedded_split import embed_split
from sketchnet.inference.embedder import Embedder
from sketchnet.metrics.ranking import acc_at, mean_average_precision, ranks
from sketchnet.models.coded_maps import CodedMaps, encode_maps
from tests.benchmarks.timing import build_parser, print_table


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the scores of each folder with both kinds of maps."""
    parser = build_parser(__doc__)
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="folders of paired data")
    parser.add_argument("--distractors", type=Path, help="photos that are never right")
    options = parser.parse_args(arguments)
    embedder = Embedder("shoes")
    for folder in options.data:
        found = embed_split(embedder, [folder], "test", views=1, distractors=options.distractors)
        truth = np.asarray(found.pairs.sketch_photo)
        coded = CodedMaps(encode_maps(found.gallery.maps))
        rows, by_kind = [], {}
        for name, maps in (("float16", found.gallery.maps), ("int8", coded)):
            distances = found.ranker.rank_all(found.queries, replace(found.gallery, maps=maps))
            by_kind[name] = ranks(distances, truth), distances
            rows.append([name, *_scores(by_kind[name][0]), f"{_bytes(maps):,}"])
        moved = by_kind["int8"][0] != by_kind["float16"][0]
        change = np.abs(by_kind["int8"][1] - by_kind["float16"][1]).max()
        title = f"{folder.name}, N = {len(truth)} sketches, {len(found.gallery)} photos"
        print_table(title, ["maps", "acc@1", "acc@10", "mAP", "bytes a photo"], rows)
        print(f"{moved.sum()} ranks differ; the largest change of a distance is {change:.5f}")


def _scores(found: np.ndarray) -> list[str]:
    values = acc_at(found, 1), acc_at(found, 10), mean_average_precision(found)
    return [f"{100 * value:.2f}" for value in values]


def _bytes(maps: Any) -> int:
    stored = maps.stored if isinstance(maps, CodedMaps) else maps
    return stored[0].nbytes


if __name__ == "__main__":
    main()
