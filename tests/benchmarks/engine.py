"""Re-ranking inside a vector engine beside fetching the maps: `python -m tests.benchmarks engine`.

The shipped gallery, whose photos have real maps, is pushed twice: with coded cells, which the
engine compares itself, and as earlier versions did, with the maps in the payload. Bytes are those
of the bodies of the HTTP requests to a server that passes them to the client's own mode
(`tests.scale.http_qdrant`); thumbnails are not in them. Times are of the engine in this process,
without any network, beside the gallery in a folder. With `--vectors N` the first stage of N
synthetic vectors is measured instead (`engine_vectors`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet import runs
from sketchnet.inference.embedder import Embedder, Embeddings
from sketchnet.retrieval.gallery import Gallery, load_gallery
from sketchnet.retrieval.gallery.qdrant import QdrantGallery
from sketchnet.retrieval.gallery.qdrant_edge import EdgeClient
from sketchnet.retrieval.gallery.qdrant_upload import push_gallery
from sketchnet.retrieval.query import sketch_query
from sketchnet.retrieval.ranker import Ranker, load_ranker
from tests.benchmarks.engine_vectors import compare
from tests.benchmarks.query import sketch
from tests.benchmarks.timing import (
    build_parser,
    describe_machine,
    ms,
    print_table,
    time_interleaved,
)

K = 10
NEW, OLD = "one request", "maps fetched"


def push_both(gallery: Gallery, client: Any, where: str, ranker: Ranker) -> dict[str, Any]:
    """Push a gallery with coded cells, and as earlier versions did; returns both by name."""
    from qdrant_client import models

    push_gallery(gallery, f"{where}new", client=client, querybank=ranker.hubness)
    vectors, maps = gallery.embeddings.vectors, gallery.embeddings.maps
    noted = {
        "fingerprint": gallery.fingerprint,
        "preparation": gallery.preparation,
        "views": gallery.views,
        "size": vectors.shape[1],
        "map": list(maps.shape[1:]),
        "fields": [{"name": f.name, "type": f.type} for f in gallery.catalogue.fields],
    }
    form = models.VectorParams(size=vectors.shape[1], distance=models.Distance.DOT)
    client.create_collection("old", form, metadata=noted)
    push_gallery(gallery, f"{where}old", client=client)
    return {NEW: QdrantGallery(f"{where}new", client), OLD: QdrantGallery(f"{where}old", client)}


def traffic(gallery: Gallery, query: Embeddings, ranker: Ranker) -> list[list[str]]:
    """What a query sends and receives, old and new: rows of a table."""
    from qdrant_client import QdrantClient

    from tests.scale.http_qdrant import serve

    client = QdrantClient(":memory:")
    push_both(gallery, client, "qdrant:x/", ranker)
    rows = []
    with serve(client) as (address, requests):
        for way, name in ((OLD, "old"), (NEW, "new")):
            there = QdrantGallery(f"qdrant:{address}/{name}")
            del requests[:]
            requests.received = requests.sent = 0
            ranker.rank(query, there.embeddings, K)
            rows.append([way, f"{len(requests)}", f"{requests.received:,}", f"{requests.sent:,}"])
    return rows


@contextmanager
def edge_client() -> Iterator[EdgeClient]:
    """The engine in this process, in a folder that is removed."""
    with tempfile.TemporaryDirectory() as folder:
        client = EdgeClient(folder)
        try:
            yield client
        finally:
            client.close()


def size_of(client: EdgeClient, name: str) -> int:
    """Bytes of a collection on the disk, without the log of updates."""
    files = (client.folder / name / "segments").rglob("*")
    return sum(path.stat().st_blocks * 512 for path in files if path.is_file())


def main(arguments: Sequence[str] | None = None) -> None:
    """Print bytes and times of a query, or with `--vectors` the table of the first stage."""
    parser = build_parser(__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--photos", type=int, default=200, help="at most the 200 that ship")
    parser.add_argument("--vectors", type=int, default=0)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "engine")
    options = parser.parse_args(arguments)
    if options.quick:
        options.rounds, options.photos = 2, 12
    print(describe_machine())
    if options.vectors:
        compare(options.vectors, options.rounds, options.folder)
        return
    whole = load_gallery(runs.SHIPPED / "shoes" / runs.GALLERY)
    gallery = _first(whole, options.photos)
    embedder = Embedder("shoes")
    ranker = load_ranker(embedder)
    query = sketch_query(embedder, sketch()[1]).embed(embedder)
    print_table(
        f"A query and its mirror image, {min(ranker.depth, len(gallery))} photos re-ranked",
        ["", "requests", "bytes sent", "bytes received"],
        traffic(gallery, query, ranker),
    )
    with edge_client() as client:
        ways: dict[str, Any] = {"folder": gallery}
        ways |= push_both(gallery, client, "qdrant-edge:x/", ranker)
        calls = {
            way: lambda there=there: ranker.rank(query, there.embeddings, K)
            for way, there in ways.items()
        }
        expected, distances = calls["folder"]()
        times = time_interleaved(calls, options.rounds)
        rows = []
        for way, there in ways.items():
            found, others = calls[way]()
            same = [there.ids[row] for row in found] == [gallery.ids[row] for row in expected]
            size = 0 if way == "folder" else size_of(client, _name(way))
            rows.append(
                [
                    way,
                    ms(times[way]),
                    "yes" if same else "no",
                    f"{np.abs(others - distances).max():.0e}",
                    f"{size / len(gallery):,.0f}" if size else "",
                ]
            )
    print_table(
        f"Ranking {len(gallery)} photos, the engine in this process",
        ["", "ms, median (best)", "same order", "distances differ by", "bytes a photo"],
        rows,
    )


def _name(way: str) -> str:
    return "new" if way == NEW else "old"


def _first(gallery: Gallery, count: int) -> Gallery:
    """The first photos of a gallery."""
    return replace(
        gallery,
        ids=gallery.ids[:count],
        originals=gallery.originals[:count],
        files=gallery.files[:count],
        aliases={row: names for row, names in gallery.aliases.items() if row < count},
        embeddings=Embeddings(gallery.embeddings.vectors[:count], gallery.embeddings.maps[:count]),
    )


if __name__ == "__main__":
    main()
