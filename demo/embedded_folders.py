"""Folders of photos or drawings as galleries: embedded once and kept in the cache.

A folder that has changed since is noticed at the next start: photos are added or removed, and
drawings are embedded anew.
"""

from __future__ import annotations

import hashlib
import shutil
import sys
from collections.abc import Sequence
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

from sketchnet.utils.cache import cache_home

if TYPE_CHECKING:
    from sketchnet.inference.doodle_embedder import DoodleEmbedder
    from sketchnet.inference.embedder import Embedder
    from sketchnet.retrieval.gallery.build import Built

MAX_DRAWINGS = 500  # per category


def photo_gallery_of(embedder: Embedder, folder: Path) -> Built:
    """The gallery of a folder of photos; only photos that are not in the cache are embedded."""
    from sketchnet.retrieval.gallery import build_gallery, load_gallery, photos_in

    cached = cache_path(folder, embedder.fingerprint)
    if (cached / "gallery.json").is_file():
        present = {photo.id for photo in photos_in(folder)}
        if not present.issuperset(load_gallery(cached, verify=False).ids):
            shutil.rmtree(cached)  # photos were removed from the folder, and a gallery only grows
    return build_gallery(embedder, folder, cached, progress=_report_progress)


def doodle_gallery_of(embedder: DoodleEmbedder, folder: Path, categories: Sequence[str]) -> Path:
    """The file of embedded drawings of a folder.

    Args:
        embedder: the doodle model.
        folder: Quick, Draw! files, or folders of them.
        categories: the categories to embed; none = all.

    The file is used again only for the same model, categories and files (`files_fingerprint`).
    """
    from sketchnet.data.quickdraw.load import load_doodles
    from sketchnet.retrieval.doodle_gallery import build_doodle_gallery, save_doodle_gallery

    place = cache_path(folder, embedder.fingerprint, *sorted(categories))
    cached = place.with_name(f"{place.name}-{files_fingerprint(folder)}.npz")
    if not cached.is_file():
        print(f"embedding the drawings in {folder} …", file=sys.stderr, flush=True)
        doodles = load_doodles(folder, list(categories) or None, per_category=MAX_DRAWINGS)
        outdated = [*place.parent.glob(f"{escape(place.name)}-*.npz")]
        save_doodle_gallery(build_doodle_gallery(embedder, doodles), cached)
        for path in outdated:
            path.unlink(missing_ok=True)
    return cached


def cache_path(folder: Path, *key: str) -> Path:
    """Where the cache keeps what was computed from a folder: one place for each `key`."""
    folder = folder.resolve()
    digest = hashlib.sha256("\n".join([str(folder), *key]).encode()).hexdigest()[:12]
    return cache_home() / f"{folder.name}-{digest}"


def files_fingerprint(folder: Path) -> str:
    """A hash of the names, sizes and modification times of the drawing files in a folder."""
    from sketchnet.data.quickdraw.sources import find_sources

    digest = hashlib.sha256()
    for path in sorted(source.path for source in find_sources(folder)):
        state = path.stat()
        digest.update(f"{path}\n{state.st_size}\n{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:12]


def _report_progress(done: int, total: int) -> None:
    bar = "█" * (30 * done // total)
    end = "\n" if done == total else ""
    print(f"\rembedding {bar:<30} {done:,} of {total:,}", end=end, file=sys.stderr, flush=True)
