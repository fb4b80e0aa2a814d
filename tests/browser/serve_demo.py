"""Serve the page with fast substitutes for the networks: `serve_demo.py FOLDER PORT [--library]`.

Synthetic photos are written into FOLDER. Every drawing that reaches Python is appended to
FOLDER/queries.jsonl, so that a test can compare it with what was drawn.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from sketchnet.retrieval.doodle_gallery import build_doodle_gallery
from sketchnet.retrieval.gallery import build_gallery
from sketchnet.retrieval.search import ShoeFinder
from sketchnet.retrieval.suggest import Suggester
from sketchnet_demo import draw_round, shoe_search
from sketchnet_demo.launch import launch
from sketchnet_demo.library import Library
from sketchnet_demo.mcp_server import build_server
from sketchnet_demo.page import build_page
from tests.browser.hog_embedder import (
    HogDoodleEmbedder,
    HogEmbedder,
    draw_doodles,
    write_shoes,
)


def finder(folder: Path, name: str, first: int, count: int) -> ShoeFinder:
    write_shoes(folder / name, first, count)
    if name == "catalogue":
        (folder / name / "catalogue.csv").write_text(catalogue(first, count))
    embedder = HogEmbedder()
    build_gallery(embedder, folder / name, folder / f"{name}-gallery")
    return ShoeFinder(embedder, folder / f"{name}-gallery")


def catalogue(first: int, count: int) -> str:
    """Fields of the shoes of the third gallery; one title holds markup."""
    lines = ["id,title,brand,price,tags,url"]
    for number in range(first, first + count):
        title = "<b>Bold</b> pump" if number == first else f"Boot {number}"
        brand, tags = ("Aria", "Nord")[number % 2], ("new;sale", "sale")[number % 2]
        link = f"https://shop.example/{number}" if number != first else "javascript:alert(1)"
        lines.append(f"shoe_{number:03d},{title},{brand},{10 * (number - first)}.5,{tags},{link}")
    return "\n".join(lines) + "\n"


def record_queries(path: Path) -> None:
    original = shoe_search.sketch_query

    def recorded(embedder, sketch):
        if isinstance(sketch, list):
            with path.open("a") as file:
                file.write(json.dumps([stroke.tolist() for stroke in sketch]) + "\n")
        return original(embedder, sketch)

    shoe_search.sketch_query = recorded


def main(folder: Path, port: int, has_library: bool) -> None:
    finders = {name: finder(folder, name, *part) for name, part in PARTS.items()}
    doodles = draw_doodles()
    embedder = HogDoodleEmbedder(doodles)
    suggester = Suggester(embedder, build_doodle_gallery(embedder, doodles))
    record_queries(folder / "queries.jsonl")
    draw_round.SECONDS = 300.0  # on a busy machine
    page = build_page(finders, suggester, Library(folder) if has_library else None)
    launch(
        page,
        finders,
        has_library=has_library,
        mcp_server=build_server(finders, suggester, local=True),
        server_port=port,
        quiet=True,
    )


PARTS = {"first": (0, 40), "second": (500, 12), "catalogue": (700, 8)}

if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), "--library" in sys.argv)
