"""Writes all invalid test files to a folder: `python -m tests.hardening.corpus DIR`.

The files are the same every time. Galleries and runs are not among them: the tests make damaged
copies of valid ones (`bad_folders`).
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from tests.hardening.bad_arrays import ANNOTATIONS, COORDINATES, MATS, PICKLES
from tests.hardening.bad_drawings import PAYLOADS, STROKES, drawing_files, official
from tests.hardening.bad_pictures import PICTURES


def write_corpus(folder: Path) -> Counter[str]:
    """Write every file below `folder`; returns the number of files of each kind."""
    counts: Counter[str] = Counter()

    def write(kind: str, name: str, content: bytes) -> None:
        path = folder / kind / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        counts[kind] += 1

    for name, (_, make) in PICTURES.items():
        write("pictures", name, make())
    for name, content in drawing_files():
        write("drawings", name, content)
    for name, (_, strokes) in STROKES.items():
        write("strokes", f"{name}.json", json.dumps(official(strokes())).encode())
    for name, text in PAYLOADS.items():
        write("strokes", f"{name}.json", text().encode())
    for name, (_, make) in PICKLES.items():
        write("arrays", f"{name}.pkl", make())
    for name, make in COORDINATES.items():
        write("coordinates", f"{name}/Shoes_Coordinate", make())
    for name, (_, make) in MATS.items():
        write("mats", f"{name}.mat", make())
    for name, make in ANNOTATIONS.items():
        write("annotations", f"{name}/shoes_annotation.json", make())
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
