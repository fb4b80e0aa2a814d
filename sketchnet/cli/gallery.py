"""`python -m sketchnet.gallery` and `sketchnet gallery`: build, search and maintain galleries."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import tyro

from sketchnet.cli.gallery_search import Run, search
from sketchnet.cli.subcommands import run_subcommand
from sketchnet.utils.errors import InputError
from sketchnet.utils.process import command

# The rest is imported where it is used: `--help` should not wait for it.
if TYPE_CHECKING:
    from sketchnet.retrieval.catalogue.update import Report
    from sketchnet.retrieval.gallery.build import Built

Photos = tyro.conf.Positional[Annotated[Path, tyro.conf.arg(metavar="PHOTOS")]]
Target = tyro.conf.Positional[Annotated[str, tyro.conf.arg(metavar="OUT")]]
Folder = tyro.conf.Positional[Annotated[Path, tyro.conf.arg(metavar="GALLERY")]]
Table = tyro.conf.Positional[Annotated[Path, tyro.conf.arg(metavar="FILE")]]
Url = tyro.conf.Positional[Annotated[str, tyro.conf.arg(metavar="URL")]]


def build(
    run: Run,
    photos: Photos,
    out: Target,
    views: Literal[1, 10] = 10,
    cluster: str = "",
    fields: Path | None = None,
) -> int:
    """Embed the photos of a directory into the gallery OUT, or bring that gallery up to date.

    Added and replaced photos are embedded, removed ones leave the gallery; photos of other
    directories stay. An interrupted build is continued. Exit status 0 if at least one photo is in.

    Args:
        run: Directory of a run, or name of shipped weights, such as shoes.
        photos: Directory of pictures, or of any data layout. Sketches are never taken as photos.
        out: Directory of the gallery. With --cluster also a collection, qdrant:http://host:port/NAME
            or qdrant-edge:FOLDER/NAME (docs/scaling.md): photos that it lacks are added.
        views: Views of a picture whose embeddings are averaged. 1 is ten times as fast.
        cluster: Ray cluster to build on: its host:port, auto for the one of this machine, or local
            to start one here (docs/scaling.md). Empty = without Ray.
        fields: Table of fields of the photos (docs/files.md): .csv, .tsv, .jsonl or .xlsx with a
            column file or id. Default: catalogue.csv (or .tsv ...) in PHOTOS, if it is there.
    """
    from sketchnet.inference.embedder import Embedder
    from sketchnet.retrieval.catalogue.table import read_table
    from sketchnet.retrieval.gallery import build_gallery, photos_in
    from sketchnet.retrieval.gallery.qdrant_client import is_url
    from sketchnet.utils.progress import ProgressBar

    photos_in(photos)  # a wrong directory is reported before Keras is loaded
    table = read_table(fields) if fields else None
    if is_url(out):
        return _build_into_collection(run, photos, out, views, cluster, table)
    is_new = not (Path(out) / "gallery.json").is_file()
    progress = ProgressBar("embedding photos", "photo")
    try:
        if cluster:
            from sketchnet.retrieval.gallery.ray_build import build_on_cluster

            built = build_on_cluster(
                run,
                photos,
                out,
                address=cluster,
                views=views,
                fields=table,
                progress=progress,
            )
        else:
            embedder = Embedder(run)
            built = build_gallery(
                embedder, photos, out, views=views, fields=table, progress=progress
            )
    finally:
        progress.close()
    _report(built, is_new)
    return 0 if built.gallery else 1


def _build_into_collection(
    run: str, photos: Path, url: str, views: int, cluster: str, table: Any
) -> int:
    from sketchnet.retrieval.gallery.ray_build import build_into_collection
    from sketchnet.utils.progress import ProgressBar

    if not cluster:
        raise InputError(
            "--cluster, to build into a collection",
            f"none, for {url}",
            "add --cluster local, or build into a folder and push that",
        )
    progress = ProgressBar("embedding photos", "photo")
    try:
        written = build_into_collection(
            run, photos, url, address=cluster, views=views, fields=table, progress=progress
        )
    finally:
        progress.close()
    for line in (*written.left_out, *written.lines):
        print(line)
    for name, reason in written.skipped:
        print(f"skipped {name}: {reason}")
    print(f"{written.present} were in already")
    print(f"embedded {written.added}, skipped {len(written.skipped)}")
    return 0 if written.added + written.present else 1


def _report(built: Built, is_new: bool) -> None:
    """Print everything that is not in the gallery and why, and at last the two counts."""
    for line in built.left_out:
        print(line)
    for name, reason in built.skipped:
        print(f"skipped {name}: {reason}")
    for line in built.doubts:
        print(line)
    _report_fields(built.catalogue)
    if not is_new:
        print(built.changes)
    print(f"embedded {built.embedded}, skipped {len(built.skipped)}")


def _report_fields(catalogue: Report) -> None:
    for line in catalogue.lines:
        print(line)
    if catalogue.lines:
        print("fields: " + ", ".join(f"{each.name} ({each.type})" for each in catalogue.fields))


def fields(gallery: Folder, file: Table) -> int:
    """Replace the fields of the photos of a gallery by those of a table. Nothing is embedded.

    Args:
        gallery: Directory of the gallery.
        file: Table with a column file or id: .csv, .tsv, .jsonl or .xlsx.
    """
    from sketchnet.retrieval.gallery import update_catalogue

    _report_fields(update_catalogue(gallery, file))
    return 0


def check(gallery: Folder, photos: Photos) -> int:
    """Report how a directory of photos differs from the gallery that was built from it.

    Prints `3 new, 1 changed, 2 gone` and some of their ids. Exit status 0 if nothing differs,
    otherwise 1.

    Args:
        gallery: Directory of the gallery.
        photos: Directory of the photos.
    """
    from sketchnet.retrieval.gallery import gallery_changes
    from sketchnet.retrieval.gallery.build import listed

    changes = gallery_changes(gallery, photos)
    for word, ids in (("new", changes.new), ("changed", changes.changed), ("gone", changes.gone)):
        if ids:
            print(f"{word}: {listed(ids)}")
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


def push(gallery: Folder, url: Url, run: str = "") -> int:
    """Add the photos of a gallery to a Qdrant collection, which is created if it is missing.

    An interrupted upload is continued; several galleries may be uploaded one after another.

    Args:
        gallery: Directory of the gallery.
        url: qdrant:http://host:port/collection; qdrant-edge:FOLDER/collection for the engine in
            this process; qdrant:FOLDER/collection to try it out.
        run: Directory of the run that made the gallery, or name of shipped weights: its hubness
            correction is written beside the photos. Default: shipped weights, where they made it.
    """
    from sketchnet import runs
    from sketchnet.retrieval.gallery import load_gallery
    from sketchnet.retrieval.gallery.qdrant_upload import push_gallery
    from sketchnet.retrieval.hubness import load_querybank
    from sketchnet.utils.progress import ProgressBar

    whole = load_gallery(gallery, verify=True)
    querybank = None
    if folder := runs.resolve_run(run) if run else runs.shipped_with(whole.fingerprint):
        whole.check_made_by(runs.fingerprint(folder))
        querybank = load_querybank(folder, whole.embeddings.vectors.shape[1])
    progress = ProgressBar("uploading photos", "photo")
    try:
        added = push_gallery(whole, url, progress=progress, querybank=querybank)
    finally:
        progress.close()
    print(f"pushed {added}, {len(whole) - added} were in already")
    return 0


@command
def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status."""
    commands: dict[str, Callable[..., int]] = {
        "build": build,
        "fields": fields,
        "search": search,
        "check": check,
        "remove": remove,
        "push": push,
    }
    return run_subcommand(
        commands,
        arguments,
        prog="python -m sketchnet.gallery",
        description=__doc__,
        stopped="stopped; the same command continues",
    )
