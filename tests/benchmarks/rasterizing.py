"""Doodles read and drawn in a second, on one thread: `python -m tests.benchmarks.rasterizing`.

Beside our readers stand plain-Python ones, json or struct and loops as in the examples of the
published data set, which check nothing; beside our rasteriser stands cairo, used as for the
published 28×28 bitmaps (`pip install pycairo`, or cairocffi). Both draw lines of the width of those
bitmaps. The drawings are the doodles that are drawn by program, or one file of yours.
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
from tests.benchmarks.measuring import Times, in_turn, machine, parser, print_table

SIDES = (28, 64, 96, 128)
# Of the published bitmaps: drawings of 256 px, lines of 16, and a padding of 16 on either side.
SIDE, LINE, PADDING = 256, 16, 32 + 16


def plain_ndjson(path: Path) -> list[list[list[tuple[float, float]]]]:
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
    """The same drawings in the published binary form."""
    for number, item in enumerate(items):
        drawing = item.drawing or []
        file.write(struct.pack("<Q2sBIH", number, b"DE", 1, 1_500_000_000, len(drawing)))
        for stroke in drawing:
            file.write(struct.pack("<H", len(stroke)) + stroke.T.astype(np.uint8).tobytes())


def readers(folder: Path, lines: Path) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Name and call of every reader, each of which reads all drawings."""
    binary = folder / "drawings.bin"
    with binary.open("wb") as file:
        write_binary(file, list(read_ndjson(lines, "any", Problems())))
    yield "`.ndjson`, ours", lambda: list(read_ndjson(lines, "any", Problems()))
    yield "`.ndjson`, plain Python", lambda: plain_ndjson(lines)
    yield "`.bin`, ours", lambda: list(read_binary(binary, "any", Problems()))
    yield "`.bin`, plain Python", lambda: plain_binary(binary)


def rasterizers() -> Iterator[tuple[str, Callable[[Drawing, int], np.ndarray]]]:
    """Name and call of every rasteriser that is installed."""
    width = LINE / (SIDE + PADDING)
    yield "ours", lambda drawing, side: rasterize(drawing, side, width=side * width)
    for module in ("cairo", "cairocffi"):
        with suppress(ImportError, OSError):  # the package, or the library that it calls
            yield f"cairo ({module})", partial(by_cairo, __import__(module))
            return
    print("cairo: not installed")


def by_cairo(cairo: Any, drawing: Drawing, side: int) -> np.ndarray:
    """A drawing (0 … 255) as the published bitmaps were made, (side, side) uint8 white on black."""
    data = np.zeros((side, side, 4), np.uint8)
    surface = cairo.ImageSurface.create_for_data(data, cairo.FORMAT_ARGB32, side, side)
    context = cairo.Context(surface)
    context.set_antialias(cairo.ANTIALIAS_BEST)
    context.set_line_cap(cairo.LINE_CAP_ROUND)
    context.set_line_join(cairo.LINE_JOIN_ROUND)
    context.set_line_width(LINE)
    scale = side / (SIDE + PADDING)
    context.scale(scale, scale)
    context.translate(PADDING / 2, PADDING / 2)
    context.set_source_rgb(1, 1, 1)
    offset = (SIDE - np.concatenate(drawing).max(axis=0)) / 2
    for stroke in drawing:
        points = (stroke + offset).tolist()
        context.move_to(*points[0])
        for x, y in points:
            context.line_to(x, y)
        context.stroke()
    surface.flush()
    return data[:, :, 0]


def a_second(times: Times, count: int) -> str:
    """`median (best)` of drawings in a second."""
    return f"{count / times.median:,.0f} ({count / times.best:,.0f})"


def main(arguments: Sequence[str] | None = None) -> None:
    """Print a table of the readers and one of the rasterisers."""
    options = parser(__doc__)
    options.add_argument("--drawings", type=Path, help="a simplified .ndjson file to read instead")
    options.add_argument("--rounds", type=int, default=9)
    given = options.parse_args(arguments)
    if given.quick:
        given.rounds = 2
    cv2.setNumThreads(1)
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lines = given.drawings
        if lines is None:
            doodles = write_quickdraw(folder / "doodles", per_category=2 if given.quick else 100)
            lines = folder / "drawings.ndjson"
            lines.write_bytes(b"".join(path.read_bytes() for path in doodles.glob("*.ndjson")))
        drawings = [item.drawing for item in read_ndjson(lines, "any", Problems())]
        points = np.mean([sum(map(len, drawing)) for drawing in drawings])
        about = f"{len(drawings):,} drawings of {points:.0f} points; drawings/s, median (best)"
        times = in_turn(dict(readers(folder, lines)), given.rounds)
        rows = [[name, a_second(each, len(drawings))] for name, each in times.items()]
        print_table(f"Reading {about}", ["", "drawings/s"], rows)
    calls = {
        f"{name}, {side}": lambda draw=draw, side=side: [draw(each, side) for each in drawings]
        for name, draw in rasterizers()
        for side in SIDES
    }
    times = in_turn(calls, given.rounds)
    rows = [[f"{name} px", a_second(each, len(drawings))] for name, each in times.items()]
    print_table(f"Rasterising {about}", ["", "drawings/s"], rows)


if __name__ == "__main__":
    main()
