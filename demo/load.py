"""What the page serves: runs and galleries from disk; folders of photos are embedded first."""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sketchnet import runs
from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.utils.errors import InputError

# What brings a network along is imported where it is used: where nothing can be served, that is
# told at once, and not after the seconds that TensorFlow takes to load.
if TYPE_CHECKING:
    from sketchnet.inference.embedder import Embedder
    from sketchnet.retrieval.gallery import AnyGallery
    from sketchnet.retrieval.search import ShoeFinder
    from sketchnet.retrieval.suggest import Suggester

SHIPPED = ("shoes", "quickdraw")
MOST_DRAWINGS = 500  # of a category


def open_runs(
    names: Sequence[str], galleries: Sequence[Path | str], drawings: Path | None
) -> tuple[dict[str, ShoeFinder], Suggester | None]:
    """Load what the command line names, or what ships where it names no run.

    Folders of photos or drawings are embedded on the first start and kept in the cache.

    Args:
        names: runs, for shoes, doodles or both.
        galleries: built galleries, folders of photos or qdrant:WHERE/collection (docs/scaling.md);
            none: those inside the runs.
        drawings: a folder of Quick, Draw! files; None: those inside the run.

    Returns finders by the name that the page shows, and a suggester or None. Raises InputError
    where nothing at all can be served.
    """
    from sketchnet.retrieval.gallery.qdrant_client import is_url

    folders = [runs.resolve_run(name) for name in names] or _shipped()
    of_shoes = [f for f in folders if isinstance(runs.config_of(f), RetrievalConfig)]
    of_doodles = [f for f in folders if f not in of_shoes]
    wanted = [str(where) if is_url(where) else Path(where) for where in galleries]
    shelves = {run: wanted or _own_gallery(run) for run in of_shoes}
    if galleries and not of_shoes:
        raise InputError(
            "a run that finds shoes, to search the gallery",
            "none",
            "train one with `python train.py retrieval` and name it with --run",
        )
    if not any(shelves.values()) and not of_doodles:
        raise InputError(
            "a run and a gallery to show",
            "none, and none ships with this version",
            "train with `python train.py`, then pass --run RUN --gallery PHOTOS",
        )
    _check_folders([where for where in wanted if isinstance(where, Path)], drawings)
    finders: dict[str, ShoeFinder] = {}
    for run, places in shelves.items():
        for where in places:
            name = _name(where, run)
            name = f"{name} · {run.name}" if name in finders else name
            finders[name] = _finder(run, where)
    return finders, _suggester(of_doodles[0], drawings) if of_doodles else None


def download_doodles(categories: Sequence[str], folder: Path | None) -> Path:
    """Fetch the official drawings of `categories` into `folder`, or the cache; return where."""
    from sketchnet.data.quickdraw.download import download_categories

    folder = folder or runs.cache_home() / "quickdraw"
    download_categories(categories, folder)
    return folder


def _shipped() -> list[Path]:
    return [
        runs.SHIPPED / name for name in SHIPPED if (runs.SHIPPED / name / runs.CONFIG).is_file()
    ]


def _name(where: Path | str, run: Path) -> str:
    if isinstance(where, str):
        return where.rstrip("/").rpartition("/")[2]
    return (run if where.resolve().parent == run.resolve() else where.resolve()).name


def _own_gallery(run: Path) -> list[Path | str]:
    return [run / runs.GALLERY] if (run / runs.GALLERY / "gallery.json").is_file() else []


def _check_folders(galleries: Sequence[Path], drawings: Path | None) -> None:
    """Raise InputError for what holds nothing to show, before a network is loaded for it."""
    from sketchnet.data.quickdraw.sources import find_sources
    from sketchnet.retrieval.gallery import photos_in

    for folder in galleries:
        if not (folder / "gallery.json").is_file():
            photos_in(folder)
    if drawings is not None:
        find_sources(drawings)


@cache
def _embedder(run: Path) -> Embedder:
    from sketchnet.inference.embedder import Embedder

    return Embedder(run)


def _finder(run: Path, where: Path | str) -> ShoeFinder:
    from sketchnet.retrieval.search import ShoeFinder

    embedder = _embedder(run)
    finder = ShoeFinder(embedder, _gallery(embedder, where))
    # Once with one view and with ten, so that the first stroke need not wait.
    blank = np.full((1, embedder.canvas, embedder.canvas), 255, np.uint8)
    for views in (1, 10):
        finder.nearest(embedder.sketches(blank, views))
    return finder


def _gallery(embedder: Embedder, where: Path | str) -> AnyGallery:
    from sketchnet.retrieval.gallery import open_gallery

    if isinstance(where, str) or (where / "gallery.json").is_file():
        return open_gallery(where)
    return _embedded(embedder, where)


def _embedded(embedder: Embedder, folder: Path) -> AnyGallery:
    """The gallery of a folder of photos, from the cache as far as it is there."""
    from sketchnet.retrieval.gallery import build_gallery, load_gallery, photos_in

    cached = _cache(folder, embedder.fingerprint)
    if (cached / "gallery.json").is_file():
        there = {photo.id for photo in photos_in(folder)}
        if not there.issuperset(load_gallery(cached, verify=False).ids):
            shutil.rmtree(cached)  # photos have left the folder, and a gallery only grows
    built = build_gallery(embedder, folder, cached, progress=_tell)
    for photo_id, reason in built.skipped:
        print(f"skipped {photo_id}: {reason}", file=sys.stderr)
    if built.gallery is None:
        raise InputError(f"photos in {folder}", "none that can be read", "see the reasons above")
    return built.gallery


def _suggester(run: Path, folder: Path | None) -> Suggester:
    from sketchnet.data.quickdraw.loading import load_doodles
    from sketchnet.inference.doodle_embedder import DoodleEmbedder
    from sketchnet.retrieval.doodle_gallery import build_doodle_gallery, save_doodle_gallery
    from sketchnet.retrieval.suggest import Suggester

    if folder is None:
        return Suggester(run)
    embedder = DoodleEmbedder(run)
    path = _cache(folder, embedder.fingerprint).with_suffix(".npz")
    if not path.is_file():
        print(f"embedding the drawings in {folder} …", file=sys.stderr, flush=True)
        drawings = load_doodles(folder, per_category=MOST_DRAWINGS)
        save_doodle_gallery(build_doodle_gallery(embedder, drawings), path)
    return Suggester(embedder, path)


def _cache(folder: Path, fingerprint: str) -> Path:
    """Where the embedded form of a folder is kept: one place for each folder and model."""
    folder = folder.resolve()
    mark = hashlib.sha256(f"{folder}\n{fingerprint}".encode()).hexdigest()[:12]
    return runs.cache_home() / f"{folder.name}-{mark}"


def _tell(done: int, total: int) -> None:
    bar = "█" * (30 * done // total)
    end = "\n" if done == total else ""
    print(f"\rembedding {bar:<30} {done:,} of {total:,}", end=end, file=sys.stderr, flush=True)
