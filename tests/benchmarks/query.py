"""A query from a sketch to the ten nearest photos: `python -m tests.benchmarks query`.

Compared with the original implementation (Yu et al., 2016): Sketch-a-Net, called once on the batch
of ten crops; the squared distance of their mean vector to every photo by SciPy's `cdist`; a sort.
The galleries repeat the vectors of the shipped one with small random changes. The local maps are
read from disk, as in every gallery. Sketch-a-Net has random weights, which does not affect its
speed. The page queries with strokes and one view during drawing, and with ten views at the end.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter, sleep
from typing import Any

import cv2
import numpy as np

from sketchnet import runs
from sketchnet.config.files import save_config
from sketchnet.config.retrieval import RETRIEVAL_PRESETS
from sketchnet.imaging.views import ten_views
from sketchnet.inference.embedder import Embedder, Embeddings
from sketchnet.models import saving
from sketchnet.models.coded_maps import CodedMaps, encode_maps
from sketchnet.retrieval.gallery import load_gallery
from sketchnet.retrieval.query import sketch_query
from sketchnet.retrieval.ranker import load_ranker
from sketchnet.strokes.rasterize import rasterize
from sketchnet_demo.examples import SHOES, curve
from tests.benchmarks.timing import (
    PAUSE,
    Times,
    build_parser,
    describe_machine,
    ms,
    print_table,
)

K = 10
NOISE = 0.02  # standard deviation of the random changes of a vector
ORIGINAL = "the original implementation"


@dataclass(frozen=True)
class Pipeline:
    """The three steps from a sketch (strokes or an encoded picture) to the rows of K photos."""

    sketch: bytes | list[np.ndarray]
    prepare: Callable[[Any], Any]
    embed: Callable[[Any], Any]
    search: Callable[[Any], np.ndarray]


class RepeatedMaps(CodedMaps):
    """`length` maps that repeat `maps` (n, h, w, c), in eight bits: row i is row i % n."""

    def __init__(self, maps: np.ndarray | CodedMaps, length: int) -> None:
        super().__init__(encode_maps(maps))
        self.length = length

    def __len__(self) -> int:
        return self.length

    def take(self, rows: np.ndarray) -> CodedMaps:
        return CodedMaps(self.stored[rows % len(self.stored)])

    def located(self, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.stored, rows % len(self.stored)


def sketch() -> tuple[bytes, list[np.ndarray]]:
    """A sketch of a shoe as the bytes of a PNG file (256×256), and as strokes."""
    drawing = [np.asarray(curve(points)) for points in next(iter(SHOES.values()))]
    return cv2.imencode(".png", rasterize(drawing, 256))[1].tobytes(), drawing


def vectors_like(known: np.ndarray, count: int) -> np.ndarray:
    """`count` unit vectors (count, E), each close to one of `known` (n, E)."""
    rng = np.random.default_rng(0)
    made = rng.standard_normal((count, known.shape[1]), np.float32)
    made *= NOISE
    made += known[np.arange(count) % len(known)]
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made


def sketch_a_net_run(folder: Path, size: int) -> Path:
    """Save a run of Sketch-a-Net with random weights."""
    from sketchnet.models.two_branch import build_two_branch

    folder.mkdir()
    save_config(replace(RETRIEVAL_PRESETS["sketch_a_net"], size=size), folder / runs.CONFIG)
    saving.save_model(build_two_branch("sketch_a_net", size), folder)
    return folder


def original_implementation(png: bytes, network: Any, gallery: np.ndarray) -> Pipeline:
    """Sketch-a-Net in Keras and `cdist` against vectors (N, E) float64, the type `cdist` uses."""
    from scipy.spatial.distance import cdist

    size = network.inputs[0].shape[1]

    def prepare(png: bytes) -> np.ndarray:
        grey = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
        canvas = round(size * 256 / 225)
        crops = ten_views(cv2.resize(grey, (canvas, canvas)), size)
        return crops[..., None].astype(np.float32)

    def embed(crops: np.ndarray) -> np.ndarray:
        return network.predict_on_batch(crops)["embedding"].mean(axis=0, keepdims=True)

    def search(vector: np.ndarray) -> np.ndarray:
        return np.argsort(cdist(vector, gallery, "sqeuclidean")[0])[:K]

    return Pipeline(png, prepare, embed, search)


def sketchnet_pipeline(
    sketch: Any, embedder: Embedder, gallery: Embeddings, views: int
) -> Pipeline:
    """The three steps of `ShoeFinder.find`."""
    ranker = load_ranker(embedder)
    return Pipeline(
        sketch,
        lambda sketch: sketch_query(embedder, sketch),
        lambda query: query.embed(embedder, views),
        lambda query: ranker.rank(query, gallery, K)[0],
    )


def pipelines(
    ready: dict[str, Embedder], network: Any, known: Embeddings, count: int
) -> Iterator[tuple[str, Pipeline]]:
    """Name and steps of every pipeline on a gallery of `count` photos; the original one is last."""
    png, strokes = sketch()
    vectors = vectors_like(known.vectors, count)
    maps: Any = RepeatedMaps(known.maps, count)
    for name, embedder in ready.items():
        gallery = Embeddings(vectors, maps if embedder.config.local else None)
        for views in (1, 10):
            for form, sketch_data in (("strokes", strokes), ("picture", png)):
                pipeline = sketchnet_pipeline(sketch_data, embedder, gallery, views)
                yield f"{name}, {form}, {views} view{'s' * (views > 1)}", pipeline
    yield ORIGINAL, original_implementation(png, network, vectors.astype(np.float64))


def measure(pipelines: dict[str, Pipeline], rounds: int) -> dict[str, list[Times]]:
    """Durations of the three steps and of the whole; all pipelines are interleaved."""
    seconds: dict[str, list[list[float]]] = {name: [] for name in pipelines}
    for number in range(rounds + 1):
        for name, pipeline in pipelines.items():
            sleep(PAUSE)
            value: Any = pipeline.sketch
            parts = []
            for step in (pipeline.prepare, pipeline.embed, pipeline.search):
                start = perf_counter()
                value = step(value)
                parts.append(perf_counter() - start)
            if number:
                seconds[name].append([*parts, sum(parts)])
    return {
        name: [Times(tuple(part)) for part in zip(*each, strict=True)]
        for name, each in seconds.items()
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table for each size of the gallery."""
    parser = build_parser(__doc__)
    parser.add_argument("--photos", type=int, nargs="+", default=[2_000, 100_000, 1_000_000])
    parser.add_argument("--rounds", type=int, default=15)
    options = parser.parse_args(arguments)
    if options.quick:
        options.photos, options.rounds = [300], 2
    shipped = runs.SHIPPED / "shoes"
    known = load_gallery(shipped / runs.GALLERY).embeddings
    with tempfile.TemporaryDirectory() as folder:
        from sketchnet.models.two_branch import sketch_branch

        run = sketch_a_net_run(Path(folder) / "run", 97 if options.quick else 225)
        network = sketch_branch(saving.load_model(run))
        ready = {"shoes": Embedder("shoes"), "Sketch-a-Net": Embedder(run)}
    print(describe_machine())
    for count in options.photos:
        times = measure(dict(pipelines(ready, network, known, count)), options.rounds)
        whole = times[ORIGINAL][-1]
        print_table(
            f"{count:,} photos; ms, median (best) of {options.rounds}",
            ["", "prepare", "embed", "search", "whole", "times as fast"],
            [
                [name, *map(ms, parts), f"{whole.median / parts[-1].median:.1f}"]
                for name, parts in times.items()
            ],
        )


if __name__ == "__main__":
    main()
