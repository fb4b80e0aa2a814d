"""A sketch in, ten shoes out, beside the first system's way: `python -m tests.benchmarks.query`.

The galleries are the shipped one's photos again and again, each slightly moved; the maps of the
second stage lie on the disk, as those of every gallery do. Sketch-a-Net has random weights, which
take as long as any. The first system's way is Sketch-a-Net in Keras, called once on the batch of
ten crops, the mean of their vectors against the gallery by SciPy's `cdist`, and a sort. The page
asks with strokes and one view while one draws, and with ten views at the end.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import sleep
from typing import Any

import cv2
import numpy as np

from sketchnet import runs
from sketchnet.config.files import save_config
from sketchnet.config.retrieval import RETRIEVAL_PRESETS
from sketchnet.imaging.views import ten_views
from sketchnet.inference.embedder import Embedder, Embeddings
from sketchnet.models import saving
from sketchnet.retrieval.gallery import load_gallery
from sketchnet.retrieval.query import sketch_query
from sketchnet.retrieval.search import rank
from sketchnet.strokes.rasterize import rasterize
from sketchnet_demo.examples import SHOES, curve
from tests.benchmarks.measuring import REST, Times, machine, ms, parser, print_table, timed

K = 10
MOVED = 0.02
FIRST = "the first system's way"


@dataclass(frozen=True)
class Way:
    """From a sketch, strokes or the bytes of a picture, to the rows of K photos."""

    sketch: bytes | list[np.ndarray]
    prepare: Callable[[Any], Any]
    embed: Callable[[Any], Any]
    search: Callable[[Any], np.ndarray]


class Repeated:
    """Maps (n, h, w, c) as if there were N of them: row i is row i % n."""

    def __init__(self, maps: np.ndarray, length: int) -> None:
        self.maps, self.length = maps, length

    def __len__(self) -> int:
        return self.length

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        return self.maps[rows % len(self.maps)]


def sketch() -> tuple[bytes, list[np.ndarray]]:
    """A drawn shoe as a PNG file of 256×256, and as the strokes that a pen draws it with."""
    drawing = [np.asarray(curve(points)) for points in next(iter(SHOES.values()))]
    return cv2.imencode(".png", rasterize(drawing, 256))[1].tobytes(), drawing


def vectors_like(known: np.ndarray, count: int) -> np.ndarray:
    """`count` unit vectors, each near one of `known` (n, E)."""
    rng = np.random.default_rng(0)
    made = rng.standard_normal((count, known.shape[1]), np.float32)
    made *= MOVED
    made += known[np.arange(count) % len(known)]
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made


def sketch_a_net_run(folder: Path, size: int) -> Path:
    """A run of Sketch-a-Net that has learnt nothing."""
    from sketchnet.models.two_branch import build_two_branch

    folder.mkdir()
    save_config(replace(RETRIEVAL_PRESETS["paper"], size=size), folder / runs.CONFIG)
    saving.save_model(build_two_branch("sketch_a_net", size), folder)
    return folder


def first_system(png: bytes, network: Any, gallery: np.ndarray) -> Way:
    """Sketch-a-Net by Keras against vectors (N, E) float64, the type that `cdist` computes in."""
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

    return Way(png, prepare, embed, search)


def ours(sketch: Any, embedder: Embedder, gallery: Embeddings, views: int) -> Way:
    """What `ShoeFinder.find` does, in three steps."""
    return Way(
        sketch,
        lambda sketch: sketch_query(embedder, sketch),
        lambda query: query.embed(embedder, views),
        lambda found: rank(found, gallery, K)[0],
    )


def ways(
    ready: dict[str, Embedder], network: Any, known: Embeddings, count: int
) -> Iterator[tuple[str, Way]]:
    """Every way to ask a gallery of `count` photos, the first system's at the end."""
    png, strokes = sketch()
    vectors = vectors_like(known.vectors, count)
    maps: Any = Repeated(known.maps, count)
    for name, embedder in ready.items():
        gallery = Embeddings(vectors, maps if embedder.config.local else None)
        for views in (1, 10):
            for form, given in (("strokes", strokes), ("picture", png)):
                way = ours(given, embedder, gallery, views)
                yield f"{name}, {form}, {views} view{'s' * (views > 1)}", way
    yield FIRST, first_system(png, network, vectors.astype(np.float64))


def measure(ways: dict[str, Way], rounds: int) -> dict[str, list[Times]]:
    """Times of the three steps and of the whole, every way in turn in each round."""
    seconds: dict[str, list[list[float]]] = {name: [] for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            sleep(REST)
            value: Any = way.sketch
            parts = []
            for step in (way.prepare, way.embed, way.search):
                kept = [value]

                def one(step: Callable = step, kept: list = kept) -> None:
                    kept.append(step(kept[0]))

                parts.append(timed(one))
                value = kept[-1]
            if number:
                seconds[name].append([*parts, sum(parts)])
    return {
        name: [Times(tuple(part)) for part in zip(*each, strict=True)]
        for name, each in seconds.items()
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table for each size of the gallery."""
    options = parser(__doc__)
    options.add_argument("--photos", type=int, nargs="+", default=[2_000, 100_000, 1_000_000])
    options.add_argument("--rounds", type=int, default=15)
    given = options.parse_args(arguments)
    if given.quick:
        given.photos, given.rounds = [300], 2
    shipped = runs.SHIPPED / "shoes"
    known = load_gallery(shipped / runs.GALLERY).embeddings
    with tempfile.TemporaryDirectory() as folder:
        from sketchnet.models.two_branch import sketch_branch

        run = sketch_a_net_run(Path(folder) / "run", 97 if given.quick else 225)
        network = sketch_branch(saving.load_model(run))
        ready = {"shoes": Embedder("shoes"), "Sketch-a-Net": Embedder(run)}
    print(machine())
    for count in given.photos:
        times = measure(dict(ways(ready, network, known, count)), given.rounds)
        whole = times[FIRST][-1]
        print_table(
            f"{count:,} photos; ms, median (best) of {given.rounds}",
            ["", "prepare", "embed", "search", "whole", "times as fast"],
            [
                [name, *map(ms, parts), f"{whole.median / parts[-1].median:.1f}"]
                for name, parts in times.items()
            ],
        )


if __name__ == "__main__":
    main()
