"""The functions that read files of unknown origin, and a subprocess in which to call them.

`python -m tests.hardening.readers READER FILE ...` reads each file and prints one line of JSON for
it: whether it was accepted or refused, the message of the refusal, and the seconds. The last line
is the peak memory in MB. Any exception but InputError ends the process with a traceback.
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
MEMORY_LIMIT = 8 << 30  # bytes of address space: a decompression bomb ends the subprocess alone


def read_picture(path: Path) -> Any:
    """Decode a picture and prepare it in every way that queries and galleries do."""
    from sketchnet.imaging.decode import read_picture
    from sketchnet.imaging.picture_kind import looks_like_photo
    from sketchnet.imaging.prepare import (
        prepare_edge_map,
        prepare_photo,
        prepare_rgb,
        prepare_sketch,
    )

    picture = read_picture(path.read_bytes())
    for prepare in (prepare_sketch, prepare_photo, prepare_rgb, prepare_edge_map):
        assert prepare(picture, 109).shape[:2] == (109, 109)
    looks_like_photo(picture)
    return picture


def read_doodle_file(path: Path) -> Any:
    """Load a file of doodles."""
    from sketchnet.data.quickdraw import load_doodles

    return load_doodles(path)


def read_stroke_record(path: Path) -> Any:
    """Parse a stroke record as the page sends it, and compute everything that is made of it."""
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


def read_arrays(path: Path) -> Any:
    """Load a pickle or .npy file of arrays."""
    from sketchnet.utils.safe_arrays import load_arrays

    return load_arrays(path)


def read_mat(path: Path) -> Any:
    """Load a MATLAB file of pictures."""
    from sketchnet.data.pairs.mat_file import load_mat

    return load_mat(path)


def read_doodle_gallery(path: Path) -> Any:
    """Load a gallery of doodles."""
    from sketchnet.retrieval.doodle_gallery import load_doodle_gallery

    return load_doodle_gallery(path)


READERS: dict[str, Callable[[Path], Any]] = {
    "picture": read_picture,
    "doodles": read_doodle_file,
    "strokes": read_stroke_record,
    "arrays": read_arrays,
    "mat": read_mat,
    "doodle_gallery": read_doodle_gallery,
}


@dataclass(frozen=True)
class Result:
    """The result of reading one file.

    Attributes:
        name: File name.
        outcome: `accepted` or `refused`.
        message: The text of the InputError; empty if accepted.
        seconds: Duration.
    """

    name: str
    outcome: str
    message: str
    seconds: float


def try_reader(reader: str, path: Path) -> Result:
    """Read one file. Exceptions other than InputError are not caught."""
    from sketchnet.utils.errors import InputError

    start = time.monotonic()
    try:
        READERS[reader](path)
        outcome, message = "accepted", ""
    except InputError as error:
        outcome, message = "refused", str(error)
    return Result(path.name, outcome, message, round(time.monotonic() - start, 2))


def read_in_subprocess(
    reader: str, paths: Iterable[Path], timeout: float = 300
) -> tuple[list[Result], float]:
    """Read files in a subprocess with limited memory.

    Args:
        reader: A key of `READERS`.
        paths: The files.
        timeout: Seconds for all files together.

    Returns:
        One result per file, and the peak memory of the subprocess in MB.

    Raises:
        AssertionError: The subprocess failed; the message contains its output.
    """
    command = [sys.executable, "-m", "tests.hardening.readers", reader, *map(str, paths)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "CUDA_VISIBLE_DEVICES": "-1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=timeout
    )
    output = done.stdout[-300:] + done.stderr[-3000:]
    assert done.returncode == 0, f"exit status {done.returncode}: {output}"
    *lines, last = done.stdout.splitlines()
    return [Result(**json.loads(line)) for line in lines], json.loads(last)["peak"]


def peak_memory() -> float:
    """The peak resident memory of this process in MB."""
    status = Path("/proc/self/status")
    if status.is_file():  # `getrusage` includes the peak of the process that started this one
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(reader: str, paths: list[str]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))
    for path in paths:
        print(json.dumps(vars(try_reader(reader, Path(path)))), flush=True)
    print(json.dumps({"peak": peak_memory()}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
