"""A gallery in a Qdrant collection: more photos than fit into the memory of one machine.

A photo is a point: its vectors are the embedding and the coded cells of its local map
(`models.coded_cells`), its payload holds what `qdrant_points` lists. The engine ranks
(`qdrant_ranking`): a query sends its vectors and cells, ids and distances come back. The model and
the preparation that made the vectors are in the metadata of the collection, and are checked as for
a folder.

Collections of earlier versions (form 1) have no coded cells but the map in the payload, and the row
as the number of a point. They are searched as ever: the maps of the nearest photos are fetched.

A gallery is named `qdrant:WHERE/collection`. WHERE is the http(s) address of a server of version
1.16 or later (its key, if it needs one, in QDRANT_API_KEY), or a folder for the embedded server of
the client. `qdrant-edge:FOLDER/collection` is the engine itself in this process (`qdrant_edge`).
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

from sketchnet.retrieval.catalogue.filters import Filters, WishedColour
from sketchnet.retrieval.gallery.qdrant_catalogue import (
    QdrantCatalogue,
    RestrictedRemote,
    wishes_of,
)
from sketchnet.retrieval.gallery.qdrant_client import (
    connect,
    has_index,
    no_gallery,
    qdrant_errors,
    split_url,
)
from sketchnet.retrieval.gallery.qdrant_payload import fields_of, filter_of
from sketchnet.retrieval.gallery.qdrant_points import point_number
from sketchnet.retrieval.gallery.qdrant_ranking import VECTOR, search_parameters
from sketchnet.retrieval.gallery.qdrant_rows import Ids, RemoteEmbeddings
from sketchnet.retrieval.gallery.records import check_maker, thumbnail
from sketchnet.utils.errors import InputError

# A response of more neighbours would take seconds. The rank of a photo is known if it is among the
# nearest; beyond that its distance can be computed from its vector, but its rank is not known.
MAX_NEIGHBOURS = 100_000


class QdrantGallery:
    """Photos in a Qdrant collection, with the interface `open.AnyGallery`."""

    def __init__(self, url: str, client: Any = None) -> None:
        """Open a collection. Raises InputError where it is not a gallery or the server is away.

        Args:
            url: `qdrant:WHERE/collection`.
            client: a QdrantClient that is connected already.
        """
        self.url = url
        _, self.collection = split_url(url)
        with qdrant_errors(url):
            self.client = client or connect(url, create=False)
            if not self.client.collection_exists(self.collection):
                raise no_gallery(url, "there is no such collection")
            noted = self.client.get_collection(self.collection).config.metadata or {}
            self.length = self.client.count(self.collection, exact=True).count
        try:
            self.fingerprint = str(noted["fingerprint"])
            self.preparation, self.views = int(noted["preparation"]), int(noted["views"])
            self.map_shape: tuple[int, ...] = tuple(map(int, noted["map"]))
            size, self.form = int(noted["size"]), int(noted.get("form", 1))
            self.querybank = str(noted.get("querybank", ""))
            fields = fields_of(noted)
        except (AttributeError, KeyError, TypeError, ValueError):
            raise no_gallery(url, "its metadata name no model") from None
        self.ids = Ids(self)
        self.catalogue = QdrantCatalogue(self.client, self.collection, url, fields)
        self.embeddings = RemoteEmbeddings(self, size)
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

        keys = ["id", "digest"]
        with qdrant_errors(self.url):
            if self.form > 1:
                numbers = [point_number(photo_id) for photo_id in ids]
                points = self.client.retrieve(self.collection, numbers, with_payload=keys)
            else:
                condition = models.FieldCondition(key="id", match=models.MatchAny(any=list(ids)))
                points, _ = self.client.scroll(
                    self.collection,
                    models.Filter(must=[condition]),
                    limit=len(ids),
                    with_payload=keys,
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

        self.check_count(k)
        request = models.QueryRequest(
            query=vector.tolist(),
            using=VECTOR if self.form > 1 else None,
            filter=condition,
            limit=k,
            with_payload=list(payload),
            # The client's own mode compares all, and warns about parameters.
            params=search_parameters(k, condition is not None) if has_index(self.url) else None,
        )
        return self.ask([request])[0]

    def check_count(self, k: int) -> None:
        """Raise InputError for more neighbours than one response may hold."""
        if k > MAX_NEIGHBOURS:
            raise InputError(
                f"at most {MAX_NEIGHBOURS:,} neighbours",
                f"{k:,} of {self.url}",
                "search for fewer, or use a gallery in a folder",
            )

    def ask(self, requests: Sequence[Any]) -> list[list[Any]]:
        """Return the points that each of some queries finds; they travel as one request."""
        with qdrant_errors(self.url):
            found = self.client.query_batch_points(self.collection, requests)
        for each in found:
            self.ids.cache(each.points)
        return [each.points for each in found]

    def check_made_by(self, fingerprint: str) -> None:
        """Raise InputError unless this model and the current preparation made the gallery."""
        check_maker(self.url, self.fingerprint, self.preparation, fingerprint)

    def fetch(self, rows: Any, *, payload: str = "", vectors: Any = False) -> list[Any]:
        """Return the points of these rows in their order, with one key of the payload.

        `vectors`: the names of those that come too, or whether the only one does.
        """
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
