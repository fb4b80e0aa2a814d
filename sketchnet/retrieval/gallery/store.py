"""A gallery on disk, and the checks before one is used.

gallery.json     version, model fingerprint, preparation version, counts, skipped photos, checksums
photos.json      ids, original files, size, time and checksum of each, further names: row by row
embeddings.npy   (N, E) float32 unit vectors
local.npy        (N, h, w, c + 2) int8 maps (`coded_maps`), only where the model has them;
                 memory-mapped. (N, h, w, c) float16 in galleries of version 1
thumbnails/      000000.jpg … by row: ids may hold any character, file names here do not
catalogue.sqlite fields and colours of the photos, by id (`catalogue.file`)
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet.imaging.prepare import PREPARATION_VERSION
from sketchnet.inference.embedder import Embeddings
from sketchnet.models.coded_maps import CodedMaps
from sketchnet.retrieval.gallery.records import Gallery, PhotoFile, PhotoName, thumbnail_name
from sketchnet.utils.atomic_files import recover_directory, write_text_atomically
from sketchnet.utils.errors import InputError

GALLERY_VERSION = 2
READABLE = (1, 2)
VERIFIED = 20_000  # photos

_THUMBNAIL = re.compile(r"\d{6,}\.jpg")


def load_gallery(folder: Path | str, *, verify: bool | None = None) -> Gallery:
    """Open a gallery; its maps stay on disk.

    Args:
        folder: what `build_gallery` wrote.
        verify: whether to compare the checksums, which reads every byte once; None = where there
            are at most `VERIFIED` photos, for which it takes about a second. Without, the vectors
            too are read when they are searched, and not checked to be finite.

    Raises InputError where it is missing, damaged, or written by a newer version, and where its
    thumbnails are not regular files: the page serves that folder.
    """
    folder = Path(folder)
    recover_directory(folder)
    head = _read_json(folder, "gallery.json")
    if head.get("version") not in READABLE:
        raise InputError(
            f"a gallery of version {GALLERY_VERSION} or older",
            f"{folder} of version {head.get('version')!r}",
            "use the sketchnet that wrote it, or build it again",
        )
    try:
        sums = dict(head["checksums"])
        verify = int(head["photos"]) <= VERIFIED if verify is None else verify
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
        vectors = np.load(folder / "embeddings.npy", mmap_mode=None if verify else "r")
        maps = np.load(folder / "local.npy", mmap_mode="r") if has_maps else None
        if maps is not None and head["version"] > 1:
            maps = CodedMaps(maps)
        gallery = Gallery(
            folder=folder,
            ids=tuple(photos["ids"]),
            originals=tuple(photos["originals"]),
            embeddings=Embeddings(vectors, maps),
            fingerprint=str(head["fingerprint"]),
            preparation=int(head["preparation"]),
            views=int(head["views"]),
            files=_files(photos.get("files", ()), verify),
            aliases=_aliases(photos),
            skipped=tuple(
                (str(each["photo"]), str(each["reason"]), str(each.get("checksum", "")))
                for each in head.get("skipped", [])
            ),
        )
        counts = {len(vectors), len(gallery.ids), len(gallery.originals)}
        counts |= {len(gallery.files)} if gallery.files else set()
        is_complete = counts == {head["photos"]}
        _check_arrays(gallery, verify)
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


class _LazyFiles(Sequence[PhotoFile | None]):
    """Records of files as a gallery stores them, made when they are asked for: only builds ask."""

    def __init__(self, stored: list[Any]) -> None:
        self.stored = stored

    def __len__(self) -> int:
        return len(self.stored)

    def __getitem__(self, row: Any) -> Any:
        return _photo_file(self.stored[row])


def _files(stored: list[Any], verify: bool) -> Sequence[PhotoFile | None]:
    return tuple(map(_photo_file, stored)) if verify else _LazyFiles(stored)


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
    expected = {thumbnail_name(row) for row in range(photos)}
    for name in found.keys() if not all(found.values()) else found.keys() - expected:
        if not (found[name] and _THUMBNAIL.fullmatch(name)):
            raise _damaged(folder, f"{name} among the thumbnails is not a thumbnail")
    missing = len(expected - found.keys())
    if missing:
        raise _damaged(folder, f"{missing} of {photos} thumbnails are missing")


def _check_arrays(gallery: Gallery, verify: bool) -> None:
    further = [name for names in gallery.aliases.values() for name in names]
    texts = [*gallery.ids, *gallery.originals]
    texts += [text for name in further for text in (name.id, name.original)]
    if not all(isinstance(text, str) for text in texts):
        raise ValueError("its ids are not text")
    rows = range(len(gallery))
    if len(gallery._rows) < len(gallery) + len(further) or not gallery.aliases.keys() <= {*rows}:
        raise ValueError("its ids are not unique")
    vectors, maps = gallery.embeddings.vectors, gallery.embeddings.maps
    if vectors.dtype != np.float32 or (verify and not np.isfinite(vectors).all()):
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
