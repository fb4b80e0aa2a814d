"""The interface of all galleries, in a folder or on a server, and how to open one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from sketchnet.retrieval.catalogue.filters import Filters, WishedColour
from sketchnet.retrieval.gallery.qdrant import QdrantGallery
from sketchnet.retrieval.gallery.qdrant_client import is_url
from sketchnet.retrieval.gallery.store import load_gallery


class AnyGallery(Protocol):
    """Photos that can be searched, row by row; `store.Gallery` documents the names."""

    @property
    def ids(self) -> Sequence[str]: ...

    @property
    def embeddings(self) -> Any:
        """The part of `Embeddings` that `Ranker.rank` needs: `nearest(vector, k)`, `vectors[rows]`,
        `maps[rows]` or None, and a length. A gallery on a server gives at most `MAX_NEIGHBOURS`
        nearest photos; the vectors and maps of any row can be fetched."""

    @property
    def folder(self) -> Path:
        """The folder whose `thumbnails/` holds the files that `picture` returns."""

    @property
    def catalogue(self) -> Any:
        """The fields of the photos: `Catalogue`, or on a server the part of it that pages need."""

    def __len__(self) -> int: ...

    def __contains__(self, photo_id: object) -> bool: ...

    def row(self, photo_id: str) -> int: ...

    def picture(self, row: int) -> Path: ...

    def check_made_by(self, fingerprint: str) -> None: ...

    def restricted(
        self, filters: Filters, text: str = "", colours: Sequence[WishedColour] = ()
    ) -> tuple[Any, float]:
        """The embeddings of the photos that filters leave, with what wishes add to their distances
        (`RestrictedEmbeddings`), and the sum of the weights of the wishes."""


def open_gallery(where: Path | str) -> AnyGallery:
    """Open the gallery of a folder, or the one at `qdrant:PATH-or-URL/collection` or
    `qdrant-edge:PATH/collection`.

    Raises InputError where there is none, or it is damaged.
    """
    if is_url(where):
        return QdrantGallery(str(where))
    return load_gallery(where)
