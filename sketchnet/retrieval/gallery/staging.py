"""The folder beside a gallery where a build lays down its work, so that a kill costs little.

.<name>.building/plan.json        for which model, and onto which gallery
                 part-000000.npz  embeddings, ids and originals of sixty photos, all or nothing
                 gallery/         what will take the target's place: thumbnails from the start
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from sketchnet.imaging.prepare import PREPARATION_VERSION
from sketchnet.inference.embedder import Embeddings
from sketchnet.retrieval.gallery.store import Gallery, checksum, thumbnail, write_head
from sketchnet.utils.atomic_files import replace_directory, write_atomically, write_text_atomically
from sketchnet.utils.safe_npz import read_arrays


@dataclass(frozen=True)
class Ready:
    """A photo that waits for the network: prepared (canvas, canvas[, 3]), its thumbnail a JPEG."""

    id: str
    original: str
    prepared: np.ndarray
    thumbnail: bytes


class Stage:
    """A build under way: what `add` was given survives a kill, `finish` makes it the gallery."""

    def __init__(self, out: Path, base: Gallery | None, fingerprint: str, views: int) -> None:
        """Take up what an earlier build left beside `out`, where it had the same plan.

        Args:
            base: the gallery that lies at `out` already, to which this build adds.
        """
        self.out, self.base, self.fingerprint, self.views = out, base, fingerprint, views
        self.folder = out.with_name(f".{out.name}.building")
        self.result = self.folder / "gallery"
        self.ids: list[str] = []
        self.originals: list[str] = []
        self.parts: list[Path] = []
        plan = {
            "fingerprint": fingerprint,
            "preparation": PREPARATION_VERSION,
            "views": views,
            "base": checksum(out / "gallery.json") if base else "",
        }
        if not self._resume(plan):
            self.remove()
            (self.result / "thumbnails").mkdir(parents=True)
            write_text_atomically(self.folder / "plan.json", json.dumps(plan))

    def _resume(self, plan: dict[str, Any]) -> bool:
        ids, originals, parts = [], [], sorted(self.folder.glob("part-*.npz"))
        try:
            if json.loads((self.folder / "plan.json").read_text(encoding="utf-8")) != plan:
                return False
            for part in parts:
                arrays = read_arrays(part)
                ids += arrays["ids"].tolist()
                originals += arrays["originals"].tolist()
        except (OSError, ValueError, KeyError):
            return False
        self.ids, self.originals, self.parts = ids, originals, parts
        return True

    def add(self, batch: Sequence[Ready], embeddings: Embeddings) -> None:
        """Keep the embeddings of a batch; when this returns, they are on the disk."""
        first = (len(self.base) if self.base else 0) + len(self.ids)
        for row, ready in enumerate(batch, start=first):
            thumbnail(self.result, row).write_bytes(ready.thumbnail)
        arrays = {
            "ids": np.array([ready.id for ready in batch]),
            "originals": np.array([ready.original for ready in batch]),
            "vectors": embeddings.vectors,
        }
        if embeddings.maps is not None:
            arrays["maps"] = embeddings.maps
        part = self.folder / f"part-{len(self.parts):06d}.npz"
        write_atomically(part, lambda file: np.savez(file, allow_pickle=False, **arrays))
        self.parts.append(part)
        self.ids += [ready.id for ready in batch]
        self.originals += [ready.original for ready in batch]

    def finish(self, skipped: Sequence[tuple[str, str]]) -> None:
        """Join what was there and what was added, and put it in the target's place."""
        _join(self.result / "embeddings.npy", lambda: self._arrays("vectors"))
        if any(True for _ in self._arrays("maps")):
            _join(self.result / "local.npy", lambda: self._arrays("maps"))
        for row in range(len(self.base) if self.base else 0):
            shutil.copyfile(thumbnail(self.out, row), thumbnail(self.result, row))
        write_head(
            self.result,
            ids=[*(self.base.ids if self.base else ()), *self.ids],
            originals=[*(self.base.originals if self.base else ()), *self.originals],
            fingerprint=self.fingerprint,
            views=self.views,
            skipped=skipped,
        )
        replace_directory(self.out, self.result)

    def remove(self) -> None:
        """Clear the work away."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _arrays(self, name: str) -> Iterator[np.ndarray]:
        if self.base and getattr(self.base.embeddings, name) is not None:
            yield getattr(self.base.embeddings, name)
        for part in self.parts:
            arrays = read_arrays(part)
            if name in arrays:
                yield arrays[name]


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
