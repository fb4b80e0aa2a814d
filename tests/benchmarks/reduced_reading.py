"""What reading photos at a reduced size costs: `python -m tests.benchmarks reading --data DIR`.

The photos of the test split are enlarged to `--side` pixels and saved as JPEG. The test sketches
are ranked against them by the shipped network, with one view: read in full, and as a build of a
gallery reads them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from sketchnet.data.pairs.picture_source import load_picture
from sketchnet.evaluation.embedded_split import embed_split
from sketchnet.imaging.decode import read_picture
from sketchnet.imaging.prepare import prepare_photo_input
from sketchnet.inference.embedder import Embedder
from sketchnet.metrics.ranking import acc_at, mean_average_precision, ranks
from sketchnet.retrieval.gallery.build import LEAST
from sketchnet.retrieval.gallery.photos import source_of
from tests.benchmarks.timing import build_parser, print_table


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the scores with both ways of reading."""
    parser = build_parser(__doc__)
    parser.add_argument("--data", type=Path, required=True, help="a folder of paired data")
    parser.add_argument("--side", type=int, default=1600)
    options = parser.parse_args(arguments)
    embedder = Embedder("shoes")
    found = embed_split(embedder, [options.data], "test", views=1)
    truth = np.asarray(found.pairs.sketch_photo)
    files = [_enlarged(load_picture(source_of(photo)), options.side) for photo in found.photos]
    rows, embedded = [], []
    for name, least in (("in full", 0), (f"at {LEAST} px or more", LEAST)):
        form = embedder.canvas, embedder.config.photo_input, embedder.config.line_width
        photos = [prepare_photo_input(read_picture(file, least=least), *form) for file in files]
        embedded.append(embedder.photos(np.stack(photos), 1))
        gallery = replace(found.gallery, vectors=embedded[-1].vectors, maps=embedded[-1].maps)
        of_truth = ranks(found.ranker.rank_all(found.queries, gallery), truth)
        scores = acc_at(of_truth, 1), acc_at(of_truth, 10), mean_average_precision(of_truth)
        rows.append([name, *(f"{100 * score:.2f}" for score in scores)])
    cosines = np.sum(embedded[0].vectors * embedded[1].vectors, axis=1)
    title = (
        f"{options.data.name}, N = {len(truth)} sketches, {len(files)} photos of {options.side} px"
    )
    print_table(title, ["read", "acc@1", "acc@10", "mAP"], rows)
    print(f"cosine of both vectors: median {np.median(cosines):.4f}, least {cosines.min():.4f}")


def _enlarged(photo: np.ndarray, side: int) -> bytes:
    scale = side / max(photo.shape[:2])
    large = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    bgr = cv2.cvtColor(large, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()


if __name__ == "__main__":
    main()
