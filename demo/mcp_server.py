"""The endpoints as tools of agents, by the Model Context Protocol (`--mcp`); see docs/api.md.

A tool takes strokes or the content of a picture. It reads no path and no address, writes nothing,
and answers with ids, fields and thumbnails; where files lie on this computer stays here.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from anyio import CapacityLimiter, to_thread
from pydantic import Field

from sketchnet.retrieval.search import ShoeFinder
from sketchnet.retrieval.suggest import Suggester
from sketchnet.utils.errors import InputError

from . import api
from .api_arguments import DEFAULT_RESULTS, MAX_RESULTS, parse_arguments
from .request_filter import MCP_ROUTE

try:
    from mcp.server.fastmcp import FastMCP, Image
    from mcp.server.fastmcp.exceptions import ToolError
    from mcp.server.transport_security import TransportSecuritySettings
except ImportError:
    raise InputError(
        "the package mcp for --mcp", "none", "pip install -e '.[mcp]' installs it"
    ) from None

AT_ONCE = 2  # tools that compute at the same time
MAX_PICTURES = 10
LOCAL = ["127.0.0.1:*", "localhost:*", "[::1]:*"]
INSTRUCTIONS = (
    "Fine-grained sketch search. A drawing is a list of strokes, each a list of [x, y] points in"
    " any unit, with y pointing down. Draw the whole object in outline, from the side for shoes."
)

Strokes = Annotated[
    list[list[list[float]]] | None, Field(description="the drawing: strokes of [x, y] points")
]
Content = Annotated[
    str | None,
    Field(description="instead of strokes: a PNG or JPEG picture in base64, or a data URL"),
]
Count = Annotated[int, Field(ge=1, le=MAX_RESULTS, description="how many results")]
Kind = Annotated[
    Literal["auto", "sketch", "photo"], Field(description="what the picture shows, if there is one")
]
Filters = Annotated[
    dict[str, Any] | None,
    Field(description="fields of the catalogue, as describe_gallery lists them"),
]
Gallery = Annotated[str | None, Field(description="name of a gallery; the first if left out")]


def build_server(
    finders: Mapping[str, ShoeFinder], suggester: Suggester | None, local: bool
) -> FastMCP:
    """A server whose tools answer as the endpoints do; one request needs nothing of another.

    Args:
        finders: as for `build_page`.
        suggester: suggests doodles, or None where no doodle run is served.
        local: refuse requests that were addressed to another name than this computer's own, as a
            foreign web page would by rebinding its name.
    """
    server = FastMCP(
        "sketchnet",
        instructions=INSTRUCTIONS,
        stateless_http=True,
        json_response=True,
        streamable_http_path=MCP_ROUTE,
        transport_security=TransportSecuritySettings(
            enable_dns_rebinding_protection=local,
            allowed_hosts=LOCAL,
            allowed_origins=[f"http://{name}" for name in LOCAL],
        ),
    )
    if finders:
        _add_shoe_tools(server, finders)
    if suggester is not None:
        _add_doodle_tool(server, suggester)
    return server


def _add_shoe_tools(server: FastMCP, finders: Mapping[str, ShoeFinder]) -> None:
    first = next(iter(finders.values()))
    answer = _answers()

    @server.tool(structured_output=False)  # pictures are no JSON
    async def find_shoes(
        strokes: Strokes = None,
        image: Content = None,
        k: Count = DEFAULT_RESULTS,
        kind: Kind = "auto",
        filters: Filters = None,
        text: Annotated[str, Field(description="words that rank beside the drawing")] = "",
        colours: Annotated[list[str] | None, Field(description="wished: names or #rrggbb")] = None,
        gallery: Gallery = None,
        pictures: Annotated[int, Field(ge=0, le=MAX_PICTURES, description="thumbnails")] = 3,
    ) -> list[Any]:
        """Find the photos most similar to a drawing or a picture: id, similarity (0 to 1), fields.

        The thumbnails of the first `pictures` photos follow, in the same order.
        """
        values = _query(strokes, image, k=k, filters=filters, text=text) | {"as": kind}
        values |= {"colours": colours, "gallery": gallery}
        found = await answer("find", partial(api.find, finders), values)
        shown = [Path(match["picture"]["path"]) for match in found[:pictures]]
        facts = [{key: match[key] for key in ("id", "similarity", "fields")} for match in found]
        return [json.dumps(facts, ensure_ascii=False), *(Image(path=path) for path in shown)]

    @server.tool()
    async def describe_gallery(filters: Filters = None, gallery: Gallery = None) -> dict[str, Any]:
        """Say how many photos there are, their fields, and the values of those left by filters."""
        values = {"filters": filters, "gallery": gallery}
        return await answer("gallery", partial(api.gallery, finders), values)

    @server.tool()
    async def embed_drawing(
        strokes: Strokes = None, image: Content = None, kind: Kind = "auto"
    ) -> list[float]:
        """Return the embedding of a drawing or a picture: a unit vector."""
        values = _query(strokes, image) | {"as": kind}
        return await answer("embed", partial(api.embed, first), values)


def _add_doodle_tool(server: FastMCP, suggester: Suggester) -> None:
    answer = _answers()

    @server.tool()
    async def suggest_doodles(
        strokes: Strokes = None, image: Content = None, k: Count = 5
    ) -> dict[str, Any]:
        """Name a doodle, also a half-finished one, and give similar drawings by their strokes."""
        values = _query(strokes, image, k=k)
        return await answer("suggest", partial(api.suggest, suggester), values)


def _query(strokes: Any, image: str | None, **others: Any) -> dict[str, Any]:
    """The values of an endpoint's call; a picture is always its content, never a path."""
    if image is not None and image[:5].lower() != "data:":
        image = f"data:;base64,{image}"
    return {"strokes": strokes, "form": "points" if strokes else None, "image": image, **others}


def _answers() -> Callable[..., Any]:
    """A function that answers beside the server's event loop, a few calls at a time."""
    limit = CapacityLimiter(AT_ONCE)

    async def answer(endpoint: str, function: Callable[..., Any], values: Mapping[str, Any]) -> Any:
        def compute() -> Any:
            return function(parse_arguments(endpoint, values))

        try:
            return await to_thread.run_sync(compute, limiter=limit)
        except InputError as error:
            raise ToolError(str(error)) from error

    return answer


class McpRoute:
    """ASGI middleware in front of Gradio, behind the `RequestFilter`: answers `/mcp`."""

    def __init__(self, app: Any, server: FastMCP, auth: tuple[str, str] | None = None) -> None:
        """`auth`: user and password of the page, which a request must name (HTTP Basic)."""
        self.app, self.server, self.answer = app, server, server.streamable_http_app()
        self.secret = auth and base64.b64encode(":".join(auth).encode())

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            async with self.server.session_manager.run():
                return await self.app(scope, receive, send)
        path = scope.get("path", "").removeprefix(scope.get("root_path", ""))
        if scope["type"] != "http" or path.rstrip("/") != MCP_ROUTE:
            return await self.app(scope, receive, send)
        if self.secret and not self._allowed(scope):
            head = [(b"www-authenticate", b"Basic"), (b"content-length", b"0")]
            await send({"type": "http.response.start", "status": 401, "headers": head})
            return await send({"type": "http.response.body", "body": b""})
        await self.answer({**scope, "path": MCP_ROUTE, "root_path": ""}, receive, send)

    def _allowed(self, scope: dict[str, Any]) -> bool:
        given = dict(scope["headers"]).get(b"authorization", b"")
        return secrets.compare_digest(given, b"Basic " + self.secret)
