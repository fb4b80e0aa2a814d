"""Which photos a gallery is built of: those of a folder, in any layout, never its sketches."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sketchnet.data.pairs.collection import Collection, Photo
from sketchnet.data.pairs.file_names import PICTURE_ENDINGS, printable
from sketchnet.data.pairs.layout_photos import photo_ids
from sketchnet.data.pairs.left_out import summarise
from sketchnet.data.pairs.listing import Listing
from sketchnet.data.pairs.load import read_layouts
from sketchnet.data.pairs.picture_source import PictureHalf, PictureSource, file_of
from sketchnet.retrieval.gallery.records import PhotoFile
from sketchnet.retrieval.gallery.store import checksum
from sketchnet.utils.errors import InputError


@dataclass(frozen=True)
class PhotoList:
    """The photos of a folder, and the files in it that are not among them.

    Attributes:
        photos: with ids, in natural order.
        skipped: (file, reason) of photos that cannot be used, such as a second file of one name.
        left_out: what is not a photo of the folder, such as sketches and thumbnails, one line each.
    """

    photos: list[Photo]
    skipped: tuple[tuple[str, str], ...] = ()
    left_out: tuple[str, ...] = ()


def photos_in(directory: Path | str) -> list[Photo]:
    """Return the photos of `list_photos`."""
    return list_photos(directory).photos


def list_photos(directory: Path | str) -> PhotoList:
    """List the photos of a folder: those of a layout with sketches, else every photo below it.

    Where there is no such layout, the id of a photo is its path below `directory` without the
    ending, with it where two would be the same. Raises InputError where there is no photo.
    """
    directory = Path(directory).resolve()
    if not directory.is_dir():
        raise InputError("a folder of photos", f"{directory}, which is not a folder")
    listing = Listing(directory)
    left_out = [each for each in listing.left_out if not each.is_loss]
    collection = read_layouts(listing)
    lost = [(each.name, each.reason) for each in listing.left_out if each.is_loss]
    if collection.sketches or not listing.root.all_pictures():
        return _of_layout(listing, collection, lost)
    listing.left_out = left_out  # without what the layouts have noted
    ids = photo_ids(listing)
    photos = _all_photos(ids, collection)
    if not photos:
        raise InputError(
            f"photos in {directory}",
            "a folder without any",
            f"put pictures there ({', '.join(sorted(PICTURE_ENDINGS))})",
        )
    return PhotoList(photos, tuple(lost), tuple(summarise(listing.left_out)))


def _of_layout(
    listing: Listing, collection: Collection, lost: Sequence[tuple[str, str]]
) -> PhotoList:
    """Return the photos of a layout that distinguishes photos and sketches."""
    if not collection.photos:
        raise InputError(
            f"photos in {listing.root.path}",
            "a folder without any",
            f"put pictures there ({', '.join(sorted(PICTURE_ENDINGS))})",
        )
    sketches = {file_of(sketch.picture) for sketch in collection.sketches}
    folders = {path.parent for path in sketches if path}
    skipped = [
        (listing.relative(path), reason)
        for path, reason in listing.skipped.items()
        if path.parent not in folders
    ]
    named = {f"{name}: {reason}, skipped" for name, reason in skipped}
    lost_names = {name for name, _ in lost}
    others = [
        problem
        for problem in collection.problems
        if problem not in named and problem.partition(": ")[0] not in lost_names
    ]
    return PhotoList(list(collection.photos), (*skipped, *lost), (*others, *collection.left_out))


def _all_photos(ids: dict[Path, str], collection: Collection) -> list[Photo]:
    """Return every photo of a listing, with the ids of a layout if that has all of them.

    Further columns of a list stay with their photos in any case.
    """
    known = {file_of(photo.photo): photo for photo in collection.photos}
    if known.keys() == ids.keys():
        return list(collection.photos)
    photos = [Photo(photo_id, "test", path) for path, photo_id in ids.items()]
    return [
        replace(photo, fields=known[path].fields) if path in known else photo
        for path, photo in zip(ids, photos, strict=True)
    ]


def source_of(photo: Photo) -> PictureSource | None:
    """Return the picture that is embedded: the photo, or the provided edge map."""
    return photo.photo if photo.photo is not None else photo.edges


def original_of(photo: Photo, root: Path | None) -> str:
    """Return a photo's file relative to the folder that is built from, "" where there is none.

    Never the whole path: a gallery does not reveal the machine that it was made on.
    """
    path = file_of(source_of(photo))
    if path is None:
        return ""
    is_below = root is not None and path.is_relative_to(root)
    return printable(path.relative_to(root).as_posix() if is_below and root else path.name)


def folder_tag(root: Path | None) -> str:
    """Return 12 hexadecimal digits that identify a folder without naming it; "" for None."""
    return hashlib.sha256(str(root).encode()).hexdigest()[:12] if root else ""


def file_record(photo: Photo, known: PhotoFile | None, folder: str) -> PhotoFile | None:
    """Return size, time and checksum of a photo's file; None where it has none or cannot be read.

    Args:
        known: an earlier record; its checksum is taken where size and time are the same.
        folder: `folder_tag` of the folder that is built from.
    """
    source = source_of(photo)
    path = file_of(source)
    if path is None:
        return None
    try:
        status = path.stat()
        if known and (known.size, known.modified) == (status.st_size, status.st_mtime_ns):
            content = known.checksum
        else:
            content = checksum(path)
            content += f":{source.side}" if isinstance(source, PictureHalf) else ""
    except OSError:
        return None
    return PhotoFile(status.st_size, status.st_mtime_ns, content, folder)
