"""Upload a gallery from a folder to a Qdrant collection (format: `qdrant`)."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import numpy as np

from sketchnet.imaging.colours import NAMED_COLOURS
from sketchnet.inference.embedder import ProgressCallback
from sketchnet.retrieval.catalogue.fields import Field
from sketchnet.retrieval.gallery.qdrant import QdrantGallery
from sketchnet.retrieval.gallery.qdrant_client import connect, qdrant_errors, split_url
from sketchnet.retrieval.gallery.qdrant_payload import fields_of, joined_fields, payload_of
from sketchnet.retrieval.gallery.records import Gallery
from sketchnet.utils.errors import InputError

BATCH = 128  # photos in a request: 4 MB


def push_gallery(
    gallery: Gallery, url: str, progress: ProgressCallback | None = None, client: Any = None
) -> int:
    """Add the photos of a gallery to the one at `url`, which is created if it is missing.

    Photos whose id is there already stay as they are, but for fields that have changed, so that an
    interrupted upload continues and several galleries can be uploaded one after another. A
    collection that was created beforehand, with shards, replicas or quantisation of its own, is
    used if it is empty. Only one process may upload at a time.

    Returns how many were added. Raises InputError where another model made the collection.
    """
    where, collection = split_url(url)
    with qdrant_errors(url):
        client = client or connect(where, create=True)
        # The embedded server has no indexes, and warns about them.
        _prepare(client, collection, gallery, indexed=where.startswith("http"))
    there = QdrantGallery(url, client)
    fields = there.catalogue.fields
    there.check_made_by(gallery.fingerprint)
    maps = gallery.embeddings.maps
    form = (gallery.views, () if maps is None else maps.shape[1:])
    if form != (there.views, there.map_shape):
        raise InputError(
            f"embeddings of {there.views} views with maps {there.map_shape}, as {url} has",
            f"{form[0]} views with maps {form[1]}",
            "push into another collection",
        )
    added = 0
    for start in range(0, len(gallery), BATCH):
        rows = range(start, min(start + BATCH, len(gallery)))
        digests = there.digests_of([gallery.ids[row] for row in rows])
        new = [row for row in rows if gallery.ids[row] not in digests]
        with qdrant_errors(url):
            _update(client, collection, gallery, digests, fields)
            if new:
                _upsert(client, collection, gallery, new, len(there) + added, fields)
        added += len(new)
        if progress:
            progress(rows.stop, len(gallery))
    return added


def _prepare(client: Any, collection: str, gallery: Gallery, indexed: bool) -> None:
    """Create the collection if it is missing, and note the model in its metadata."""
    from qdrant_client import models

    vectors, maps = gallery.embeddings.vectors, gallery.embeddings.maps
    noted = {
        "fingerprint": gallery.fingerprint,
        "preparation": gallery.preparation,
        "views": gallery.views,
        "size": vectors.shape[1],
        "map": [] if maps is None else list(maps.shape[1:]),
    }
    exists = client.collection_exists(collection)
    known = (client.get_collection(collection).config.metadata or {}) if exists else {}
    fields = joined_fields(fields_of(known), gallery.catalogue.fields)
    listed = [{"name": field.name, "type": field.type} for field in fields]
    if not exists:
        client.create_collection(
            collection,
            models.VectorParams(size=vectors.shape[1], distance=models.Distance.DOT),
            on_disk_payload=True,
            metadata=noted | {"fields": listed},
        )
        if indexed:
            client.create_payload_index(collection, "id", models.PayloadSchemaType.KEYWORD)
    elif not known and not client.count(collection).count:
        client.update_collection(collection, metadata=noted | {"fields": listed})
    elif known and known.get("fields", []) != listed:
        client.update_collection(collection, metadata=known | {"fields": listed})
    if indexed and fields:
        _index_fields(client, collection, fields)


def _index_fields(client: Any, collection: str, fields: Sequence[Field]) -> None:
    from qdrant_client import models

    keyword, number = models.PayloadSchemaType.KEYWORD, models.PayloadSchemaType.FLOAT
    keys = {"words": keyword} | {f"c_{name}": number for name in NAMED_COLOURS}
    for place, field in enumerate(fields):
        if field.type in ("category", "tags"):
            keys[f"f{place}"] = keyword
        elif field.type in ("number", "date"):
            keys[f"n{place}"] = number
    present = client.get_collection(collection).payload_schema or {}
    for key, schema in keys.items():
        if key not in present:
            client.create_payload_index(collection, key, schema)


def _update(
    client: Any,
    collection: str,
    gallery: Gallery,
    digests: dict[str, tuple[int, str]],
    fields: Sequence[Field],
) -> None:
    """Write the fields of photos that are there already, where they have changed."""
    for photo_id, (point, digest) in digests.items():
        payload = payload_of(gallery.catalogue, gallery.row(photo_id), photo_id, fields)
        if payload["digest"] != digest:
            old = [f"{letter}{n}" for letter in "fn" for n in range(len(fields))]
            old += [f"c_{name}" for name in NAMED_COLOURS]
            client.delete_payload(collection, old, [point], wait=True)
            client.set_payload(collection, payload, [point], wait=True)


def _upsert(
    client: Any,
    collection: str,
    gallery: Gallery,
    rows: list[int],
    first: int,
    fields: Sequence[Field],
) -> None:
    from qdrant_client import models

    points = []
    for number, row in enumerate(rows, start=first):
        payload = {
            "id": gallery.ids[row],
            "original": gallery.originals[row],
            "thumbnail": b64encode(gallery.picture(row).read_bytes()).decode(),
            **payload_of(gallery.catalogue, row, gallery.ids[row], fields),
        }
        if gallery.embeddings.maps is not None:
            content = np.ascontiguousarray(gallery.embeddings.maps[row]).tobytes()
            payload["map"] = b64encode(content).decode()
        vector = gallery.embeddings.vectors[row].tolist()
        points.append(models.PointStruct(id=number, vector=vector, payload=payload))
    client.upsert(collection, points, wait=True)
