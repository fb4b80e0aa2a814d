"""Every door that a file can come in by, and a process of its own to try them in.

`python -m tests.hardening.doors DOOR FILE ...` prints a line of JSON for each file: `answered` or
`refused` with its line, and how long it took; the last line is the peak of memory in MB. Anything
else than an answer or an InputError ends the process with a traceback.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CEILING = 8 << 30  # bytes of address space: a bomb that goes off ends the child, not the machine


def picture(path: Path) -> Any:
    """Read it, and everything that queries do with it."""
    from sketchnet.imaging.decode import read_picture
    from sketchnet.imaging.prepare import (
        prepare_edge_map,
        prepare_photo,
        prepare_rgb,
        prepare_sketch,
    )
    from sketchnet.retrieval.query import looks_like_photo

    found = read_picture(path.read_bytes())
    for prepare in (prepare_sketch, prepare_photo, prepare_rgb, prepare_edge_map):
        assert prepare(found, 109).shape[:2] == (109, 109)
    looks_like_photo(found)
    return found


def drawings(path: Path) -> Any:
    """Load the drawings of a file, and describe the folder that it lies in alone."""
    from sketchnet.data.quickdraw import load_doodles

    return load_doodles(path)


def strokes(path: Path) -> Any:
    """A record as the page sends it, and everything that is drawn of it."""
    from sketchnet.data.doodle_inputs import DoodleInputs
    from sketchnet.imaging.prepare import prepare_sketch
    from sketchnet.strokes.formats import as_drawing, tidy
    from sketchnet_demo.stroke_record import on_canvas, read_strokes
    from sketchnet_demo.svg import drawing_svg

    drawing = as_drawing(read_strokes(path.read_text()))
    prepare_sketch(drawing, 109)
    on_canvas(drawing)
    drawing_svg(drawing, path.name)
    return DoodleInputs().batch([tidy(drawing)])


def arrays(path: Path) -> Any:
    from sketchnet.utils.safe_arrays import load_arrays

    return load_arrays(path)


def mat(path: Path) -> Any:
    from sketchnet.data.pairs.mat_file import load_mat

    return load_mat(path)


def drawing_gallery(path: Path) -> Any:
    from sketchnet.retrieval.doodle_gallery import load_doodle_gallery

    return load_doodle_gallery(path)


DOORS: dict[str, Callable[[Path], Any]] = {
    "picture": picture,
    "drawings": drawings,
    "strokes": strokes,
    "arrays": arrays,
    "mat": mat,
    "drawing_gallery": drawing_gallery,
}


@dataclass(frozen=True)
class Outcome:
    """What became of one file: `answered` or `refused`, the line that was told, and seconds."""

    name: str
    outcome: str
    told: str
    seconds: float


def try_door(door: str, path: Path) -> Outcome:
    """Push one file through a door; whatever is no answer and no InputError goes through."""
    from sketchnet.utils.errors import InputError

    start = time.monotonic()
    try:
        DOORS[door](path)
        outcome, told = "answered", ""
    except InputError as error:
        outcome, told = "refused", str(error)
    return Outcome(path.name, outcome, told, round(time.monotonic() - start, 2))


def in_child(door: str, paths: Iterable[Path], timeout: float = 300) -> tuple[list[Outcome], float]:
    """Push files through a door in a process of its own; its peak of memory in MB.

    Raises AssertionError with what it said where the process did not live to the end.
    """
    command = [sys.executable, "-m", "tests.hardening.doors", door, *map(str, paths)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "-1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=timeout
    )
    assert done.returncode == 0, (
        f"{done.returncode} after {done.stdout[-300:]}{done.stderr[-3000:]}"
    )
    *lines, last = done.stdout.splitlines()
    return [Outcome(**json.loads(line)) for line in lines], json.loads(last)["peak"]


def peak() -> float:
    """The most memory that this process ever had, in MB."""
    status = Path("/proc/self/status")
    if status.is_file():  # what `getrusage` tells begins with that of the process we came from
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(door: str, paths: list[str]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (CEILING, CEILING))
    for path in paths:
        print(json.dumps(vars(try_door(door, Path(path)))), flush=True)
    print(json.dumps({"peak": peak()}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
