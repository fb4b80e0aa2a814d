"""What a visitor wishes for beside the drawing: words, colours, and painted areas of the drawing.

The colour pen paints over the canvas. The browser sends its strokes, which are drawn again here and
become wished colours at their places (`painted_areas`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import cv2
import numpy as np

from sketchnet.imaging.colours import Colour, colour_of
from sketchnet.retrieval.catalogue.filters import WishedColour
from sketchnet.retrieval.catalogue.wishes import painted_areas
from sketchnet.strokes.formats import Drawing
from sketchnet.utils.errors import InputError

from .stroke_record import CANVAS_SIZE, read_strokes

PEN = 64  # width of the colour pen in units of the canvas
MAX_STROKES = 200
_SIDE = 200  # px of the painting that is drawn again


@dataclass(frozen=True)
class Wishes:
    """Words and colours that bring shoes to the front."""

    text: str = ""
    colours: tuple[WishedColour, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.text or self.colours)


@dataclass(frozen=True, eq=False)
class Painted:
    """One stroke of the colour pen: its colour and its points (n, 2) on the canvas."""

    colour: Colour
    points: np.ndarray


def read_painting(text: str) -> list[Painted]:
    """Read what the browser sends, `[["#be262a", [[x, …], [y, …]]], …]`; "" is no painting.

    Raises InputError for anything else.
    """
    try:
        strokes = json.loads(text or "[]")
        if not isinstance(strokes, list):
            raise _no_painting()
        colours, rows = zip(*strokes, strict=True) if strokes else ((), ())
    except (ValueError, TypeError, RecursionError):
        raise _no_painting() from None
    found = [colour_of(colour) for colour in colours]
    if None in found or len(found) > MAX_STROKES:
        raise _no_painting()
    drawn = read_strokes(json.dumps(rows))
    return [Painted(colour, points) for colour, points in zip(found, drawn, strict=True) if colour]


def painted_wishes(painting: list[Painted], drawing: Drawing) -> tuple[WishedColour, ...]:
    """Return the colours that a painting wishes for at the places of the drawing.

    Without a drawing the box around the painting stands for the shoe.
    """
    if not painting:
        return ()
    pixels = np.zeros((_SIDE, _SIDE, 4), np.uint8)
    scale = _SIDE / CANVAS_SIZE
    for each in painting:
        points = np.round(each.points.clip(0, CANVAS_SIZE) * scale).astype(np.int32)
        cv2.polylines(pixels, [points], False, (*each.colour, 255), max(1, round(PEN * scale)))
    if drawing:
        corners = np.concatenate(drawing) * scale
        low, high = corners.min(axis=0), corners.max(axis=0)
    else:
        rows, columns = np.nonzero(pixels[..., 3])
        low, high = np.array([columns.min(), rows.min()]), np.array([columns.max(), rows.max()])
    left, top = map(int, np.floor(low))
    width, height = (max(1, int(side)) for side in np.ceil(high - low))
    return painted_areas(pixels, (left, top, width, height))


def _no_painting() -> InputError:
    return InputError(
        f"at most {MAX_STROKES} strokes of colour", "something else", "paint the colours again"
    )
