"""The canvas, and the component that connects it with the server.

`canvas.js` records every stroke as it is drawn, and `live.js` sends this record (`stroke_record`).
The strokes are drawn on Gradio's sketchpad, whose value (pixels, three uploads a stroke) is never
read. Its frames are rendered by WebGL; where there is no graphics card one takes longer than the
search, and a plain canvas takes its place.
"""

from __future__ import annotations

import gradio as gr

from .stroke_record import CANVAS_SIZE

PEN, ERASER = 4, 20  # radii in units of the canvas, as in canvas.js
CONNECT = "watch('value', () => window.sketchnet.connect(props.value)); trigger('connect');"
SHOW = "() => ({ __type__: 'update', visible: window.sketchnet.hasGraphics() })"


def sketchpad() -> gr.Sketchpad:
    """A white square with a black pen and an eraser; every other tool is switched off.

    It is not part of the page until the browser has said that it has a graphics card (`SHOW`).
    """
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
        visible=False,
        interactive=True,
        elem_id="sketchpad",
    )


def canvas() -> gr.HTML:
    """The plain canvas, `CANVAS_SIZE` units wide."""
    side = f'width="{CANVAS_SIZE}" height="{CANVAS_SIZE}"'
    surface = f'<canvas {side} role="img" aria-label="The drawing"></canvas>'
    return gr.HTML(surface, elem_id="pad", apply_default_css=False)


def ink() -> gr.HTML:
    """The component whose event `connect` fills in the name of the visit, for `live.js`."""
    return gr.HTML(js_on_load=CONNECT, visible="hidden", elem_id="ink")
