"""Costs of galleries of 10^5, 10^7 and 10^9 photos: measured on one core, and multiplied.

`OPENBLAS_NUM_THREADS=1 taskset -c 0 python docs/studies/scaling.py PHOTOS` prints the tables of
docs/scaling.md. It measures CPU time, which hardly depends on other load; the engine is the one in
this process (`qdrant-edge-py`). Rows that are computed or estimated say so.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np

from sketchnet.data.pairs.picture_source import load_picture
from sketchnet.imaging.prepare import prepare_photo
from sketchnet.inference.embedder import Embedder, Embeddings
from sketchnet.models.coded_cells import photo_cells
from sketchnet.models.local_scores import RERANK_WEIGHT, local_scores_numpy
from sketchnet.retrieval.gallery import photos_in
from sketchnet.retrieval.gallery.changes import plan_build
from sketchnet.retrieval.gallery.photos import source_of
from sketchnet.retrieval.gallery.qdrant_edge import EdgeClient
from sketchnet.retrieval.gallery.qdrant_points import vectors_config
from sketchnet.retrieval.gallery.qdrant_ranking import CELLS, VECTOR, ranking_request
from sketchnet.retrieval.gallery.shards import prepare_shard
from sketchnet.retrieval.ranker import RERANK_DEPTH

SIZES = (10**5, 10**7, 10**9)
LINKS = 128  # bytes per photo of an HNSW index with 16 neighbours (32 at the lowest level)
MACHINE = 64 * 2**30  # memory of one search machine
PAYLOAD = 700  # bytes of id, words and colours in the payload, estimated
CORE_HOUR, MACHINE_MONTH, DISK_MONTH = 0.04, 250.0, 0.08  # $, assumed; the last for a GB of SSD


def processor_seconds(work: Callable[[], object], rounds: int) -> float:
    """Median CPU time of `work`, after one call to warm up."""
    work()
    times = []
    for _ in range(rounds):
        start = time.process_time()
        work()
        times.append(time.process_time() - start)
    return median(times)


def measure(run: str, photos: Path, max_photos: int, rounds: int) -> dict[str, float]:
    """Measure the cost of a photo and of a query: seconds, and bytes where the name says so."""
    embedder = Embedder(run)
    listed = photos_in(photos)[:max_photos]
    entries = plan_build(None, listed, photos.resolve()).to_embed
    start = time.process_time()
    ready, _ = prepare_shard(entries, embedder.config)
    found = {"prepare": (time.process_time() - start) / len(listed)}
    pictures = np.stack([each.prepared for each in ready])[:60]
    for views in (1, 10):
        took = processor_seconds(lambda views=views: embedder.photos(pictures, views), rounds)
        found[f"embed{views}"] = took / len(pictures)
    first = entries[0].photo
    assert first is not None
    # The edges of a photo serve as the sketch.
    drawn = prepare_photo(load_picture(source_of(first)), embedder.canvas)[None]
    query = embedder.sketches(drawn, 10)
    found["query"] = processor_seconds(lambda: embedder.sketches(drawn, 10), 5 * rounds)
    found["thumbnail"] = float(np.mean([len(each.thumbnail) for each in ready]))

    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(10**5, query.vectors.shape[1])).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    gallery = Embeddings(vectors)
    both = np.concatenate([query.vectors, query.mirrored.vectors])
    found["exact"] = processor_seconds(lambda: gallery.nearest(both, RERANK_DEPTH), 3 * rounds)
    found["size"] = vectors.shape[1]
    found["map"] = 0
    if query.maps is not None and query.mirrored is not None:
        both = np.concatenate([query.maps, query.mirrored.maps])
        maps = np.resize(embedder.photos(pictures, 1).maps, (RERANK_DEPTH, *query.maps.shape[1:]))
        with tempfile.TemporaryDirectory() as folder:
            np.save(Path(folder) / "maps.npy", maps)
            stored = np.load(Path(folder) / "maps.npy", mmap_mode="r")
            found["local"] = processor_seconds(lambda: local_scores_numpy(both, stored), rounds)
        found["map"] = maps[0].nbytes
        different = embedder.photos(pictures, 1).maps
        found["cells"] = float(np.mean([photo_cells(each).nbytes for each in different]))
        found["engine"] = engine_seconds(query, vectors, maps, 3 * rounds)
    return found


def engine_seconds(query: Embeddings, vectors: np.ndarray, maps: np.ndarray, rounds: int) -> float:
    """CPU time of the engine's one request: both orientations, every photo re-ranked."""
    from qdrant_client import models

    with tempfile.TemporaryDirectory() as folder:
        client = EdgeClient(folder)
        size, shape = vectors.shape[1], maps.shape[1:]
        client.create_collection("c", vectors_config(size, shape, quantized=False), metadata={})
        points = [
            models.PointStruct(
                id=row,
                vector={VECTOR: vectors[row].tolist(), CELLS: photo_cells(each).tolist()},
                payload={"id": str(row), "penalty": 0.0},
            )
            for row, each in enumerate(maps)
        ]
        client.upsert("c", points)
        request = ranking_request(
            query, RERANK_DEPTH, RERANK_WEIGHT, [None], penalised=True, limit=10
        )
        took = processor_seconds(lambda: client.query_batch_points("c", [request]), rounds)
        client.close()
    return took


def measurement_table(found: dict[str, float]) -> str:
    return "\n".join(
        [
            "| measured on one core | |",
            "| --- | --- |",
            f"| read and prepare a photo, thumbnail | {1e3 * found['prepare']:.1f} ms |",
            f"| embed a photo, 1 view | {1e3 * found['embed1']:.1f} ms |",
            f"| embed a photo, 10 views (5, not mirrored) | {1e3 * found['embed10']:.1f} ms |",
            f"| embed a query, 10 views | {1e3 * found['query']:.1f} ms |",
            f"| exact search of 10^5 vectors, both orientations | {1e3 * found['exact']:.1f} ms |",
            f"| re-ranking, {RERANK_DEPTH} photos | {1e3 * found.get('local', 0):.1f} ms |",
            f"| … inside the engine | {1e3 * found.get('engine', 0):.1f} ms |",
            f"| vector, float32 | {4 * found['size']:.0f} bytes |",
            f"| local map, int8 | {coded(found):.0f} bytes |",
            f"| coded cells, float32, mean | {found.get('cells', 0):.0f} bytes |",
            f"| thumbnail, mean | {found['thumbnail']:.0f} bytes |",
        ]
    )


def coded(found: dict[str, float]) -> float:
    """Bytes of a local map in eight bits: a byte a number, and two for each cell."""
    return found["map"] / 2 * 33 / 32 if found["map"] else 0.0


def bytes_in_words(number: float) -> str:
    for unit, name in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB")):
        if number >= unit:
            return f"{number / unit:.3g} {name}"
    return f"{number / 1e3:.3g} kB"


def cost_table(found: dict[str, float]) -> str:
    rows: list[tuple[str, Callable[[int], str]]] = []

    def add(name: str, cell: Callable[[int], str]) -> None:
        rows.append((name, cell))

    for views, each in ((10, "embed10"), (1, "embed1")):
        seconds = found["prepare"] + found[each]
        add(
            f"embedding, {views} view{'s' * (views > 1)}: core hours",
            lambda n, s=seconds: f"{n * s / 3600:,.1f}",
        )
    add(
        "… of these to read and prepare",
        lambda n: f"{n * found['prepare'] / 3600:,.1f}",
    )
    for precision, width in (("float32", 4), ("int8", 1)):
        wide = width * found["size"]
        add(
            f"vectors, {precision} ({wide:.0f} bytes each)", lambda n, w=wide: bytes_in_words(n * w)
        )
    int8 = found["size"] + LINKS
    add("HNSW index in memory over int8, computed", lambda n: bytes_in_words(n * int8))
    cells = found.get("cells", 0)
    add("in a folder: local maps, int8, on disk", lambda n: bytes_in_words(n * coded(found)))
    add("thumbnails, on disk", lambda n: bytes_in_words(n * found["thumbnail"]))
    add("in the engine: coded cells, float32, on disk", lambda n: bytes_in_words(n * cells))
    add("… coded cells, float16", lambda n: bytes_in_words(n * cells / 2))
    whole = cells + 4 * found["size"] + 4 / 3 * found["thumbnail"] + PAYLOAD
    add("… everything on disk, computed", lambda n: bytes_in_words(n * whole))
    rest = found["query"] + found.get("local", 0)
    add("exact search on one core: ms", lambda n: f"{1e3 * found['exact'] * n / 1e5:,.0f}")
    add(
        "a query on one core, embedding, search and re-ranking: ms",
        lambda n: f"{1e3 * (rest + found['exact'] * n / 1e5):,.0f}",
    )
    add(
        f"machines of {MACHINE >> 30} GiB: int8 with HNSW",
        lambda n: f"{-(-n * int8 // MACHINE):,.0f}",
    )
    add(
        f"machines of {MACHINE >> 30} GiB: exact, float32",
        lambda n: f"{-(-n * 4 * found['size'] // MACHINE):,.0f}",
    )
    add(
        "cost, assumed prices: $ to build, 10 views",
        lambda n: f"{n * (found['prepare'] + found['embed10']) / 3600 * CORE_HOUR:,.2f}",
    )
    add(
        "… $ a month, machines by memory and their disk",
        lambda n: f"{-(-n * int8 // MACHINE) * MACHINE_MONTH + n * whole / 1e9 * DISK_MONTH:,.0f}",
    )
    lines = ["| | " + " | ".join(f"10^{len(str(n)) - 1}" for n in SIZES) + " |"]
    lines.append("| --- |" + " ---: |" * len(SIZES))
    lines += [f"| {name} | " + " | ".join(map(cell, SIZES)) + " |" for name, cell in rows]
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("photos", type=Path, help="a folder of photos")
    parser.add_argument("--run", default="shoes", help="run, or name of shipped weights")
    parser.add_argument("--max-photos", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    measured = measure(options.run, options.photos, options.max_photos, options.rounds)
    print(measurement_table(measured), cost_table(measured), sep="\n\n")
