"""`python -m sketchnet.gallery`: build a gallery of a folder of photos, search it, serve it."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Literal

import tyro

from sketchnet.utils.process import command


def build(
    run: tyro.conf.Positional[str],
    photos: tyro.conf.Positional[Path],
    out: tyro.conf.Positional[Path],
    views: Literal[1, 10] = 10,
    cluster: str = "",
) -> int:
    """Embed the photos of a folder into the gallery OUT, or add them to the one that lies there.

    A build that was stopped goes on where it was. Exit status 0 if at least one photo is in.

    Args:
        run: a run's folder, or the name of shipped weights such as shoes.
        photos: a folder of pictures, or of any data layout.
        out: the gallery's folder.
        views: 10 (averaged), or 1, ten times as fast.
        cluster: a Ray cluster to build on: its host:port, auto for the one of this machine, or
            local to try it out (docs/scaling.md).
    """
    from sketchnet.inference.embedder import Embedder
    from sketchnet.retrieval.gallery import build_gallery, photos_in

    photos_in(photos)  # a wrong folder is told before Keras is loaded
    if cluster:
        from sketchnet.retrieval.gallery.ray_build import build_on_cluster

        built = build_on_cluster(run, photos, out, address=cluster, views=views, progress=_Teller())
    else:
        built = build_gallery(Embedder(run), photos, out, views=views, progress=_Teller())
    for photo_id, reason in built.skipped:
        print(f"skipped {photo_id}: {reason}")
    if built.gallery and len(built.gallery) > built.embedded:
        print(f"{len(built.gallery) - built.embedded} photos were in already")
    print(f"embedded {built.embedded}, skipped {len(built.skipped)}")
    return 0 if built.gallery else 1


def search(
    run: tyro.conf.Positional[str],
    gallery: tyro.conf.Positional[str],
    sketch: tyro.conf.Positional[Path],
    k: int = 10,
    views: Literal[1, 10] = 10,
) -> int:
    """Print the photos of a gallery that are nearest to a sketch: rank, similarity, id, thumbnail.

    Args:
        run: the run that made the gallery, or the name of shipped weights.
        gallery: the gallery's folder, or qdrant:PATH-or-URL/collection.
        sketch: a picture file.
        k: how many.
        views: 10 (averaged), or 1 for speed.
    """
    from sketchnet.retrieval.search import ShoeFinder

    for match in ShoeFinder(run, gallery).find(sketch, k, views):
        print(f"{match.rank:>4}  {match.similarity:.3f}  {match.id}  {match.picture}")
    return 0


def push(gallery: tyro.conf.Positional[Path], url: tyro.conf.Positional[str]) -> int:
    """Add the photos of a gallery to the one that a Qdrant server holds.

    A push that was stopped goes on where it was; the shards of a huge gallery are pushed one after
    another.

    Args:
        gallery: the gallery's folder.
        url: qdrant:http://host:port/collection, or qdrant:FOLDER/collection to try it out.
    """
    from sketchnet.retrieval.gallery import load_gallery
    from sketchnet.retrieval.gallery.qdrant_upload import push_gallery

    whole = load_gallery(gallery)
    added = push_gallery(whole, url, progress=_Teller())
    print(f"pushed {added}, {len(whole) - added} were in already")
    return 0


class _Teller:
    """Progress on standard error: one line that moves on a screen, ten lines in a log."""

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.tenths = 0

    def __call__(self, done: int, total: int) -> None:
        moving = sys.stderr.isatty()
        if not moving and done * 10 // total == self.tenths:
            return
        self.tenths = done * 10 // total
        line = f"{done:,} of {total:,} photos, {time.monotonic() - self.began:.0f} s"
        print(line, end="\r" if moving and done < total else "\n", file=sys.stderr, flush=True)


@command
def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    from sketchnet.utils.errors import InputError

    try:
        return tyro.extras.subcommand_cli_from_dict(
            {"build": build, "search": search, "push": push},
            args=arguments,
            prog="python -m sketchnet.gallery",
            description=__doc__,
        )
    except (InputError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
