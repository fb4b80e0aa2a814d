"""The colour pen over the canvas: what is painted are colours wished for at that place."""

from __future__ import annotations

from typing import Any

import gradio as gr

from . import cards
from .session import Session
from .wishes import read_painting

PAINTED = """
window.sketchnet.sendPainting = (text) => trigger('act', { act: 'paint', id: text });
const painted = window.sketchnet.stored('visit', 'painting');
if (painted) window.sketchnet.later('paint').then((paint) => paint());
"""


class Painting:
    """The layer over the canvas, which `later/paint.js` fills, and its event."""

    def __init__(self) -> None:
        self.view = cards.html(elem_id="painting", js=PAINTED)

    def act(self, event: gr.EventData, session: Session) -> dict[Any, Any]:
        """Keep what is painted; the search that follows uses it. Raises InputError."""
        session.painting = read_painting(str(event._data.get("id")))
        return {}
