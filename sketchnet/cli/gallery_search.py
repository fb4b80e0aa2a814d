"""`sketchnet gallery search`: the photos nearest to one sketch, or to a season's drawings."""

from __future__ import annotations

import json as json_format
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from sketchnet.utils.errors import InputError

# The rest is imported where it is used: `--help` should not wait for it.
if TYPE_CHECKING:
    from sketchnet.inference.embedder import Embedder
    from sketchnet.retrieval.query import Kind, Query
    from sketchnet.retrieval.search import Match

Run = tyro.conf.Positional[Annotated[str, tyro.conf.arg(metavar="RUN")]]
FolderOrUrl = tyro.conf.Positional[Annotated[str, tyro.conf.arg(metavar="GALLERY")]]
Sketches = tyro.conf.Positional[
    Annotated[tuple[Path, ...], tyro.conf.arg(metavar="SKETCH [SKETCH ...]")]
]


def search(
    run: Run,
    gallery: FolderOrUrl,
    sketches: Sketches,
    k: int = 10,
    kind: Annotated[Literal["auto", "sketch", "photo"], tyro.conf.arg(name="as")] = "auto",
    json: bool = False,
    csv: bool = False,
    filters: str = "",
    text: str = "",
    views: Literal[1, 10] = 10,
) -> int:
    """Print the photos of a gallery that are nearest to a sketch: rank, similarity, id, thumbnail.

    With several sketches the lines of each follow its name.

    Args:
        run: Run that made the gallery, or name of shipped weights.
        gallery: Directory of the gallery, qdrant:PATH-or-URL/collection, or
            qdrant-edge:PATH/collection.
        sketches: Pictures of sketches or of shoes, SVG drawings, or directories of them.
        k: Number of photos.
        kind: What the picture shows. auto = a photo if it looks like one, otherwise a sketch.
        json: Print one JSON array as the last line: objects with rank, id, similarity, picture and
            fields; of several sketches an object with an array for each.
        csv: Print a table: sketch, rank, id, similarity and the fields of the photo.
        filters: Which photos are searched, as JSON such as {"fields": {"price": {"max": 100}}}
            (docs/api.md).
        text: Words that bring photos to the front whose fields hold them.
        views: Views of the picture whose embeddings are averaged. 1 is faster.
    """
    if k < 1:
        raise InputError("--k of 1 or more", k, "leave it out for 10")
    from sketchnet.retrieval.catalogue.filters import parse_filters
    from sketchnet.retrieval.search import ShoeFinder

    paths = _sketch_files(sketches)
    finder = ShoeFinder(run, gallery)
    chosen = parse_filters(filters, finder.fields)
    found: dict[Path, list[Match]] = {}
    for path in paths:
        try:
            query = read_query(finder.embedder, path, kind).embed(finder.embedder, views)
        except (InputError, OSError) as error:
            if len(paths) == 1:
                raise
            print(f"skipped {path}: {error}", file=sys.stderr)
            continue
        found[path] = finder.nearest(query, k, filters=chosen, text=text)
    if csv:
        from sketchnet.retrieval.results_table import results_table

        print(results_table({str(path): each for path, each in found.items()}), end="")
    elif json:
        objects = {str(path): [_object(match) for match in each] for path, each in found.items()}
        print(json_format.dumps(objects if len(paths) > 1 else next(iter(objects.values()))))
    else:
        _print_matches(found, len(paths) > 1)
    return 0 if len(found) == len(paths) else 1


def _print_matches(found: dict[Path, list[Match]], named: bool) -> None:
    for path, matches in found.items():
        if named:
            print(path)
        for match in matches:
            print(f"{match.rank:>4}  {match.similarity:.3f}  {match.id}  {match.picture}")


def _object(match: Match) -> dict[str, Any]:
    return {
        "rank": match.rank,
        "id": match.id,
        "similarity": round(match.similarity, 4),
        "picture": str(match.picture),
        "fields": dict(match.fields),
    }


def _sketch_files(paths: Sequence[Path]) -> list[Path]:
    """The files that are searched for: those of a directory in natural order."""
    from sketchnet.data.pairs.listing import Listing

    if not paths:
        raise InputError("a sketch", "none", "name one or more files")
    files: list[Path] = []
    for path in paths:
        files += Listing(path).root.all_pictures() if path.is_dir() else [path]
    if not files:
        raise InputError("pictures of sketches", f"{paths[0]}, which has none")
    return files


def read_query(embedder: Embedder, path: Path, kind: Kind) -> Query:
    """Read the file that is searched for.

    Args:
        kind: `sketch`, `photo`, or `auto`: a photo if it looks like one.

    Raises InputError where it cannot be read or is blank.
    """
    from sketchnet.imaging.decode import read_picture
    from sketchnet.retrieval.query import picture_query, sketch_query
    from sketchnet.strokes.svg import read_svg

    if path.suffix.lower() == ".svg":
        return sketch_query(embedder, read_svg(path))
    return picture_query(embedder, read_picture(path), kind)
