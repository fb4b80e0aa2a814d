"""Doodles as SVG: crisp at any size, and able to draw themselves stroke by stroke."""

from __future__ import annotations

from html import escape

import numpy as np

from sketchnet.strokes.formats import Drawing, fit, ink_length

SPEED = 900.0  # units of a 255 square per second


def drawing_svg(
    drawing: Drawing, label: str = "", late: int | None = None, replay: bool = False
) -> str:
    """One `<svg>` of a drawing, scaled into a square.

    Every stroke carries its start and duration (`--at`, `--for`, seconds) for the replay that
    style.css plays in a `.replay`, at once with `replay`. `late`: the number of a stroke to set
    apart by colour.
    """
    strokes = fit(drawing, 240.0)
    if not strokes:
        return f'<svg viewBox="0 0 256 256" role="img" aria-label="{escape(label)}"></svg>'
    size = np.concatenate(strokes).max(axis=0)
    paths, at = [], 0.0
    for number, stroke in enumerate(strokes):
        lasts = max(0.08, ink_length([stroke]) / SPEED)
        paths.append(
            f'<path d="{_path(stroke + (256 - size) / 2)}" pathLength="1"'
            f'{" class=late" if number == late else ""} style="--at:{at:.2f}s;--for:{lasts:.2f}s"/>'
        )
        at += lasts + 0.06
    kind = "drawing replay" if replay else "drawing"
    return (
        f'<svg class="{kind}" viewBox="0 0 256 256" role="img" '
        f'aria-label="{escape(label, quote=True)}">{"".join(paths)}</svg>'
    )


def _path(stroke: np.ndarray) -> str:
    points = [f"{x:.1f} {y:.1f}" for x, y in stroke]
    # A dot has no length and would not show; a hair's breadth with round ends is a dot.
    return f"M{'L'.join(points)}" if len(points) > 1 else f"M{points[0]}l.1 0"
