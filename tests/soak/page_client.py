"""An HTTP client that behaves like the page in a browser: it sends a drawing stroke by stroke."""

from __future__ import annotations

import http.client
import json
import re
import secrets
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote, urlsplit

import numpy as np


class PageClient:
    """One open page with its own session, which sends one query at a time.

    Like the page in a browser it holds a heartbeat connection, and fetches each thumbnail that it
    has not fetched before.
    """

    def __init__(self, url: str, timeout: float = 120) -> None:
        """Open the page at `url`; raises AssertionError if it is not the page of this project."""
        self.host, self.timeout = urlsplit(url).netloc, timeout
        self.session = secrets.token_hex(5)
        self.connection = self._connect()
        self.fetched: set[str] = set()
        config = json.loads(self._request("GET", "/config"))
        ids = {c["props"].get("elem_id"): c["id"] for c in config["components"]}
        dependencies = config["dependencies"]
        ink = [d for d in dependencies if (ids["ink"], "ink") in map(tuple, d["targets"])]
        assert len(ink) == 1, "the page has no event for a stroke"
        self.event, self.shoes = ink[0], ink[0]["outputs"].index(ids["shoes"])
        self.heartbeat = self._connect()
        self.heartbeat.request("GET", f"/gradio_api/heartbeat/{self.session}")

    def query(self, strokes: Sequence[np.ndarray]) -> list[str]:
        """Send a drawing, as the page does after each stroke; returns the ids of the results."""
        record = json.dumps([np.asarray(stroke, float).T.tolist() for stroke in strokes])
        output = self.send(record)
        html = output["data"][self.shoes]
        html = html.get("value", "") if isinstance(html, dict) else html
        for picture in re.findall(r'src="/?(gradio_api/file=[^"]+)"', html):
            if picture not in self.fetched:
                self._request("GET", "/" + quote(picture, safe="/=%"))
                self.fetched.add(picture)
        return re.findall(r'<li class="shoe[^"]*" data-id="([^"]+)"', html)

    def send(self, record: str) -> dict[str, Any]:
        """Send a stroke record; returns the output of the event.

        Raises:
            AssertionError: The server reported an error.
        """
        inputs = [record, *[None] * (len(self.event["inputs"]) - 1)]
        body = {"data": inputs, "fn_index": self.event["id"], "session_hash": self.session}
        self._request("POST", "/gradio_api/queue/join", json.dumps(body).encode())
        self.connection.request("GET", f"/gradio_api/queue/data?session_hash={self.session}")
        response, output = self.connection.getresponse(), None
        for line in response:
            if line.startswith(b"data: "):
                message = json.loads(line[6:])
                assert message["msg"] != "unexpected_error", message
                if message["msg"] == "process_completed":
                    assert message["success"], message
                    output = message["output"]
        assert output is not None, "the event has no output"
        return output

    def close(self) -> None:
        self.connection.close()
        self.heartbeat.close()

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(self.host, timeout=self.timeout)

    def _request(self, method: str, path: str, body: bytes | None = None) -> bytes:
        headers = {"Content-Type": "application/json"} if body else {}
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        content = response.read()
        assert response.status == 200, (path, response.status, content[:300])
        return content
