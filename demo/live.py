"""Answers strokes past Gradio's queue, which takes longer than the search.

The browser (`live.js`) numbers its drawings. The newest wins: an older one that still waits for a
processor is dropped, and so is the answer of one that was overtaken while it was computed. Only the
parts of the page that a drawing changes are sent.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import NamedTuple

import anyio
import gradio as gr
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sketchnet.utils.errors import InputError

from .session import Session
from .signed_in import signed_in

PATH = "/gradio_api/live"
AT_ONCE = 2  # drawings that are searched for at the same time
MAX_NUMBER = 1 << 53  # integers beyond are not exact in a browser
OUTDATED = 204  # no content: a newer drawing has arrived


class Asked(NamedTuple):
    """A drawing as the browser sends it.

    Attributes:
        session: the name that Gradio gave to the visit.
        number: greater than that of every older drawing of the visit.
        views: number of views to embed, 1 or 10.
        record: the strokes on the canvas (`stroke_record`).
    """

    session: str
    number: int
    views: int
    record: str


class Live:
    """The route of the live answers.

    Attributes:
        session: the component that holds the `Session` of each visitor.
        use: sets the query of a session to a record with a number of views.
        show: the HTML of the parts of the page that changed, by `elem_id`, for a session; or for
            the InputError that `use` raised.
    """

    def __init__(
        self,
        session: gr.State,
        use: Callable[[str, int, Session], Callable[[], None]],
        show: Callable[[Session, InputError | None], Mapping[str, str]],
    ) -> None:
        self.session, self.use, self.show = session, use, show
        self._limit: anyio.CapacityLimiter | None = None
        self._lock = threading.Lock()

    def route(self) -> Route:
        return Route(PATH, self.respond, methods=["POST"])

    async def respond(self, request: Request) -> Response:
        """Answer a drawing: 200 with the changed parts, 204 where it is outdated."""
        if not await signed_in(request):
            return Response(status_code=401)
        try:
            asked = parse(await request.body())
        except InputError as error:
            return JSONResponse({"error": str(error), "status": 422}, 422)
        session: Session = request.app.state_holder[asked.session][self.session._id]
        session.newest_drawing = max(session.newest_drawing, asked.number)
        if self._limit is None:  # it belongs to the event loop of the server
            self._limit = anyio.CapacityLimiter(AT_ONCE)
        answer = partial(self._answer, asked, session)
        parts = await anyio.to_thread.run_sync(answer, limiter=self._limit)
        if parts is None:
            return Response(status_code=OUTDATED)
        return JSONResponse({"version": session.version, "parts": parts})

    def _answer(self, asked: Asked, session: Session) -> Mapping[str, str] | None:
        """The changed parts; None where a newer drawing has arrived before or in the meantime."""
        if asked.number < session.newest_drawing:
            return None
        problem = None
        try:
            set_query = self.use(asked.record, asked.views, session)
            with self._lock:  # an older drawing never replaces a newer one
                if asked.number < session.newest_drawing:
                    return None
                set_query()
            parts = self.show(session, None)
        except InputError as error:
            problem = error
        if problem is not None:
            parts = self.show(session, problem)
        return parts if asked.number == session.newest_drawing else None


def session_of(request: gr.Request) -> str:
    """The name of the visit, which the browser asks for once after loading."""
    return str(request.session_hash)


def parse(body: bytes) -> Asked:
    """Read a request; raises InputError for anything that `live.js` would not send."""
    try:
        given = json.loads(body)
        asked = Asked(*(given[name] for name in Asked._fields))
    except (ValueError, TypeError, LookupError, RecursionError):
        raise InputError("a drawing of this page", "another request", "reload the page") from None
    is_valid = (
        isinstance(asked.session, str)
        and 0 < len(asked.session) <= 64
        and type(asked.number) is int
        and 0 < asked.number < MAX_NUMBER
        and asked.views in (1, 10)
        and isinstance(asked.record, str)
    )
    if not is_valid:
        raise InputError("a drawing of this page", "values of another kind", "reload the page")
    return asked
