"""Qdrant in this process (`qdrant-edge-py`), by the methods of its client that galleries use.

A collection is a folder with one shard of the engine, which one process may have open, and
`sketchnet.json`: the metadata that a server would keep. Requests are those of
`qdrant_client.models` and are translated here (`qdrant_edge_models`), so that galleries are the
same in a server, in the client's own mode, and here. An update whose method has returned survives
the end of the process.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from types import SimpleNamespace
from typing import Any

from sketchnet.retrieval.gallery import qdrant_edge_models as edge
from sketchnet.utils.atomic_files import write_text_atomically

METADATA = "sketchnet.json"
FLUSH = 50  # upserts after which the engine writes its segments and shortens its log of updates


class EdgeClient:
    """The collections of a folder. Errors of the engine are RuntimeErrors."""

    def __init__(self, folder: str) -> None:
        self.folder = Path(folder)
        self._shards: dict[str, Any] = {}
        self._upserts = 0
        self._lock = Lock()

    def close(self) -> None:
        """Write everything and release the folders."""
        with self._lock:
            for shard in self._shards.values():
                shard.close()
            self._shards = {}

    def collection_exists(self, name: str) -> bool:
        return (self.folder / name / METADATA).is_file()

    def create_collection(
        self, name: str, vectors_config: Any, *, metadata: dict[str, Any], **_: Any
    ) -> None:
        """Create a collection; payloads are always on disk."""
        with _errors(), self._lock:
            self._shards[name] = edge.create_shard(self.folder / name, vectors_config)
            self._note(name, metadata)

    def update_collection(self, name: str, metadata: dict[str, Any]) -> None:
        self._note(name, metadata)

    def _note(self, name: str, metadata: dict[str, Any]) -> None:
        write_text_atomically(self.folder / name / METADATA, json.dumps(metadata))

    def _open(self, name: str) -> Any:
        from qdrant_edge import EdgeShard

        with self._lock:
            if name not in self._shards:
                with _errors():
                    self._shards[name] = EdgeShard.load(str(self.folder / name))
            return self._shards[name]

    def get_collection(self, name: str) -> Any:
        """Return the parts of the information that galleries read."""
        noted = json.loads((self.folder / name / METADATA).read_text(encoding="utf-8"))
        with _errors():
            info = self._open(name).info()
        config = SimpleNamespace(metadata=noted)
        return SimpleNamespace(
            config=config,
            payload_schema=dict(info.payload_schema),
            points_count=info.points_count,
            indexed_vectors_count=info.indexed_vectors_count,
        )

    def create_payload_index(self, name: str, field_name: str, field_schema: Any) -> None:
        self._update(name, edge.index_update(field_name, field_schema))

    def optimize(self, name: str) -> None:
        """Build the index of what is not indexed yet: minutes for a million photos."""
        shard = self._open(name)
        with _errors():
            shard.flush()
            shard.optimize()
            shard.flush()

    def upsert(self, name: str, points: Sequence[Any], **_: Any) -> None:
        self._update(name, edge.upsert_update(points))
        self._upserts += 1
        if self._upserts % FLUSH == 0:
            with _errors():
                self._open(name).flush()

    def set_payload(self, name: str, payload: dict[str, Any], points: Any, **_: Any) -> None:
        self._update(name, edge.payload_update(points, payload))

    def delete_payload(self, name: str, keys: Sequence[str], points: Any, **_: Any) -> None:
        self._update(name, edge.payload_deletion(points, keys))

    def _update(self, name: str, operation: Any) -> None:
        with _errors():
            self._open(name).update(operation)

    def count(self, name: str, count_filter: Any = None, exact: bool = True) -> Any:
        with _errors():
            count = self._open(name).count(edge.count_request(count_filter, exact))
        return SimpleNamespace(count=count)

    def facet(
        self, name: str, key: str, facet_filter: Any = None, limit: int = 10, exact: bool = False
    ) -> Any:
        with _errors():
            return self._open(name).facet(edge.facet_request(key, facet_filter, limit, exact))

    def scroll(self, name: str, scroll_filter: Any = None, **options: Any) -> tuple[Any, Any]:
        with _errors():
            return self._open(name).scroll(edge.scroll_request(scroll_filter, **options))

    def retrieve(
        self, name: str, ids: Sequence[int], with_payload: Any = True, with_vectors: Any = False
    ) -> list[Any]:
        with _errors():
            return self._open(name).retrieve(list(ids), with_payload, with_vectors)

    def query_batch_points(self, name: str, requests: Sequence[Any]) -> list[Any]:
        shard = self._open(name)
        with _errors():
            found = [shard.query(edge.query_request(request)) for request in requests]
        return [SimpleNamespace(points=points) for points in found]


@contextmanager
def _errors() -> Iterator[None]:
    """Give the errors of the engine, which are plain Exceptions, a type."""
    try:
        yield
    except Exception as error:
        if type(error) is not Exception:
            raise
        raise RuntimeError(str(error)) from error
