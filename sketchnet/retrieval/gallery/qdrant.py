"""A gallery in a Qdrant collection: more photos than fit into the memory of one machine.

A photo is a point: its number is the row, its vector the embedding; its payload holds the id, the
original file, the thumbnail (JPEG) and the local map (float16), the last two in base64, and the
fields (`qdrant_payload`). Retrieval
fetches numbers and ids, re-ranking the maps of the nearest photos. The model and the preparation
that made the vectors are in the metadata of the collection, and are checked as for a folder.

A gallery is named `qdrant:WHERE/collection`. WHERE is the http(s) address of a server of version
1.16 or later (its key, if it needs one, in QDRANT_API_KEY), or a folder for the embedded server of
the client.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet.inference.embedder import Embeddings
from sketchnet.retrieval.catalogue.filters import Filters, WishedColour
from sketchnet.retrieval.gallery.qdrant_catalogue import (
    QdrantCatalogue,
    RestrictedRemote,
    wishes_of,
)
from sketchnet.retrieval.gallery.qdrant_client import connect, no_gallery, qdrant_errors, split_url
from sketchnet.retrieval.gallery.qdrant_payload import fields_of, filter_of
from sketchnet.retrieval.gallery.records import check_maker, thumbnail
from sketchnet.utils.errors import InputError

# A response of more neighbours would take seconds. The rank of a photo is known if it is among the
# nearest; beyond that its distance can be computed from its vector, but its rank is not known.
MAX_NEIGHBOURS = 100_000
MIN_SEARCH_DEPTH = 256  # `hnsw_ef` of the index; small collections are searched exactly
MAX_CACHED_IDS = 100_000


class QdrantGallery:
    """Photos in a Qdrant collection, with the interface `open.AnyGallery`."""

    def __init__(self, url: str, client: Any = None) -> None:
        """Open a collection. Raises InputError where it is not a gallery or the server is away.

        Args:
            url: `qdrant:WHERE/collection`.
            client: a QdrantClient that is connected already.
        """
        self.url = url
        where, self.collection = split_url(url)
        with qdrant_errors(url):
            self.client = client or connect(where, create=False)
            if not self.client.collection_exists(self.collection):
                raise no_gallery(url, "there is no such collection")
            noted = self.client.get_collection(self.collection).config.metadata or {}
            self.length = self.client.count(self.collection, exact=True).count
        try:
            self.fingerprint = str(noted["fingerprint"])
            self.preparation, self.views = int(noted["preparation"]), int(noted["views"])
            self.map_shape: tuple[int, ...] = tuple(map(int, noted["map"]))
            size = int(noted["size"])
            fields = fields_of(noted)
        except (AttributeError, KeyError, TypeError, ValueError):
            raise no_gallery(url, "its metadata name no model") from None
        self.ids = _Ids(self)
        self.catalogue = QdrantCatalogue(self.client, self.collection, url, fields)
        self.embeddings = _RemoteEmbeddings(self, size)
        self.folder = Path(tempfile.mkdtemp(prefix="sketchnet-"))
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)

    def __len__(self) -> int:
        return self.length

    def row(self, photo_id: str) -> int:
        """Return the row of a photo; raises InputError where there is none of this id."""
        found = self.rows_of([photo_id])
        if photo_id not in found:
            raise InputError(
                f"the id of one of {len(self)} photos",
                f"{photo_id!r}",
                f"{self.url} holds none of this id",
            )
        return found[photo_id]

    def rows_of(self, ids: Sequence[str]) -> dict[str, int]:
        """Return id to row of those of the ids that are there."""
        return {photo_id: row for photo_id, (row, _) in self.digests_of(ids).items()}

    def digests_of(self, ids: Sequence[str]) -> dict[str, tuple[int, str]]:
        """Return id to row, and to the digest of its fields, of those of the ids there."""
        from qdrant_client import models

        condition = models.FieldCondition(key="id", match=models.MatchAny(any=list(ids)))
        with qdrant_errors(self.url):
            points, _ = self.client.scroll(
                self.collection,
                models.Filter(must=[condition]),
                limit=len(ids),
                with_payload=["id", "digest"],
            )
        return {
            point.payload["id"]: (int(point.id), point.payload.get("digest", ""))
            for point in points
        }

    def __contains__(self, photo_id: object) -> bool:
        return isinstance(photo_id, str) and photo_id in self.rows_of([photo_id])

    def picture(self, row: int) -> Path:
        """Return the thumbnail of a row: a JPEG file, downloaded at the first call."""
        path = thumbnail(self.folder, row)
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            staged = path.with_suffix(f".{os.urandom(4).hex()}")  # two threads may write it at once
            staged.write_bytes(
                b64decode(self.fetch([row], payload="thumbnail")[0].payload["thumbnail"])
            )
            os.replace(staged, path)
        return path

    def restricted(
        self, filters: Filters, text: str = "", colours: Sequence[WishedColour] = ()
    ) -> tuple[RestrictedRemote, float]:
        """Return the photos that filters leave, and the weight of the wishes (`Gallery`)."""
        wishes = wishes_of(text, colours)
        condition = filter_of(filters, self.catalogue.fields)
        return RestrictedRemote(self, condition, wishes), wishes.weight

    def neighbours(
        self, vector: np.ndarray, k: int, condition: Any = None, payload: Sequence[str] = ("id",)
    ) -> list[Any]:
        """Return the k nearest points; those that a filter leaves are compared one by one.

        Raises InputError for more than `MAX_NEIGHBOURS`.
        """
        from qdrant_client import models

        if k > MAX_NEIGHBOURS:
            raise InputError(
                f"at most {MAX_NEIGHBOURS:,} neighbours",
                f"{k:,} of {self.url}",
                "search for fewer, or use a gallery in a folder",
            )
        depth = max(MIN_SEARCH_DEPTH, k)
        is_server = split_url(self.url)[0].startswith("http")
        exact = condition is not None
        search = models.SearchParams(hnsw_ef=depth, exact=exact) if is_server else None
        with qdrant_errors(self.url):
            return self.client.query_points(
                self.collection,
                query=vector.tolist(),
                query_filter=condition,
                limit=k,
                with_payload=list(payload),
                search_params=search,
            ).points

    def check_made_by(self, fingerprint: str) -> None:
        """Raise InputError unless this model and the current preparation made the gallery."""
        check_maker(self.url, self.fingerprint, self.preparation, fingerprint)

    def fetch(self, rows: Any, *, payload: str = "", vectors: bool = False) -> list[Any]:
        """Return the points of these rows in their order, with one key of the payload."""
        wanted = [int(row) for row in rows]
        with qdrant_errors(self.url):
            points = self.client.retrieve(
                self.collection,
                wanted,
                with_payload=[payload] if payload else False,
                with_vectors=vectors,
            )
        found = {point.id: point for point in points}
        if len(found) < len(set(wanted)):
            raise no_gallery(self.url, f"of {len(set(wanted))} rows it has {len(found)}")
        return [found[row] for row in wanted]


class _Ids(Sequence[str]):
    """Ids by row; those of the last results are cached."""

    def __init__(self, gallery: QdrantGallery) -> None:
        self.gallery = gallery
        self.known: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self.gallery)

    def __getitem__(self, row: Any) -> Any:
        found = self.known.get(int(row))
        return self.gallery.fetch([row], payload="id")[0].payload["id"] if found is None else found

    def cache(self, points: Sequence[Any]) -> None:
        if len(self.known) > MAX_CACHED_IDS:
            self.known = {}
        self.known |= {point.id: point.payload["id"] for point in points}


class _RemoteEmbeddings:
    """The part of `Embeddings` that a search needs; everything is fetched when it is used."""

    def __init__(self, gallery: QdrantGallery, size: int) -> None:
        self.gallery = gallery
        self.vectors = _Column(gallery, (size,))
        self.maps = _Column(gallery, gallery.map_shape) if gallery.map_shape else None

    def __len__(self) -> int:
        return len(self.gallery)

    def __getitem__(self, rows: Any) -> Embeddings:
        return Embeddings(self.vectors[rows], None if self.maps is None else self.maps[rows])

    def nearest(self, vector: np.ndarray, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return rows and squared distances of the k nearest, as `Embeddings.nearest` does.

        Raises InputError for more than `MAX_NEIGHBOURS`.
        """
        gallery, k = self.gallery, min(k, len(self))
        if not k:
            return np.empty(0, np.intp), np.empty(0, np.float32)
        points = gallery.neighbours(vector, k)
        gallery.ids.cache(points)
        rows = np.array([point.id for point in points], np.intp)
        dots = np.array([point.score for point in points], np.float32)
        squared = np.maximum(2 - 2 * dots, 0)
        order = np.lexsort((rows, squared))
        return rows[order], squared[order]


class _Column:
    """Vectors or maps by row; only the indexed rows are fetched."""

    def __init__(self, gallery: QdrantGallery, shape: tuple[int, ...]) -> None:
        self.gallery = gallery
        self.shape = (len(gallery), *shape)

    def __len__(self) -> int:
        return len(self.gallery)

    def __getitem__(self, rows: Any) -> np.ndarray:
        maps = len(self.shape) == 4
        points = self.gallery.fetch(rows, payload="map" if maps else "", vectors=not maps)
        if maps:
            content = b"".join(b64decode(point.payload["map"]) for point in points)
            found = np.frombuffer(content, np.float16)
        else:
            found = np.array([point.vector for point in points], np.float32)
        return found.reshape(-1, *self.shape[1:])
