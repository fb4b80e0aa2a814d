"""A gallery on disk, and what is checked before one is believed.

gallery.json     version, model fingerprint, preparation version, counts, checksums
photos.json      ids and original files, row by row
embeddings.npy   (N, E) float32 unit vectors
local.npy        (N, h, w, c) float16 maps, only where the model has them; memory-mapped
thumbnails/      000000.jpg … by row: ids may hold any character, file names here hold none
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet.imaging.prepare import PREPARATION_VERSION
from sketchnet.inference.embedder import Embeddings
from sketchnet.utils.atomic_files import recover_directory, write_text_atomically
from sketchnet.utils.errors import InputError

GALLERY_VERSION = 1

_THUMBNAIL = re.compile(r"\d{6,}\.jpg")


@dataclass(frozen=True, eq=False)
class Gallery:
    """Photos that can be searched.

    `ids` and `originals` (files relative to the folder they were built from, "" where there was no
    file) stand row by row with `embeddings`. `fingerprint` is that of the model file, `views` how
    many were averaged.
    """

    folder: Path
    ids: tuple[str, ...]
    originals: tuple[str, ...]
    embeddings: Embeddings
    fingerprint: str
    preparation: int
    views: int
    _rows: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_rows", {photo_id: row for row, photo_id in enumerate(self.ids)})

    def __len__(self) -> int:
        return len(self.ids)

    def row(self, photo_id: str) -> int:
        """Return the row of a photo; raises InputError where there is none of this id."""
        if photo_id not in self._rows:
            raise InputError(
                f"the id of one of {len(self)} photos",
                f"{photo_id!r}",
                f"ids are listed in {self.folder / 'photos.json'}",
            )
        return self._rows[photo_id]

    def __contains__(self, photo_id: object) -> bool:
        return photo_id in self._rows

    def picture(self, row: int) -> Path:
        """Return the thumbnail of a row: a JPEG file, its longest side at most 400 px."""
        return thumbnail(self.folder, row)

    def check_made_by(self, fingerprint: str) -> None:
        """Raise InputError unless the model of this fingerprint and our preparation made it."""
        check_maker(self.folder, self.fingerprint, self.preparation, fingerprint)


def check_maker(where: Path | str, made_by: str, preparation: int, fingerprint: str) -> None:
    """Raise InputError unless `made_by` is this fingerprint, and the preparation is ours."""
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
    """Return where the thumbnail of a row lies."""
    return folder / "thumbnails" / f"{row:06d}.jpg"


def load_gallery(folder: Path | str, *, verify: bool = True) -> Gallery:
    """Open a gallery; its maps stay on disk.

    Args:
        folder: what `build_gallery` wrote.
        verify: compare the checksums, which reads every byte once.

    Raises InputError where it is missing, broken, or written by a newer version, and where its
    thumbnails are anything but files of its own: the page serves that folder.
    """
    folder = Path(folder)
    recover_directory(folder)
    head = _json(folder, "gallery.json")
    if head.get("version") != GALLERY_VERSION:
        raise InputError(
            f"a gallery of version {GALLERY_VERSION}",
            f"{folder} of version {head.get('version')!r}",
            "use the sketchnet that wrote it, or build it again",
        )
    try:
        sums = dict(head["checksums"])
        local = "local.npy" in sums
        for name in ["photos.json", "embeddings.npy", *(["local.npy"] if local else [])]:
            if (folder / name).exists() and not (folder / name).is_file():
                raise _broken(folder, f"{name} is no ordinary file")
            if verify and checksum(folder / name) != sums[name]:
                raise _broken(folder, f"the checksum of {name} differs")
        _check_thumbnails(folder, int(head["photos"]))
        if verify and "thumbnails" in sums and _seen(folder) != sums["thumbnails"]:
            raise _broken(folder, "the checksum of the thumbnails differs")
        photos = _json(folder, "photos.json")
        vectors = np.load(folder / "embeddings.npy")
        maps = np.load(folder / "local.npy", mmap_mode="r") if local else None
        gallery = Gallery(
            folder=folder,
            ids=tuple(photos["ids"]),
            originals=tuple(photos["originals"]),
            embeddings=Embeddings(vectors, maps),
            fingerprint=str(head["fingerprint"]),
            preparation=int(head["preparation"]),
            views=int(head["views"]),
        )
        complete = head["photos"] == len(vectors) == len(gallery.ids) == len(gallery.originals)
        _check_arrays(gallery)
    except InputError:
        raise
    except Exception as error:  # NumPy's readers raise whatever strange headers led them into
        raise _broken(folder, str(error) or type(error).__name__) from None
    if not complete:
        raise _broken(folder, "its parts hold different numbers of photos")
    return gallery


def _check_thumbnails(folder: Path, photos: int) -> None:
    if (folder / "thumbnails").is_symlink():
        raise _broken(folder, "its thumbnails are a link")
    with os.scandir(folder / "thumbnails") as entries:
        found = {entry.name: entry.is_file(follow_symlinks=False) for entry in entries}
    for name, is_file in found.items():
        if not (is_file and _THUMBNAIL.fullmatch(name)):
            raise _broken(folder, f"{name} among the thumbnails is none")
    lost = sum(thumbnail(folder, row).name not in found for row in range(photos))
    if lost:
        raise _broken(folder, f"{lost} of {photos} thumbnails are missing")


def _check_arrays(gallery: Gallery) -> None:
    names = (*gallery.ids, *gallery.originals)
    if not all(isinstance(name, str) for name in names) or len(gallery._rows) < len(gallery):
        raise ValueError("its ids are no different texts")
    vectors, maps = gallery.embeddings.vectors, gallery.embeddings.maps
    if vectors.dtype != np.float32 or not np.isfinite(vectors).all():
        raise ValueError("its vectors are no numbers")
    if maps is not None and (maps.dtype != np.float16 or maps.ndim != 4):
        raise ValueError("its maps are none")


def write_head(
    folder: Path,
    *,
    ids: Sequence[str],
    originals: Sequence[str],
    fingerprint: str,
    views: int,
    skipped: Sequence[tuple[str, str]],
) -> None:
    """Write the two JSON files beside finished arrays; after this the folder is a gallery."""
    text = json.dumps({"ids": list(ids), "originals": list(originals)}, indent=0)
    write_text_atomically(folder / "photos.json", text)
    parts = ["photos.json", "embeddings.npy", "local.npy"]
    head = {
        "version": GALLERY_VERSION,
        "fingerprint": fingerprint,
        "preparation": PREPARATION_VERSION,
        "views": views,
        "photos": len(ids),
        "skipped": [{"photo": name, "reason": reason} for name, reason in skipped],
        "checksums": {
            **{name: checksum(folder / name) for name in parts if (folder / name).exists()},
            "thumbnails": _seen(folder),
        },
    }
    write_text_atomically(folder / "gallery.json", json.dumps(head, indent=2) + "\n")


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file, read in pieces."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _seen(folder: Path) -> str:
    """The SHA-256 of all thumbnails, one behind the other."""
    whole = hashlib.sha256()
    for path in sorted((folder / "thumbnails").iterdir()):
        whole.update(hashlib.sha256(path.read_bytes()).digest())
    return whole.hexdigest()


def _json(folder: Path, name: str) -> dict[str, Any]:
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
        raise _broken(folder, f"{name}: {error}") from None
    if not isinstance(found, dict):
        raise _broken(folder, f"{name} is no JSON object")
    return found


def _broken(folder: Path, reason: str) -> InputError:
    return InputError("a whole gallery", f"{folder}, which is damaged ({reason})", "build it again")
