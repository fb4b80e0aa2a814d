"""The icons of the page: lines on a 24 square, in the colour of the surrounding text."""

from __future__ import annotations


def _icon(path: str) -> str:
    return f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d="{path}"/></svg>'


PEN = _icon("M4 20l1-4L16 5l3 3L8 19zM14 7l3 3")
ERASER = _icon("M9 20l-5-5L14 5l6 6-9 9zM8 11l6 6M9 20h11")
DROP = _icon("M12 4s-6 6.4-6 10.4a6 6 0 0 0 12 0C18 10.4 12 4 12 4zM9.4 14.6a2.7 2.7 0 0 0 2.4 2.6")
UNDO = _icon("M8 5L4 9l4 4M4 9h10a5 5 0 0 1 0 10h-3")
BIN = _icon("M5 7h14M10 7V5h4v2M7 7l1 12h8l1-12")
ROTATE_LEFT = _icon("M4 4v6h6M4.6 10a8 8 0 1 1-.6 6")
ROTATE_RIGHT = _icon("M20 4v6h-6M19.4 10a8 8 0 1 0 .6 6")
CROSS = _icon("M6.5 6.5l11 11m0-11l-11 11")
PLAY = _icon("M8 5l11 7-11 7z")
SIMILAR = _icon("M11 5a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM15.5 15.5L20 20M8.5 11h5M11 8.5v5")
HEART = _icon(
    "M12 20s-7.5-4.6-7.5-10A4.2 4.2 0 0 1 12 7.4 4.2 4.2 0 0 1 19.5 10c0 5.4-7.5 10-7.5 10z"
)
