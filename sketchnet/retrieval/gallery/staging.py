"""The working folder of a build beside its gallery, which keeps finished work after a kill.

.<name>.building/plan.json        the model and the preparation
                 part-000000.npz  embeddings, ids and checksums of sixty photos, written atomically
                 thumbnails/      of these photos, in the order in which they were embedded
                 gallery/         the finished gallery, which then replaces the old one
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from sketchnet.imaging.prepare import PREPARATION_VERSION
from sketchnet.inference.embedder import Embeddings
from sketchnet.models.coded_maps import CodedMaps, encode_maps
from sketchnet.retrieval.catalogue.file import FILE as CATALOGUE
from sketchnet.retrieval.gallery.changes import Entry
from sketchnet.retrieval.gallery.records import Gallery, thumbnail
from sketchnet.retrieval.gallery.store import write_head
from sketchnet.utils.atomic_files import replace_directory, write_atomically, write_text_atomically
from sketchnet.utils.safe_npz import read_arrays

BLOCK = 4096  # rows of the old gallery that are copied at once

Place = tuple[str, int]
"""Where the embedding of a row is: ("old", row), or ("new", number in the order of embedding)."""


@dataclass(frozen=True)
class Ready:
    """A photo that is ready for the network.

    Attributes:
        id: of the photo.
        checksum: of its file, "" where there is none.
        prepared: (canvas, canvas[, 3]) uint8.
        thumbnail: a JPEG file.
        objects: how many large objects it shows (`foreground.separate`).
    """

    id: str
    checksum: str
    prepared: np.ndarray
    thumbnail: bytes
    objects: int = 1


class Stage:
    """A build in progress: `add` keeps embedded photos on disk, `finish` writes the gallery."""

    def __init__(self, out: Path, fingerprint: str, views: int, purpose: str = "building") -> None:
        """Continue earlier work beside `out`, if it was for the same purpose, model and views."""
        self.out, self.fingerprint, self.views = out, fingerprint, views
        self.folder = out.with_name(f".{out.name}.{purpose}")
        self.numbers: dict[tuple[str, str], int] = {}  # (id, checksum) to number
        self.parts: list[Path] = []
        self.starts: list[int] = []  # number of the first photo of each part
        plan = {"fingerprint": fingerprint, "preparation": PREPARATION_VERSION, "views": views}
        if not self._resume(plan):
            self.remove()
            (self.folder / "thumbnails").mkdir(parents=True)
            write_text_atomically(self.folder / "plan.json", json.dumps(plan))

    def __len__(self) -> int:
        """The number of photos that are embedded."""
        return len(self.numbers)

    def __contains__(self, entry: Entry) -> bool:
        return (entry.name.id, entry.checksum) in self.numbers

    def _resume(self, plan: dict[str, Any]) -> bool:
        parts = sorted(self.folder.glob("part-*.npz"))
        try:
            if json.loads((self.folder / "plan.json").read_text(encoding="utf-8")) != plan:
                return False
            for part in parts:
                arrays = read_arrays(part)
                self._count(part, arrays["ids"].tolist(), arrays["checksums"].tolist())
        except (OSError, ValueError, KeyError):
            self.numbers, self.parts, self.starts = {}, [], []
            return False
        return True

    def _count(self, part: Path, ids: Sequence[str], checksums: Sequence[str]) -> None:
        start = len(self.numbers)
        self.parts.append(part)
        self.starts.append(start)
        keys = zip(ids, checksums, strict=True)
        self.numbers |= {key: number for number, key in enumerate(keys, start)}

    def add(self, batch: Sequence[Ready], embeddings: Embeddings) -> None:
        """Keep the embeddings of a batch; when this returns, they are on the disk."""
        for number, ready in enumerate(batch, start=len(self.numbers)):
            thumbnail(self.folder, number).write_bytes(ready.thumbnail)
        arrays = {
            "ids": np.array([ready.id for ready in batch]),
            "checksums": np.array([ready.checksum for ready in batch]),
            "vectors": embeddings.vectors,
        }
        if embeddings.maps is not None:
            arrays["maps"] = embeddings.maps
        part = self.folder / f"part-{len(self.parts):06d}.npz"
        write_atomically(part, lambda file: np.savez(file, allow_pickle=False, **arrays))
        self._count(part, arrays["ids"].tolist(), arrays["checksums"].tolist())

    def thumbnail_of(self, entry: Entry, base: Gallery | None) -> Path:
        """Return the thumbnail of a row to be: of the old gallery, or of the photos embedded."""
        kind, number = self._place(entry)
        return thumbnail(base.folder if kind == "old" and base else self.folder, number)

    def _place(self, entry: Entry) -> Place:
        if entry.row is not None:
            return "old", entry.row
        return "new", self.numbers[entry.name.id, entry.checksum]

    def finish(
        self,
        entries: Sequence[Entry],
        base: Gallery | None,
        skipped: Sequence[tuple[str, str, str]] = (),
        complete: Callable[[Path], object] = lambda folder: None,
    ) -> None:
        """Write the gallery of these rows in the place of the old one, in one step.

        Args:
            entries: the rows, each of the old gallery or embedded.
            base: the old gallery.
            skipped: id, reason and checksum of photos that are not in.
            complete: called with the folder before it takes the old one's place.
        """
        result = self.folder / "gallery"
        shutil.rmtree(result, ignore_errors=True)
        (result / "thumbnails").mkdir(parents=True)
        places = [self._place(entry) for entry in entries]
        _join(result / "embeddings.npy", lambda: self._rows("vectors", places, base))
        if next(self._rows("maps", places[:1], base), None) is not None:
            _join(result / "local.npy", lambda: map(encode_maps, self._rows("maps", places, base)))
        for row, entry in enumerate(entries):
            _link_or_copy(self.thumbnail_of(entry, base), thumbnail(result, row))
        if base is not None and (base.folder / CATALOGUE).is_file():  # by ids: rows may move
            _link_or_copy(base.folder / CATALOGUE, result / CATALOGUE)
        write_head(
            result,
            names=[entry.name for entry in entries],
            aliases={row: entry.aliases for row, entry in enumerate(entries) if entry.aliases},
            fingerprint=self.fingerprint,
            views=self.views,
            skipped=skipped,
        )
        complete(result)
        replace_directory(self.out, result)

    def remove(self) -> None:
        """Delete the working folder."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _rows(self, name: str, places: Sequence[Place], base: Gallery | None) -> Iterator[Any]:
        """Yield the `vectors` or `maps` of some rows in their order, in blocks."""
        read = lru_cache(maxsize=1)(read_arrays)
        for part, group in groupby(places, key=self._part_of):
            numbers = [number for _, number in group]
            if part is None:
                found = getattr(base.embeddings, name) if base else None
                for start in range(0, len(numbers), BLOCK):
                    some = numbers[start : start + BLOCK]
                    if isinstance(found, CodedMaps):
                        yield found.take(some)  # not coded a second time
                    elif found is not None:
                        yield found[some]
            else:
                arrays = read(self.parts[part])
                if name in arrays:
                    yield arrays[name][np.array(numbers) - self.starts[part]]

    def _part_of(self, place: Place) -> int | None:
        """Return the number of the part that holds a row, None for the old gallery."""
        kind, number = place
        return None if kind == "old" else int(np.searchsorted(self.starts, number, "right")) - 1


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without links, or another one
        shutil.copyfile(source, target)


def _join(path: Path, arrays: Callable[[], Iterable[np.ndarray]]) -> None:
    """Write arrays below one another as one .npy file, holding one of them at a time."""
    shapes = [(array.shape, array.dtype) for array in arrays()]
    header = {
        "descr": np.lib.format.dtype_to_descr(shapes[0][1]),
        "fortran_order": False,
        "shape": (sum(shape[0] for shape, _ in shapes), *shapes[0][0][1:]),
    }

    def write(file: BinaryIO) -> None:
        np.lib.format.write_array_header_1_0(file, header)
        for array in arrays():
            file.write(np.ascontiguousarray(array).data)

    write_atomically(path, write)
