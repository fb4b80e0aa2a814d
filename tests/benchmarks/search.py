"""Nearest-neighbour search, exact, compressed and indexed: `python -m tests.benchmarks search`.

The vectors are sampled from a normal distribution with the mean and covariance of the shipped
gallery, because uniformly distributed vectors, which no gallery has, are hard for every index.
Recall is the share of the ten nearest vectors that an engine finds; exact float32 is the reference.
Engines that are not installed are skipped (`pip install usearch faiss-cpu`). The last table, for
ten times the largest gallery, is extrapolated, not measured.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from itertools import cycle
from time import perf_counter

import numpy as np

from sketchnet import runs
from sketchnet.inference.embedder import Embeddings
from sketchnet.metrics.ranking import nearest
from sketchnet.models.local_scores import _to_float32
from sketchnet.retrieval.gallery import load_gallery
from tests.benchmarks.timing import (
    build_parser,
    describe_machine,
    ms,
    print_table,
    time_interleaved,
)

K = 10
QUERIES = 50
BLOCK = 8192  # rows converted to float32 at a time, which fit into the processor's cache

Search = Callable[[np.ndarray], np.ndarray]
"""A query (E,) → the rows of the K nearest."""

Engine = Callable[[np.ndarray], tuple[Search, float]]
"""Vectors (N, E) → a search function for them, and its memory in bytes per vector."""


def exact(vectors: np.ndarray) -> tuple[Search, float]:
    gallery = Embeddings(vectors)
    return lambda query: gallery.nearest(query[None], K)[0], 4.0 * vectors.shape[1]


def exact_float16(vectors: np.ndarray) -> tuple[Search, float]:
    return _search_compressed(vectors.astype(np.float16)), 2.0 * vectors.shape[1]


def exact_int8(vectors: np.ndarray) -> tuple[Search, float]:
    # One scale for all vectors, because dot products with different scales are not comparable.
    compressed = (vectors * (127 / np.abs(vectors).max())).round().astype(np.int8)
    return _search_compressed(compressed), 1.0 * vectors.shape[1]


def _search_compressed(compressed: np.ndarray) -> Search:
    def search_blocks(query: np.ndarray) -> np.ndarray:
        blocks = (compressed[start : start + BLOCK] for start in range(0, len(compressed), BLOCK))
        return nearest(-np.concatenate([_to_float32(block) @ query for block in blocks]), K)

    return search_blocks


def usearch_exact_int8(vectors: np.ndarray) -> tuple[Search, float]:
    from usearch.index import search

    compressed = _as_int8(vectors)
    threads = os.cpu_count() or 1
    return (
        lambda query: (
            search(compressed, _as_int8(query), K, "cos", exact=True, threads=threads).keys
        ),
        1.0 * vectors.shape[1],
    )


def usearch_hnsw(vectors: np.ndarray, dtype: str = "f16") -> tuple[Search, float]:
    from usearch.index import Index

    index = Index(ndim=vectors.shape[1], metric="cos", dtype=dtype)
    index.add(np.arange(len(vectors)), vectors)
    return lambda query: index.search(query, K).keys, index.serialized_length / len(vectors)


def faiss_flat(vectors: np.ndarray) -> tuple[Search, float]:
    return _faiss("Flat", vectors)


def faiss_int8(vectors: np.ndarray) -> tuple[Search, float]:
    return _faiss("SQ8", vectors)


def faiss_hnsw(vectors: np.ndarray) -> tuple[Search, float]:
    return _faiss("HNSW16,SQfp16", vectors)


def _faiss(form: str, vectors: np.ndarray) -> tuple[Search, float]:
    import faiss

    index = faiss.index_factory(vectors.shape[1], form, faiss.METRIC_INNER_PRODUCT)
    index.train(vectors[:100_000])
    index.add(vectors)
    if "HNSW" not in form:
        size = index.sa_code_size()
    else:
        size = len(faiss.serialize_index(index)) / len(vectors)
        faiss.downcast_index(index).hnsw.efSearch = 64
    return lambda query: index.search(query[None], K)[1][0], size


def _as_int8(vectors: np.ndarray) -> np.ndarray:
    """Directions are compressed, to a hundredth: each vector's largest number becomes 127."""
    largest = np.abs(vectors).max(axis=-1, keepdims=True)
    return (vectors * (127 / largest)).round().astype(np.int8)


REFERENCE = "exact, float32 (`Embeddings.nearest`)"
ENGINES: dict[str, Engine] = {
    REFERENCE: exact,
    "exact, float16 by blocks": exact_float16,
    "exact, int8 by blocks": exact_int8,
    "usearch, exact, int8": usearch_exact_int8,
    "usearch, HNSW, float16": usearch_hnsw,
    "faiss, flat, float32": faiss_flat,
    "faiss, flat, int8": faiss_int8,
    "faiss, HNSW, float16": faiss_hnsw,
}


def sample_like(known: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Random unit vectors (count, E) with the mean and covariance of `known` (n, E)."""
    rng = np.random.default_rng(seed)
    mean = known.mean(axis=0)
    # Up to a factor, known - mean is a square root of the covariance matrix.
    mixes = rng.standard_normal((count, len(known)), np.float32) / np.sqrt(len(known))
    made = mixes @ (known - mean)
    made += mean
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made


def build_engines(
    names: Sequence[str], vectors: np.ndarray
) -> Iterator[tuple[str, Search, float, float]]:
    """For every installed engine: name, search function, bytes per vector, seconds to build."""
    for name in names:
        if name.split(",")[0] in ("usearch", "faiss") and not find_spec(name.split(",")[0]):
            print(f"{name}: not installed", flush=True)
            continue
        start = perf_counter()
        search_function, bytes_each = ENGINES[name](vectors)
        yield name, search_function, bytes_each, perf_counter() - start


def recall(found: Sequence[np.ndarray], truth: Sequence[np.ndarray]) -> float:
    """The share of the true neighbours that are found."""
    pairs = zip(found, truth, strict=True)
    return float(np.mean([len(np.intersect1d(one, true)) / len(true) for one, true in pairs]))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table for each number of vectors, and one extrapolated from the last."""
    parser = build_parser(__doc__)
    parser.add_argument("--vectors", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument(
        "--engines", nargs="+", default=[""], help="parts of the names of the engines to run"
    )
    parser.add_argument("--rounds", type=int, default=QUERIES)
    options = parser.parse_args(arguments)
    if options.quick:
        options.vectors, options.rounds = [500], 3
    known = load_gallery(runs.SHIPPED / "shoes" / runs.GALLERY).embeddings.vectors
    names = [
        name for name in ENGINES if name == REFERENCE or any(w in name for w in options.engines)
    ]
    print(describe_machine())
    for count in options.vectors:
        vectors = sample_like(known, count)
        queries = sample_like(known, options.rounds, seed=1)
        engines = list(build_engines(names, vectors))
        found: dict[str, list[np.ndarray]] = {name: [] for name, *_ in engines}
        calls = {}
        for name, search, *_ in engines:
            found[name] = [search(query) for query in queries]
            turns = cycle(queries)
            calls[name] = lambda search=search, turns=turns: search(next(turns))
        times = time_interleaved(calls, options.rounds)
        reference = found[REFERENCE]
        size = {name: bytes_each for name, _, bytes_each, _ in engines}
        rows = [
            [
                name,
                ms(times[name]),
                f"{times[REFERENCE].median / times[name].median:.2g}",
                f"{recall(found[name], reference):.3f}",
                f"{size[name]:.0f}",
                f"{seconds:.2g}",
            ]
            for name, _, _, seconds in engines
        ]
        head = [
            "",
            "ms, median (best)",
            "times as fast",
            "recall@10",
            "bytes per vector",
            "build, s",
        ]
        print_table(f"{count:,} vectors of {vectors.shape[1]}", head, rows)
    rows = []
    for name, *_ in engines:
        seconds = times[name].median * growth(name, count)
        rows.append([name, f"{1e3 * seconds:.3g}", f"{size[name] * count / 1e8:.2g}"])
    print_table(
        f"{10 * count:,} vectors, extrapolated from {count:,}: ten times the time for a scan, "
        "and for HNSW in proportion to the logarithm",
        ["", "ms", "GB"],
        rows,
    )


def growth(name: str, count: int) -> float:
    """Factor on the search time for ten times `count` vectors."""
    return float(np.log(10 * count) / np.log(count)) if "HNSW" in name else 10.0


if __name__ == "__main__":
    main()
