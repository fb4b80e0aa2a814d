"""A build in shards, which any machine may make in any order, and which is safe to make twice.

A shard is a fixed piece of the list of photos. Whoever makes it writes one file, all or nothing,
that follows from the piece alone: made again after a machine was lost, it is the same file. So at
the end each photo is in once, whatever broke on the way.

.<name>.shards/plan.json          for which model, and of which photos
               shard-000000.npz   embeddings, ids, originals, thumbnails; what was skipped and why
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
from sketchnet.data.pairs.collection import Photo
from sketchnet.imaging.prepare import PREPARATION_VERSION
from sketchnet.imaging.views import canvas_for
from sketchnet.inference.embedder import Embedder, Embeddings
from sketchnet.retrieval.gallery.build import Built, Skipped, gallery_so_far, make_ready, photos_in
from sketchnet.retrieval.gallery.staging import Ready, Stage
from sketchnet.retrieval.gallery.store import load_gallery
from sketchnet.utils.atomic_files import write_atomically, write_text_atomically
from sketchnet.utils.errors import InputError
from sketchnet.utils.safe_npz import read_arrays

SHARD = 240  # photos: seconds of work, which a lost machine can cost; 5 MB of embeddings

Prepared = tuple[list[Ready], list[Skipped]]


class Shards:
    """The pieces of a build into the gallery `out`, and where their files lie."""

    def __init__(
        self, photos: Path | str, out: Path | str, fingerprint: str, views: int, size: int = SHARD
    ) -> None:
        """List the photos of a folder that the gallery lacks, and take up what was made of them.

        Raises InputError where there are none, or `out` is a gallery of another model.
        """
        self.root, self.out = Path(photos).resolve(), Path(out).resolve()
        self.fingerprint, self.views = fingerprint, views
        self.base = gallery_so_far(self.out, fingerprint, views)
        known = set(self.base.ids) if self.base else set()
        new = [photo for photo in photos_in(self.root) if photo.id not in known]
        self.pieces = [new[start : start + size] for start in range(0, len(new), size)]
        self.folder = self.out.with_name(f".{self.out.name}.shards")
        listed = [(p.id, str(p.photo), str(p.edges)) for p in new]
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
        """The numbers of the shards that are still to be made."""
        return [
            number
            for number in range(len(self.pieces))
            if not shard_path(self.folder, number).is_file()
        ]

    def join(self) -> Built:
        """Make the gallery of the finished shards, in the order of the list, and remove them.

        Raises InputError where one is missing.
        """
        if missing := self.missing():
            raise InputError(
                f"{len(self.pieces)} shards in {self.folder}",
                f"all but {len(missing)}",
                "run the same command again",
            )
        stage = Stage(self.out, self.base, self.fingerprint, self.views)
        done, skipped = set(stage.ids), []
        for number, piece in enumerate(self.pieces):
            path = shard_path(self.folder, number)
            ready, embeddings, left_out = read_shard(path)
            if {each.id for each in ready} | {name for name, _ in left_out} != {
                p.id for p in piece
            }:
                raise InputError(
                    f"the photos of shard {number} in {path}",
                    "others",
                    "remove the file and run the same command again",
                )
            skipped += left_out
            if ready and ready[0].id not in done:
                stage.add(ready, embeddings)
        gallery = self.base
        if stage.ids:
            stage.finish(skipped)
            gallery = load_gallery(self.out, verify=False)
        stage.remove()
        self.remove()
        return Built(gallery, len(stage.ids), tuple(skipped))

    def remove(self) -> None:
        """Clear the shards away."""
        shutil.rmtree(self.folder, ignore_errors=True)


def shard_path(folder: Path, number: int) -> Path:
    """Return where the file of a shard lies."""
    return folder / f"shard-{number:06d}.npz"


def prepare_shard(photos: Sequence[Photo], root: Path, config: RetrievalConfig) -> Prepared:
    """Read, decode and prepare; photos that cannot be read come second, with their reasons."""
    network = SimpleNamespace(config=config, canvas=canvas_for(config.size))
    ready, skipped = [], []
    for photo in photos:
        try:
            ready.append(make_ready(photo, network, root))  # type: ignore[arg-type]
        except (InputError, OSError, cv2.error) as error:
            skipped.append((photo.id, str(error).strip()))
    return ready, skipped


def embed_shard(embedder: Embedder, prepared: Prepared, views: int) -> Embeddings | None:
    """Embed what could be read, if anything."""
    ready, _ = prepared
    return embedder.photos(np.stack([each.prepared for each in ready]), views) if ready else None


def write_shard(path: Path, prepared: Prepared, embeddings: Embeddings | None) -> None:
    """Write a shard, all or nothing."""
    ready, skipped = prepared
    arrays: dict[str, Any] = {
        "ids": np.array([each.id for each in ready], np.str_),
        "originals": np.array([each.original for each in ready], np.str_),
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
    """Return what `write_shard` wrote; the pictures that the network saw are gone."""
    arrays = read_arrays(path)
    nothing = np.empty(0, np.uint8)
    ends = np.cumsum(arrays["sizes"])
    pieces = np.split(arrays["thumbnails"], ends[:-1]) if len(ends) else []
    ready = [
        Ready(photo_id, original, nothing, piece.tobytes())
        for photo_id, original, piece in zip(
            arrays["ids"].tolist(), arrays["originals"].tolist(), pieces, strict=True
        )
    ]
    vectors = arrays.get("vectors", np.empty((0, 0), np.float32))
    skipped = [(name, reason) for name, reason in arrays["skipped"].tolist()]
    return ready, Embeddings(vectors, arrays.get("maps")), skipped
