"""Photos to a gallery on disk: a build continues after any interruption and never leaves half.

Threads decode and prepare photos ahead of the network. Everything is written beside the target
(`staging`), and the finished folder replaces the target in one step: a build that is killed leaves
the old gallery as it was, and the next one continues it.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from sketchnet.data.pairs.collection import Photo
from sketchnet.data.pairs.picture_source import load_picture
from sketchnet.imaging.prepare import prepare_and_count, prepare_edge_input
from sketchnet.inference.embedder import Embedder, ProgressCallback
from sketchnet.retrieval.catalogue.table import Table
from sketchnet.retrieval.catalogue.update import Report
from sketchnet.retrieval.gallery.changes import Entry, GalleryChanges, Plan, plan_build
from sketchnet.retrieval.gallery.photos import PhotoList, list_photos, photos_in, source_of
from sketchnet.retrieval.gallery.records import Gallery
from sketchnet.retrieval.gallery.staging import Ready, Stage
from sketchnet.retrieval.gallery.store import load_gallery
from sketchnet.retrieval.gallery.update_fields import find_table, update_fields
from sketchnet.utils.atomic_files import recover_directory
from sketchnet.utils.errors import InputError
from sketchnet.utils.progress import n_processors

__all__ = ["Built", "build_gallery", "photos_in"]

CHUNK = 60  # photos that are embedded and saved together: what a kill can cost
THUMBNAIL = 400  # px, the longest side: what the page shows large; 10 kB each
THREADS = n_processors() + 2  # that prepare: some of them wait for the disk
LEAST = 768  # px of a photo that are read: an object a third as long still has the 256 of `edges`
MAX_NAMES = 5  # that one line lists

Skipped = tuple[str, str]
"""The id or file of a photo that is not in the gallery, and why."""


@dataclass(frozen=True)
class Built:
    """The outcome of a build.

    Attributes:
        gallery: None where no photo at all is in.
        embedded: number of photos that were added, with those of an earlier build that was killed.
        skipped: photos that are not in, with reasons.
        changes: how the folder differed from the gallery before.
        left_out: what is not a photo of the folder, one line each (`PhotoList`).
        catalogue: the fields of the photos, and what is odd about them.
        collages: the ids of embedded photos that show three objects or more, not one shoe.
    """

    gallery: Gallery | None
    embedded: int
    skipped: tuple[Skipped, ...]
    changes: GalleryChanges = field(default_factory=GalleryChanges)
    left_out: tuple[str, ...] = ()
    catalogue: Report = field(default_factory=Report)
    collages: tuple[str, ...] = ()

    @property
    def copies(self) -> tuple[tuple[str, ...], ...]:
        """All names of each photo that has several."""
        if self.gallery is None:
            return ()
        rows = sorted(self.gallery.aliases)
        return tuple(tuple(name.id for name in self.gallery.names_of(row)) for row in rows)

    @property
    def doubts(self) -> tuple[str, ...]:
        """A line for each kind of photo that is in, but not as one would expect."""
        lines = []
        if self.copies:
            lines.append(f"several files of one picture: {listed([*map(' = '.join, self.copies)])}")
        if self.collages:
            lines.append(f"no single shoe was found: {listed(self.collages)}")
        return tuple(lines)


def build_gallery(
    embedder: Embedder,
    photos: Path | str | Sequence[Photo],
    out: Path | str,
    *,
    views: int = 10,
    fields: Path | str | Table | None = None,
    progress: ProgressCallback | None = None,
) -> Built:
    """Embed photos into the gallery `out`, or bring the gallery there up to date.

    Of a folder, photos that were added or replaced are embedded, photos that were removed leave
    the gallery, and files with the same picture become one photo with several names; photos that
    other folders contributed stay. Photos given one by one are added, or replace those of the same
    id. Broken ones are skipped and reported. A build that was killed is continued.

    Args:
        embedder: the model, from a run; its fingerprint is stored in the gallery.
        photos: a folder (`list_photos`), or photos with ids of their own.
        out: the folder to write.
        views: 10, or 1 for speed; all photos of a gallery have the same number.
        fields: a table of fields of the photos; None = `catalogue.csv` of the folder, if there is
            one, or the further columns of a list. Without any, those in the gallery stay.
        progress: called after every chunk with the number of new photos that are done, and of all.

    Raises InputError where `out` is not a gallery, or one of another model or preparation, and
    where the table cannot be used.
    """
    if not embedder.fingerprint:
        raise ValueError("expected an embedder of a run; received one of a network in memory")
    out = Path(out)
    root = Path(photos).resolve() if isinstance(photos, Path | str) else None
    found = PhotoList(list(photos)) if not isinstance(photos, Path | str) else list_photos(photos)
    table = find_table(fields, root, found.photos)
    base = present_gallery(out, embedder.fingerprint, views)
    plan = plan_build(base, found.photos, root)
    stage = Stage(out, embedder.fingerprint, views)
    missing = [entry for entry in plan.to_embed if entry not in stage]
    done = len(plan.to_embed) - len(missing)

    skipped: list[Skipped] = []
    collages: list[str] = []
    ready = _prepared(missing, embedder, skipped)
    while batch := list(islice(ready, CHUNK)):
        pictures = np.stack([each.prepared for each in batch])
        stage.add(batch, embedder.photos(pictures, views))
        collages += [each.id for each in batch if each.objects > 2]
        done += len(batch)
        if progress:
            progress(done + len(skipped), len(plan.to_embed))
    built = finish_build(stage, base, plan, found, skipped, table, merge_copies=root is not None)
    return replace(built, collages=tuple(collages))


def finish_build(
    stage: Stage,
    base: Gallery | None,
    plan: Plan,
    found: PhotoList,
    skipped: Sequence[Skipped],
    table: Table | None = None,
    *,
    merge_copies: bool,
) -> Built:
    """Write the gallery of a plan whose photos are all embedded or skipped.

    Args:
        found: the photos of the plan, and what was left out of it before.
        skipped: photos of the plan that could not be embedded.
        table: fields of the photos that were found; the others keep theirs.
        merge_copies: whether photos with the same thumbnail become one with several names.
    """
    entries = [entry for entry in plan.entries if entry.row is not None or entry in stage]
    if merge_copies and len(entries) > sum(entry.row is not None for entry in entries):
        entries = _merge_copies(entries, stage, base)
    reasons = dict(skipped)
    lost = []
    for entry in (each for each in plan.to_embed if each not in stage):
        reason = reasons.get(entry.name.id, "")
        lost.append((entry.name.id, reason, entry.checksum))
        copy_reason = f"a copy of {entry.name.id}, which is skipped"
        lost += [(name.id, copy_reason, entry.checksum) for name in entry.aliases]
    catalogue = Report()

    def fill(gallery: Gallery) -> None:
        nonlocal catalogue
        named = {gallery.row(photo.id) for photo in found.photos if photo.id in gallery}
        kept = {name for row, name in enumerate(gallery.ids) if row not in named}
        catalogue = update_fields(gallery, table, kept)

    gallery = base
    if entries and (base is None or not _equal(entries, base) or {*lost} != {*base.skipped}):
        # Before the new gallery takes its place: a kill never parts it from its catalogue.
        stage.finish(entries, base, lost, lambda folder: fill(load_gallery(folder, verify=False)))
        gallery = load_gallery(stage.out, verify=False)
    elif base is not None:
        fill(base)
    stage.remove()
    return Built(
        gallery,
        sum(entry.row is None for entry in entries),
        (*((name, reason) for name, reason, _ in lost), *found.skipped),
        plan.changes,
        found.left_out,
        catalogue,
    )


def present_gallery(out: Path, fingerprint: str, views: int) -> Gallery | None:
    """Return the gallery that is at `out` already, None where there is nothing.

    Raises InputError where it is not a gallery, or one of another model or number of views.
    """
    recover_directory(out)
    if not out.exists() or (out.is_dir() and not any(out.iterdir())):
        return None
    gallery = load_gallery(out, verify=True)
    gallery.check_made_by(fingerprint)
    if gallery.views != views:
        raise InputError(
            f"{gallery.views} views, as {out} was made with", views, "build into another folder"
        )
    return gallery


def _merge_copies(entries: Sequence[Entry], stage: Stage, base: Gallery | None) -> list[Entry]:
    """Return the rows where those of the same thumbnail are one, with the names of all."""
    merged: dict[bytes, Entry] = {}
    for entry in entries:
        content = hashlib.sha256(stage.thumbnail_of(entry, base).read_bytes()).digest()
        if content in merged:
            first = merged[content]
            entry = replace(first, aliases=(*first.aliases, *entry.names))
        merged[content] = entry
    return list(merged.values())


def _equal(entries: Sequence[Entry], base: Gallery) -> bool:
    """Whether rows are those of a gallery, with the same names."""
    return len(entries) == len(base) and all(
        entry.row == row and entry.names == base.names_of(row) for row, entry in enumerate(entries)
    )


def _prepared(
    entries: Sequence[Entry], embedder: Embedder, skipped: list[Skipped]
) -> Iterator[Ready]:
    """Yield the readable photos in order; the others are appended to `skipped`."""
    with ThreadPoolExecutor(THREADS) as pool:
        tasks = (
            (each.name.id, pool.submit(make_ready, each.photo, embedder, each.checksum))
            for each in entries
            if each.photo is not None
        )
        # A window of them, not all at once: a million prepared photos would not fit in memory.
        ahead = deque(islice(tasks, 2 * CHUNK))
        while ahead:
            photo_id, task = ahead.popleft()
            ahead.extend(islice(tasks, 1))
            try:
                yield task.result()
            except (InputError, OSError, cv2.error) as error:
                skipped.append((photo_id, str(error).strip()))


def make_ready(photo: Photo, embedder: Embedder, checksum: str = "") -> Ready:
    """Read and prepare a photo.

    Raises InputError or OSError where it cannot be read or is blank.
    """
    config = embedder.config
    source = source_of(photo)
    if source is None:
        raise InputError(f"a photo of {photo.id}", "none")
    picture = load_picture(source, least=LEAST)
    form = (embedder.canvas, config.photo_input, config.line_width)
    if source is photo.edges:
        prepared, objects = prepare_edge_input(picture, *form), 1
    else:
        prepared, objects = prepare_and_count(picture, *form)
    if prepared.min() == 255:
        raise InputError(f"something to see in {photo.id}", "a blank picture")
    return Ready(photo.id, checksum, prepared, _thumbnail(picture), objects)


def _thumbnail(picture: np.ndarray) -> bytes:
    scale = THUMBNAIL / max(picture.shape[:2])
    if scale < 1:
        size = [max(1, round(side * scale)) for side in picture.shape[1::-1]]
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes()


def listed(names: Sequence[str]) -> str:
    """Return the first few names in one line, with the number of all where there are more."""
    more = f", … ({len(names):,} in all)" if len(names) > MAX_NAMES else ""
    return ", ".join(names[:MAX_NAMES]) + more
