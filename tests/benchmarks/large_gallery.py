"""Opening and searching a gallery of 100,000 photos: `python -m tests.benchmarks large`.

Vectors and maps are those of the shipped gallery with small random changes; every thumbnail is a
link. `open` is `load_gallery` in a process that has just started, as the page calls it; the files
are in the cache of the system. `search` is retrieval, re-ranking and the hubness correction.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path

import numpy as np

from sketchnet import runs
from sketchnet.inference.embedder import Embedder
from sketchnet.models.coded_maps import encode_maps
from sketchnet.retrieval.gallery import Gallery, load_gallery
from sketchnet.retrieval.gallery.records import PhotoFile, PhotoName, thumbnail
from sketchnet.retrieval.gallery.store import write_head
from sketchnet.retrieval.query import sketch_query
from sketchnet.retrieval.ranker import load_ranker
from tests.benchmarks.query import sketch, vectors_like
from tests.benchmarks.timing import (
    build_parser,
    describe_machine,
    ms,
    print_table,
    time_interleaved,
)

LINKS = 20_000  # to one file, fewer than a file system allows
OPEN = (
    "import sys, time; from sketchnet.retrieval.gallery import load_gallery; "
    "start = time.perf_counter(); load_gallery(sys.argv[1]); print(time.perf_counter() - start)"
)


def write_large(known: Gallery, out: Path, photos: int) -> None:
    """Write a gallery of `photos` entries like those of `known`."""
    (out / "thumbnails").mkdir(parents=True)
    np.save(out / "embeddings.npy", vectors_like(known.embeddings.vectors, photos))
    maps = encode_maps(known.embeddings.maps)
    shape = (photos, *maps.shape[1:])
    stored = np.lib.format.open_memmap(out / "local.npy", "w+", np.int8, shape)
    for start in range(0, photos, len(maps)):
        stored[start : start + len(maps)] = maps[: photos - start]
    stored.flush()
    for row in range(photos):
        if row % LINKS:
            os.link(thumbnail(out, row - row % LINKS), thumbnail(out, row))
        else:
            thumbnail(out, row).write_bytes(known.picture(0).read_bytes())
    names = [
        PhotoName(
            f"shoe-{row:06d}", f"shoe-{row:06d}.jpg", PhotoFile(8000, row, "0" * 64, "0" * 12)
        )
        for row in range(photos)
    ]
    write_head(
        out, names=names, aliases={}, fingerprint=known.fingerprint, views=known.views, skipped=[]
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the time to open the gallery, and to search it."""
    parser = build_parser(__doc__)
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=40)
    options = parser.parse_args(arguments)
    if options.quick:
        options.photos, options.rounds = 400, 2
    known = load_gallery(runs.SHIPPED / "shoes" / runs.GALLERY)
    embedder = Embedder("shoes")
    ranker = load_ranker(embedder)
    queries = cycle([sketch_query(embedder, sketch()[1]).embed(embedder, 1)])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "gallery"
        write_large(known, folder, options.photos)
        opened = [
            float(
                subprocess.run(
                    [sys.executable, "-c", OPEN, folder], stdout=subprocess.PIPE, check=True
                ).stdout
            )
            for _ in range(3)
        ]
        gallery = load_gallery(folder)
        search = {"search": lambda: ranker.rank(next(queries), gallery.embeddings, 10)}
        times = time_interleaved(search, options.rounds)["search"]
        size = sum(path.stat().st_size for path in folder.iterdir() if path.is_file())
    print(describe_machine())
    print_table(
        f"A gallery of {options.photos:,} photos",
        ["open, s, median (best) of 3", "search, ms, median (best)", "GB without thumbnails"],
        [[f"{np.median(opened):.2f} ({min(opened):.2f})", ms(times), f"{size / 1e9:.2f}"]],
    )


if __name__ == "__main__":
    main()
