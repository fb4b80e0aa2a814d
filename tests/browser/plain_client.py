"""A plain HTTP client for the page, which sends exactly what it is given."""

from __future__ import annotations

import http.client
import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


class PlainClient:
    """A client of the page at `url`."""

    def __init__(self, url: str) -> None:
        self.address = urlsplit(url).netloc

    def request(self, path: str, body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
        """Status and content; the path is sent byte for byte."""
        connection = http.client.HTTPConnection(self.address, timeout=60)
        try:
            method = "GET" if body is None else "POST"
            connection.putrequest(method, path, skip_accept_encoding=True)
            if body is not None:
                connection.putheader("Content-Length", str(len(body)))
            for name, value in headers.items():
                connection.putheader(name.replace("_", "-"), value)
            connection.endheaders()
            try:
                if body is not None:
                    connection.send(body)
            except OSError:  # the server need not read a refused body to its end
                pass
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def upload(self, *files: tuple[str, bytes]) -> tuple[int, bytes]:
        head = '--cut\r\nContent-Disposition: form-data; name="files"; filename="{}"\r\n\r\n'
        parts = [head.format(name).encode() + content + b"\r\n" for name, content in files]
        body = b"".join(parts) + b"--cut--\r\n"
        return self.request(
            "/gradio_api/upload", body, Content_Type="multipart/form-data; boundary=cut"
        )

    def call(self, endpoint: str, *data: object) -> tuple[int, Any]:
        """Call an endpoint with positional arguments: status, and the answer or the error."""
        return self._call(f"/gradio_api/call/{endpoint}", {"data": data})

    def call_by_name(self, endpoint: str, **fields: object) -> tuple[int, Any]:
        """Call an endpoint with named arguments: status, and the answer or the error."""
        return self._call(f"/gradio_api/call/v2/{endpoint}", fields)

    def find(self, content: bytes, name: str = "sketch.png") -> tuple[int, Any, Path]:
        """The answer of `/find` to an uploaded file, and where the file was stored."""
        status, found = self.upload((name, content))
        assert status == 200, found
        (path,) = json.loads(found)
        return *self.call("find", picture(path), 3, ""), Path(path)

    def _call(self, path: str, body: object) -> tuple[int, Any]:
        content = json.dumps(body).encode()
        status, found = self.request(path, content, Content_Type="application/json")
        if status == 200:
            events = self.request(f"{path}/{json.loads(found)['event_id']}")[1].decode()
            event, found = events.rsplit("event: ", 1)[1].strip().split("\ndata: ", 1)
            if event == "complete":
                return 200, json.loads(found)[0]
        error = json.loads(found)
        assert isinstance(error["error"], str), error
        assert isinstance(error["status"], int), error
        assert status in (200, error["status"])
        return error["status"], error["error"]


def picture(path: str, **more: object) -> dict:
    return {"path": path, "meta": {"_type": "gradio.FileData"}} | more
