"""The way to a Qdrant server, or to the small one that its client plays over a folder."""

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
    """Whether a gallery of this name lies behind a server, and not in a folder."""
    return str(where).startswith(SCHEME)


def split_url(url: str) -> tuple[str, str]:
    """Return where a `qdrant:WHERE/collection` lies and what it is called."""
    where, _, collection = url.removeprefix(SCHEME).rstrip("/").rpartition("/")
    if not (is_url(url) and where.strip("/") and collection):
        raise InputError(
            "qdrant:WHERE/collection, WHERE a folder or an address such as http://localhost:6333",
            url,
        )
    return where, collection


def connect(where: str, *, create: bool) -> Any:
    """Return a QdrantClient for an address, or for a folder, which `create` allows to make."""
    from qdrant_client import QdrantClient

    if where.startswith(("http://", "https://")):
        key = os.environ.get("QDRANT_API_KEY")
        return QdrantClient(url=where, api_key=key, timeout=60, check_compatibility=False)
    if not create and not Path(where).is_dir():
        raise no_gallery(f"{SCHEME}{where}", "there is no such folder")
    return _of_folder(str(Path(where).resolve()))


@cache
def _of_folder(folder: str) -> Any:
    """The one client of a folder: it keeps all others out, also those of this program."""
    from qdrant_client import QdrantClient

    client = QdrantClient(path=folder)
    atexit.register(client.close)
    return client


@contextmanager
def told(url: str) -> Iterator[None]:
    """Turn what the client raises, or that there is none, into an InputError."""
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
    # Its local form raises RuntimeError for a folder in use, and ValueError for the rest.
    except (ApiException, RuntimeError, ValueError, OSError) as error:
        lines = str(error).strip().splitlines() or [type(error).__name__]
        raise InputError(
            f"an answer of {url}",
            lines[0],
            "see that the server runs there, or that no other program has the folder open",
        ) from error


def no_gallery(url: str, reason: str) -> InputError:
    return InputError(
        "a gallery",
        f"{url}, which is none ({reason})",
        "fill it with `python -m sketchnet.gallery push GALLERY URL`",
    )
