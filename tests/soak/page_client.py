"""An HTTP client that behaves like the page in a browser: it sends a drawing stroke by stroke."""

from __future__ import annotations

import http.client
import json
import re
import secrets
from collections.abc import Sequence
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
        self.number = 0
        config = json.loads(self._request("GET", "/config"))
        ids = {c["props"].get("elem_id") for c in config["components"]}
        assert {"ink", "shoes"} <= ids, "another page"
        self.heartbeat = self._connect()
        self.heartbeat.request("GET", f"/gradio_api/heartbeat/{self.session}")

    def query(self, strokes: Sequence[np.ndarray]) -> list[str]:
        """Send a drawing, as the page does after each stroke; returns the ids of the results."""
        record = json.dumps([np.asarray(stroke, float).T.tolist() for stroke in strokes])
        html = self.send(record)["shoes"]
        for picture in re.findall(r'src="/?(gradio_api/file=[^"]+)"', html):
            if picture not in self.fetched:
                self._request("GET", "/" + quote(picture, safe="/=%?"))
                self.fetched.add(picture)
        return re.findall(r'<li class="shoe[^"]*" data-id="([^"]+)"', html)

    def send(self, record: str) -> dict[str, str]:
        """Send a stroke record; returns the HTML of the parts of the page that changed."""
        self.number += 1
        asked = {"session": self.session, "number": self.number, "views": 1, "record": record}
        answer = self._request("POST", "/gradio_api/live", json.dumps(asked).encode())
        return json.loads(answer)["parts"]

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
