"""Exact or approximate, which precision, whose index? `python -m tests.benchmarks.search`.

The vectors are drawn like the shipped gallery's, a normal distribution of their mean and
covariance: vectors that fill all dimensions evenly would flatter nobody's index, and no gallery
has such. Recall is the share of the ten nearest that an engine finds; exact float32 is the truth.
Left out where it is not installed: `pip install usearch faiss-cpu`. What stands in the last lines
for ten times the largest gallery is computed, not measured.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from itertools import cycle

import numpy as np

from sketchnet import runs
from sketchnet.inference.embedder import Embeddings
from sketchnet.metrics.ranking import nearest
from sketchnet.models.local_alignment import _to_float32
from sketchnet.retrieval.gallery import load_gallery
from tests.benchmarks.measuring import in_turn, machine, ms, parser, print_table, timed

K = 10
QUERIES = 50
BLOCK = 8192  # rows that are brought back to float32 at a time: as many as the cache holds

Ask = Callable[[np.ndarray], np.ndarray]
"""A query (E,) → the rows of the K nearest."""

Engine = Callable[[np.ndarray], tuple[Ask, float]]
"""Vectors (N, E) → what asks them, and the bytes a vector."""


def exact(vectors: np.ndarray) -> tuple[Ask, float]:
    gallery = Embeddings(vectors)
    return lambda query: gallery.nearest(query, K)[0], 4.0 * vectors.shape[1]


def exact_float16(vectors: np.ndarray) -> tuple[Ask, float]:
    return _narrow(vectors.astype(np.float16)), 2.0 * vectors.shape[1]


def exact_int8(vectors: np.ndarray) -> tuple[Ask, float]:
    # One scale for all: products of vectors scaled each by its own could not be compared.
    kept = (vectors * (127 / np.abs(vectors).max())).round().astype(np.int8)
    return _narrow(kept), 1.0 * vectors.shape[1]


def _narrow(kept: np.ndarray) -> Ask:
    def ask(query: np.ndarray) -> np.ndarray:
        blocks = (kept[start : start + BLOCK] for start in range(0, len(kept), BLOCK))
        return nearest(-np.concatenate([_to_float32(block) @ query for block in blocks]), K)

    return ask


def usearch_exact_int8(vectors: np.ndarray) -> tuple[Ask, float]:
    from usearch.index import search

    kept = _as_int8(vectors)
    threads = os.cpu_count() or 1
    return (
        lambda query: search(kept, _as_int8(query), K, "cos", exact=True, threads=threads).keys,
        1.0 * vectors.shape[1],
    )


def usearch_hnsw(vectors: np.ndarray, dtype: str = "f16") -> tuple[Ask, float]:
    from usearch.index import Index

    index = Index(ndim=vectors.shape[1], metric="cos", dtype=dtype)
    index.add(np.arange(len(vectors)), vectors)
    return lambda query: index.search(query, K).keys, index.serialized_length / len(vectors)


def faiss_flat(vectors: np.ndarray) -> tuple[Ask, float]:
    return _faiss("Flat", vectors)


def faiss_int8(vectors: np.ndarray) -> tuple[Ask, float]:
    return _faiss("SQ8", vectors)


def faiss_hnsw(vectors: np.ndarray) -> tuple[Ask, float]:
    return _faiss("HNSW16,SQfp16", vectors)


def _faiss(form: str, vectors: np.ndarray) -> tuple[Ask, float]:
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
    """Directions are kept, to a hundredth: each vector's largest number becomes 127."""
    largest = np.abs(vectors).max(axis=-1, keepdims=True)
    return (vectors * (127 / largest)).round().astype(np.int8)


TRUTH = "exact, float32 (`Embeddings.nearest`)"
ENGINES: dict[str, Engine] = {
    TRUTH: exact,
    "exact, float16 by blocks": exact_float16,
    "exact, int8 by blocks": exact_int8,
    "usearch, exact, int8": usearch_exact_int8,
    "usearch, HNSW, float16": usearch_hnsw,
    "faiss, flat, float32": faiss_flat,
    "faiss, flat, int8": faiss_int8,
    "faiss, HNSW, float16": faiss_hnsw,
}


def drawn_like(known: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    """Unit vectors (count, E) of the mean and covariance of `known` (n, E)."""
    rng = np.random.default_rng(seed)
    mean = known.mean(axis=0)
    # known - mean = any square root of the covariance, to a factor: rows mix into new rows.
    mixes = rng.standard_normal((count, len(known)), np.float32) / np.sqrt(len(known))
    made = mixes @ (known - mean)
    made += mean
    made /= np.linalg.norm(made, axis=1, keepdims=True)
    return made


def ready(names: Sequence[str], vectors: np.ndarray) -> Iterator[tuple[str, Ask, float, float]]:
    """Engines that are installed: name, what asks, bytes a vector, seconds to build."""
    for name in names:
        if name.split(",")[0] in ("usearch", "faiss") and not find_spec(name.split(",")[0]):
            print(f"{name}: not installed", flush=True)
            continue
        made: list[tuple[Ask, float]] = []
        seconds = timed(lambda name=name, made=made: made.append(ENGINES[name](vectors)))
        yield name, *made[0], seconds


def recall(found: Sequence[np.ndarray], truth: Sequence[np.ndarray]) -> float:
    """The share of the true neighbours that were found."""
    pairs = zip(found, truth, strict=True)
    return float(np.mean([len(np.intersect1d(mine, true)) / len(true) for mine, true in pairs]))


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table for each size of the gallery, and one that is computed from the last."""
    options = parser(__doc__)
    options.add_argument("--vectors", type=int, nargs="+", default=[10_000, 100_000])
    options.add_argument("--engines", nargs="+", default=[""], help="words of their names")
    options.add_argument("--rounds", type=int, default=QUERIES)
    given = options.parse_args(arguments)
    if given.quick:
        given.vectors, given.rounds = [500], 3
    known = load_gallery(runs.SHIPPED / "shoes" / runs.GALLERY).embeddings.vectors
    names = [name for name in ENGINES if name == TRUTH or any(w in name for w in given.engines)]
    print(machine())
    for count in given.vectors:
        vectors = drawn_like(known, count)
        queries = drawn_like(known, given.rounds, seed=1)
        engines = list(ready(names, vectors))
        found: dict[str, list[np.ndarray]] = {name: [] for name, *_ in engines}
        calls = {}
        for name, ask, *_ in engines:
            found[name] = [ask(query) for query in queries]
            turns = cycle(queries)
            calls[name] = lambda ask=ask, turns=turns: ask(next(turns))
        times = in_turn(calls, given.rounds)
        truth = found[TRUTH]
        size = {name: bytes_each for name, _, bytes_each, _ in engines}
        rows = [
            [
                name,
                ms(times[name]),
                f"{times[TRUTH].median / times[name].median:.2g}",
                f"{recall(found[name], truth):.3f}",
                f"{size[name]:.0f}",
                f"{seconds:.2g}",
            ]
            for name, _, _, seconds in engines
        ]
        head = ["", "ms, median (best)", "times as fast", "recall@10", "bytes a vector", "build, s"]
        print_table(f"{count:,} vectors of {vectors.shape[1]}", head, rows)
    rows = []
    for name, *_ in engines:
        seconds = times[name].median * grown(name, count)
        rows.append([name, f"{1e3 * seconds:.3g}", f"{size[name] * count / 1e8:.2g}"])
    print_table(
        f"{10 * count:,} vectors, computed: a scan takes ten times as long as of {count:,}, "
        "HNSW as much longer as the logarithm",
        ["", "ms", "GB"],
        rows,
    )


def grown(name: str, count: int) -> float:
    """How much longer a search takes among ten times `count` vectors."""
    return float(np.log(10 * count) / np.log(count)) if "HNSW" in name else 10.0


if __name__ == "__main__":
    main()
