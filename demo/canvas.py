"""The canvas, and the component that connects it with the server.

`canvas.js` records and shows every stroke as it is drawn, and `live.js` sends this record
(`stroke_record`). It is a plain canvas: a frame of Gradio's sketchpad, which renders by WebGL,
takes longer than the search where there is no graphics card.
"""

from __future__ import annotations

import gradio as gr

from .stroke_record import CANVAS_SIZE

CONNECT = "watch('value', () => window.sketchnet.connect(props.value)); trigger('connect');"


def canvas() -> gr.HTML:
    """A white square to draw on, `CANVAS_SIZE` units wide."""
    side = f'width="{CANVAS_SIZE}" height="{CANVAS_SIZE}"'
    surface = f'<canvas {side} role="img" aria-label="The drawing"></canvas>'
    return gr.HTML(surface, elem_id="pad", apply_default_css=False)


def ink() -> gr.HTML:
    """The component whose event `connect` fills in the name of the visit, for `live.js`."""
    return gr.HTML(js_on_load=CONNECT, visible="hidden", elem_id="ink")
