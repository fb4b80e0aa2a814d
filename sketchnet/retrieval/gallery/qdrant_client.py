"""The connection to a Qdrant server, or to the embedded one of its client in a folder."""

from __future__ import annotations

import atexit
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from sketchnet.utils.errors import InputError

SCHEME = "qdrant:"


def is_url(where: Path | str) -> bool:
    """Whether a gallery of this name is in a Qdrant collection, and not in a folder of its own."""
    return str(where).startswith(SCHEME)


def split_url(url: str) -> tuple[str, str]:
    """Split `qdrant:WHERE/collection` into address or folder, and collection."""
    where, _, collection = url.removeprefix(SCHEME).rstrip("/").rpartition("/")
    if not (is_url(url) and where.strip("/") and collection):
        raise InputError(
            "qdrant:WHERE/collection, WHERE a folder or an address such as http://localhost:6333",
            url,
        )
    return where, collection


def connect(where: str, *, create: bool) -> Any:
    """Return a QdrantClient.

    Args:
        where: the address of a server, or a folder.
        create: whether a missing folder may be created.
    """
    from qdrant_client import QdrantClient

    if where.startswith(("http://", "https://")):
        key = os.environ.get("QDRANT_API_KEY")
        return QdrantClient(url=where, api_key=key, timeout=60, check_compatibility=False)
    if not create and not Path(where).is_dir():
        raise no_gallery(f"{SCHEME}{where}", "there is no such folder")
    return _of_folder(str(Path(where).resolve()))


@cache
def _of_folder(folder: str) -> Any:
    """Return the only client of a folder: the folder is locked, also for this process."""
    from qdrant_client import QdrantClient

    client = QdrantClient(path=folder)
    atexit.register(client.close)
    return client


@contextmanager
def qdrant_errors(url: str) -> Iterator[None]:
    """Turn the errors of the client, or that it is not installed, into InputErrors."""
    try:
        from qdrant_client.http.exceptions import ApiException
    except ImportError:
        raise InputError(
            "the package qdrant-client, for galleries of the form qdrant:…",
            "none",
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
