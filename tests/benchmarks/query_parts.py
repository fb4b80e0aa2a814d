"""Where the milliseconds of a query go, and how near each part is to its limit:
`python -m tests.benchmarks parts`.

A query of strokes with one view, by the shipped network, in a gallery of 2,000 photos. A part that
computes is compared with the speed of a large float32 product on this machine, a part that reads
with the speed at which one thread reads a large array. `--against FOLDER` prepares and re-ranks by
the code of another checkout as well, by turns, and searches once for each orientation.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from sketchnet import runs
from sketchnet.inference.convert import PICTURE, subnetwork
from sketchnet.inference.embedder import Embedder, Embeddings
from sketchnet.models import saving
from sketchnet.models.coded_maps import CodedMaps
from sketchnet.models.local_scores import local_scores_numpy
from sketchnet.models.unit_distances import squared_distances
from sketchnet.retrieval.gallery import load_gallery
from sketchnet.retrieval.query import sketch_query
from sketchnet.retrieval.ranker import RERANK_DEPTH, load_ranker, nearest_of_both_orientations
from sketchnet.strokes.formats import as_drawing
from tests.benchmarks.query import RepeatedMaps, sketch, vectors_like
from tests.benchmarks.timing import (
    build_parser,
    describe_machine,
    ms,
    peak_flops,
    print_table,
    seconds_of,
    time_interleaved,
)

READ = 256 << 20  # bytes of the array that measures reading


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the parts of a query with their work and its share of the machine's limit."""
    parser = build_parser(__doc__)
    parser.add_argument("--photos", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--against", type=Path, help="another checkout to compare with")
    options = parser.parse_args(arguments)
    if options.quick:
        options.photos, options.rounds = 300, 2
    known = load_gallery(runs.SHIPPED / "shoes" / runs.GALLERY).embeddings
    vectors = vectors_like(known.vectors, options.photos)
    gallery = Embeddings(vectors, RepeatedMaps(known.maps, options.photos))
    embedder = Embedder("shoes")
    ranker, strokes = load_ranker(embedder), sketch()[1]
    prepared = sketch_query(embedder, strokes)
    query = prepared.embed(embedder, 1)
    rows = nearest_of_both_orientations(query, gallery, RERANK_DEPTH)[0]
    maps = np.concatenate([query.maps, query.mirrored.maps])
    keys: CodedMaps = gallery.maps.take(rows)
    both = np.concatenate([query.vectors, query.mirrored.vectors])

    calls = {
        "prepare": lambda: sketch_query(embedder, strokes),
        "network": lambda: prepared.embed(embedder, 1),
        "first stage": lambda: nearest_of_both_orientations(query, gallery, RERANK_DEPTH),
        "first stage, its products alone": lambda: squared_distances(gallery.vectors, both),
        "reading its vectors alone": lambda: gallery.vectors.sum(),
        f"re-rank {RERANK_DEPTH}": lambda: local_scores_numpy(maps, gallery.maps, rows=rows),
        "the whole query": lambda: ranker.rank(
            sketch_query(embedder, strokes).embed(embedder, 1), gallery, 10
        ),
    }
    if options.against:
        canvas = embedder.canvas
        width = embedder.config.line_width * canvas
        geometry, rasterizing, scoring = (
            _module_of(options.against, name)
            for name in ("strokes/geometry", "strokes/rasterize", "models/local_scores")
        )
        halves = np.asarray(keys)  # maps were stored so
        calls |= {
            "prepare, before": lambda: rasterizing.rasterize(
                geometry.tidy(as_drawing(strokes)), canvas, width=width
            ),
            "first stage, before": lambda: [
                Embeddings.nearest(gallery, each[None], RERANK_DEPTH) for each in both
            ],
            f"re-rank {RERANK_DEPTH}, before": lambda: scoring.local_scores_numpy(maps, halves),
        }
    times = time_interleaved(calls, options.rounds)
    flops, bytes_per_second = peak_flops(), _read_speed()
    compared = np.count_nonzero(maps.any(axis=-1)) * 9 * maps.shape[-1]  # numbers a photo
    cost = multiplications(subnetwork(saving.load_model(runs.SHIPPED / "shoes"), PICTURE))
    work = {
        "network": (2 * cost * 2, 0),  # the drawing and its mirror image
        "first stage": (0, vectors.nbytes),
        "first stage, its products alone": (0, vectors.nbytes),
        "reading its vectors alone": (0, vectors.nbytes),
        f"re-rank {RERANK_DEPTH}": (2 * compared * len(rows), keys.stored.nbytes),
    }
    print(f"{describe_machine(flops)}, reads {bytes_per_second / 1e9:.1f} GB/s")
    table = []
    for name, each in times.items():
        products, read = work.get(name, (0, 0))
        table.append(
            [
                name,
                ms(each),
                f"{products / 1e6:.0f}" if products else "",
                f"{products / each.median / flops:.0%}" if products else "",
                f"{read / 1e6:.1f}" if read else "",
                f"{read / each.median / bytes_per_second:.0%}" if read else "",
            ]
        )
    title = f"{options.photos:,} photos; median (best) of {options.rounds}"
    head = ["", "ms", "MFLOP", "of the peak", "MB read", "of the speed of reading"]
    print_table(title, head, table)


def _module_of(root: Path, name: str) -> ModuleType:
    """A module of another checkout, beside that of this one."""
    path = root / "sketchnet" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"other_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def multiplications(network: Any) -> int:
    """Multiply-adds of the convolutions and products of a network for one picture."""
    total = 0

    def counting(layer: Any) -> Any:
        real = layer.call

        def call(*given: Any, **options: Any) -> Any:
            nonlocal total
            output = real(*given, **options)
            depthwise = "Depthwise" in type(layer).__name__
            kernel = int(np.prod(layer.kernel.shape[:2] if depthwise else layer.kernel.shape[:-1]))
            total += kernel * int(np.prod(output.shape[1:]))
            return output

        return call

    for layer in network._flatten_layers():
        if hasattr(layer, "kernel"):
            layer.call = counting(layer)
    network(np.zeros((1, *network.inputs[0].shape[1:]), np.float32))
    return total


def _read_speed() -> float:
    """Bytes a second that one thread reads of an array larger than the caches."""
    array = np.ones(READ // 8, np.int64)
    return READ / min(seconds_of(lambda: array.max()) for _ in range(5))


if __name__ == "__main__":
    main()
