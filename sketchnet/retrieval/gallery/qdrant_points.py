"""A photo as a point of a Qdrant collection.

    number      from the id (`point_number`)
    vectors     `vector`, the embedding, and `cells`, the coded cells of the local map
    payload     id, original (the file), thumbnail (JPEG), lengths (of the cells, float16), penalty
                (of the hubness correction), and the fields (`qdrant_payload`)

Thumbnail and lengths are in base64. Collections of form 1 have one vector without a name, `map` in
place of the lengths, and rows as numbers.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Sequence
from typing import Any

import numpy as np

from sketchnet.models.coded_cells import cell_size, photo_cells, photo_lengths
from sketchnet.retrieval.catalogue.fields import Field
from sketchnet.retrieval.gallery.qdrant_payload import payload_of
from sketchnet.retrieval.gallery.qdrant_ranking import CELLS, PENALTY, VECTOR
from sketchnet.retrieval.gallery.records import Gallery
from sketchnet.retrieval.hubness import Querybank

FORM = 2


def point_number(photo_id: str) -> int:
    """Return the number of the point of a photo, 63 bits of a hash of its id.

    So a photo that is written twice, by whatever machines, is one point. Of 10^7 photos two share a
    number with a probability of 5e-6, of 10^9 with one of 5 %.
    """
    return int.from_bytes(hashlib.sha256(photo_id.encode()).digest()[:8], "big") >> 1


def vectors_config(size: int, map_shape: Sequence[int], *, quantized: bool) -> dict[str, Any]:
    """Return the vectors of a collection: the first stage in memory, the cells on disk.

    Args:
        size: of the embedding.
        map_shape: (h, w, c), or () without maps.
        quantized: whether the first stage searches int8, and the exact vectors are on disk.

    The cells are never searched but only compared, so they have no index. Quantised they would lose
    their codes; in float16 they take half the room, and are compared in five times the time.
    """
    from qdrant_client import models

    int8 = models.ScalarQuantizationConfig(
        type=models.ScalarType.INT8, quantile=0.99, always_ram=True
    )
    config = {
        VECTOR: models.VectorParams(
            size=size,
            distance=models.Distance.DOT,
            on_disk=quantized,
            quantization_config=models.ScalarQuantization(scalar=int8) if quantized else None,
        )
    }
    if map_shape:
        config[CELLS] = models.VectorParams(
            size=cell_size(map_shape),
            distance=models.Distance.DOT,
            on_disk=True,
            hnsw_config=models.HnswConfigDiff(m=0),
            multivector_config=models.MultiVectorConfig(
                comparator=models.MultiVectorComparator.MAX_SIM
            ),
        )
    return config


def points_of(
    gallery: Gallery, rows: Sequence[int], fields: Sequence[Field], querybank: Querybank | None
) -> list[Any]:
    """Return `PointStruct`s of some photos of a gallery."""
    from qdrant_client import models

    vectors, maps = gallery.embeddings.vectors[rows], gallery.embeddings.maps
    penalties = None if querybank is None else querybank.penalties(np.asarray(vectors))
    points = []
    for place, row in enumerate(rows):
        payload = _common_payload(gallery, row, fields)
        found: dict[str, Any] = {VECTOR: vectors[place].tolist()}
        if maps is not None:
            found[CELLS] = photo_cells(maps[row]).tolist()
            payload["lengths"] = b64encode(photo_lengths(maps[row]).tobytes()).decode()
        if penalties is not None:
            payload[PENALTY] = float(penalties[place])
        number = point_number(gallery.ids[row])
        points.append(models.PointStruct(id=number, vector=found, payload=payload))
    return points


def old_points_of(
    gallery: Gallery, rows: Sequence[int], fields: Sequence[Field], first: int
) -> list[Any]:
    """Return the points of form 1, numbered from `first`."""
    from qdrant_client import models

    points = []
    for number, row in enumerate(rows, start=first):
        payload = _common_payload(gallery, row, fields)
        if gallery.embeddings.maps is not None:
            content = np.ascontiguousarray(gallery.embeddings.maps[row]).tobytes()
            payload["map"] = b64encode(content).decode()
        vector = gallery.embeddings.vectors[row].tolist()
        points.append(models.PointStruct(id=number, vector=vector, payload=payload))
    return points


def _common_payload(gallery: Gallery, row: int, fields: Sequence[Field]) -> dict[str, Any]:
    return {
        "id": gallery.ids[row],
        "original": gallery.originals[row],
        "thumbnail": b64encode(gallery.picture(row).read_bytes()).decode(),
        **payload_of(gallery.catalogue, row, gallery.ids[row], fields),
    }
