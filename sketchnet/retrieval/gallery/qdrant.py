"""A gallery that a Qdrant server holds: more photos than one machine has memory for.

A photo is a point: its number is the row, its vector the embedding; its payload has the id, the
original file, the thumbnail (JPEG) and the local map (float16), both in base64. Stage one asks for
numbers alone, stage two for the maps of the rerank_depth. Which model and preparation made the
vectors is noted in the metadata of the collection and checked, as in a folder.

A gallery is named `qdrant:WHERE/collection`: WHERE is the http(s) address of a server of version
1.16 or later (its key, if it wants one, in QDRANT_API_KEY), or a folder, where the client itself
plays a small server.
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
from sketchnet.retrieval.gallery.qdrant_client import connect, no_gallery, split_url, told
from sketchnet.retrieval.gallery.store import check_maker, thumbnail
from sketchnet.utils.errors import InputError

# Nobody looks at more; a rank among all photos of a huge gallery is no question for a page.
MOST = 100_000
# Neighbours that the index of a server follows at least; small collections it searches exactly.
FOLLOWED = 256
REMEMBERED = 100_000  # ids


class QdrantGallery:
    """Photos in a collection, with the interface of `store.Gallery` (`interface.AnyGallery`)."""

    def __init__(self, url: str, client: Any = None) -> None:
        """Open a collection. Raises InputError where it is none of ours or nobody answers.

        Args:
            url: `qdrant:WHERE/collection`.
            client: a QdrantClient that is connected already.
        """
        self.url = url
        where, self.collection = split_url(url)
        with told(url):
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
        except (KeyError, TypeError, ValueError):
            raise no_gallery(url, "its metadata name no model") from None
        self.ids = _Ids(self)
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
        """Return the rows of those of the ids that are in."""
        from qdrant_client import models

        asked = models.FieldCondition(key="id", match=models.MatchAny(any=list(ids)))
        with told(self.url):
            points, _ = self.client.scroll(
                self.collection,
                models.Filter(must=[asked]),
                limit=len(ids),
                with_payload=["id"],
            )
        return {point.payload["id"]: int(point.id) for point in points}

    def __contains__(self, photo_id: object) -> bool:
        return isinstance(photo_id, str) and photo_id in self.rows_of([photo_id])

    def picture(self, row: int) -> Path:
        """Return the thumbnail of a row: a JPEG file, fetched when it is first asked for."""
        path = thumbnail(self.folder, row)
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            staged = path.with_suffix(f".{os.urandom(4).hex()}")  # two threads may fetch it at once
            staged.write_bytes(
                b64decode(self.fetch([row], payload="thumbnail")[0].payload["thumbnail"])
            )
            os.replace(staged, path)
        return path

    def check_made_by(self, fingerprint: str) -> None:
        """Raise InputError unless the model of this fingerprint and our preparation made it."""
        check_maker(self.url, self.fingerprint, self.preparation, fingerprint)

    def fetch(self, rows: Any, *, payload: str = "", vectors: bool = False) -> list[Any]:
        """Return the points of these rows in their order, with one key of the payload."""
        wanted = [int(row) for row in rows]
        with told(self.url):
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
    """Ids by row; those of the last answers are at hand without another request."""

    def __init__(self, gallery: QdrantGallery) -> None:
        self.gallery = gallery
        self.known: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self.gallery)

    def __getitem__(self, row: Any) -> Any:
        found = self.known.get(int(row))
        return self.gallery.fetch([row], payload="id")[0].payload["id"] if found is None else found

    def learn(self, points: Sequence[Any]) -> None:
        if len(self.known) > REMEMBERED:
            self.known = {}
        self.known |= {point.id: point.payload["id"] for point in points}


class _RemoteEmbeddings:
    """As much of `Embeddings` as a search needs; nothing is here before it is asked for."""

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

        Raises InputError for more than 100,000.
        """
        from qdrant_client import models

        gallery, k = self.gallery, min(k, len(self))
        if k > MOST:
            raise InputError(
                f"a question about at most {MOST:,} neighbours",
                f"one about {k:,} of {gallery.url}",
                "ask for fewer, or of a gallery in a folder",
            )
        if not k:
            return np.empty(0, np.intp), np.empty(0, np.float32)
        served = split_url(gallery.url)[0].startswith("http")
        with told(gallery.url):
            points = gallery.client.query_points(
                gallery.collection,
                query=vector.tolist(),
                limit=k,
                with_payload=["id"],
                search_params=models.SearchParams(hnsw_ef=max(FOLLOWED, k)) if served else None,
            ).points
        gallery.ids.learn(points)
        rows = np.array([point.id for point in points], np.intp)
        dots = np.array([point.score for point in points], np.float32)
        squared = np.maximum(2 - 2 * dots, 0)
        order = np.lexsort((rows, squared))
        return rows[order], squared[order]


class _Column:
    """Vectors or maps by row; only what is indexed is fetched."""

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
