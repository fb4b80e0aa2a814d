"""What a search asks of a gallery, wherever it lies: in a folder, or behind a URL."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from sketchnet.retrieval.gallery.qdrant import QdrantGallery
from sketchnet.retrieval.gallery.qdrant_client import is_url
from sketchnet.retrieval.gallery.store import load_gallery


class AnyGallery(Protocol):
    """Photos that can be searched, row by row (`store.Gallery` says what the names mean)."""

    @property
    def ids(self) -> Sequence[str]: ...

    @property
    def embeddings(self) -> Any:
        """What `search.rank` needs: `nearest(vector, k)`, `vectors[rows]`, `maps[rows]` or
        None, and a length."""

    @property
    def folder(self) -> Path:
        """Below it `thumbnails/` holds the pictures that `picture` names."""

    def __len__(self) -> int: ...

    def __contains__(self, photo_id: object) -> bool: ...

    def row(self, photo_id: str) -> int: ...

    def picture(self, row: int) -> Path: ...

    def check_made_by(self, fingerprint: str) -> None: ...


def open_gallery(where: Path | str) -> AnyGallery:
    """Open the gallery of a folder, or the one at `qdrant:PATH-or-URL/collection`.

    Raises InputError where there is none, or it is damaged.
    """
    if is_url(where):
        return QdrantGallery(str(where))
    return load_gallery(where)
