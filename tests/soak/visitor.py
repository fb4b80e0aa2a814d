"""A visitor of the page without a browser: what a page sends, by plain HTTP, stroke by stroke."""

from __future__ import annotations

import http.client
import json
import re
import secrets
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlsplit

import numpy as np


class Visitor:
    """One open page: its own session, one question under way at a time.

    Like the page it holds a connection that tells the server that it is there, and fetches every
    thumbnail that it has not yet.
    """

    def __init__(self, url: str, patience: float = 120) -> None:
        """Open the page at `url`; raises AssertionError where it is another page than ours."""
        self.place, self.patience = urlsplit(url).netloc, patience
        self.session = secrets.token_hex(5)
        self.line = self._connect()
        self.seen: set[str] = set()
        config = json.loads(self._ask("GET", "/config"))
        ids = {c["props"].get("elem_id"): c["id"] for c in config["components"]}
        dependencies = config["dependencies"]
        drawn = [d for d in dependencies if (ids["ink"], "ink") in map(tuple, d["targets"])]
        assert len(drawn) == 1, "the page has no event for a stroke"
        self.event, self.shoes = drawn[0], drawn[0]["outputs"].index(ids["shoes"])
        self.heartbeat = self._connect()
        self.heartbeat.request("GET", f"/gradio_api/heartbeat/{self.session}")

    def draw(self, strokes: Sequence[np.ndarray]) -> list[str]:
        """Ask with a drawing, as the page does after a stroke; the ids of the nearest shoes."""
        record = json.dumps([np.asarray(stroke, float).T.tolist() for stroke in strokes])
        answer = self.ask(record)
        html = answer["data"][self.shoes]
        html = html.get("value", "") if isinstance(html, dict) else html
        for picture in re.findall(r'src="/?(gradio_api/file=[^"]+)"', html):
            if picture not in self.seen:
                self._ask("GET", "/" + quote(picture, safe="/=%"))
                self.seen.add(picture)
        return re.findall(r'<li class="shoe[^"]*" data-id="([^"]+)"', html)

    def ask(self, record: str) -> dict[str, Any]:
        """Send a record of strokes; what comes back. Raises AssertionError for an error."""
        inputs = [record, *[None] * (len(self.event["inputs"]) - 1)]
        body = {"data": inputs, "fn_index": self.event["id"], "session_hash": self.session}
        self._ask("POST", "/gradio_api/queue/join", json.dumps(body).encode())
        self.line.request("GET", f"/gradio_api/queue/data?session_hash={self.session}")
        answer, output = self.line.getresponse(), None
        for line in answer:
            if line.startswith(b"data: "):
                message = json.loads(line[6:])
                assert message["msg"] != "unexpected_error", message
                if message["msg"] == "process_completed":
                    assert message["success"], message
                    output = message["output"]
        assert output is not None, "no answer"
        return output

    def close(self) -> None:
        self.line.close()
        self.heartbeat.close()

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.place, timeout=self.patience)

    def _ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        self.line.request(method, path, body, {"Content-Type": "application/json"} if body else {})
        answer = self.line.getresponse()
        content = answer.read()
        assert answer.status == 200, (path, answer.status, content[:300])
        return content
