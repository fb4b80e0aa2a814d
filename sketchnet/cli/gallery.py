"""`python -m sketchnet.gallery` and `sketchnet gallery`: build, search and maintain galleries."""

from __future__ import annotations

import json as json_format
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from sketchnet.utils.errors import InputError
from sketchnet.utils.process import command

# The rest is imported where it is used: `--help` should not wait for it.
if TYPE_CHECKING:
    from sketchnet.inference.embedder import Embedder
    from sketchnet.retrieval.gallery.build import Built
    from sketchnet.retrieval.query import Query

MAX_NAMES = 5  # that one line lists

Run = tyro.conf.Positional[Annotated[str, tyro.conf.arg(metavar="RUN")]]
Photos = tyro.conf.Positional[Annotated[Path, tyro.conf.arg(metavar="PHOTOS")]]
Out = tyro.conf.Positional[Annotated[Path, tyro.conf.arg(metavar="OUT")]]
Folder = tyro.conf.Positional[Annotated[Path, tyro.conf.arg(metavar="GALLERY")]]
FolderOrUrl = tyro.conf.Positional[Annotated[str, tyro.conf.arg(metavar="GALLERY")]]
Sketch = tyro.conf.Positional[Annotated[Path, tyro.conf.arg(metavar="SKETCH")]]
Url = tyro.conf.Positional[Annotated[str, tyro.conf.arg(metavar="URL")]]


def build(
    run: Run,
    photos: Photos,
    out: Out,
    views: Literal[1, 10] = 10,
    cluster: str = "",
) -> int:
    """Embed the photos of a directory into the gallery OUT, or bring that gallery up to date.

    Added and replaced photos are embedded, removed ones leave the gallery; photos of other
    directories stay. An interrupted build is continued. Exit status 0 if at least one photo is in.

    Args:
        run: Directory of a run, or name of shipped weights, such as shoes.
        photos: Directory of pictures, or of any data layout. Sketches are never taken as photos.
        out: Directory of the gallery.
        views: Views of a picture whose embeddings are averaged. 1 is ten times as fast.
        cluster: Ray cluster to build on: its host:port, auto for the one of this machine, or local
            to start one here (docs/scaling.md). Empty = without Ray.
    """
    from sketchnet.inference.embedder import Embedder
    from sketchnet.retrieval.gallery import build_gallery, photos_in
    from sketchnet.utils.progress import ProgressBar

    photos_in(photos)  # a wrong directory is reported before Keras is loaded
    is_new = not (out / "gallery.json").is_file()
    progress = ProgressBar("embedding photos", "photo")
    try:
        if cluster:
            from sketchnet.retrieval.gallery.ray_build import build_on_cluster

            built = build_on_cluster(
                run, photos, out, address=cluster, views=views, progress=progress
            )
        else:
            built = build_gallery(Embedder(run), photos, out, views=views, progress=progress)
    finally:
        progress.close()
    _report(built, is_new)
    return 0 if built.gallery else 1


def _report(built: Built, is_new: bool) -> None:
    """Print everything that is not in the gallery and why, and at last the two counts."""
    for line in built.left_out:
        print(line)
    for name, reason in built.skipped:
        print(f"skipped {name}: {reason}")
    if built.copies:
        print(f"several files of one picture: {_shorten([*map(' = '.join, built.copies)])}")
    if not is_new:
        print(built.changes)
    print(f"embedded {built.embedded}, skipped {len(built.skipped)}")


def search(
    run: Run,
    gallery: FolderOrUrl,
    sketch: Sketch,
    k: int = 10,
    kind: Annotated[Literal["auto", "sketch", "photo"], tyro.conf.arg(name="as")] = "auto",
    json: bool = False,
    views: Literal[1, 10] = 10,
) -> int:
    """Print the photos of a gallery that are nearest to a sketch: rank, similarity, id, thumbnail.

    Args:
        run: Run that made the gallery, or name of shipped weights.
        gallery: Directory of the gallery, or qdrant:PATH-or-URL/collection.
        sketch: Picture of a sketch or of a shoe, or an SVG drawing.
        k: Number of photos.
        kind: What the picture shows. auto = a photo if it looks like one, otherwise a sketch.
        json: Print one JSON array as the last line: objects with rank, id, similarity, picture and
            fields.
        views: Views of the picture whose embeddings are averaged. 1 is faster.
    """
    if k < 1:
        raise InputError("--k of 1 or more", k, "leave it out for 10")
    from sketchnet.retrieval.search import ShoeFinder

    finder = ShoeFinder(run, gallery)
    query = read_query(finder.embedder, sketch, kind)
    matches = finder.nearest(query.embed(finder.embedder, views), k)
    if json:
        found = [
            {
                "rank": match.rank,
                "id": match.id,
                "similarity": round(match.similarity, 4),
                "picture": str(match.picture),
                "fields": {},
            }
            for match in matches
        ]
        print(json_format.dumps(found))
        return 0
    for match in matches:
        print(f"{match.rank:>4}  {match.similarity:.3f}  {match.id}  {match.picture}")
    return 0


def read_query(embedder: Embedder, path: Path, kind: str) -> Query:
    """Read the file that is searched for.

    Args:
        kind: `sketch`, `photo`, or `auto`: a photo if it looks like one.

    Raises InputError where it cannot be read or is blank.
    """
    from sketchnet.imaging.decode import read_picture
    from sketchnet.retrieval.query import looks_like_photo, photo_query, sketch_query
    from sketchnet.strokes.svg import read_svg

    if path.suffix.lower() == ".svg":
        return sketch_query(embedder, read_svg(path))
    picture = read_picture(path)
    is_photo = kind == "photo" or (kind == "auto" and looks_like_photo(picture))
    return (photo_query if is_photo else sketch_query)(embedder, picture)


def check(gallery: Folder, photos: Photos) -> int:
    """Report how a directory of photos differs from the gallery that was built from it.

    Prints `3 new, 1 changed, 2 gone` and some of their ids. Exit status 0 if nothing differs,
    otherwise 1.

    Args:
        gallery: Directory of the gallery.
        photos: Directory of the photos.
    """
    from sketchnet.retrieval.gallery import gallery_changes

    changes = gallery_changes(gallery, photos)
    for word, ids in (("new", changes.new), ("changed", changes.changed), ("gone", changes.gone)):
        if ids:
            print(f"{word}: {_shorten(ids)}")
    print(changes)
    return 1 if changes else 0


def remove(
    gallery: Folder,
    ids: tyro.conf.Positional[Annotated[tuple[str, ...], tyro.conf.arg(metavar="ID [ID ...]")]],
) -> int:
    """Remove photos from a gallery. A build from a directory that still has them adds them again.

    Args:
        gallery: Directory of the gallery.
        ids: Ids of the photos.
    """
    from sketchnet.retrieval.gallery import load_gallery
    from sketchnet.retrieval.gallery.remove import remove_photos

    if not ids:
        raise InputError("ids of photos", "none", "name one or more")
    before = len(load_gallery(gallery, verify=False))
    left = len(remove_photos(gallery, ids))
    print(f"removed {before - left}, {left} remain")
    return 0


def push(gallery: Folder, url: Url) -> int:
    """Add the photos of a gallery to a Qdrant collection, which is created if it is missing.

    An interrupted upload is continued; several galleries may be uploaded one after another.

    Args:
        gallery: Directory of the gallery.
        url: qdrant:http://host:port/collection, or qdrant:FOLDER/collection to try it out.
    """
    from sketchnet.retrieval.gallery import load_gallery
    from sketchnet.retrieval.gallery.qdrant_upload import push_gallery
    from sketchnet.utils.progress import ProgressBar

    whole = load_gallery(gallery)
    progress = ProgressBar("uploading photos", "photo")
    try:
        added = push_gallery(whole, url, progress=progress)
    finally:
        progress.close()
    print(f"pushed {added}, {len(whole) - added} were in already")
    return 0


def _shorten(names: Sequence[str]) -> str:
    more = f", … ({len(names):,} in all)" if len(names) > MAX_NAMES else ""
    return ", ".join(names[:MAX_NAMES]) + more


@command
def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    commands: dict[str, Any] = {
        "build": build,
        "search": search,
        "check": check,
        "remove": remove,
        "push": push,
    }
    try:
        return tyro.extras.subcommand_cli_from_dict(
            commands, args=arguments, prog="python -m sketchnet.gallery", description=__doc__
        )
    except (InputError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nstopped; the same command continues", file=sys.stderr)
        return 130
