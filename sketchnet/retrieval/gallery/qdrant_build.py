"""A build into a Qdrant collection in shards, which any machine may embed and write, in any order.

A shard becomes a small gallery in a temporary folder, which is pushed and deleted; no gallery of
all photos is ever on a disk. The number of a point comes from the id of its photo
(`qdrant_points.point_number`): a shard that is written again, or by two machines at once, gives the
same points. The collection is asked which photos it lacks, so that a stopped build continues.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet.imaging.prepare import PREPARATION_VERSION
from sketchnet.inference.embedder import Embedder, Embeddings
from sketchnet.retrieval.catalogue.assign import Named, assign
from sketchnet.retrieval.catalogue.fields import Field
from sketchnet.retrieval.catalogue.file import FILE as CATALOGUE
from sketchnet.retrieval.catalogue.file import read_file, write_file
from sketchnet.retrieval.catalogue.table import Table
from sketchnet.retrieval.gallery.build import Skipped, finish_build
from sketchnet.retrieval.gallery.changes import Entry, GalleryChanges, Plan, plan_build
from sketchnet.retrieval.gallery.photos import PhotoList, list_photos
from sketchnet.retrieval.gallery.qdrant_client import connect, qdrant_errors
from sketchnet.retrieval.gallery.qdrant_upload import (
    add_photos,
    finish_collection,
    prepare_collection,
)
from sketchnet.retrieval.gallery.records import Gallery
from sketchnet.retrieval.gallery.shards import Prepared
from sketchnet.retrieval.gallery.staging import Stage
from sketchnet.retrieval.gallery.store import load_gallery
from sketchnet.retrieval.gallery.update_fields import find_table
from sketchnet.retrieval.hubness import Querybank

ASKED = 1000  # ids in a request


@dataclass(frozen=True)
class Target:
    """The collection and everything that all its photos have in common; it travels to machines.

    Attributes:
        url: of the collection.
        fingerprint: of the model.
        views: how many views are averaged.
        querybank: of the run, or None.
        fields: of all photos.
    """

    url: str
    fingerprint: str
    views: int
    querybank: Querybank | None
    fields: tuple[Field, ...] = ()


class CollectionShards:
    """The pieces of a build into the collection of a target."""

    def __init__(
        self,
        photos: Path | str,
        url: str,
        embedder: Embedder,
        querybank: Querybank | None,
        views: int,
        size: int,
        fields: Path | str | Table | None = None,
        client: Any = None,
    ) -> None:
        """List the photos of a folder that the collection lacks; it is created if it is missing.

        Raises InputError where there are no photos, or another model made the collection.
        """
        root = Path(photos).resolve()
        self.found = list_photos(root)
        entries = plan_build(None, self.found.photos, root).to_embed
        table = find_table(fields, root, self.found.photos)
        columns: tuple[Field, ...] = ()
        self.cells: Mapping[str, Any] = {}
        self.lines: tuple[str, ...] = ()
        if table is not None:
            assigned = assign(table, [_named(entry) for entry in entries])
            columns, self.cells, self.lines = assigned.fields, assigned.cells, assigned.lines
        self.target = Target(url, embedder.fingerprint, views, querybank, columns)
        with qdrant_errors(url):
            self.client = client or connect(url, create=True)
        side = embedder.canvas
        shape = (1, side, side, 3) if embedder.config.photo_input == "rgb" else (1, side, side)
        probe = embedder.photos(np.zeros(shape, np.uint8), 1)
        self.there = _prepare(self.target, probe, self.client)
        new = []
        for start in range(0, len(entries), ASKED):
            some = entries[start : start + ASKED]
            present = self.there.digests_of([entry.name.id for entry in some])
            new += [entry for entry in some if entry.name.id not in present]
        self.present = len(entries) - len(new)
        self.pieces = [new[start : start + size] for start in range(0, len(new), size)]

    def cells_of(self, piece: Sequence[Entry]) -> dict[str, Any]:
        """Return the fields of the photos of a piece that have some."""
        ids = [entry.name.id for entry in piece]
        return {name: self.cells[name] for name in ids if name in self.cells}

    def finish(self) -> None:
        """Build the index, where the engine does not do so by itself."""
        finish_collection(self.there)


def write_shard(
    target: Target,
    piece: Sequence[Entry],
    prepared: Prepared,
    embeddings: Embeddings | None,
    cells: Mapping[str, Any],
    client: Any = None,
) -> tuple[int, list[Skipped]]:
    """Write the photos of a piece that the collection lacks.

    Returns how many were added, and what was skipped.
    """
    _, skipped = prepared
    if embeddings is None:
        return 0, skipped
    with qdrant_errors(target.url):
        client = client or connect(target.url, create=False)
    there = _prepare(target, embeddings, client)
    with tempfile.TemporaryDirectory(prefix="sketchnet-") as folder:
        gallery = _gallery_of(target, piece, prepared, embeddings, cells, Path(folder))
        return add_photos(there, gallery, target.querybank), skipped


def _prepare(target: Target, embeddings: Embeddings, client: Any) -> Any:
    maps = embeddings.maps
    return prepare_collection(
        client,
        target.url,
        target.fingerprint,
        PREPARATION_VERSION,
        target.views,
        embeddings.vectors.shape[1],
        () if maps is None else maps.shape[1:],
        target.fields,
        target.querybank,
    )


def _gallery_of(
    target: Target,
    piece: Sequence[Entry],
    prepared: Prepared,
    embeddings: Embeddings,
    cells: Mapping[str, Any],
    folder: Path,
) -> Gallery:
    ready, skipped = prepared
    stage = Stage(folder / "gallery", target.fingerprint, target.views)
    stage.add(ready, embeddings)
    plan = Plan(tuple(piece), GalleryChanges())
    found = PhotoList([entry.photo for entry in piece if entry.photo is not None])
    # Copies within a shard stay apart: which are in one shard depends on when a build was stopped.
    built = finish_build(stage, None, plan, found, skipped, merge_copies=False)
    assert built.gallery is not None
    path = built.gallery.folder / CATALOGUE
    write_file(path, replace(read_file(path), fields=target.fields, cells=dict(cells)))
    return load_gallery(built.gallery.folder, verify=False)


def _named(entry: Entry) -> Named:
    texts = [text for name in entry.names for text in (name.id, name.original) if text]
    return Named(entry.name.id, tuple(texts))
