"""Upload a gallery from a folder to a Qdrant collection (format: `qdrant`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sketchnet.imaging.colours import NAMED_COLOURS
from sketchnet.inference.embedder import ProgressCallback
from sketchnet.retrieval.catalogue.fields import Field
from sketchnet.retrieval.gallery.qdrant import QdrantGallery
from sketchnet.retrieval.gallery.qdrant_client import connect, has_index, qdrant_errors, split_url
from sketchnet.retrieval.gallery.qdrant_payload import fields_of, joined_fields, payload_of
from sketchnet.retrieval.gallery.qdrant_points import (
    FORM,
    old_points_of,
    points_of,
    vectors_config,
)
from sketchnet.retrieval.gallery.qdrant_ranking import CELLS, VECTOR
from sketchnet.retrieval.gallery.records import Gallery
from sketchnet.retrieval.hubness import Querybank
from sketchnet.utils.errors import InputError

BATCH = 128  # photos in a request: 15 MB as text


def push_gallery(
    gallery: Gallery,
    url: str,
    progress: ProgressCallback | None = None,
    client: Any = None,
    querybank: Querybank | None = None,
) -> int:
    """Add the photos of a gallery to the one at `url`, which is created if it is missing.

    Photos whose id is there already stay as they are, but for fields that have changed, so that an
    interrupted upload continues and several galleries can be uploaded one after another. A
    collection that was created beforehand, with shards, replicas or quantisation of its own, is
    used if it is empty.

    Args:
        querybank: of the run, for the hubness correction inside the engine. Without it a search
            fetches the vectors of the nearest photos. A collection keeps that of its first push.

    Returns how many were added. Raises InputError where another model, or a querybank other than
    this one, made the collection.
    """
    with qdrant_errors(url):
        client = client or connect(url, create=True)
    there = prepare_collection(
        client,
        url,
        gallery.fingerprint,
        gallery.preparation,
        gallery.views,
        gallery.embeddings.vectors.shape[1],
        () if gallery.embeddings.maps is None else gallery.embeddings.maps.shape[1:],
        gallery.catalogue.fields,
        querybank,
    )
    added = add_photos(there, gallery, querybank, progress)
    finish_collection(there)
    return added


def finish_collection(there: QdrantGallery) -> None:
    """Build the index, where the engine does not do so by itself: the one in this process."""
    if hasattr(there.client, "optimize"):
        with qdrant_errors(there.url):
            there.client.optimize(there.collection)


def prepare_collection(
    client: Any,
    url: str,
    fingerprint: str,
    preparation: int,
    views: int,
    size: int,
    map_shape: Sequence[int],
    new_fields: Sequence[Field],
    querybank: Querybank | None,
) -> QdrantGallery:
    """Create a collection if it is missing, check that it takes these photos, and note the fields.

    Raises InputError where it does not.
    """
    _, collection = split_url(url)
    noted = {
        "fingerprint": fingerprint,
        "preparation": preparation,
        "views": views,
        "size": size,
        "map": list(map_shape),
        "querybank": "" if querybank is None else querybank.digest,
    }
    with qdrant_errors(url):
        _create(client, url, collection, noted, new_fields)
    there = QdrantGallery(url, client)
    there.check_made_by(fingerprint)
    if (views, tuple(map_shape)) != (there.views, there.map_shape):
        raise InputError(
            f"embeddings of {there.views} views with maps {there.map_shape}, as {url} has",
            f"{views} views with maps {tuple(map_shape)}",
            "push into another collection",
        )
    if there.querybank and there.querybank != noted["querybank"]:
        raise InputError(
            f"the hubness correction that the photos of {url} have",
            "another one" if querybank else "none",
            "name the run with --run, or push into another collection",
        )
    return there


def add_photos(
    there: QdrantGallery,
    gallery: Gallery,
    querybank: Querybank | None,
    progress: ProgressCallback | None = None,
) -> int:
    """Add those photos of a gallery that a collection lacks, and return how many these are."""
    client, collection, url = there.client, there.collection, there.url
    fields = there.catalogue.fields
    penalising = querybank if there.querybank else None
    added = 0
    for start in range(0, len(gallery), BATCH):
        rows = range(start, min(start + BATCH, len(gallery)))
        digests = there.digests_of([gallery.ids[row] for row in rows])
        new = [row for row in rows if gallery.ids[row] not in digests]
        with qdrant_errors(url):
            _update(client, collection, gallery, digests, fields)
            if new and there.form > 1:
                points = points_of(gallery, new, fields, penalising)
                client.upsert(collection, points, wait=True)
            elif new:
                points = old_points_of(gallery, new, fields, len(there) + added)
                client.upsert(collection, points, wait=True)
        added += len(new)
        if progress:
            progress(rows.stop, len(gallery))
    return added


def _create(
    client: Any, url: str, collection: str, noted: dict[str, Any], new_fields: Sequence[Field]
) -> None:
    """Create the collection if it is missing, and note the model in its metadata."""
    # The embedded server has no indexes, and warns about them.
    indexed = has_index(url)
    exists = client.collection_exists(collection)
    known = (client.get_collection(collection).config.metadata or {}) if exists else {}
    fields = joined_fields(fields_of(known), new_fields)
    listed = [{"name": field.name, "type": field.type} for field in fields]
    if not exists:
        client.create_collection(
            collection,
            vectors_config(noted["size"], noted["map"], quantized=indexed),
            on_disk_payload=True,
            metadata=noted | {"form": FORM, "fields": listed},
        )
    elif not known and not client.count(collection).count:
        form = _form_of(client.get_collection(collection).config, noted, url)
        client.update_collection(collection, metadata=noted | form | {"fields": listed})
    elif known and known.get("fields", []) != listed:
        client.update_collection(collection, metadata=known | {"fields": listed})
    if indexed:
        _index_fields(client, collection, fields)


def _form_of(config: Any, noted: dict[str, Any], url: str) -> dict[str, Any]:
    """The form of a collection that somebody created: 1 with one vector that has no name."""
    vectors = config.params.vectors
    if not isinstance(vectors, dict):
        return {"form": 1, "querybank": ""}
    expected = {VECTOR, CELLS} if noted["map"] else {VECTOR}
    if {*vectors} != expected:
        raise InputError(
            f"a collection with the vectors {' and '.join(sorted(expected))}",
            f"{url} with {', '.join(vectors) or 'none'}",
            "docs/scaling.md says how to create one",
        )
    return {"form": FORM}


def _index_fields(client: Any, collection: str, fields: Sequence[Field]) -> None:
    from qdrant_client import models

    keyword, number = models.PayloadSchemaType.KEYWORD, models.PayloadSchemaType.FLOAT
    keys = {"id": keyword}
    if fields:
        keys |= {"words": keyword} | {f"c_{name}": number for name in NAMED_COLOURS}
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
