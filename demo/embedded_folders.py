"""Folders of photos or drawings as galleries: embedded once and kept in the cache.

A folder that has changed since is noticed at the next start: only photos that are new or changed
are embedded; drawings are embedded anew.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Sequence
from glob import escape
from pathlib import Path
from typing import TYPE_CHECKING

from sketchnet.utils.cache import cache_home
from sketchnet.utils.progress import ProgressBar

if TYPE_CHECKING:
    from sketchnet.inference.doodle_embedder import DoodleEmbedder
    from sketchnet.inference.embedder import Embedder
    from sketchnet.retrieval.gallery.build import Built

MAX_DRAWINGS = 500  # per category


def photo_gallery_of(embedder: Embedder, folder: Path) -> Built:
    """The gallery of a folder of photos; prints one line where it has changed since last time."""
    from sketchnet.retrieval.gallery import build_gallery

    cached = cache_path(folder, embedder.fingerprint)
    known = (cached / "gallery.json").is_file()
    built = build_gallery(embedder, folder, cached, progress=ProgressBar("embedding", "photo"))
    if known and built.changes:
        print(f"{folder}: {built.changes}", file=sys.stderr)
    return built


def doodle_gallery_of(embedder: DoodleEmbedder, folder: Path, categories: Sequence[str]) -> Path:
    """The file of embedded drawings of a folder.

    Args:
        embedder: the doodle model.
        folder: Quick, Draw! files, or folders of them.
        categories: the categories to embed; none = all.

    The file is used again only for the same model, categories and files (`sources_fingerprint`).
    """
    from sketchnet.data.quickdraw.load import load_doodles
    from sketchnet.data.quickdraw.sources import sources_fingerprint
    from sketchnet.retrieval.doodle_gallery import build_doodle_gallery, save_doodle_gallery

    place = cache_path(folder, embedder.fingerprint, *sorted(categories))
    cached = place.with_name(f"{place.name}-{sources_fingerprint(folder)}.npz")
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
