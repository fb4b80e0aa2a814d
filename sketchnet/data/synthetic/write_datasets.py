"""The embedded default collections on disk, in the layouts that the ordinary readers know."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from sketchnet.data.synthetic.sketcher import meet_artist
from sketchnet.data.synthetic.doodles.draw import PROGRAMS, draw_doodle
from sketchnet.data.synthetic.shoes.build import build_shoe
from sketchnet.data.synthetic.shoes.sample_design import design_shoe
from sketchnet.data.synthetic.shoes.photo import photograph
from sketchnet.data.synthetic.shoes.sketch import sketch_shoe
from sketchnet.strokes.formats import Drawing
from sketchnet.utils.atomic_files import replace_directory
from sketchnet.utils.errors import InputError

VERSION = 2  # of what the programs draw: another version makes other pictures from one seed
RECIPE = "procedural.json"

_CHUNK = 20  # shoes or doodles that one worker takes at a time


def write_retrieval(
    directory: Path | str,
    photos: int = 2000,
    test: int = 200,
    sketches_per_photo: float = 3.3,
    seed: int = 0,
    workers: int = 1,
    report: Callable[[str], None] | None = None,
) -> Path:
    """Write shoes with their sketches as ShoeV2 and ChairV2 do: `photo/<id>.jpg` (256×256) and the
    pickle `ProceduralShoes_Coordinate` of `/<train|test>/<id>_<k>` → (n, 3) x, y, last-of-stroke.

    Of the `photos` shoes the last `test` are the test split. The same arguments write the same
    bytes, with any number of `workers`. A folder that already holds this very collection is left
    as it is. `report` receives a line now and then. Returns the folder.

    Raises InputError for a folder that holds anything else, and for impossible numbers.
    """
    if not (photos >= 1 and 0 <= test <= photos and sketches_per_photo > 0):
        raise InputError(
            "photos ≥ 1, 0 ≤ test ≤ photos and sketches per photo > 0",
            f"{photos}, {test} and {sketches_per_photo}",
            "change them",
        )
    recipe = {
        "collection": "shoes",
        "version": VERSION,
        "photos": photos,
        "test": test,
        "sketches_per_photo": sketches_per_photo,
        "seed": seed,
    }

    def fill(folder: Path) -> None:
        (folder / "photo").mkdir()
        coordinates: dict[str, np.ndarray] = {}
        work = partial(_shoe, seed, sketches_per_photo)
        for index, (name, photo, drawings) in enumerate(_each(work, photos, workers)):
            (folder / "photo" / f"{name}.jpg").write_bytes(photo)
            split = "test" if index >= photos - test else "train"
            for k, drawing in enumerate(drawings, start=1):
                coordinates[f"/{split}/{name}_{k}"] = _table(drawing)
            if report and (index + 1) % 100 == 0:
                report(f"shoes {index + 1}/{photos}")
        with (folder / "ProceduralShoes_Coordinate").open("wb") as file:
            pickle.dump(coordinates, file, protocol=4)

    return _write(Path(directory), recipe, fill)


def write_quickdraw(
    directory: Path | str,
    per_category: int = 1000,
    seed: int = 0,
    categories: Iterable[str] = tuple(PROGRAMS),
    workers: int = 1,
    report: Callable[[str], None] | None = None,
) -> Path:
    """Write doodles as the official simplified files: `<category>.ndjson`, a drawing a line.

    About one in thirty was interrupted and is not `recognized`. Arguments, promises and errors
    otherwise as in `write_retrieval`.
    """
    categories = list(categories)
    unknown = [name for name in categories if name not in PROGRAMS]
    if unknown or not categories or per_category < 1:
        raise InputError(
            f"categories of {', '.join(PROGRAMS)} and at least 1 drawing of each",
            f"{', '.join(unknown or categories) or 'none'} and {per_category}",
            "change them",
        )
    recipe = {
        "collection": "doodles",
        "version": VERSION,
        "per_category": per_category,
        "categories": categories,
        "seed": seed,
    }

    def fill(folder: Path) -> None:
        work = partial(_doodle, seed, categories, per_category)
        lines = _each(work, per_category * len(categories), workers)
        for category in categories:
            (folder / f"{category}.ndjson").write_bytes(b"".join(islice(lines, per_category)))
            if report:
                report(f"{category} {per_category}")

    return _write(Path(directory), recipe, fill)


def _write(directory: Path, recipe: dict[str, Any], fill: Callable[[Path], None]) -> Path:
    """Let `fill` make the folder beside its place, then move it there whole."""
    if directory.exists():
        if not directory.is_dir():
            raise InputError("a folder", f"the file {directory}", "name another place")
        if _recipe_in(directory) == recipe:
            return directory
        if any(directory.iterdir()):
            raise InputError(
                "an empty folder, or one with this very collection",
                f"{directory}, which holds something else",
                "name another or remove it",
            )
    directory.parent.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(dir=directory.parent, prefix=f".{directory.name}."))
    try:
        fill(staged)
        (staged / RECIPE).write_text(json.dumps(recipe, indent=2) + "\n")
        staged.chmod(0o755)
        replace_directory(directory, staged)
    except BaseException:
        shutil.rmtree(staged, ignore_errors=True)
        raise
    return directory


def _recipe_in(directory: Path) -> Any:
    try:
        return json.loads((directory / RECIPE).read_text())
    except (OSError, ValueError):
        return None


def _each(work: Callable[[int], Any], count: int, workers: int) -> Iterator[Any]:
    """`work(0)`, `work(1)` …, in order; by other processes where there are several workers."""
    workers = min(workers, os.cpu_count() or 1, -(-count // _CHUNK))
    if workers <= 1:
        yield from map(work, range(count))
        return
    # Forked children of a process that holds TensorFlow or OpenCV threads can hang.
    with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
        yield from pool.map(work, range(count), chunksize=_CHUNK)


def _shoe(seed: int, mean: float, index: int) -> tuple[str, bytes, list[Drawing]]:
    """Shoe number `index`: its id, its photo as JPEG, its sketches."""
    cv2.setNumThreads(1)
    rng = np.random.default_rng([seed, index])
    design = design_shoe(rng)
    shoe = build_shoe(design)
    count = max(1, int(mean) + int(rng.random() < mean % 1))
    drawings = [sketch_shoe(shoe, meet_artist(hand), hand) for hand in rng.spawn(count)]
    done, photo = cv2.imencode(".jpg", photograph(shoe)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 93])
    assert done
    return f"{design.kind.replace(' ', '-')}-{index:05d}", photo.tobytes(), drawings


def _table(drawing: Drawing) -> np.ndarray:
    """Strokes → (n, 3) float32: x, y to a hundredth, and 1 on the last point of each stroke."""
    last = np.zeros(sum(map(len, drawing)), np.float32)
    last[np.cumsum([len(stroke) for stroke in drawing]) - 1] = 1
    return np.column_stack([np.concatenate(drawing).round(2), last]).astype(np.float32)


def _doodle(seed: int, categories: list[str], per: int, number: int) -> bytes:
    """One line of an official file; the lines of a category follow each other."""
    category, index = categories[number // per], number % per
    key = int.from_bytes(
        hashlib.blake2b(f"{seed}:{category}:{index}".encode(), digest_size=8).digest(), "big"
    )
    rng = np.random.default_rng(key)
    drawing = draw_doodle(category, rng)
    interrupted = len(drawing) > 1 and rng.random() < 0.04
    if interrupted:  # most that are not recognized can still be: real ones are, two in three
        drawing = drawing[: max(1, int(len(drawing) * rng.uniform(0.4, 0.9)))]
    line = {
        "word": category,
        "countrycode": "ZZ",  # ISO 3166: unknown
        "timestamp": "1970-01-01 00:00:00.00000 UTC",
        "recognized": not interrupted,
        "key_id": str(4_503_599_627_370_496 + key % 4_503_599_627_370_496),  # 16 digits
        "drawing": [stroke.astype(int).T.tolist() for stroke in drawing],
    }
    return json.dumps(line, separators=(",", ":")).encode() + b"\n"
