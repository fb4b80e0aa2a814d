"""The canvas: Gradio's sketchpad, and the component that connects it with the server.

`gr.Sketchpad` gives pixels only, and uploads three pictures for each stroke, which takes longer
than the search. So its value is never read: `canvas.js` records every stroke as it is drawn, and
`live.js` sends this record (`stroke_record`).
"""

from __future__ import annotations

import gradio as gr

from .stroke_record import CANVAS_SIZE

PEN, ERASER = 4, 20  # radii in units of the canvas
CONNECT = "watch('value', () => window.sketchnet.connect(props.value)); trigger('connect');"


def sketchpad() -> gr.Sketchpad:
    """A white square with a black pen and an eraser; every other tool is switched off."""
    # It is shown smaller than it is, so that the hard edges of its lines look smooth.
    return gr.Sketchpad(
        type="numpy",
        image_mode="L",
        canvas_size=(CANVAS_SIZE, CANVAS_SIZE),
        fixed_canvas=True,
        layers=False,
        transforms=(),
        sources=(),
        buttons=[],
        brush=gr.Brush(default_size=PEN, colors=["#000000"], color_mode="fixed"),
        eraser=gr.Eraser(default_size=ERASER),
        show_label=False,
        container=False,
        elem_id="pad",
    )


def ink() -> gr.HTML:
    """The component whose event `connect` fills in the name of the visit, for `live.js`."""
    return gr.HTML(js_on_load=CONNECT, visible="hidden", elem_id="ink")
