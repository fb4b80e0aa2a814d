"""Loads what the page serves: runs, galleries, drawings. Folders are embedded first, and cached.

Modules that import networks are imported inside functions: where nothing can be served, that is
reported at once, before the seconds that TensorFlow takes to load.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from sketchnet import runs
from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.utils.cache import cache_home
from sketchnet.utils.errors import InputError

from .embedded_folders import doodle_gallery_of, photo_gallery_of

if TYPE_CHECKING:
    from sketchnet.inference.embedder import Embedder
    from sketchnet.retrieval.gallery import AnyGallery
    from sketchnet.retrieval.search import ShoeFinder
    from sketchnet.retrieval.suggest import Suggester

SHIPPED = ("shoes", "quickdraw")


def open_runs(
    names: Sequence[str],
    galleries: Sequence[Path | str],
    drawings: Path | None,
    categories: Sequence[str] = (),
) -> tuple[dict[str, ShoeFinder], Suggester | None]:
    """Load the runs and galleries of the command line, or the shipped ones where it names no run.

    Args:
        names: runs for shoes, for doodles or for both.
        galleries: built galleries, folders of photos or qdrant:WHERE/collection (docs/scaling.md);
            none = those inside the runs.
        drawings: folder of Quick, Draw! files; None = the drawings of the run.
        categories: categories of `drawings` to suggest; none = all.

    Returns finders by the name that the page shows, and a suggester or None. Raises InputError
    where there is nothing to serve.
    """
    from sketchnet.retrieval.gallery.qdrant_client import is_url

    folders = [runs.resolve_run(name) for name in names] or _shipped()
    for_shoes = [f for f in folders if isinstance(runs.config_of(f), RetrievalConfig)]
    for_doodles = [f for f in folders if f not in for_shoes]
    named = [str(where) if is_url(where) else Path(where) for where in galleries]
    galleries_of = {run: named or _own_gallery(run) for run in for_shoes}
    if galleries and not for_shoes:
        raise InputError(
            "a run for shoes to search the gallery with",
            "none",
            "train one with `python train.py retrieval` and name it with --run",
        )
    if not any(galleries_of.values()) and not for_doodles:
        raise InputError(
            "a run and a gallery to serve",
            "none, and none ships with this version",
            "train with `python train.py`, then pass --run RUN --gallery PHOTOS",
        )
    _check_folders([where for where in named if isinstance(where, Path)], drawings)
    finders: dict[str, ShoeFinder] = {}
    for run, places in galleries_of.items():
        for where in places:
            name = _display_name(where, run)
            name = f"{name} · {run.name}" if name in finders else name
            finders[name] = _finder(run, where)
    return finders, _suggester(for_doodles[0], drawings, categories) if for_doodles else None


def download_doodles(categories: Sequence[str], folder: Path | None) -> Path:
    """Download the official drawings of `categories` into `folder` (default: the cache)."""
    from sketchnet.data.quickdraw.download import download_categories

    folder = folder or cache_home() / "quickdraw"
    download_categories(categories, folder)
    return folder


def _shipped() -> list[Path]:
    return [
        runs.SHIPPED / name for name in SHIPPED if (runs.SHIPPED / name / runs.CONFIG).is_file()
    ]


def _display_name(where: Path | str, run: Path) -> str:
    if isinstance(where, str):
        return where.rstrip("/").rpartition("/")[2]
    return (run if where.resolve().parent == run.resolve() else where.resolve()).name


def _own_gallery(run: Path) -> list[Path | str]:
    return [run / runs.GALLERY] if (run / runs.GALLERY / "gallery.json").is_file() else []


def _check_folders(galleries: Sequence[Path], drawings: Path | None) -> None:
    """Raise InputError for a folder without content, before a network is loaded for it."""
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
    if isinstance(where, Path) and not (where / "gallery.json").is_file():
        finder.photos = where
    # One search with one view and one with ten: the first stroke need not wait for a compilation.
    for views in (1, 10):
        finder.find([[[0, 0], [1, 1]]], views=views)
    return finder


def _gallery(embedder: Embedder, where: Path | str) -> AnyGallery:
    from sketchnet.retrieval.gallery import open_gallery

    if isinstance(where, str) or (where / "gallery.json").is_file():
        return open_gallery(where)
    built = photo_gallery_of(embedder, where)
    for photo_id, reason in built.skipped:
        print(f"skipped {photo_id}: {reason}", file=sys.stderr)
    for line in (*built.left_out, *built.doubts):
        print(line, file=sys.stderr)
    if built.gallery is None:
        raise InputError(f"photos in {where}", "none that can be read", "see the reasons above")
    return built.gallery


def _suggester(run: Path, drawings: Path | None, categories: Sequence[str]) -> Suggester:
    from sketchnet.inference.doodle_embedder import DoodleEmbedder
    from sketchnet.retrieval.suggest import Suggester

    if drawings is None:
        return Suggester(run)
    embedder = DoodleEmbedder(run)
    return Suggester(embedder, doodle_gallery_of(embedder, drawings, categories))
