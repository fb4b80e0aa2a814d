"""Doodles read and rasterised per second on one thread: `python -m tests.benchmarks rasterizing`.

The readers are compared with plain Python loops as in the examples of the Quick, Draw! dataset,
which check nothing. The rasteriser is compared with cairo, used as for the published 28×28 bitmaps
(`pip install pycairo` or cairocffi) and with their line width. The drawings are synthetic doodles,
or those of one file.
"""

from __future__ import annotations

import json
import struct
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import cv2
import numpy as np

from sketchnet.data.quickdraw.binary import read_binary
from sketchnet.data.quickdraw.items import DoodleItem, Problems
from sketchnet.data.quickdraw.ndjson import read_ndjson
from sketchnet.data.synthetic.write_datasets import write_quickdraw
from sketchnet.strokes.formats import Drawing
from sketchnet.strokes.rasterize import rasterize
from tests.benchmarks.timing import (
    Times,
    build_parser,
    describe_machine,
    print_table,
    time_interleaved,
)

SIDES = (28, 64, 96, 128)
# As in the published bitmaps: drawings of 256 px, lines of 16 px, and 16 px of padding per side.
CANVAS, LINE_WIDTH, PADDING = 256, 16, 32 + 16


def plain_ndjson(path: Path) -> list[list[list[tuple[float, float]]]]:
    """All drawings of an .ndjson file, read by a plain Python loop."""
    drawings = []
    with path.open() as file:
        for line in file:
            strokes = []
            for xs, ys in json.loads(line)["drawing"]:
                points = []
                for x, y in zip(xs, ys, strict=True):
                    points.append((float(x), float(y)))
                strokes.append(points)
            drawings.append(strokes)
    return drawings


def plain_binary(path: Path) -> list[list[list[tuple[float, float]]]]:
    """All drawings of a .bin file, read by a plain Python loop."""
    drawings = []
    with path.open("rb") as file:
        while header := file.read(17):
            (n_strokes,) = struct.unpack("H", header[15:])
            strokes = []
            for _ in range(n_strokes):
                (n,) = struct.unpack("H", file.read(2))
                xs, ys = struct.unpack(f"{n}B", file.read(n)), struct.unpack(f"{n}B", file.read(n))
                points = []
                for x, y in zip(xs, ys, strict=True):
                    points.append((float(x), float(y)))
                strokes.append(points)
            drawings.append(strokes)
    return drawings


def write_binary(file: BinaryIO, items: Sequence[DoodleItem]) -> None:
    """Write drawings in the binary format of Quick, Draw!."""
    for number, item in enumerate(items):
        drawing = item.drawing or []
        file.write(struct.pack("<Q2sBIH", number, b"DE", 1, 1_500_000_000, len(drawing)))
        for stroke in drawing:
            file.write(struct.pack("<H", len(stroke)) + stroke.T.astype(np.uint8).tobytes())


def readers(folder: Path, lines: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Name of every reader, and a call that reads all drawings with it."""
    binary = folder / "drawings.bin"
    with binary.open("wb") as file:
        write_binary(file, list(read_ndjson(lines, "any", Problems())))
    yield "`.ndjson`, sketchnet", lambda: list(read_ndjson(lines, "any", Problems()))
    yield "`.ndjson`, plain Python", lambda: plain_ndjson(lines)
    yield "`.bin`, sketchnet", lambda: list(read_binary(binary, "any", Problems()))
    yield "`.bin`, plain Python", lambda: plain_binary(binary)


def rasterizers() -> Iterator[tuple[str, Callable[[Drawing, int], np.ndarray]]]:
    """Name and function of every rasteriser that is installed."""
    width = LINE_WIDTH / (CANVAS + PADDING)
    yield "sketchnet", lambda drawing, side: rasterize(drawing, side, width=side * width)
    for module in ("cairo", "cairocffi"):
        with suppress(ImportError, OSError):  # of the package, or of the C library
            yield f"cairo ({module})", partial(rasterize_with_cairo, __import__(module))
            return
    print("cairo: not installed")


def rasterize_with_cairo(cairo: Any, drawing: Drawing, side: int) -> np.ndarray:
    """Rasterise a drawing (0 to 255) like the published bitmaps: uint8, white on black."""
    data = np.zeros((side, side, 4), np.uint8)
    surface = cairo.ImageSurface.create_for_data(data, cairo.FORMAT_ARGB32, side, side)
    context = cairo.Context(surface)
    context.set_antialias(cairo.ANTIALIAS_BEST)
    context.set_line_cap(cairo.LINE_CAP_ROUND)
    context.set_line_join(cairo.LINE_JOIN_ROUND)
    context.set_line_width(LINE_WIDTH)
    scale = side / (CANVAS + PADDING)
    context.scale(scale, scale)
    context.translate(PADDING / 2, PADDING / 2)
    context.set_source_rgb(1, 1, 1)
    offset = (CANVAS - np.concatenate(drawing).max(axis=0)) / 2
    for stroke in drawing:
        points = (stroke + offset).tolist()
        context.move_to(*points[0])
        for x, y in points:
            context.line_to(x, y)
        context.stroke()
    surface.flush()
    return data[:, :, 0]


def per_second(times: Times, count: int) -> str:
    """`median (best)` of drawings per second."""
    return f"{count / times.median:,.0f} ({count / times.best:,.0f})"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table of the readers and one of the rasterisers."""
    parser = build_parser(__doc__)
    parser.add_argument("--drawings", type=Path, help="a simplified .ndjson file to use instead")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args(arguments)
    if options.quick:
        options.rounds = 2
    cv2.setNumThreads(1)
    print(describe_machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = options.drawings
        if lines is None:
            doodles = write_quickdraw(folder / "doodles", per_category=2 if options.quick else 100)
            lines = folder / "drawings.ndjson"
            lines.write_bytes(b"".join(path.read_bytes() for path in doodles.glob("*.ndjson")))
        drawings = [item.drawing for item in read_ndjson(lines, "any", Problems())]
        points = np.mean([sum(map(len, drawing)) for drawing in drawings])
        description = (
            f"{len(drawings):,} drawings of {points:.0f} points; drawings/s, median (best)"
        )
        times = time_interleaved(dict(readers(folder, lines)), options.rounds)
        rows = [[name, per_second(each, len(drawings))] for name, each in times.items()]
        print_table(f"Reading {description}", ["", "drawings/s"], rows)
    calls = {
        f"{name}, {side}": lambda draw=draw, side=side: [draw(each, side) for each in drawings]
        for name, draw in rasterizers()
        for side in SIDES
    }
    times = time_interleaved(calls, options.rounds)
    rows = [[f"{name} px", per_second(each, len(drawings))] for name, each in times.items()]
    print_table(f"Rasterising {description}", ["", "drawings/s"], rows)


if __name__ == "__main__":
    main()
