"""The fixed parts of the page: its head and the tools under the canvas."""

from __future__ import annotations

_SHOE = "M3 20c4-1 6-9 9-9s3 5 7 6 8 0 10 3c1 2-1 4-3 4H5c-2 0-3-3-2-4z"

HEADER = f"""
<header>
  <a class="mark" href=""><svg viewBox="0 0 32 32" aria-hidden="true"><path d="{_SHOE}"/></svg><b>sketchnet</b></a>
  <span>draw it, find it</span>
  <button id="theme" aria-label="Light or dark" title="Light or dark"></button>
</header>
<div id="progress" aria-hidden="true"></div>
"""


def _tool(name: str, label: str, hint: str, path: str, pressed: bool | None = None) -> str:
    state = "" if pressed is None else f' aria-pressed="{str(pressed).lower()}"'
    icon = f'<svg viewBox="0 0 24 24" aria-hidden="true"><path d="{path}"/></svg>'
    return f'<button data-pad="{name}" title="{hint}"{state}>{icon}{label}</button>'


# data-pad is the label of the pad's own button, which canvas.js presses in our place.
TOOLS = "".join(
    (
        '<div class="tools" role="toolbar" aria-label="Drawing tools">',
        _tool("Brush", "Pen", "Pen", "M4 20l1-4L16 5l3 3L8 19zM14 7l3 3", True),
        _tool("Erase", "Eraser", "Eraser", "M9 20l-5-5L14 5l6 6-9 9zM8 11l6 6M9 20h11", False),
        "<span></span>",
        _tool("Undo", "Undo", "Undo (Ctrl-Z)", "M8 5L4 9l4 4M4 9h10a5 5 0 0 1 0 10h-3"),
        _tool("Clear canvas", "Clear", "Start again", "M5 7h14M10 7V5h4v2M7 7l1 12h8l1-12"),
        "</div>",
    )
)
