"""A live answer with filters, words and counts: `python -m tests.benchmarks filters`.

The gallery is random: unit vectors, one local map for all photos, and a table of ten fields. A
live answer ranks the gallery for a query of one view, with its mirror image.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from sketchnet.imaging.prepare import PREPARATION_VERSION
from sketchnet.inference.embedder import Embeddings
from sketchnet.retrieval.catalogue.fields import Field
from sketchnet.retrieval.catalogue.file import FILE, Content, write_file
from sketchnet.retrieval.catalogue.filters import Filters, OneOf, Within
from sketchnet.retrieval.gallery import Gallery
from sketchnet.retrieval.ranker import Ranker
from tests.benchmarks.timing import (
    build_parser,
    describe_machine,
    ms,
    print_table,
    time_interleaved,
)

SIZE, MAP = 256, (14, 14, 64)
SHOWN = 101  # photos that the page ranks
BRANDS, WORDS = 4, ("red", "black", "boot", "pump", "summer", "leather")
FIELDS = (
    Field("title", "text"), Field("brand", "category"), Field("kind", "category"),
    Field("colour", "category"), Field("tags", "tags"), Field("price", "number"),
    Field("heel", "number"), Field("stock", "number"), Field("released", "date"),
    Field("url", "link"),
)  # fmt: skip


def random_gallery(folder: Path, count: int) -> Gallery:
    """A gallery of `count` photos with ten fields each, whose catalogue is in `folder`."""
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(count, SIZE)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    maps = np.broadcast_to(rng.normal(size=MAP).astype(np.float16), (count, *MAP))
    ids = tuple(f"shoe_{number}" for number in range(count))
    cells = {}
    for number, photo_id in enumerate(ids):
        first, second, brand, price = rng.integers(0, [len(WORDS), len(WORDS), BRANDS, 20_000])
        cells[photo_id] = (
            f"{WORDS[first]} {WORDS[second]} {number}", f"brand {brand}", WORDS[first],
            WORDS[second], f"{WORDS[first]};new", float(price) / 100, float(first), float(second),
            f"2024-{1 + first:02d}-{1 + second:02d}", f"https://shop.example/{number}",
        )  # fmt: skip
    write_file(folder / FILE, Content(FIELDS, cells))
    embeddings = Embeddings(vectors, maps)
    return Gallery(folder, ids, ids, embeddings, "", PREPARATION_VERSION, 1)


def calls(gallery: Gallery) -> dict[str, Callable[[], object]]:
    """What a visitor waits for, by what it is."""
    rng = np.random.default_rng(1)
    vector = rng.normal(size=(2, 1, SIZE)).astype(np.float32)
    vector /= np.linalg.norm(vector, axis=2, keepdims=True)
    maps = rng.normal(size=(2, 1, *MAP)).astype(np.float16)
    query = Embeddings(vector[0], maps[0], Embeddings(vector[1], maps[1]))
    ranker = Ranker()
    filters = {
        "a brand (25 %)": Filters(one_of=(OneOf("brand", ("brand 1",)),)),
        "a brand and a range (1 %)": Filters(
            one_of=(OneOf("brand", ("brand 1",)),), within=(Within("price", 0.0, 8.0),)
        ),
        "words (11 %)": Filters(text="red bo"),
    }

    def ranked(filters: Filters, text: str = "") -> Callable[[], object]:
        return lambda: ranker.rank(query, gallery.restricted(filters, text)[0], SHOWN)

    catalogue = gallery.catalogue
    return {
        "no filter": lambda: ranker.rank(query, gallery.embeddings, SHOWN),
        **{name: ranked(each) for name, each in filters.items()},
        "words beside the drawing": ranked(Filters(), "red boot"),
        "the counts of all fields": lambda: catalogue.facets(filters["a brand (25 %)"]),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = build_parser(__doc__)
    parser.add_argument("--photos", type=int, nargs="+", default=[2_000, 100_000])
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args(arguments)
    if options.quick:
        options.photos, options.rounds = [200], 2
    print(describe_machine())
    for count in options.photos:
        with tempfile.TemporaryDirectory() as folder:
            gallery = random_gallery(Path(folder), count)
            times = time_interleaved(calls(gallery), options.rounds)
        rows = [[name, ms(each)] for name, each in times.items()]
        print_table(f"{count:,} photos with {len(FIELDS)} fields", ["", "ms, median (best)"], rows)


if __name__ == "__main__":
    main()
