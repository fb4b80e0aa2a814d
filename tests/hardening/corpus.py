"""Writes all invalid test files to a folder: `python -m tests.hardening.corpus DIR`.

The files are the same every time. Galleries and runs are not among them: the tests make damaged
copies of valid ones (`bad_folders`).
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.hardening.bad_arrays import ANNOTATIONS, COORDINATES, MATS, PICKLES
from tests.hardening.bad_drawings import PAYLOADS, STROKES, drawing_files, official
from tests.hardening.bad_pictures import PICTURES


def corpus_files() -> Iterator[tuple[str, str, Callable[[], bytes]]]:
    """Kind, name and content of every file."""
    for name, (_, make) in PICTURES.items():
        yield "pictures", name, make
    for name, make in drawing_files():
        yield "drawings", name, make
    for name, (_, strokes) in STROKES.items():
        yield "strokes", f"{name}.json", lambda s=strokes: json.dumps(official(s())).encode()
    for name, text in PAYLOADS.items():
        yield "strokes", f"{name}.json", lambda t=text: t().encode()
    for name, (_, make) in PICKLES.items():
        yield "arrays", f"{name}.pkl", make
    for name, make in COORDINATES.items():
        yield "coordinates", f"{name}/Shoes_Coordinate", make
    for name, (_, make) in MATS.items():
        yield "mats", f"{name}.mat", make
    for name, make in ANNOTATIONS.items():
        yield "annotations", f"{name}/shoes_annotation.json", make


def write_corpus(folder: Path) -> Counter[str]:
    """Write every file below `folder`; returns the number of files of each kind."""
    counts: Counter[str] = Counter()
    for kind, name, make in corpus_files():
        path = folder / kind / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(make())
        counts[kind] += 1
    return counts


def main(arguments: list[str]) -> int:
    if len(arguments) != 1:
        print("usage: python -m tests.hardening.corpus DIR", file=sys.stderr)
        return 2
    counts = write_corpus(Path(arguments[0]))
    for kind, count in counts.items():
        print(f"{count:>4} {kind}")
    print(f"{counts.total():>4} files in {arguments[0]}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
