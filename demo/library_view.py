"""Joins the page to the library: the browser sends changes and gets those of everybody."""

from __future__ import annotations

import json
from typing import Any

import gradio as gr

from sketchnet.utils.errors import InputError

from .library import Library

MAX_REQUEST = 4_000_000  # characters
SEND = """
watch('value', () => window.sketchnet.libraryAnswers(props.value));
window.sketchnet.askLibrary = (text) => trigger('act', { text });
window.sketchnet.later('library').then((start) => start());
"""


def add_library(library: Library | None) -> None:
    """Add the library to the open Blocks; None = boards are kept in the browser."""
    if library is None:
        return
    view = gr.HTML(visible="hidden", elem_id="library", js_on_load=SEND)

    def answer(event: gr.EventData) -> str:
        return answered(library, str(event._data.get("text")))

    view.act(
        answer,
        outputs=view,
        concurrency_id="library",
        concurrency_limit=1,
        trigger_mode="multiple",  # the next request may follow before the browser has done
        show_progress="hidden",
        api_visibility="private",
    )


def answered(library: Library, text: str) -> str:
    """Return the answer to a request `{"id": …, "since": …, "changes": {…}}` as JSON.

    `error` in place of the boards says what is wrong with the request.
    """
    request: Any = None
    try:
        if len(text) <= MAX_REQUEST:
            request = json.loads(text)
        number, since, changes = (request[name] for name in ("id", "since", "changes"))
        if not (isinstance(since, int) and isinstance(changes, dict)):
            raise TypeError
    except (ValueError, TypeError, LookupError, RecursionError):
        return json.dumps({"error": "Expected changes of boards. Reload the page."})
    try:
        return json.dumps({"id": number, **library.change(changes, since)})
    except InputError as error:
        return json.dumps({"id": number, "error": str(error)})
