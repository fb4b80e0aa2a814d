"""A build in shards: pieces of the list of photos that any machine may embed, in any order.

A shard is written atomically and depends on its photos only: embedded again after a machine was
lost, it is the same file. So at the end every photo is in the gallery once.

.<name>.shards/plan.json          for which model, and of which photos
               shard-000000.npz   embeddings, ids, thumbnails; what was skipped and why
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np

from sketchnet.config.retrieval import RetrievalConfig
from sketchnet.imaging.prepare import PREPARATION_VERSION
from sketchnet.imaging.views import canvas_for
from sketchnet.inference.embedder import Embedder, Embeddings
from sketchnet.retrieval.catalogue.table import Table
from sketchnet.retrieval.gallery.build import (
    Built,
    Skipped,
    finish_build,
    make_ready,
    present_gallery,
)
from sketchnet.retrieval.gallery.changes import Entry, plan_build
from sketchnet.retrieval.gallery.photos import list_photos, source_of
from sketchnet.retrieval.gallery.staging import Ready, Stage
from sketchnet.retrieval.gallery.update_fields import find_table
from sketchnet.utils.atomic_files import write_atomically, write_text_atomically
from sketchnet.utils.errors import InputError
from sketchnet.utils.safe_npz import read_arrays

SHARD = 240  # photos: seconds of work, which a lost machine can cost; 5 MB of embeddings

Prepared = tuple[list[Ready], list[Skipped]]


class Shards:
    """The pieces of a build into the gallery `out`, and where their files are."""

    def __init__(
        self,
        photos: Path | str,
        out: Path | str,
        fingerprint: str,
        views: int,
        size: int = SHARD,
        fields: Path | str | Table | None = None,
    ) -> None:
        """List the photos of a folder that the gallery lacks, and keep finished shards of them.

        Raises InputError where there are none, or `out` is a gallery of another model.
        """
        root, self.out = Path(photos).resolve(), Path(out).resolve()
        self.fingerprint, self.views = fingerprint, views
        self.base = present_gallery(self.out, fingerprint, views)
        self.found = list_photos(root)
        self.table = find_table(fields, root, self.found.photos)
        self.plan = plan_build(self.base, self.found.photos, root)
        new = self.plan.to_embed
        self.pieces = [new[start : start + size] for start in range(0, len(new), size)]
        self.folder = self.out.with_name(f".{self.out.name}.shards")
        listed = [(e.name.id, e.checksum, str(source_of(e.photo))) for e in new if e.photo]
        plan = {
            "fingerprint": fingerprint,
            "preparation": PREPARATION_VERSION,
            "views": views,
            "size": size,
            "photos": hashlib.sha256(json.dumps(listed).encode()).hexdigest(),
        }
        text = json.dumps(plan)
        noted = self.folder / "plan.json"
        if not noted.is_file() or noted.read_text(encoding="utf-8") != text:
            self.remove()
            write_text_atomically(noted, text)

    def missing(self) -> list[int]:
        """Return the numbers of the shards that are still to be embedded."""
        return [
            number
            for number in range(len(self.pieces))
            if not shard_path(self.folder, number).is_file()
        ]

    def join(self) -> Built:
        """Write the gallery of the finished shards, in the order of the list, and remove them.

        Raises InputError where one is missing.
        """
        if missing := self.missing():
            raise InputError(
                f"{len(self.pieces)} shards in {self.folder}",
                f"all but {len(missing)}",
                "run the same command again",
            )
        stage = Stage(self.out, self.fingerprint, self.views)
        skipped: list[Skipped] = []
        for number, piece in enumerate(self.pieces):
            path = shard_path(self.folder, number)
            ready, embeddings, left_out = read_shard(path)
            expected = {entry.name.id for entry in piece}
            if {each.id for each in ready} | {name for name, _ in left_out} != expected:
                raise InputError(
                    f"the photos of shard {number} in {path}",
                    "others",
                    "remove the file and run the same command again",
                )
            skipped += left_out
            if ready and not any(entry in stage for entry in piece):
                stage.add(ready, embeddings)
        built = finish_build(
            stage, self.base, self.plan, self.found, skipped, self.table, merge_copies=True
        )
        self.remove()
        return built

    def remove(self) -> None:
        """Delete the shards."""
        shutil.rmtree(self.folder, ignore_errors=True)


def shard_path(folder: Path, number: int) -> Path:
    """Return the path of the file of a shard."""
    return folder / f"shard-{number:06d}.npz"


def prepare_shard(entries: Sequence[Entry], config: RetrievalConfig) -> Prepared:
    """Read and prepare photos; those that cannot be read come second, with their reasons."""
    network = SimpleNamespace(config=config, canvas=canvas_for(config.size))
    ready: list[Ready] = []
    skipped: list[Skipped] = []
    for entry in entries:
        assert entry.photo is not None
        try:
            ready.append(make_ready(entry.photo, network, entry.checksum))  # type: ignore[arg-type]
        except (InputError, OSError, cv2.error) as error:
            skipped.append((entry.name.id, str(error).strip()))
    return ready, skipped


def embed_shard(embedder: Embedder, prepared: Prepared, views: int) -> Embeddings | None:
    """Embed the photos that could be read; None where there is none."""
    ready, _ = prepared
    return embedder.photos(np.stack([each.prepared for each in ready]), views) if ready else None


def write_shard(path: Path, prepared: Prepared, embeddings: Embeddings | None) -> None:
    """Write a shard atomically."""
    ready, skipped = prepared
    arrays: dict[str, Any] = {
        "ids": np.array([each.id for each in ready], np.str_),
        "file_checksums": np.array([each.checksum for each in ready], np.str_),
        "sizes": np.array([len(each.thumbnail) for each in ready], np.int64),
        "thumbnails": np.frombuffer(b"".join(each.thumbnail for each in ready), np.uint8),
        "skipped": np.array(skipped, np.str_).reshape(-1, 2),
    }
    if embeddings is not None:
        arrays["vectors"] = embeddings.vectors
        if embeddings.maps is not None:
            arrays["maps"] = embeddings.maps
    write_atomically(path, lambda file: np.savez(file, allow_pickle=False, **arrays))


def read_shard(path: Path) -> tuple[list[Ready], Embeddings, list[Skipped]]:
    """Return what `write_shard` wrote, without the prepared pictures."""
    arrays = read_arrays(path)
    nothing = np.empty(0, np.uint8)
    ends = np.cumsum(arrays["sizes"])
    pieces = np.split(arrays["thumbnails"], ends[:-1]) if len(ends) else []
    ready = [
        Ready(photo_id, content, nothing, piece.tobytes())
        for photo_id, content, piece in zip(
            arrays["ids"].tolist(), arrays["file_checksums"].tolist(), pieces, strict=True
        )
    ]
    vectors = arrays.get("vectors", np.empty((0, 0), np.float32))
    skipped = [(name, reason) for name, reason in arrays["skipped"].tolist()]
    return ready, Embeddings(vectors, arrays.get("maps")), skipped
