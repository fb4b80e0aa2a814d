"""Upload a gallery from a folder to a Qdrant collection (format: `qdrant`)."""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import numpy as np

from sketchnet.inference.embedder import ProgressCallback
from sketchnet.retrieval.gallery.qdrant import QdrantGallery
from sketchnet.retrieval.gallery.qdrant_client import connect, qdrant_errors, split_url
from sketchnet.retrieval.gallery.records import Gallery
from sketchnet.utils.errors import InputError

BATCH = 128  # photos in a request: 4 MB


def push_gallery(
    gallery: Gallery, url: str, progress: ProgressCallback | None = None, client: Any = None
) -> int:
    """Add the photos of a gallery to the one at `url`, which is created if it is missing.

    Photos whose id is there already stay as they are, so that an interrupted upload continues and
    several galleries can be uploaded one after another. A collection that was created beforehand,
    with shards, replicas or quantisation of its own, is used if it is empty. Only one process may
    upload at a time.

    Returns how many were added. Raises InputError where another model made the collection.
    """
    where, collection = split_url(url)
    with qdrant_errors(url):
        client = client or connect(where, create=True)
        # The embedded server has no indexes, and warns about them.
        _prepare(client, collection, gallery, indexed=where.startswith("http"))
    there = QdrantGallery(url, client)
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
        known = there.rows_of([gallery.ids[row] for row in rows])
        new = [row for row in rows if gallery.ids[row] not in known]
        if new:
            with qdrant_errors(url):
                _upsert(client, collection, gallery, new, len(there) + added)
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
    if client.collection_exists(collection):
        info = client.get_collection(collection)
        if not info.config.metadata and not client.count(collection).count:
            client.update_collection(collection, metadata=noted)
        return
    client.create_collection(
        collection,
        models.VectorParams(size=vectors.shape[1], distance=models.Distance.DOT),
        on_disk_payload=True,
        metadata=noted,
    )
    if indexed:
        client.create_payload_index(collection, "id", models.PayloadSchemaType.KEYWORD)


def _upsert(client: Any, collection: str, gallery: Gallery, rows: list[int], first: int) -> None:
    from qdrant_client import models

    points = []
    for number, row in enumerate(rows, start=first):
        payload = {
            "id": gallery.ids[row],
            "original": gallery.originals[row],
            "thumbnail": b64encode(gallery.picture(row).read_bytes()).decode(),
        }
        if gallery.embeddings.maps is not None:
            content = np.ascontiguousarray(gallery.embeddings.maps[row]).tobytes()
            payload["map"] = b64encode(content).decode()
        vector = gallery.embeddings.vectors[row].tolist()
        points.append(models.PointStruct(id=number, vector=vector, payload=payload))
    client.upsert(collection, points, wait=True)
