"""The connection to a Qdrant server, or to an engine in this process that works in a folder."""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sketchnet.retrieval.gallery.qdrant_edge import EdgeClient
from sketchnet.utils.errors import InputError

SCHEME, EDGE = "qdrant:", "qdrant-edge:"


def is_url(where: Path | str) -> bool:
    """Whether a gallery of this name is in a Qdrant collection, and not in a folder of its own."""
    return str(where).startswith((SCHEME, EDGE))


def split_url(url: str) -> tuple[str, str]:
    """Split `qdrant:WHERE/collection` into address or folder, and collection."""
    where, _, collection = url.removeprefix(SCHEME).removeprefix(EDGE).rstrip("/").rpartition("/")
    if not (is_url(url) and where.strip("/") and collection):
        raise InputError(
            "qdrant:WHERE/collection, WHERE a folder or an address such as http://localhost:6333; "
            "or qdrant-edge:FOLDER/collection",
            url,
        )
    return where, collection


def is_server(url: str) -> bool:
    """Whether a server has the collection, which several machines may fill."""
    return split_url(url)[0].startswith(("http://", "https://"))


def has_index(url: str) -> bool:
    """Whether the engine indexes: a server and the one in process, not the client's own mode."""
    return is_server(url) or url.startswith(EDGE)


def connect(url: str, *, create: bool) -> Any:
    """Return a QdrantClient, or an `EdgeClient`, which has the methods that galleries use.

    Args:
        url: of a collection.
        create: whether a missing folder may be created.
    """
    where, _ = split_url(url)
    if is_server(url):
        from qdrant_client import QdrantClient

        key = os.environ.get("QDRANT_API_KEY")
        return QdrantClient(url=where, api_key=key, timeout=60, check_compatibility=False)
    if not create and not Path(where).is_dir():
        raise no_gallery(url, "there is no such folder")
    return _of_folder(url.startswith(EDGE), str(Path(where).resolve()))


@cache
def _of_folder(edge: bool, folder: str) -> Any:
    """Return the only client of a folder: the folder is locked, also for this process."""
    from qdrant_client import QdrantClient

    client = EdgeClient(folder) if edge else QdrantClient(path=folder)
    atexit.register(client.close)
    return client


@contextmanager
def qdrant_errors(url: str) -> Iterator[None]:
    """Turn the errors of the client, or that it is not installed, into InputErrors."""
    try:
        from qdrant_client.http.exceptions import ApiException

        if url.startswith(EDGE):
            import qdrant_edge  # noqa: F401
    except ImportError as error:
        raise InputError(
            "the packages qdrant-client and, for qdrant-edge:…, qdrant-edge-py",
            f"no {error.name}",
            "`pip install -r requirements-scale.txt`",
        ) from None
    try:
        yield
    except InputError:
        raise
    # The embedded server raises RuntimeError for a folder in use, and ValueError otherwise.
    except (ApiException, RuntimeError, ValueError, OSError) as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise InputError(
            f"an answer of {url}",
            lines[0],
            "see that the server runs there, or that no other program has the folder open",
        ) from error


def no_gallery(url: str, reason: str) -> InputError:
    """Return the error for a collection that is not a gallery."""
    return InputError(
        "a gallery",
        f"{url}, which is not one ({reason})",
        "fill it with `python -m sketchnet.gallery push GALLERY URL`",
    )
