"""The engine in the process beside exact search: `python -m tests.benchmarks engine --vectors N`.

Synthetic vectors (`search.sample_like`) with the hubness penalty and a category of ten values as
payload; no cells, which for a million photos would not fit on the disk. The engine is measured in a
process of its own that opens the finished collection, so that its memory is its own.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from sketchnet import runs
from sketchnet.inference.embedder import Embeddings
from sketchnet.retrieval.gallery import load_gallery
from sketchnet.retrieval.gallery.qdrant_edge import EdgeClient
from sketchnet.retrieval.gallery.qdrant_points import vectors_config
from sketchnet.retrieval.gallery.qdrant_ranking import VECTOR, ranking_request
from tests.benchmarks.search import recall, sample_like
from tests.benchmarks.timing import Times, ms, print_table, time_interleaved

BLOCK = 50_000  # vectors that are made at a time
BATCH = 1000  # points of an update
NAME = "vectors"
DEPTH = 100
CASES = {"all photos": None, "filter that leaves a tenth": "3"}


def blocks(count: int) -> Iterator[np.ndarray]:
    """The vectors of the gallery, the same at every call."""
    known = load_gallery(runs.SHIPPED / "shoes" / runs.GALLERY).embeddings.vectors
    for start in range(0, count, BLOCK):
        yield sample_like(known, min(BLOCK, count - start), seed=10 + start // BLOCK)


def queries(count: int) -> np.ndarray:
    known = load_gallery(runs.SHIPPED / "shoes" / runs.GALLERY).embeddings.vectors
    return sample_like(known, count, seed=1)


def fill(folder: Path, count: int) -> tuple[float, float]:
    """Write the collection; returns the seconds to write the points and to build the index."""
    from qdrant_client import models

    client = EdgeClient(str(folder))
    start, number, size = perf_counter(), 0, queries(1).shape[1]
    client.create_collection(NAME, vectors_config(size, (), quantized=True), metadata={})
    client.create_payload_index(NAME, "f0", models.PayloadSchemaType.KEYWORD)
    for block in blocks(count):
        for first in range(0, len(block), BATCH):
            points = []
            for vector in block[first : first + BATCH]:
                payload = {"id": f"shoe-{number}", "f0": str(number % 10), "penalty": 0.0}
                given = {VECTOR: vector.tolist()}
                points.append(models.PointStruct(id=number, vector=given, payload=payload))
                number += 1
            client.upsert(NAME, points)
    written = perf_counter() - start
    start = perf_counter()
    client.optimize(NAME)
    built = perf_counter() - start
    client.close()
    return written, built


def request(vector: np.ndarray, category: str | None) -> Any:
    """The whole request of a query without maps: first stage and hubness, 100 photos."""
    from qdrant_client import models

    chosen = None
    if category is not None:
        match = models.MatchAny(any=[category])
        chosen = models.Filter(must=[models.FieldCondition(key="f0", match=match)])
    query = Embeddings(vector[None])
    return ranking_request(query, DEPTH, 0.0, [chosen], penalised=True, limit=DEPTH)


def ask(folder: Path, rounds: int) -> dict[str, Any]:
    """Open the collection and search it; returns times, rows and memory."""
    start = perf_counter()
    client = EdgeClient(str(folder))
    info = client.get_collection(NAME)
    opened = perf_counter() - start
    vectors, rows, times = queries(rounds), {}, {}
    for name, category in CASES.items():
        asked = [request(vector, category) for vector in vectors]
        taken = []
        rows[name] = []
        for each in (asked[0], *asked):  # the first one warms up
            start = perf_counter()
            found = client.query_batch_points(NAME, [each])[0].points
            taken.append(perf_counter() - start)
            rows[name].append([point.id for point in found])
        rows[name], times[name] = rows[name][1:], taken[1:]
    own, shared = memory()
    client.close()
    return {
        "opened": opened,
        "indexed": info.indexed_vectors_count,
        "own": own,
        "files": shared,
        "rows": rows,
        "times": times,
    }


def memory() -> tuple[float, float]:
    """Memory of this process that is its own, and of files that it has mapped: GB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    found = dict(line.split(":", 1) for line in lines)
    own, files = (int(found[name].split()[0]) for name in ("RssAnon", "RssFile"))  # kB
    return own / 1e6, files / 1e6


def compare(count: int, rounds: int, folder: Path) -> None:
    """Print the table for a number of vectors."""
    shutil.rmtree(folder, ignore_errors=True)
    try:
        written, built = fill(folder, count)
        size = sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())
        command = [sys.executable, "-m", "tests.benchmarks.engine_vectors", folder, str(rounds)]
        done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, check=True)
        found = json.loads(done.stdout.splitlines()[-1])
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    gallery = Embeddings(np.concatenate([*blocks(count)]))
    asked = queries(rounds)
    truth = [gallery.nearest(query[None], DEPTH)[0] for query in asked]
    tenth = np.arange(3, count, 10)
    some = Embeddings(gallery.vectors[tenth])
    left = [tenth[some.nearest(query[None], DEPTH)[0]] for query in asked]
    turns = iter(np.tile(asked, (2, 1)))
    exact = time_interleaved({"exact": lambda: gallery.nearest(next(turns)[None], DEPTH)}, rounds)
    rows = [["exact, all photos", ms(exact["exact"]), "1.000", "1.000"]]
    for name, expected in zip(CASES, (truth, left), strict=True):
        got = [np.array(each) for each in found["rows"][name]]
        firsts = [each[:10] for each in got], [each[:10] for each in expected]
        times = Times(tuple(found["times"][name]))
        shares = [f"{recall(*firsts):.3f}", f"{recall(got, expected):.3f}"]
        rows.append([f"engine, {name}", ms(times), *shares])
    print_table(
        f"{count:,} vectors, int8 with HNSW in this process",
        ["", "ms, median (best)", "recall@10", "recall@100"],
        rows,
    )
    print_table(
        "The collection",
        ["write, s", "index, s", "indexed", "open, s", "GB on disk", "GB own", "GB of files"],
        [
            [
                f"{written:.0f}",
                f"{built:.0f}",
                f"{found['indexed']:,}",
                f"{found['opened']:.2f}",
                f"{size / 1e9:.2f}",
                f"{found['own']:.2f}",
                f"{found['files']:.2f}",
            ]
        ],
    )


if __name__ == "__main__":
    print(json.dumps(ask(Path(sys.argv[1]), int(sys.argv[2]))))
