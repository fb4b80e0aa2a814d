"""Photos taken out of a gallery."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sketchnet.retrieval.gallery.changes import Entry
from sketchnet.retrieval.gallery.records import Gallery
from sketchnet.retrieval.gallery.staging import Stage
from sketchnet.retrieval.gallery.store import load_gallery
from sketchnet.utils.errors import InputError


def remove_photos(folder: Path | str, ids: Sequence[str]) -> Gallery:
    """Remove photos from a gallery on disk, in one step; a build adds them again.

    Args:
        folder: the gallery.
        ids: of the photos; any name of a photo that has several removes it.

    Returns: what is left.
    Raises: InputError where one of the ids is not there, or none would be left.
    """
    gallery = load_gallery(folder, verify=True)
    rows = {gallery.row(photo_id) for photo_id in ids}
    names = ((row, gallery.names_of(row)) for row in range(len(gallery)) if row not in rows)
    kept = [Entry(first, tuple(others), row) for row, (first, *others) in names]
    if not kept:
        raise InputError(
            f"fewer than all {len(gallery)} photos", "all of them", f"delete the folder {folder}"
        )
    stage = Stage(gallery.folder, gallery.fingerprint, gallery.views, purpose="removing")
    stage.finish(kept, gallery, gallery.skipped)
    stage.remove()
    return load_gallery(folder, verify=False)
