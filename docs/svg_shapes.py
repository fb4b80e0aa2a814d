"""Elements of the SVG that `architecture.py` draws."""

from __future__ import annotations

import base64
from xml.sax.saxutils import escape

import cv2
import numpy as np

INK, GREY, LINE, PAPER, CARD, BLUE = (
    "#33322e",
    "#77756e",
    "#d9d6cd",
    "#f7f6f2",
    "#ffffff",
    "#2f56d9",
)
SIDE = 96  # of a picture


def text(
    x: float, y: float, words: str, size: float = 12, colour: str = INK, anchor: str = "start",
    weight: int = 400, mono: bool = False,
) -> str:  # fmt: skip
    family = ' font-family="ui-monospace, Menlo, Consolas, monospace"' if mono else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}" '
        f'text-anchor="{anchor}" font-weight="{weight}"{family}>{escape(words)}</text>'
    )


def box(x: float, y: float, width: float, height: float, fill: str = CARD) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="8" '
        f'fill="{fill}" stroke="{LINE}"/>'
    )


def arrow(*points: tuple[float, float]) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return (
        f'<polyline points="{path}" fill="none" stroke="{GREY}" stroke-width="1.4" '
        'marker-end="url(#tip)"/>'
    )


def picture(x: float, y: float, pixels: np.ndarray, side: float = SIDE) -> str:
    """An RGB or grey picture, in a card."""
    small = cv2.resize(pixels, (192, 192), interpolation=cv2.INTER_AREA)
    small = cv2.cvtColor(small, cv2.COLOR_RGB2BGR) if small.ndim == 3 else small
    data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 82])[1].tobytes()
    inside = side - 8
    return box(x, y, side, side) + (
        f'<image x="{x + 4:.1f}" y="{y + 4:.1f}" width="{inside}" height="{inside}" '
        f'href="data:image/jpeg;base64,{base64.b64encode(data).decode()}"/>'
    )


def bars(x: float, y: float, vector: np.ndarray, count: int = 40) -> str:
    """The first numbers of a vector as bars."""
    values = vector[:count] / np.abs(vector[:count]).max()
    width = (SIDE - 14) / count
    parts = [
        f'<rect x="{x + i * width:.1f}" y="{y + 16 - max(value, 0) * 15:.1f}" '
        f'width="{width * 0.7:.1f}" height="{abs(value) * 15 + 0.5:.1f}" fill="{BLUE}"/>'
        for i, value in enumerate(values)
    ]
    return "".join(parts)


def grid(x: float, y: float, local: np.ndarray, side: float) -> str:
    """A local map (h, w, c): the weights of its cells as shades."""
    weights = np.linalg.norm(local.astype(np.float32), axis=-1)
    weights = weights / weights.max()
    rows, columns = weights.shape
    cell_width, cell_height = side / columns, side / rows
    parts = [
        f'<rect x="{x + column * cell_width:.1f}" y="{y + row * cell_height:.1f}" '
        f'width="{cell_width:.2f}" height="{cell_height:.2f}" fill="{BLUE}" '
        f'fill-opacity="{0.06 + 0.9 * weights[row, column]:.2f}"/>'
        for row in range(rows)
        for column in range(columns)
    ]
    return "".join(parts)


def captions(x: float, y: float, what: str, file: str) -> str:
    return text(x, y, what, 12, INK, "middle", 600) + text(
        x, y + 14, file, 9.5, GREY, "middle", mono=True
    )
