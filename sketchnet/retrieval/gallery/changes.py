"""What a build must do: which rows of a gallery stay, which photos are embedded, which go.

Photos are compared by the checksums of their files. Files with the same content are one row with
several names; a file that was renamed keeps its embedding.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sketchnet.data.pairs.collection import Photo
from sketchnet.retrieval.gallery.photos import (
    file_record,
    folder_tag,
    list_photos,
    original_of,
)
from sketchnet.retrieval.gallery.records import Gallery, PhotoName
from sketchnet.retrieval.gallery.store import load_gallery
from sketchnet.utils.progress import in_parallel


@dataclass(frozen=True)
class GalleryChanges:
    """Ids of photos by which a folder differs from the gallery that was built from it."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.new or self.changed or self.gone)

    def __str__(self) -> str:
        return f"{len(self.new):,} new, {len(self.changed):,} changed, {len(self.gone):,} gone"


@dataclass(frozen=True)
class Entry:
    """One row of a gallery to be.

    Attributes:
        name: its id and file.
        aliases: further files with the same picture.
        row: the row of the present gallery that it is taken from, or None.
        photo: what is embedded where `row` is None.
    """

    name: PhotoName
    aliases: tuple[PhotoName, ...] = ()
    row: int | None = None
    photo: Photo | None = None

    @property
    def checksum(self) -> str:
        """The checksum of the file, "" where there is no file."""
        return self.name.file.checksum if self.name.file else ""

    @property
    def names(self) -> tuple[PhotoName, ...]:
        return (self.name, *self.aliases)


@dataclass(frozen=True)
class Plan:
    """The rows of a gallery to be, those that are kept first, and how it differs from before."""

    entries: tuple[Entry, ...]
    changes: GalleryChanges

    @property
    def to_embed(self) -> list[Entry]:
        return [entry for entry in self.entries if entry.row is None]


def gallery_changes(gallery: Gallery | Path | str, photos: Path | str) -> GalleryChanges:
    """Return how a folder of photos differs from a gallery that was built from it.

    Nothing is decoded or embedded: files whose size or time differ are compared by checksum.
    Photos that the last build could not read do not count as new while they stay the same.

    Args:
        gallery: the gallery, or its folder.
        photos: the folder of photos.

    Raises InputError where one of them is not there, or there are no photos.
    """
    if not isinstance(gallery, Gallery):
        gallery = load_gallery(gallery, verify=False)
    root = Path(photos).resolve()
    plan = plan_build(gallery, list_photos(root).photos, root)
    known = {(photo_id, content) for photo_id, _, content in gallery.skipped}
    unreadable = {
        name.id
        for entry in plan.to_embed
        for name in entry.names
        if (name.id, name.file.checksum if name.file else "") in known
    }
    return replace(plan.changes, new=tuple(n for n in plan.changes.new if n not in unreadable))


def plan_build(base: Gallery | None, photos: Sequence[Photo], root: Path | None) -> Plan:
    """Compare a list of photos with a gallery.

    Args:
        base: the present gallery, or None.
        photos: what the gallery is to hold.
        root: the folder that they were listed from: photos that it held at the last build and that
            are not listed any more are gone, and files of the same content are one row. None for
            photos given one by one: these are added, or replace those of the same id.
    """
    present = _Present(base)
    tag = folder_tag(root)
    records = in_parallel(lambda p: file_record(p, present.files.get(p.id), tag), photos)
    listed = {
        photo.id: PhotoName(photo.id, original_of(photo, root), record)
        for photo, record in zip(photos, records, strict=True)
    }
    own = present.own_folders(listed, tag) if root else set()
    by_id = {photo.id: photo for photo in photos}
    kept: dict[int, Entry] = {}
    new: list[Entry] = []
    for names in _groups(listed, merge=root is not None):
        rows = (present.row_of(name, by_content=root is not None) for name in names)
        row = next((each for each in rows if each is not None), None)
        if row is None or (row in kept and root is None):
            new.append(Entry(names[0], tuple(names[1:]), photo=by_id[names[0].id]))
        elif row in kept:  # another file with the same picture
            kept[row] = _entry(row, [*kept[row].names, *names], base)
        else:
            kept[row] = _entry(row, [*names, *present.other_names(row, listed, own)], base)
    for row in present.rows - kept.keys():
        if names := present.other_names(row, listed, own):
            kept[row] = _entry(row, names, base)
    entries = [kept[row] for row in sorted(kept)] + new
    return Plan(tuple(entries), _changes(present, listed, entries))


class _Present:
    """What a gallery knows of its photos: nothing where there is none."""

    def __init__(self, gallery: Gallery | None) -> None:
        self.gallery = gallery
        self.rows = set(range(len(gallery))) if gallery else set()
        self.names = {row: gallery.names_of(row) for row in self.rows} if gallery else {}
        self.files = {name.id: name.file for names in self.names.values() for name in names}
        self.by_checksum: dict[str, int] = {}
        for row, names in self.names.items():
            for name in names:
                if name.file:
                    self.by_checksum.setdefault(name.file.checksum, row)

    def row_of(self, name: PhotoName, by_content: bool) -> int | None:
        """Return the row that holds the picture of a file, None where none is known to.

        Args:
            by_content: whether it may be there under another id.
        """
        if by_content and name.file and name.file.checksum in self.by_checksum:
            return self.by_checksum[name.file.checksum]
        if self.gallery and name.id in self.files and self._is_same(name):
            return self.gallery.row(name.id)
        return None

    def _is_same(self, name: PhotoName) -> bool:
        """Whether a photo of a known id counts as unchanged.

        A photo without a file does, and one whose file cannot be read now. Galleries of older
        versions know no checksums: there a file does if it was not modified after the gallery was
        written.
        """
        if name.file is None:
            return True
        known = self.files[name.id]
        if known is not None or self.gallery is None:
            return known is not None and known.checksum == name.file.checksum
        written = (self.gallery.folder / "gallery.json").stat().st_mtime_ns
        return name.file.modified <= written

    def own_folders(self, listed: Mapping[str, PhotoName], tag: str) -> set[str | None]:
        """Return the tags of the folder that is built from: also of its place before it was moved.

        A moved folder is recognised by its photos: 9 in 10 are the same. The tag of photos without
        a record is None; there half of the ids suffice.
        """
        counts: Counter[str | None] = Counter()
        same: Counter[str | None] = Counter()
        for photo_id, file in self.files.items():
            folder = file.folder if file else None
            counts[folder] += 1
            now = listed[photo_id].file if photo_id in listed else None
            same[folder] += bool(now and (file is None or now.checksum == file.checksum))
        own: set[str | None] = {tag}
        if 2 * same[None] >= counts[None]:
            own.add(None)
        if tag not in counts:  # the first build from this place
            own |= {f for f in counts if f and 10 * same[f] >= 9 * counts[f]}
        return own

    def other_names(
        self, row: int, listed: Mapping[str, PhotoName], own: Collection[str | None]
    ) -> list[PhotoName]:
        """Return the names of a row that a build from certain folders does not concern."""
        return [
            name
            for name in self.names[row]
            if name.id not in listed and (name.file.folder if name.file else None) not in own
        ]


def _groups(listed: Mapping[str, PhotoName], merge: bool) -> list[list[PhotoName]]:
    """Return the names of each row to be: with `merge`, files of one content are one row."""
    groups: dict[str, list[PhotoName]] = defaultdict(list)
    for name in listed.values():
        key = name.file.checksum if merge and name.file else f"id {name.id}"
        groups[key].append(name)
    return list(groups.values())


def _entry(row: int, names: Sequence[PhotoName], base: Gallery | None) -> Entry:
    """Return a row that is kept; it keeps its id if a file of that id still has this picture."""
    first = next((n for n in names if base and n.id == base.ids[row]), names[0])
    return Entry(first, tuple(name for name in names if name is not first), row)


def _changes(
    present: _Present, listed: Mapping[str, PhotoName], entries: Sequence[Entry]
) -> GalleryChanges:
    remaining = {name.id for entry in entries for name in entry.names}
    embedded = {name.id for entry in entries if entry.row is None for name in entry.names}
    changed = []
    for photo_id, name in listed.items():
        if photo_id in present.files:
            before, now = present.files[photo_id], name.file
            is_same = before.checksum == now.checksum if before and now else None
            if is_same is False or (is_same is None and photo_id in embedded):
                changed.append(photo_id)
    return GalleryChanges(
        new=tuple(photo_id for photo_id in listed if photo_id not in present.files),
        changed=tuple(changed),
        gone=tuple(photo_id for photo_id in present.files if photo_id not in remaining),
    )
