"""SVG drawings as strokes: the visible shapes of a file, their curves followed by points.

Shapes are read by svgelements, an optional package; transformations are applied by it. A shape
counts where it has a stroke or a fill that is not white, so that a white background is no stroke.
"""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np

from sketchnet.strokes.formats import Drawing, as_drawing
from sketchnet.utils.errors import InputError

MAX_BYTES = 1_000_000
MAX_SHAPES = 5_000
MAX_NUMBERS = 40_000  # in the file: 20,000 points take a second
CURVE_POINTS = 12  # of a curve or arc

_NUMBER = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)")
# Entities and references repeat parts of the file, and nested ones do so without bounds.
_REFUSED = re.compile(rb"<!(?:DOCTYPE[^>]*\[|ENTITY)|<(?:\w+:)?use[\s/>]", re.IGNORECASE)


def read_svg(source: Path | bytes) -> Drawing:
    """Read the shapes of an SVG file as strokes.

    Args:
        source: the file or its bytes.

    Returns: strokes of float32 (n, 2), x to the right and y down, in the unit of the file.
    Raises: InputError where svgelements is missing, where the file cannot be read, is too large or
        refers to parts of itself, and where it shows nothing.
    """
    try:
        import svgelements
    except ImportError:
        raise InputError(
            "the package svgelements, to read SVG drawings",
            "none",
            "`pip install svgelements`, or save the drawing as PNG",
        ) from None
    name = source.name if isinstance(source, Path) else "the uploaded bytes"
    content = _checked_content(source, name)
    strokes: list[np.ndarray] = []
    try:
        shapes = _shapes(svgelements, content)
        if len(shapes) > MAX_SHAPES:
            raise InputError(f"at most {MAX_SHAPES:,} shapes in {name}", f"{len(shapes):,}")
        for shape in shapes:
            if not _is_visible(shape):
                continue
            path = svgelements.Path(shape)
            strokes += [_points(part) for part in path.as_subpaths()]
    except InputError:
        raise
    except Exception as error:  # svgelements raises errors of any type on malformed files
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InputError(f"an SVG drawing in {name}", f"a broken one ({reason})") from None
    drawing = as_drawing([stroke for stroke in strokes if len(stroke)])
    if not drawing:
        raise InputError(
            f"shapes in {name}", "none that can be seen", "convert text and pictures to paths"
        )
    return drawing


def _shapes(svgelements: Any, content: bytes) -> list[Any]:
    elements = svgelements.SVG.parse(io.BytesIO(content)).elements()
    return [element for element in elements if isinstance(element, svgelements.Shape)]


def _checked_content(source: Path | bytes, name: str) -> bytes:
    if isinstance(source, Path):
        try:
            if not source.is_file():
                raise InputError(f"an SVG drawing in {name}", "no such file", "check the name")
            with source.open("rb") as file:
                content = file.read(MAX_BYTES + 1)
        except OSError as error:
            raise InputError(f"an SVG drawing in {name}", error.strerror) from None
    else:
        content = source
    if len(content) > MAX_BYTES:
        raise InputError(f"an SVG drawing of at most {MAX_BYTES // 1_000_000} MB", name)
    numbers = sum(1 for _ in _NUMBER.finditer(content))
    if numbers > MAX_NUMBERS:
        raise InputError(
            f"at most {MAX_NUMBERS:,} numbers in {name}", f"{numbers:,}", "simplify its paths"
        )
    if b"\0" in content or _REFUSED.search(content):
        raise InputError(
            f"a plain SVG drawing in {name}",
            "one with entities or references (`<use>`)",
            "export it as plain SVG, or save it as PNG",
        )
    return content


def _is_visible(shape: Any) -> bool:
    values = shape.values
    if values.get("display") == "none" or values.get("visibility") in ("hidden", "collapse"):
        return False
    return _is_ink(shape.stroke) or (shape.stroke.value is None and _is_ink(shape.fill))


def _is_ink(colour: Any) -> bool:
    """Whether a colour can be seen on white paper. SVG fills a shape black by default."""
    if colour is None or colour.value is None or colour.alpha == 0:
        return False
    return min(colour.red, colour.green, colour.blue) < 250


def _points(part: Any) -> np.ndarray:
    """Return the points of one connected part of a path: float64 (n, 2)."""
    points: list[tuple[float, float]] = []
    for segment in part:
        kind = type(segment).__name__
        if kind in ("Move", "Line", "Close"):
            ends = [segment.end] if kind == "Move" else [segment.start, segment.end]
            points += [(end.x, end.y) for end in ends if end is not None]
        else:
            steps = np.linspace(0, 1, CURVE_POINTS)
            points += [(point.x, point.y) for point in map(segment.point, steps)]
    table = np.array(points, float).reshape(-1, 2)
    return table[np.r_[True, (np.diff(table, axis=0) != 0).any(axis=1)]] if len(table) else table
