"""An HTTP server with the part of the REST interface of Qdrant that galleries use.

Requests are passed to the embedded server of the client.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATH = re.compile(r"/collections/(?P<name>\w+)(?P<what>/[\w/]+)?")


class Requests(list[str]):
    """What was asked, with the bytes of bodies that were received and sent."""

    received = sent = 0


@contextmanager
def serve(local: Any) -> Iterator[tuple[str, Requests]]:
    """Serve a local client; yields the URL and a list that receives every request."""
    requests = Requests()
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def respond(self) -> None:
            found = PATH.match(self.path)
            assert found, self.path
            name, what = found["name"], found["what"] or ""
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length) or b"{}")
            requests.append(f"{self.command} {what}")
            requests.received += length
            with lock:
                result = respond_to(local, self.command, name, what, body)
            content = json.dumps({"result": result, "status": "ok", "time": 0.0}).encode()
            requests.sent += len(content)
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_PUT = do_POST = do_PATCH = respond

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", requests
    finally:
        server.shutdown()
        server.server_close()


def respond_to(local: Any, verb: str, name: str, what: str, body: dict[str, Any]) -> Any:
    from qdrant_client import models

    def plain(found: Any) -> Any:
        return json.loads(found.model_dump_json())

    if (verb, what) == ("GET", "/exists"):
        return {"exists": local.collection_exists(name)}
    if (verb, what) == ("GET", ""):
        return plain(local.get_collection(name))
    if (verb, what) == ("PUT", ""):
        vectors = {key: models.VectorParams(**each) for key, each in body["vectors"].items()}
        return local.create_collection(name, vectors, metadata=body["metadata"])
    if (verb, what) == ("PATCH", ""):
        return local.update_collection(name, metadata=body["metadata"])
    if (verb, what) == ("PUT", "/index"):
        return {"operation_id": 0, "status": "completed"}
    if (verb, what) == ("PUT", "/points"):
        points = [models.PointStruct(**point) for point in body["points"]]
        return plain(local.upsert(name, points))
    if what == "/points/count":
        counted = models.Filter(**body["filter"]) if body.get("filter") else None
        return plain(local.count(name, counted))
    if what == "/points/scroll":
        request = models.ScrollRequest(**body)
        points, _ = local.scroll(
            name, request.filter, limit=request.limit, with_payload=request.with_payload
        )
        return {"points": [plain(point) for point in points], "next_page_offset": None}
    if what == "/points/query/batch":
        queries = models.QueryRequestBatch(**body).searches
        for each in queries:
            each.params = None  # the embedded server warns about them
        return [plain(found) for found in local.query_batch_points(name, queries)]
    assert (verb, what) == ("POST", "/points"), (verb, what)
    wanted = models.PointRequest(**body)
    points = local.retrieve(
        name, wanted.ids, with_payload=wanted.with_payload, with_vectors=wanted.with_vector
    )
    return [plain(point) for point in points]
