"""A gallery on disk, and the checks before one is used.

gallery.json     version, model fingerprint, preparation version, counts, skipped photos, checksums
photos.json      ids, original files, size, time and checksum of each, further names: row by row
embeddings.npy   (N, E) float32 unit vectors
local.npy        (N, h, w, c) float16 maps, only where the model has them; memory-mapped
thumbnails/      000000.jpg … by row: ids may hold any character, file names here do not
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sketchnet.imaging.prepare import PREPARATION_VERSION
from sketchnet.inference.embedder import Embeddings
from sketchnet.utils.atomic_files import recover_directory, write_text_atomically
from sketchnet.utils.errors import InputError

GALLERY_VERSION = 1

_THUMBNAIL = re.compile(r"\d{6,}\.jpg")


class PhotoFile(NamedTuple):
    """A photo's file as it was when the photo was embedded.

    Attributes:
        size: in bytes.
        modified: time of the last change, nanoseconds since 1970.
        checksum: SHA-256 of the content.
        folder: 12 hexadecimal digits that identify the folder that was built from, without naming
            it; "" where photos were given one by one.
    """

    size: int
    modified: int
    checksum: str
    folder: str = ""


class PhotoName(NamedTuple):
    """One name of a photo: its id and its file.

    Attributes:
        id: unique in the gallery.
        original: the file, relative to the folder that was built from; "" where there was no file.
        file: what is known of it; None where there was no file, or in galleries of older versions.
    """

    id: str
    original: str
    file: PhotoFile | None = None


@dataclass(frozen=True, eq=False)
class Gallery:
    """Photos that can be searched.

    Attributes:
        folder: the directory of the gallery.
        ids: of the photos, row by row with `embeddings`.
        originals: their files, relative to the folder that was built from; "" where there was none.
        embeddings: vectors (N, E) and, where the model has them, maps.
        fingerprint: SHA-256 of the model file.
        preparation: version of the picture preparation.
        views: how many views were averaged.
        files: what is known of the files, row by row; () in galleries of older versions.
        aliases: row to the further names of its photo: files with the same picture.
        skipped: (id, reason, checksum of the file or "") of photos that could not be embedded.
    """

    folder: Path
    ids: tuple[str, ...]
    originals: tuple[str, ...]
    embeddings: Embeddings
    fingerprint: str
    preparation: int
    views: int
    files: tuple[PhotoFile | None, ...] = ()
    aliases: dict[int, tuple[PhotoName, ...]] = field(default_factory=dict)
    skipped: tuple[tuple[str, str, str], ...] = ()
    _rows: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        rows = {name.id: row for row, names in self.aliases.items() for name in names}
        rows |= {photo_id: row for row, photo_id in enumerate(self.ids)}
        object.__setattr__(self, "_rows", rows)

    def __len__(self) -> int:
        return len(self.ids)

    def row(self, photo_id: str) -> int:
        """Return the row of a photo by any of its names; raises InputError where there is none."""
        if photo_id not in self._rows:
            raise InputError(
                f"the id of one of {len(self)} photos",
                f"{photo_id!r}",
                f"ids are listed in {self.folder / 'photos.json'}",
            )
        return self._rows[photo_id]

    def names_of(self, row: int) -> tuple[PhotoName, ...]:
        """Return all names of a photo, its id first."""
        file = self.files[row] if self.files else None
        return (PhotoName(self.ids[row], self.originals[row], file), *self.aliases.get(row, ()))

    def __contains__(self, photo_id: object) -> bool:
        return photo_id in self._rows

    def picture(self, row: int) -> Path:
        """Return the thumbnail of a row: a JPEG file, its longest side at most 400 px."""
        return thumbnail(self.folder, row)

    def check_made_by(self, fingerprint: str) -> None:
        """Raise InputError unless this model and the current preparation made the gallery."""
        check_maker(self.folder, self.fingerprint, self.preparation, fingerprint)


def check_maker(where: Path | str, made_by: str, preparation: int, fingerprint: str) -> None:
    """Raise InputError unless a gallery was made by the current preparation and this model.

    Args:
        where: the gallery, for the message.
        made_by: fingerprint of the model that made it.
        preparation: version of the preparation that made it.
        fingerprint: of the model that is to search it.
    """
    rebuild = "build it again with `python -m sketchnet.gallery build`"
    if preparation != PREPARATION_VERSION:
        raise InputError(
            f"a gallery of preparation {PREPARATION_VERSION}",
            f"{where} of preparation {preparation}",
            rebuild,
        )
    if made_by != fingerprint:
        raise InputError(
            f"a gallery made by model {fingerprint[:12]}",
            f"{where} made by model {made_by[:12]}",
            f"{rebuild}, or name the run that made it",
        )


def thumbnail(folder: Path, row: int) -> Path:
    """Return the path of the thumbnail of a row."""
    return folder / "thumbnails" / f"{row:06d}.jpg"


def load_gallery(folder: Path | str, *, verify: bool = True) -> Gallery:
    """Open a gallery; its maps stay on disk.

    Args:
        folder: what `build_gallery` wrote.
        verify: whether to compare the checksums, which reads every byte once.

    Raises InputError where it is missing, damaged, or written by a newer version, and where its
    thumbnails are not regular files: the page serves that folder.
    """
    folder = Path(folder)
    recover_directory(folder)
    head = _read_json(folder, "gallery.json")
    if head.get("version") != GALLERY_VERSION:
        raise InputError(
            f"a gallery of version {GALLERY_VERSION}",
            f"{folder} of version {head.get('version')!r}",
            "use the sketchnet that wrote it, or build it again",
        )
    try:
        sums = dict(head["checksums"])
        has_maps = "local.npy" in sums
        for name in ["photos.json", "embeddings.npy", *(["local.npy"] if has_maps else [])]:
            if (folder / name).exists() and not (folder / name).is_file():
                raise _damaged(folder, f"{name} is not a regular file")
            if verify and checksum(folder / name) != sums[name]:
                raise _damaged(folder, f"the checksum of {name} differs")
        _check_thumbnails(folder, int(head["photos"]))
        if verify and "thumbnails" in sums and thumbnails_checksum(folder) != sums["thumbnails"]:
            raise _damaged(folder, "the checksum of the thumbnails differs")
        photos = _read_json(folder, "photos.json")
        vectors = np.load(folder / "embeddings.npy")
        maps = np.load(folder / "local.npy", mmap_mode="r") if has_maps else None
        gallery = Gallery(
            folder=folder,
            ids=tuple(photos["ids"]),
            originals=tuple(photos["originals"]),
            embeddings=Embeddings(vectors, maps),
            fingerprint=str(head["fingerprint"]),
            preparation=int(head["preparation"]),
            views=int(head["views"]),
            files=tuple(map(_photo_file, photos.get("files", ()))),
            aliases=_aliases(photos),
            skipped=tuple(
                (str(each["photo"]), str(each["reason"]), str(each.get("checksum", "")))
                for each in head.get("skipped", [])
            ),
        )
        counts = {len(vectors), len(gallery.ids), len(gallery.originals)}
        counts |= {len(gallery.files)} if gallery.files else set()
        is_complete = counts == {head["photos"]}
        _check_arrays(gallery)
    except InputError:
        raise
    except Exception as error:  # NumPy raises errors of any type on malformed headers
        raise _damaged(folder, str(error) or type(error).__name__) from None
    if not is_complete:
        raise _damaged(folder, "its parts hold different numbers of photos")
    return gallery


def _aliases(photos: dict[str, Any]) -> dict[int, tuple[PhotoName, ...]]:
    return {
        int(row): tuple(PhotoName(name, file, _photo_file(values)) for name, file, values in names)
        for row, names in photos.get("aliases", {}).items()
    }


def _photo_file(values: Any) -> PhotoFile | None:
    if values is None:
        return None
    size, modified, content, folder = values
    if not (isinstance(content, str) and isinstance(folder, str)):
        raise ValueError("its files have no checksums")
    return PhotoFile(int(size), int(modified), content, folder)


def _check_thumbnails(folder: Path, photos: int) -> None:
    if (folder / "thumbnails").is_symlink():
        raise _damaged(folder, "its thumbnails are a link")
    with os.scandir(folder / "thumbnails") as entries:
        found = {entry.name: entry.is_file(follow_symlinks=False) for entry in entries}
    for name, is_file in found.items():
        if not (is_file and _THUMBNAIL.fullmatch(name)):
            raise _damaged(folder, f"{name} among the thumbnails is not a thumbnail")
    missing = sum(thumbnail(folder, row).name not in found for row in range(photos))
    if missing:
        raise _damaged(folder, f"{missing} of {photos} thumbnails are missing")


def _check_arrays(gallery: Gallery) -> None:
    further = [name for names in gallery.aliases.values() for name in names]
    texts = [*gallery.ids, *gallery.originals]
    texts += [text for name in further for text in (name.id, name.original)]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("its ids are not text")
    rows = range(len(gallery))
    if len(gallery._rows) < len(gallery) + len(further) or not gallery.aliases.keys() <= {*rows}:
        raise ValueError("its ids are not unique")
    vectors, maps = gallery.embeddings.vectors, gallery.embeddings.maps
    if vectors.dtype != np.float32 or not np.isfinite(vectors).all():
        raise ValueError("its vectors are not finite numbers")
    if maps is not None and (maps.dtype != np.float16 or maps.ndim != 4):
        raise ValueError("its maps have another shape")


def write_head(
    folder: Path,
    *,
    names: Sequence[PhotoName],
    aliases: dict[int, tuple[PhotoName, ...]],
    fingerprint: str,
    views: int,
    skipped: Sequence[tuple[str, str, str]],
) -> None:
    """Write the two JSON files beside finished arrays; after this the folder is a gallery.

    Args:
        skipped: id, reason and checksum (or "") of each photo that could not be embedded.
    """
    photos = {
        "ids": [name.id for name in names],
        "originals": [name.original for name in names],
        "files": [name.file for name in names],
        "aliases": aliases,
    }
    write_text_atomically(folder / "photos.json", json.dumps(photos, separators=(",", ":")))
    parts = ["photos.json", "embeddings.npy", "local.npy"]
    head = {
        "version": GALLERY_VERSION,
        "fingerprint": fingerprint,
        "preparation": PREPARATION_VERSION,
        "views": views,
        "photos": len(names),
        "skipped": [
            {"photo": name, "reason": reason, "checksum": content}
            for name, reason, content in skipped
        ],
        "checksums": {
            **{name: checksum(folder / name) for name in parts if (folder / name).exists()},
            "thumbnails": thumbnails_checksum(folder),
        },
    }
    write_text_atomically(folder / "gallery.json", json.dumps(head, indent=2) + "\n")


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def thumbnails_checksum(folder: Path) -> str:
    """Return one SHA-256 of all thumbnails, in the order of their names."""
    whole = hashlib.sha256()
    for path in sorted((folder / "thumbnails").iterdir()):
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def _read_json(folder: Path, name: str) -> dict[str, Any]:
    try:
        if not (folder / name).is_file():
            raise FileNotFoundError
        found = json.loads((folder / name).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise InputError(
            "a gallery",
            f"{folder}, which holds no {name}",
            "build one with `python -m sketchnet.gallery build RUN PHOTOS OUT`",
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise _damaged(folder, f"{name}: {error}") from None
    if not isinstance(found, dict):
        raise _damaged(folder, f"{name} is not a JSON object")
    return found


def _damaged(folder: Path, reason: str) -> InputError:
    return InputError("a whole gallery", f"{folder}, which is damaged ({reason})", "build it again")
