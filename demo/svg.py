"""Drawings as SVG, which can replay themselves stroke by stroke."""

from __future__ import annotations

from html import escape

import numpy as np

from sketchnet.strokes.formats import Drawing, fit, ink_length

SPEED = 900.0  # units of a 255 square per second
PAUSE = 0.06  # seconds between two strokes


def drawing_svg(
    drawing: Drawing, label: str = "", new: int | None = None, replay: bool = False
) -> str:
    """One `<svg>` of a drawing, scaled into a square.

    Args:
        drawing: strokes.
        label: text for screen readers.
        new: index of a stroke that is shown in another colour.
        replay: start the replay at once; otherwise style.css plays it inside a `.replay`. Every
            stroke carries its start and duration in seconds (`--at`, `--for`).
    """
    strokes = fit(drawing, 240.0)
    if not strokes:
        return f'<svg viewBox="0 0 256 256" role="img" aria-label="{escape(label)}"></svg>'
    size = np.concatenate(strokes).max(axis=0)
    paths, start = [], 0.0
    for number, stroke in enumerate(strokes):
        duration = max(0.08, ink_length([stroke]) / SPEED)
        paths.append(
            f'<path d="{_path(stroke + (256 - size) / 2)}" pathLength="1"'
            f"{' class=new' if number == new else ''} "
            f'style="--at:{start:.2f}s;--for:{duration:.2f}s"/>'
        )
        start += duration + PAUSE
    classes = "drawing replay" if replay else "drawing"
    return (
        f'<svg class="{classes}" viewBox="0 0 256 256" role="img" '
        f'aria-label="{escape(label, quote=True)}">{"".join(paths)}</svg>'
    )


def _path(stroke: np.ndarray) -> str:
    points = [f"{x:.1f} {y:.1f}" for x, y in stroke]
    # A dot has no length and would be invisible; a very short line with round ends is a dot.
    return f"M{'L'.join(points)}" if len(points) > 1 else f"M{points[0]}l.1 0"
